"""The machine: Python, SQLite, the libraries that reports need, the typeface, ports and the clock."""

import ctypes.util
import json
import shutil
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from core.doctor.case import Case
from core.doctor.finding import Check, Finding, fail, ok, warn

_PYTHON = ((3, 11), (3, 13))
# As in .ci/system-packages: the library as the linker names it, and the package of Debian and Ubuntu that has it.
_LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
_TYPEFACE = ("/usr/share/fonts/*/inter/Inter-Regular.*", "/usr/local/share/fonts/inter/Inter-Regular.*")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_SECONDS = 5.0


def check_python(_case: Case) -> Iterator[Finding]:
    version = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    if _PYTHON[0] <= sys.version_info[:2] < _PYTHON[1]:
        yield ok("Python", f"{version}, in {sys.prefix}")
    else:
        yield fail("Python", f"{version} is not supported.", "Use 3.11 or 3.12; `make install` finds one.")


def check_sqlite(_case: Case) -> Iterator[Finding]:
    yield ok("SQLite", f"{sqlite3.sqlite_version}; the control store keeps a rollback journal with it")


def check_pdf_libraries(_case: Case) -> Iterator[Finding]:
    missing = [package for name, package in _LIBRARIES.items() if ctypes.util.find_library(name) is None]
    if missing:
        advice = (
            f"Install {' '.join(missing)} (names as in Debian and Ubuntu); `make install` does where it may."
        )
        yield fail("PDF", "Reports cannot be laid out: system libraries are missing.", advice)
        return
    # In a process of its own: what it loads is large, and a broken library may take its process along.
    tried = subprocess.run([sys.executable, "-c", "import weasyprint"], capture_output=True, check=False)
    if tried.returncode:
        yield fail(
            "PDF", "WeasyPrint does not load.", "Run `make install`, then: python -c 'import weasyprint'"
        )
    else:
        yield ok("PDF", "WeasyPrint and Pango load")


def check_typeface(_case: Case) -> Iterator[Finding]:
    if any(any(Path("/").glob(pattern.lstrip("/"))) for pattern in _TYPEFACE):
        yield ok("typeface", "Inter is installed")
    else:
        yield warn("typeface", "Inter is not here: pages use the reader's own.", "Install fonts-inter.")


def check_browser(_case: Case) -> Iterator[Finding]:
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    yield ok("browser", found or "there is no Chromium, which only the tests need")


def check_ports(case: Case) -> Iterator[Finding]:
    yield _port("API", case.api_port, "/health", "snapshot", "proofline serve --port")
    yield _port("Dagster UI", case.ui_port, "/server_info", "dagster_version", "proofline ui --port")


def _port(subject: str, port: int, path: str, field: str, command: str) -> Finding:
    """Whether ours answers there, nobody, or somebody else."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=_SECONDS) as answer:
            is_ours = field in json.load(answer)
    except urllib.error.URLError as problem:
        if isinstance(problem.reason, ConnectionRefusedError):
            return ok(subject, f"does not run; port {port} is free")
        is_ours = False
    except (ValueError, TypeError, OSError):
        is_ours = False
    if is_ours:
        return ok(subject, f"answers on port {port}")
    return warn(subject, f"Port {port} is taken by another program.", f"Choose another: {command} PORT")


CHECKS: tuple[Check, ...] = (
    check_python,
    check_sqlite,
    check_pdf_libraries,
    check_typeface,
    check_browser,
    check_ports,
)
