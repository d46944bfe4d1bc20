"""Every command in the README does what it says there, and its tree, links and addresses are those that exist."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from core.settings import load
from tests.builders.served import served
from tests.deploy.commands import check
from tests.pipeline.ingest.warehouse import Warehouse

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
LINES = [line for language, block in BLOCKS if language == "sh" for line in block.splitlines()]
MADE = [line.split()[1] for line in LINES if line.startswith("make ")]
# A build takes a while each time: these are run by night, and by the tests of the pipeline in other words.
BUILDS = re.compile(r"^proofline (build|backfill)\b.*$", re.MULTILINE)
PICTURE_BYTES = 200_000


@dataclass(frozen=True)
class Place:
    """A folder with a small demo in it, as `make demo` leaves one, and the API over it."""

    folder: Path
    port: int

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")],
            cwd=self.folder, env=environment(self.folder), capture_output=True, text=True, check=False,
        )  # fmt: skip


def environment(folder: Path) -> dict[str, str]:
    programs = Path(sys.executable).parent
    return os.environ | {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PROOFLINE_HOME": str(folder / "var"),
        "PYTHONPATH": str(ROOT / "sdk" / "python" / "src"),
    }


def recipe(target: str) -> list[str]:
    """What make would run, the install before it aside."""
    told = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [line for line in told.splitlines() if line != ".ci/install"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("readme")
    for command in ("demo --customers 2 --days 2 --portals", "build"):
        words = ["proofline", *command.split()]
        subprocess.run(words, cwd=folder, env=environment(folder), capture_output=True, check=True)
    with served(load({"PROOFLINE_HOME": str(folder / "var")})) as port:
        yield Place(folder, port)


def test_the_commands_of_make_exist_and_the_demo_is_what_is_tried_here() -> None:
    assert MADE == ["demo", "test", "serve"]
    demo = " ".join(recipe("demo"))
    assert "proofline reports run --missing" in demo
    assert "proofline demo --portals" in demo and "proofline build" in demo and "proofline portals" in demo
    assert "pytest" in " ".join(recipe("test"))
    serve = " ".join(recipe("serve"))
    assert "proofline serve" in serve and "proofline ui" in serve


def test_every_command_and_example_works_in_the_order_of_the_page(place: Place) -> None:
    parts = []
    for language, block in BLOCKS:
        if language == "python":
            parts.append(f"python - <<'END'\n{block}END")
        elif not block.startswith("make "):
            parts.append(BUILDS.sub(": by night", block))
    told = place.run("\n".join(parts))
    assert told.returncode == 0, told.stderr
    for word in (
        '"cost.total"',
        '"snapshot"',
        "/p/portal_demonorthwind",
        "?token=",
        "Backed up",
        "preview.pdf",
        "write key",
    ):
        assert word in told.stdout, word
    assert (place.folder / "landing" / "llm_requests" / "2026-11-20.jsonl").is_file()


def test_the_event_that_is_shown_is_one_that_the_pipeline_takes(place: Place, tmp_path: Path) -> None:
    (block,) = (b for _, b in BLOCKS if "req_1" in b)
    assert place.run(BUILDS.sub("", block)).returncode == 0
    warehouse = Warehouse(tmp_path)
    shown = place.folder / "landing" / "llm_requests" / "2026-11-20.jsonl"
    warehouse.land_bytes("llm_requests/2026-11-20.jsonl", shown.read_bytes())
    warehouse.run()
    assert warehouse.rejects() == []
    assert warehouse.one("SELECT input_tokens FROM raw.llm_requests") == 1200
    warehouse.connection.close()


@pytest.mark.parametrize("command", [match.group() for match in BUILDS.finditer("\n".join(LINES))])
def test_the_builds_of_the_page_are_commands_that_exist(command: str) -> None:
    check(shlex.split(command, comments=True)[1:])


@pytest.mark.nightly
def test_the_builds_of_the_page_work(place: Place) -> None:
    for _, block in BLOCKS:
        if BUILDS.search(block):
            told = place.run(block)
            assert told.returncode == 0, told.stderr


def test_every_command_that_is_named_in_a_sentence_exists() -> None:
    commands = re.findall(r"`proofline ([a-z][^`]*)`", README)
    assert len(commands) > 5
    for command in commands:
        check([word.rstrip(",") for word in shlex.split(command.split(", ")[0])])
    for command in re.findall(r"`make ([a-z-]+)[^`]*`", README):
        assert recipe(command)


def test_every_address_of_the_service_answers(place: Place) -> None:
    found = set(re.findall(r"http://127\.0\.0\.1:8000(/[a-z_/]+)(?![\w?\"])", README))
    assert "/p/portal_demonorthwind" in found and "/docs" in found
    for path in found - {"/v1/analytics/metrics/cost.total"}:
        if not path.startswith("/v1/"):
            with urlopen(f"http://127.0.0.1:{place.port}{path}") as answer:
                assert answer.status == 200


def test_every_link_leads_to_a_file() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert len(links) > 8
    for link in links:
        assert (ROOT / link).exists(), link


def test_the_picture_is_a_small_one() -> None:
    picture = (ROOT / "docs" / "portal.png").read_bytes()
    assert picture.startswith(b"\x89PNG\r\n") and len(picture) < PICTURE_BYTES


def test_the_tree_is_the_tree() -> None:
    part = README.split("## The tree", 1)[1].split("## ", 1)[0]
    told = set(re.findall(r"^    ([\w.]+)/?  ", part, re.MULTILINE))
    ignored = {"var", "build", "node_modules", "__pycache__"}
    folders = {p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith(".")}
    there = {name for name in folders - ignored if not name.endswith(".egg-info")}
    assert told == there | {p.name for p in ROOT.glob("*.py")}


def test_a_decision_is_short_and_said_once() -> None:
    decisions = README.split("## Decisions", 1)[1].strip().split("\n- ")
    titles = [re.search(r"\*\*(.+?)\*\*", decision, re.DOTALL) for decision in decisions]
    assert all(titles) and len({title.group(1) for title in titles if title}) == len(titles)
    assert max(len(decision.splitlines()) for decision in decisions) <= 12
