"""The shapes of a report's charts, made with Altair and compiled once a process; a report only adds its numbers.

A spec draws marks alone, and numbers are all that enters it. Words, in whatever language and from whoever they
came, are put beside the drawing by `drawing`: nobody's text reaches the drawing library, and measuring text, which
takes it most of its time, falls away.
"""

import json
from functools import cache
from typing import Any

from site_build.charts import forbidden

Spec = dict[str, Any]
# Words that begin with @ are replaced by the numbers and colours of one chart.
_GREY, _ACCENT, _FAINT, _SHADE, _HAIR = "@ink2", "@accent", "@faint", "@shade", "@hair"


@cache
def compiled() -> dict[str, Spec]:
    """Compiled specs by kind; ValueError if one could fetch, link or evaluate anything."""
    import vl_convert

    specs = written()
    for kind, spec in specs.items():
        refuse_reach(kind, spec)
    return {kind: _bare(vl_convert.vegalite_to_vega(spec)) for kind, spec in specs.items()}


def _bare(compiled: Spec) -> Spec:
    """Without the descriptions of single marks: the picture as a whole says in words what it shows."""
    for mark in compiled["marks"]:
        mark["aria"] = False
        mark["encode"]["update"].pop("description", None)
    return compiled


def refuse_reach(kind: str, spec: Spec) -> None:
    """ValueError for what could reach outside or run."""
    if faults := sorted(forbidden(spec)):
        raise ValueError(f"the spec {kind} may not have {', '.join(faults)}")


def written() -> dict[str, Spec]:
    """The specs by kind, as Altair writes them."""
    made = {"line": _line(), "bar": _bar(), "histogram": _histogram(), "donut": _donut(), "spark": _spark()}
    return {kind: _plain(chart) for kind, chart in made.items()}


def _x(alt: Any, name: str) -> Any:
    return alt.X(f"{name}:Q", axis=None, scale=alt.Scale(domain=["@x0", "@x1"], nice=False, zero=False))


def _y(alt: Any, name: str) -> Any:
    return alt.Y(f"{name}:Q", axis=None, scale=alt.Scale(domain=["@y0", "@y1"], nice=False, zero=False))


def _ground(alt: Any) -> list[Any]:
    """Weekends, a line for each mark of the axis, and the line that is zero."""
    weekends = alt.Chart(alt.NamedData("weekends")).mark_rect(color=_SHADE)
    lines = alt.Chart(alt.NamedData("lines")).mark_rule(color=_HAIR, strokeWidth=0.75)
    return [weekends.encode(x=_x(alt, "a"), x2="b:Q"), lines.encode(y=_y(alt, "v"))]


def _target(alt: Any) -> Any:
    rule = alt.Chart(alt.NamedData("target")).mark_rule(color=_GREY, strokeDash=[4, 3], strokeWidth=1)
    return rule.encode(y=_y(alt, "v"))


def _line() -> Any:
    import altair as alt

    base = alt.Chart(alt.NamedData("points")).encode(x=_x(alt, "t"))
    style: Any = {"strokeJoin": "round", "strokeCap": "round"}
    area = base.mark_area(color=_ACCENT, opacity=0.08, line=False).encode(y=_y(alt, "d"), y2=alt.datum(0))
    before = base.mark_line(color=_FAINT, strokeWidth=1.25, **style).encode(y=_y(alt, "p"))
    line = base.mark_line(color=_ACCENT, strokeWidth=2, **style).encode(y=_y(alt, "d"))
    rest = base.mark_line(color=_ACCENT, strokeWidth=2, strokeDash=[1, 4], **style).encode(y=_y(alt, "r"))
    alone = base.mark_point(color=_ACCENT, filled=True, size=20, opacity=1).encode(y=_y(alt, "o"))
    return alt.layer(*_ground(alt), area, _target(alt), before, line, rest, alone)


def _bar() -> Any:
    import altair as alt

    base = alt.Chart(alt.NamedData("points"))
    before = base.mark_rect(color=_FAINT, opacity=0.55).encode(
        x=_x(alt, "pa"), x2="pb:Q", y=_y(alt, "p"), y2=alt.datum(0)
    )
    bars = base.mark_rect(color=_ACCENT).encode(x=_x(alt, "ba"), x2="bb:Q", y=_y(alt, "d"), y2=alt.datum(0))
    rest = base.mark_rect(color=_ACCENT, fillOpacity=0.15, stroke=_ACCENT, strokeDash=[2, 2]).encode(
        x=_x(alt, "ba"), x2="bb:Q", y=_y(alt, "w"), y2=alt.datum(0)
    )
    return alt.layer(*_ground(alt), before, bars, rest, _target(alt))


def _histogram() -> Any:
    import altair as alt

    bars = alt.Chart(alt.NamedData("points")).mark_rect(color=_ACCENT)
    shown = bars.encode(x=_x(alt, "ba"), x2="bb:Q", y=_y(alt, "d"), y2=alt.datum(0))
    return alt.layer(*_ground(alt), shown)


def _donut() -> Any:
    import altair as alt

    order = [f"c{number}" for number in range(7)]
    colours = alt.Scale(domain=order, range=[f"@{name}" for name in order])
    arcs = alt.Chart(alt.NamedData("points")).mark_arc(innerRadius=38, outerRadius=60, padAngle=0.012)
    return arcs.encode(
        theta=alt.Theta("share:Q", stack=True),
        color=alt.Color("colour:N", scale=colours, legend=None),
        order=alt.Order("place:Q"),
    )


def _spark() -> Any:
    import altair as alt

    base = alt.Chart(alt.NamedData("points")).encode(x=_x(alt, "t"))
    area = base.mark_area(color=_ACCENT, opacity=0.1, line=False).encode(y=_y(alt, "d"), y2=alt.datum(0))
    line = base.mark_line(color=_ACCENT, strokeWidth=1.5, strokeJoin="round").encode(y=_y(alt, "d"))
    return alt.layer(area, line)


def _plain(chart: Any) -> Spec:
    made: Spec = json.loads(chart.properties(width=400, height=150).to_json())
    made.pop("$schema", None)
    made.pop("config", None)
    made["padding"] = 0
    made["config"] = {"background": "transparent", "view": {"stroke": None}}
    return made
