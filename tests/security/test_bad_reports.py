"""Hostile reports over HTTP and on paper: whatever a name is, it names no file, no header and no object of a PDF."""

import itertools
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.addresses import Reach
from core.reports import by_hand
from core.reports.definition import ReportContent
from core.settings import Settings
from core.store.control import open_control_store
from core.text import line
from site_build import logo_fetch
from site_build.logos import Logos
from site_build.report.job import ReportNotBuilt
from site_build.report.worker import ReportWorker
from tests.builders import publish, snapshot_of
from tests.builders.tokens import bearer
from tests.security.bodies import kept, portal_body, report_body
from tests.security.entries import Entry, entry, taken
from tests.security.papers import archive
from tests.security.stage import A, B, Line, Stage
from tests.site_build.conftest import events
from tests.site_build.report.papers import built, job_of, text_of, whole
from tests.site_build.report.test_pdf import (
    ACTIVE,
    _Canary,
    _events_with,
    _portal_with,
    _without_texts,
    canary,
)

__all__ = ["canary"]
_REPORTS = "/v1/portal/reports"
MISSING = B.portal_id[:-6] + "zzzz00"


def test_a_report_of_a_foreign_portal_cannot_be_made(stage: Stage) -> None:
    one = entry("XTEN-009")
    foreign, missing = (stage.post(_REPORTS, report_body(p)) for p in (B.portal_id, MISSING))
    assert foreign.status in one.statuses and foreign.code == "PORTAL_NOT_FOUND"
    assert foreign.body == missing.body


def test_a_report_of_a_foreign_portal_cannot_be_sent(stage: Stage) -> None:
    one, foreign_id = entry("XTEN-011"), stage.made["b"]["report_id"]
    foreign, missing = (
        stage.post(f"{_REPORTS}/{r}/send", {}) for r in (foreign_id, foreign_id[:-6] + "000000")
    )
    assert foreign.status in one.statuses and foreign.code == "REPORT_NOT_FOUND"
    assert foreign.body == missing.body


def test_files_of_an_archive_are_their_owners(stage: Stage, tmp_path: Path) -> None:
    for (who, mine), (_, other) in itertools.permutations((("a", A), ("b", B)), 2):
        made = stage.reports[who]
        for suffix, sent in (("pdf", made.pdf), ("csv", made.csv)):
            answer = stage.get(f"{_REPORTS}/{stage.made[who]['report_id']}/archive/1.{suffix}", who)
            assert answer.status == 200 and answer.body == sent
        told = (
            text_of(made.pdf, tmp_path)
            + whole(made.pdf).decode("latin-1")
            + str(made.csv)
            + made.brief.to_json()
        )
        assert mine.canary("title") in told
        assert [name for name, text in other.canaries.items() if text in told] == []


def test_a_name_of_a_report_names_no_file(stage: Stage, tmp_path: Path) -> None:
    one = entry("PATH-026")
    name = one.text.split('"')[1]
    assert name.startswith("../")
    answer = stage.post(_REPORTS, report_body(A.portal_id, name=name))
    assert answer.status in one.statuses and answer.json()["name"] == name
    report_id = answer.json()["report_id"]
    assert re.fullmatch(r"report_[0-9a-f]{16}", report_id)
    store = open_control_store(stage.settings)
    archive(stage.settings, store, A, report_id, n=2)
    store.close()
    folder = stage.settings.reports_dir / report_id / "2"
    assert sorted(path.name for path in folder.iterdir()) == ["report.csv", "report.json", "report.pdf"]


def test_a_name_of_a_report_becomes_no_header(stage: Stage) -> None:
    one = entry("PATH-027")
    assert stage.post(_REPORTS, report_body(A.portal_id, name=one.text)).status in one.statuses | {400}
    plain = one.text.replace("\r", "").replace("\n", "")
    made = stage.post(_REPORTS, report_body(A.portal_id, name=plain + ' "; x="\u00e9'))
    assert made.status in one.statuses
    answer = stage.get(f"{_REPORTS}/{stage.made['a']['report_id']}/archive/1.pdf")
    said = str(answer.header("content-disposition"))
    assert said.startswith("attachment; filename") and said.isascii() and answer.header("x-injected") is None


_BAD_RECIPIENTS = taken(group="email_header", where="delivery.recipients", but=("MAIL-024",))


@pytest.mark.parametrize("one", _BAD_RECIPIENTS, ids=str)
def test_a_bad_recipient_is_refused_and_nothing_is_kept(stage: Stage, one: Entry) -> None:
    before = kept(stage)
    sent = [f"u{n}@e.example" for n in range(51)] if one.id == "MAIL-023" else one.input
    answer = stage.post(_REPORTS, report_body(A.portal_id, delivery={"method": "email", "recipients": sent}))
    assert answer.status in one.statuses and str(answer.param).startswith("delivery.recipients")
    assert kept(stage) == before


_SUBJECTS = taken(group="email_header", where="report name")


@pytest.mark.parametrize("one", _SUBJECTS, ids=str)
def test_a_name_that_may_stand_in_a_subject_is_clean(stage: Stage, one: Entry) -> None:
    for path, body in (
        (_REPORTS, report_body(A.portal_id, name=one.text)),
        ("/v1/portal/configs", portal_body(A, title=one.text)),
    ):
        answer = stage.post(path, body)
        assert answer.status in one.statuses, answer.text
        if answer.status == 201:
            told = answer.text
            assert "=?" not in told and not re.search(
                "[\u202a-\u202e\u2066-\u2069]|\\\\n|\\\\r|\\\\u000", told
            )


def test_nobody_names_a_sender(stage: Stage) -> None:
    one = entry("MAIL-026")
    delivery = {"method": "email", "recipients": ["a@example.com"], **one.input}
    assert stage.post(_REPORTS, report_body(A.portal_id, delivery=delivery)).status in one.statuses


_ZONES = [one for one in taken(group="time", where="report schedule") if set(one.input) == {"timezone"}]


@pytest.mark.parametrize("one", _ZONES, ids=str)
def test_a_zone_that_is_none_is_refused_by_name(stage: Stage, one: Entry) -> None:
    zone = one.input["timezone"].replace("\\u0000", "\0")
    schedule = {"frequency": "daily", "time": "09:00", "timezone": zone}
    answer = stage.post(_REPORTS, report_body(A.portal_id, schedule=schedule))
    assert answer.status in one.statuses and str(answer.param) == "schedule.timezone"


def test_twice_within_a_moment_is_one_delivery(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine twenty requests at once may take longer than the moment that is meant.
    monkeypatch.setattr(by_hand, "TOGETHER", timedelta(minutes=10))
    first, many = entry("RACE-001"), entry("RATE-013")
    report_id = stage.post(_REPORTS, report_body(A.portal_id)).json()["report_id"]

    def send(number: int) -> Any:
        with closing(Line(stage.port)) as own:
            sent = (
                {**bearer(stage.keys["a"]), "Idempotency-Key": f"send-{report_id}"}
                if number % 2
                else bearer(stage.keys["a"])
            )
            return own.ask("POST", f"{_REPORTS}/{report_id}/send", sent, {})

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(20)))
    assert {answer.status for answer in answers} <= first.statuses & many.statuses | {202}
    assert len({answer.json()["delivery_id"] for answer in answers}) == 1


_TEXTS = taken(group="pdf", where="text that reaches")


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "canary"
    path.write_text("CANARY-SECRET")
    return path


@pytest.mark.parametrize("one", [*_TEXTS, entry("PDF-009")], ids=str)
def test_no_text_makes_a_pdf_fetch_read_or_do_anything(canary: int, secret: Path, one: Entry) -> None:
    text = one.text.replace("PORT", str(canary)).replace("file:///elsewhere/canary", secret.as_uri())
    made = built(snapshot_of(_events_with(text)), job_of(_portal_with([text]), name=text))
    found = whole(made.pdf)
    assert _Canary.hits == [] and b"CANARY-SECRET" not in found and b"root:x:" not in found
    assert not ACTIVE.search(_without_texts(found)) and b"/URI (file" not in found


def test_a_report_that_takes_too_long_is_ended_and_the_next_one_is_made(tmp_path: Path) -> None:
    """What no template here can hold, a table of a million columns, ends like anything else."""
    entry("PDF-011")
    publish(tmp_path, events())
    with (
        closing(ReportWorker(Settings(home=tmp_path), seconds=0.01)) as worker,
        pytest.raises(ReportNotBuilt),
    ):
        worker.build(job_of(content=ReportContent()))


def test_a_logo_that_is_a_drawing_is_refused() -> None:
    entry("PDF-012")
    bomb = b'<svg xmlns="http://www.w3.org/2000/svg"><g id="a"/>' + b'<use href="#a"/>' * 1000 + b"</svg>"
    with pytest.raises(logo_fetch.LogoRefused):
        logo_fetch._judged(bomb)


def test_a_report_that_was_cut_off_is_not_handed_out(stage: Stage) -> None:
    entry("FILE-016")
    report_id = stage.made["b"]["report_id"]
    path = stage.settings.reports_dir / report_id / "1" / "report.pdf"
    whole_file = path.read_bytes()
    path.write_bytes(whole_file[: len(whole_file) // 2])
    answer = stage.get(f"{_REPORTS}/{report_id}/archive/1.pdf", "b")
    assert (answer.status, answer.code) == (503, "ARCHIVE_DAMAGED")
    path.write_bytes(whole_file)
    assert stage.get(f"{_REPORTS}/{report_id}/archive/1.pdf", "b").body == whole_file


def test_a_logo_that_became_empty_is_no_logo(tmp_path: Path) -> None:
    entry("FILE-019")
    url, logos = "https://logos.example.com/x.png", Logos(tmp_path, Reach())
    (tmp_path / ".logos").mkdir()
    logos._keep(url, logo_fetch.Picture(b"a picture", "png"))
    found = logos.of(url)
    assert found is not None and found.data == b"a picture"
    (tmp_path / ".logos" / found.name).write_bytes(b"")
    assert logos.of(url) is None


def test_a_text_of_fifty_thousand_accents_is_none() -> None:
    one = entry("PDF-014")
    assert "400 at input" in one.expected
    with pytest.raises(ValueError, match="200"):
        line("e" + "\u0301" * 50_000)
