"""Promise: the command line answers at once, says what to do, and shows no traceback for a person's mistake."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli import reached_at
from core.settings import load
from pipeline.build import lock
from pipeline.home import Home

PROGRAM = Path(sys.executable).with_name("proofline")


def proofline(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the installed program from a directory that is not the project's."""
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [str(PROGRAM), *arguments],
        cwd=home.parent,
        env=os.environ | {"PROOFLINE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def refused(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    return result.stderr


def test_help_loads_nothing_heavy() -> None:
    heavy = ["dagster", "dbt", "duckdb", "fastapi", "sqlalchemy", "pydantic", "rich"]
    code = f"import cli, sys; print([name for name in {heavy} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_help_names_every_command_in_a_sentence(tmp_path: Path) -> None:
    told = proofline(tmp_path / "home", "--help")
    assert told.returncode == 0
    for command in (
        "demo",
        "build",
        "backfill",
        "status",
        "doctor",
        "ui",
        "serve",
        "portals",
        "reports",
        "keys",
    ):
        assert re.search(rf"^  {command} +\w+ \w+", told.stdout, re.MULTILINE), command


def test_demo_events_are_written_where_asked(tmp_path: Path) -> None:
    out = tmp_path / "events"
    told = proofline(
        tmp_path / "home", "demo", "--customers", "1", "--days", "2", "--end", "2026-11-20", "--out", str(out)
    )
    assert told.returncode == 0
    assert str(out) in told.stdout
    assert (out / "llm_requests" / "2026-11-19.jsonl.gz").is_file()
    assert not (tmp_path / "home" / "control.sqlite").exists()


def test_demo_portals_are_made_on_request_and_listed_with_their_addresses(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert "no active portal" in proofline(home, "portals").stdout
    made = proofline(home, "demo", "--customers", "2", "--days", "1", "--end", "2026-11-20", "--portals")
    assert made.returncode == 0, made.stderr
    lines = proofline(home, "portals").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        f"http://127.0.0.1:8000/p/portal_demo{name}" for name in ("hanseat", "northwind")
    ]
    assert all("proofline build" in line for line in lines)
    listed = proofline(home, "reports").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["report_demohanseat", "report_demonorthwind"]
    assert all("next 20" in line for line in listed)
    assert "report_none" in refused(proofline(home, "report", "preview", "report_none"))
    # Before anything is published there is nothing to say.
    done = proofline(home, "reports", "run", "--missing")
    assert done.returncode == 0 and "No report is due" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("build", "--landing", "nowhere"), "cannot be read. Create it, or name another with --landing"),
        (("backfill", "--from", "2026-11-02", "--to", "2026-11-01"), "Give the earlier day first"),
        (("demo", "--end", "yesterday"), "yesterday is no ISO instant"),
        (("keys", "revoke", "key_none"), "There is no key key_none"),
        (("report", "preview", "report_none"), "There are no reports yet"),
        (("report", "preview", "report_none", "--period", "9999-12-31"), "from 1972 to 2100"),
        (("report", "preview", "report_none", "--period", "0001-01-01"), "from 1972 to 2100"),
        (("keys", "create", "--role", "read", "--customer", "a\nb"), ""),
    ],
)
def test_a_mistake_is_told_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in refused(proofline(tmp_path / "home", *arguments))


def test_a_wrong_setting_is_named_and_not_its_value(tmp_path: Path) -> None:
    result = subprocess.run(
        [str(PROGRAM), "status"],
        env=os.environ | {"PROOFLINE_HOME": str(tmp_path), "PROOFLINE_LATE_DAYS": "soon"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PROOFLINE_LATE_DAYS" in refused(result)


def test_status_before_the_first_build_says_what_to_do(tmp_path: Path) -> None:
    told = proofline(tmp_path / "home", "status")
    assert told.returncode == 0
    assert "`proofline build` loads and publishes them" in told.stdout


def test_a_build_beside_another_says_so_and_is_no_failure(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "landing").mkdir(parents=True)
    with lock(Home(home)):
        told = proofline(home, "build")
    assert told.returncode == 0
    assert told.stdout.startswith("already running")


def test_a_new_key_stands_alone_on_standard_output_and_is_listed_without_its_secret(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key = proofline(home, "keys", "create", "--role", "write", "--customer", "cust_a").stdout
    assert re.fullmatch(r"pl_live_[0-9A-Za-z]{40}\n", key)
    listed = proofline(home, "keys", "list").stdout
    assert "cust_a" in listed
    assert key.strip() not in listed
    key_id = listed.split()[0]
    assert proofline(home, "keys", "revoke", key_id).returncode == 0
    assert "revoked" in proofline(home, "keys", "list").stdout


def test_the_signing_key_is_replaced_and_the_old_one_named_no_more(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = proofline(home, "keys", "rotate-signing").stdout
    second = proofline(home, "keys", "rotate-signing").stdout
    assert re.fullmatch(r"Portal tokens are signed with k_[0-9a-f]{12} from now on\.\n", first)
    assert "tokens of 1 older key still open" in second
    assert "older" not in proofline(home, "keys", "rotate-signing", "--drop-old").stdout
    keys = (home / "signing_keys.json").read_text()
    assert first.split()[5] not in keys and (home / "signing_keys.json").stat().st_mode & 0o077 == 0
    (home / "signing_keys.json").chmod(0o644)
    assert "chmod 600" in refused(proofline(home, "keys", "rotate-signing"))


def test_keys_that_are_set_elsewhere_are_replaced_there(tmp_path: Path) -> None:
    secret = "k1:Zq8vR2mX5tLw9KcB3nHs7JdF6gYp4TaE"
    result = subprocess.run(
        [str(PROGRAM), "keys", "rotate-signing"],
        env=os.environ | {"PROOFLINE_HOME": str(tmp_path), "PROOFLINE_SIGNING_KEYS": secret},
        capture_output=True,
        text=True,
        check=False,
    )
    told = refused(result)
    assert "PROOFLINE_SIGNING_KEYS" in told and "Zq8v" not in told
    assert list(tmp_path.iterdir()) == []


def test_links_lead_to_where_the_server_listens_unless_a_setting_says_otherwise(tmp_path: Path) -> None:
    settings = load({"PROOFLINE_HOME": str(tmp_path)})
    assert reached_at(settings, "127.0.0.1", 8123).base_url == "http://127.0.0.1:8123"
    assert reached_at(settings, "::1", 8123).base_url == "http://[::1]:8123"
    assert reached_at(settings, "0.0.0.0", 8123) == settings
    named = load({"PROOFLINE_HOME": str(tmp_path), "PROOFLINE_BASE_URL": "https://api.example.com"})
    assert reached_at(named, "127.0.0.1", 8123) == named


def test_a_server_does_not_start_with_signing_keys_that_others_can_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    proofline(home, "keys", "rotate-signing")
    (home / "signing_keys.json").chmod(0o640)
    assert "chmod 600" in refused(proofline(home, "serve", "--port", "1"))
