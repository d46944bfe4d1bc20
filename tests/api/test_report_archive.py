"""What was built of a report over HTTP: as it was sent, byte for byte, also after the report is gone; to nobody else."""

from typing import Any

import pytest

from core.reports.archive import folder_of, put, write_beside
from core.reports.built import BuiltReport, Headline, ReportBrief
from core.store.control.report_archives import Archived, NumberChange, add_archived
from tests.builders.api import NOW, Api, code
from tests.builders.portals import card, keep_portal, portal
from tests.builders.reports import keep_report, report

PATH = "/v1/portal/reports"
NAME = "../..\\x “Q4” | Zürich"


@pytest.fixture
def api(api: Api) -> Api:
    """With a report of each customer of which one version was built, and a second one of cust_a without CSV."""
    for customer_id in ("cust_a", "cust_b"):
        keep_portal(api.services.store, portal(card("cost.total"), customer_id=customer_id))
        portal_id = f"portal_{customer_id.replace('_', '')}"
        keep_report(api.services.store, report(portal_id, name=NAME))
        keep(api, portal_id, customer_id, 1, csv=b"metric,value\n")
    keep(api, "portal_custa", "cust_a", 2, csv=None)
    return api


def keep(api: Api, portal_id: str, customer_id: str, n: int, csv: bytes | None) -> None:
    report_id = f"report_{portal_id.removeprefix('portal_')}"
    brief = ReportBrief(
        NAME,
        customer_id,
        "October",
        "en-US",
        "#000000",
        portal_id,
        ("One.",),
        (Headline("a", "1"),),
        NOW,
        "snap-1",
    )
    built = BuiltReport(f"%PDF of {customer_id} {n}".encode(), csv, brief, 1, 0.1)
    written = write_beside(api.services.settings, report_id, built)
    put(api.services.settings, written, report_id, n)
    archived = Archived(
        archive_id=f"rar_{customer_id}{n}",
        report_id=report_id,
        portal_id=portal_id,
        customer_id=customer_id,
        n=n,
        name=NAME,
        occurrence_id=None,
        due_at=None,
        period_start=NOW.replace(day=1),
        period_end=NOW,
        zone="Europe/Berlin",
        snapshot="snap-1",
        compared_with="snap-1",
        data_as_of=NOW,
        built_at=NOW,
        pages=1,
        seconds=0.1,
        pdf_sha256=written.pdf_sha256,
        pdf_bytes=len(built.pdf),
        csv_sha256=written.csv_sha256,
        csv_bytes=None if csv is None else len(csv),
        numbers={"cost.total": ("Cost", "1.5")},
        restates=1 if n == 2 else None,
        changes=(NumberChange("cost.total", "Cost", "1", "1.5"),) if n == 2 else (),
    )
    with api.services.store.writing() as connection:
        add_archived(connection, archived)


def test_the_archive_lists_every_version_with_its_files_and_what_it_corrects(api: Api) -> None:
    told = api.get(f"{PATH}/report_custa/archive").json()
    first, second = told["data"]
    assert told["pagination"]["total"] == 2 and (first["n"], second["n"]) == (1, 2)
    assert first["pdf"]["url"] == f"https://api.example.com{PATH}/report_custa/archive/1.pdf"
    assert first["csv"]["bytes"] == 13 and second["csv"] is None
    assert (first["restates"], second["restates"]) == (None, 1)
    assert second["changes"] == [{"metric_id": "cost.total", "name": "Cost", "before": "1", "after": "1.5"}]
    page = api.get(f"{PATH}/report_custa/archive?limit=1").json()
    rest = api.get(f"{PATH}/report_custa/archive?cursor={page['pagination']['next_cursor']}").json()
    assert page["data"] + rest["data"] == told["data"]


def test_files_are_what_was_sent_under_a_name_that_no_header_trips_over(api: Api) -> None:
    answer = api.get(f"{PATH}/report_custa/archive/1.pdf")
    assert answer.status_code == 200 and answer.content == b"%PDF of cust_a 1"
    assert answer.headers["content-type"] == "application/pdf"
    said = answer.headers["content-disposition"]
    assert said.startswith("attachment; filename=\"report-1.pdf\"; filename*=UTF-8''")
    assert said.isascii() and "/" not in said and "\\" not in said and "|" not in said
    assert api.get(f"{PATH}/report_custa/archive/1.csv").text == "metric,value\n"
    tag = {"If-None-Match": answer.headers["etag"]}
    assert api.get(f"{PATH}/report_custa/archive/1.pdf", headers=tag).status_code == 304


@pytest.mark.parametrize("n", ["3", "0", "01", "-1", "1.0", "x", "99999999999", "..", "%2e%2e%2f1", "１"])
def test_a_version_that_is_not_there_is_not_found(api: Api, n: str) -> None:
    assert api.get(f"{PATH}/report_custa/archive/{n}.pdf").status_code == 404
    assert code(api.get(f"{PATH}/report_custa/archive/2.csv")) == (404, "REPORT_NOT_FOUND")


def test_the_archive_outlives_its_report(api: Api) -> None:
    assert api.delete(f"{PATH}/report_custa").status_code == 200
    assert code(api.get(f"{PATH}/report_custa")) == (404, "REPORT_NOT_FOUND")
    assert api.get(f"{PATH}/report_custa/archive").json()["pagination"]["total"] == 2
    assert api.get(f"{PATH}/report_custa/archive/1.pdf").status_code == 200


def test_another_customers_archive_is_answered_as_an_unknown_one(api: Api) -> None:
    for rest in ("archive", "archive/1.pdf", "archive/1.csv"):
        foreign, unknown = (api.get(f"{PATH}/{one}/{rest}") for one in ("report_custb", "report_none"))
        assert code(foreign) == (404, "REPORT_NOT_FOUND")
        assert foreign.text.replace("report_custb", "report_none") == unknown.text
    assert api.get(f"{PATH}/report_custb/archive/1.pdf", "b").content == b"%PDF of cust_b 1"
    assert api.get(f"{PATH}/report_custb/archive/1.pdf", "reader_all").status_code == 200


def test_a_damaged_file_is_not_handed_out(api: Api) -> None:
    path = folder_of(api.services.settings, "report_custa", 1) / "report.pdf"
    path.write_bytes(path.read_bytes()[:-1])
    answer: Any = api.get(f"{PATH}/report_custa/archive/1.pdf")
    assert code(answer) == (503, "ARCHIVE_DAMAGED") and str(path.parent) not in answer.text
