"""`python -m bench --reports`: what a report takes, beside the same document made with the libraries as they come.

The document has three pages, four charts and a table of 90 rows, as PDF/UA-1. The other side draws its charts with
Altair and vl-convert, axes and all, puts them into the page and lets WeasyPrint lay out everything by its defaults.
Both are warm. Seconds are the processor's, so that what else runs on the machine counts for less; the ratios are
what to look at.
"""

import gc
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from statistics import median
from time import perf_counter, process_time
from typing import Any

CHARTS, ROWS, DAYS = 4, 90, 90
ROUNDS, TIMES = 3, 5
AIM, AIM_TWO = 0.6, 1.9
_FIRST = datetime(2026, 7, 1, tzinfo=UTC)


def measure(*, memory: int = 0) -> None:
    """Prints a line a figure; `memory` is how many documents one process makes to see whether it grows."""
    print(f"\nthree pages, {CHARTS} charts, a table of {ROWS} rows, PDF/UA-1; {ROUNDS} rounds of {TIMES}")
    turns = [(_in_process("ours", TIMES), _in_process("peer", TIMES)) for _ in range(ROUNDS)]
    ours, peer = (median(one["cpu"] for one in side) for side in zip(*turns, strict=True))
    pages = turns[0][0]["pages"], turns[0][1]["pages"]
    print(f"{'ours':<46}{ours:>8.3f} s   {pages[0]:.0f} pages")
    print(f"{'Altair, vl-convert and WeasyPrint by default':<46}{peer:>8.3f} s   {pages[1]:.0f} pages")
    ratio = median(a["cpu"] / b["cpu"] for a, b in turns)
    print(f"{'  ratio':<46}{ratio:>8.2f}     (aim: at most {AIM})", flush=True)
    _measure_two()
    if memory:
        grown = _in_process("ours", memory)
        what = f"memory after 100 and after {memory:,} of them"
        print(f"{what:<46}{grown['mib_100']:>8,.0f} MiB, then {grown['mib']:,.0f} MiB")


def _measure_two() -> None:
    """How much more two processes make than one: by the clock, and by how much longer each works for one document."""
    clock, work = [], []
    for _ in range(ROUNDS):
        both = [_started("ours", TIMES * 2) for _ in range(2)]
        together = [_answer(one) for one in both]
        alone = _in_process("ours", TIMES * 2)
        clock.append(2 * alone["seconds"] / max(one["seconds"] for one in together))
        work.append(2 * alone["cpu"] / max(one["cpu"] for one in together))
    print(f"{'two processes, beside one':<46}{median(clock):>8.2f}     (aim: at least {AIM_TWO})")
    print(f"{'  by processor time, on a busy machine':<46}{median(work):>8.2f}", flush=True)


def _started(side: str, times: int) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  (our own module)
        [sys.executable, "-m", "bench.reports", side, str(times)], stdout=subprocess.PIPE, text=True
    )


def _answer(process: subprocess.Popen[str]) -> dict[str, float]:
    told, _ = process.communicate()
    if process.returncode:
        raise SystemExit("a report could not be made")
    found: dict[str, float] = json.loads(told)
    return found


def _in_process(side: str, times: int) -> dict[str, float]:
    return _answer(_started(side, times))


def _values(chart: int) -> list[float]:
    return [100 + (day * 37 + chart * 11) % 61 + day * 0.4 for day in range(DAYS)]


def _table() -> str:
    rows = "".join(
        f"<tr><th scope=row>{(_FIRST + timedelta(days=n)).date()}</th><td>{value:,.1f}</td><td>{value * 0.9:,.1f}</td>"
        f"<td>+{n % 9}.1%</td></tr>"
        for n, value in enumerate(_values(0)[:ROWS])
    )
    names = "".join(f"<th scope=col>{name}</th>" for name in ("Day", "Value", "Before", "Change"))
    head = f"<thead><tr>{names}</tr></thead>"
    return f'<table class="rows">{head}<tbody>{rows}</tbody></table>'


def _document(pictures: list[str], styles: str) -> str:
    figures = "".join(
        f'<article class="block"><h3>Chart {n}</h3><p>{escape(_SAYS)}</p><p class="picture">{picture}</p></article>'
        for n, picture in enumerate(pictures)
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Benchmark</title>{styles}</head><body>'
        f'<section class="part"><h2>Charts</h2>{figures}</section>'
        f'<section class="part page"><h2>Table</h2>{_table()}</section></body></html>'
    )


_SAYS = "24,090.55 usd, 12.5% more than in the period before (better). Lowest 95 on the first day."


def _ours() -> tuple[bytes, int]:
    """With our charts, styles and renderer."""
    from core.portals.definition import Branding
    from site_build.report import drawing, pdf, styles

    ink = drawing.Ink("#2563eb", "#1d4ed8")
    pictures = [drawing.as_address(drawing.chart(_rows(n), ink, ("Now", "Before"))) for n in range(CHARTS)]
    images = [f'<img src="{one}" alt="Chart {n}">' for n, one in enumerate(pictures)]
    made = pdf.printed(_document(images, ""), styles.own(Branding("Benchmark"), "de") + _SMALLER)
    return made.data, made.pages


# So that both have four charts on the first page and as many rows on the others.
_SMALLER = ".block{margin-top:2mm}.picture img{height:44mm}.rows td,.rows th{padding:.5mm 0!important}"


def _rows(chart: int) -> Any:
    from core.periods import Granularity, Period, zone
    from core.portal_data.answer import SeriesPoint
    from site_build.chart_data import buckets, chart_data
    from site_build.report.rows import series_rows
    from site_build.words import words_of

    utc = zone("UTC")
    points = tuple(
        SeriesPoint(_FIRST + timedelta(days=day), value, value * 0.9)
        for day, value in enumerate(_values(chart))
    )
    card = _card(Period(_FIRST, _FIRST + timedelta(days=DAYS), utc), points, Granularity.DAY)
    words = words_of("en-US", utc)
    return series_rows(chart_data(card, words), buckets(card, words))


def _card(period: Any, points: Any, granularity: Any) -> Any:
    from core.catalogue import Better
    from core.portal_data.answer import CardData, State
    from core.portals.definition import ChartType, PortalMetric, Position, Size

    shown = PortalMetric("cost.total", "Chart", Position(0, 0), Size(6, 3), ChartType.LINE)
    return CardData(
        shown, period, "Chart", "", "usd", Better.LOWER, 1.0, State.OK, granularity=granularity, series=points
    )


def _peer() -> tuple[bytes, int]:
    """With the libraries as they come: two lines with axes, the picture in the page, everything laid out by default."""
    import altair as alt
    import vl_convert
    from weasyprint import HTML

    pictures = []
    for chart in range(CHARTS):
        values = [
            {"day": (_FIRST + timedelta(days=day)).isoformat(), "value": value * share, "series": name}
            for name, share in (("Now", 1.0), ("Before", 0.9))
            for day, value in enumerate(_values(chart))
        ]
        drawn = (
            alt.Chart(alt.InlineData(values=values))
            .mark_line()
            .encode(x="day:T", y="value:Q", color="series:N")
        )
        spec = drawn.properties(width=560, height=110).to_dict()
        pictures.append(vl_convert.vegalite_to_svg(spec))
    rules = "@page{size:A4;margin:20mm}body{font:9pt Inter}table{width:100%}.page{break-before:page}"
    styles = f"<style>{rules}td{{text-align:right}}td,th{{padding:0}}</style>"
    document = HTML(string=_document(pictures, styles)).render(pdf_variant="pdf/ua-1", pdf_tags=True)
    return document.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True), len(document.pages)


def _run(side: str, times: int) -> dict[str, float]:
    made: Callable[[], tuple[bytes, int]] = {"ours": _ours, "peer": _peer}[side]
    if side == "ours":
        from site_build.report.worker import prepare

        prepare()
    from site_build.report.worker import resident_mib

    _, pages = made()
    took, mib = [], {}
    for number in range(times):
        begun = perf_counter(), process_time()
        made()
        took.append((perf_counter() - begun[0], process_time() - begun[1]))
        if side == "ours":
            gc.collect()
        if number == 99:
            mib["mib_100"] = _own_mib(resident_mib)
    seconds, cpu = (median(side) for side in zip(*took, strict=True))
    return {"seconds": seconds, "cpu": cpu, "pages": pages, "mib": _own_mib(resident_mib), **mib}


def _own_mib(resident: Callable[[int], float]) -> float:
    import os

    return resident(os.getpid())


if __name__ == "__main__":
    print(json.dumps(_run(sys.argv[1], int(sys.argv[2]))))
