"""Promise: what Dagster keeps of runs names no customer who was erased, and the command that erases says what it did."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import Settings
from core.store.control import open_control_store
from dagster_project import local
from tests.builders.kept import keep_everywhere, mentions
from tests.dagster_project.conftest import call
from tests.pipeline.runs import land, settings_in

# Dagster and what it stands on warn of their own future; nothing of ours can mend that.
pytestmark = pytest.mark.filterwarnings("ignore")

ACME, WORD = "cust_acme_x81Kq", "word_p29VmTz"


def _erase(home: Path, *arguments: str, customer: str = ACME) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("proofline")
    return subprocess.run(
        [str(program), "customers", "erase", customer, *arguments],
        env=os.environ | {"PROOFLINE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation of two customers whose runs stand in Dagster, one of them about a file named for a customer."""
    home = tmp_path_factory.mktemp("home")
    rows = [call(1, customer_id=ACME, agent_id=WORD), call(2), {"customer_id": ACME, "request_id": WORD}]
    land(home / "landing", f"llm_requests/{ACME}.jsonl", rows)
    settings = settings_in(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROOFLINE_HOME", str(home))
        assert local.run(settings, {"landing": str(home / "landing")}, lambda *_: None).succeeded
    return home


def _kept(settings: Settings) -> list[str]:
    landing = str(settings.home / "landing")
    return [place for place in mentions(settings.home, [ACME, WORD]) if not place.startswith(landing)]


@pytest.mark.nightly
def test_the_command_erases_and_says_what(home: Path) -> None:
    settings = settings_in(home)
    assert any("/dagster/" in place for place in _kept(settings)), "a run was about a file named for them"
    refused = _erase(home, customer="cust_nobody")
    assert refused.returncode == 1
    assert "No customer cust_nobody is known" in refused.stderr
    assert _erase(home).returncode == 1, "nobody has typed the id again"
    assert _kept(settings)

    done = _erase(home, "--yes")
    assert done.returncode == 0, done.stderr
    assert "stored files: rows" in done.stdout
    assert "Erased. The signed record is" in done.stdout
    assert _kept(settings) == []
    again = _erase(home, "--yes")
    assert again.returncode == 0
    assert again.stdout == done.stdout


def test_what_is_only_set_by_hand_is_erased_too(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    store = open_control_store(settings)
    with store.writing() as connection:
        keep_everywhere(connection, ACME, "acme", WORD)
    store.close()
    done = _erase(tmp_path, "--yes")
    assert done.returncode == 0, done.stderr
    assert _kept(settings) == []
