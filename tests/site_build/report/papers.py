"""Reports of the usual two customers, and what other programs read in a PDF."""

import re
import shutil
import subprocess
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.periods import Period, parse_instant, period_between, zone
from core.portal_data.customer import Overrides
from core.portal_data.stored import PortalInputs
from core.portals.definition import PortalDefinition
from core.reports.built import BuiltReport
from core.reports.definition import ReportComparison, ReportContent
from core.store.snapshot import Snapshot
from site_build.report.build import made_of
from site_build.report.job import ReportJob
from site_build.report.numbers import ReportNumbers, read_numbers
from tests.builders import reader_of
from tests.site_build.conftest import everything

MADE = datetime(2026, 11, 2, 9, tzinfo=UTC)
FULL = ReportContent(include_raw_data=True, comparison_period=ReportComparison.PREVIOUS)


def between(first: str, last: str, tz: str = "Europe/Berlin") -> Period:
    place = zone(tz)
    return period_between(
        parse_instant(first, place, param="start"), parse_instant(last, place, param="end"), place
    )


OCTOBER = between("2026-10-01", "2026-11-01")


def job_of(
    portal: PortalDefinition | None = None,
    content: ReportContent = FULL,
    period: Period = OCTOBER,
    overrides: Overrides | None = None,
    **more: Any,
) -> ReportJob:
    inputs = PortalInputs(portal or everything(), {}, overrides or Overrides())
    return ReportJob(inputs, more.pop("name", "Monthly report"), content, period, MADE, **more)


def numbers_of(snapshot: Snapshot, job: ReportJob) -> ReportNumbers:
    with reader_of(snapshot, job.inputs.portal.customer_id) as reader:
        return read_numbers(reader, job)


def built(snapshot: Snapshot, job: ReportJob) -> BuiltReport:
    return made_of(numbers_of(snapshot, job))


def whole(pdf: bytes) -> bytes:
    """The file, and all of its streams as they are before they are packed."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return b"\n".join([pdf, *map(_unpacked, streams)])


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def text_of(pdf: bytes, folder: Path) -> str:
    """What is in the file to be read, page after page, in the order in which it was put there."""
    return _told(pdf, folder, "pdftotext", "-raw", "-enc", "UTF-8", "{}", "-")


def facts_of(pdf: bytes, folder: Path) -> dict[str, str]:
    """Title, pages, size, tags and so on."""
    lines = (line.partition(":") for line in _told(pdf, folder, "pdfinfo", "{}").splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def fonts_of(pdf: bytes, folder: Path) -> list[list[str]]:
    """A line a font: its name, what it is, whether it is embedded and cut."""
    return [line.split() for line in _told(pdf, folder, "pdffonts", "{}").splitlines()[2:]]


def _told(pdf: bytes, folder: Path, program: str, *arguments: str) -> str:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    path = folder / "report.pdf"
    path.write_bytes(pdf)
    given = [str(path) if one == "{}" else one for one in arguments]
    return subprocess.run([program, *given], check=True, capture_output=True, timeout=60).stdout.decode()
