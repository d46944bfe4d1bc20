"""Promise: a run starts for whatever would change a number, and for nothing else."""

from pathlib import Path

import pytest

from pipeline import build
from pipeline.home import Home
from pipeline.ingest import pricing
from tests.pipeline.ingest.child import NOW, ingest
from tests.pipeline.ingest.rows import call
from tests.pipeline.runs import land, settings_in


def test_another_price_list_is_a_reason_to_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A quote in the path must not end the SQL it stands in.
    settings, landing = settings_in(tmp_path / "it's home"), tmp_path / "landing"
    land(landing, "llm_requests/1.jsonl", [call()])
    ingest(settings.home, landing, "r1")
    assert _reasons(build.Request(landing, NOW), settings.home) == ()
    monkeypatch.setattr(pricing, "version", lambda: "another list")
    assert _reasons(build.Request(landing, NOW), settings.home) == ("the price list changed",)


def test_all_can_be_built_again_wherever_the_home_lies(tmp_path: Path) -> None:
    settings, landing = settings_in(tmp_path / "it's [a] home*"), tmp_path / "landing"
    land(landing, "llm_requests/1.jsonl", [call(), {"request_id": "bad"}])
    ingest(settings.home, landing, "r1")
    request = build.Request(landing, NOW, full=True)
    with build.lock(Home(settings.home)):
        plan = build.plan(settings, request, lambda *_: None)
        ingested = build.run_ingest(settings, request, plan, "r2", lambda *_: None)
    assert (ingested.touched_days, ingested.rebuild_all) == (1, True)


def _reasons(request: build.Request, home: Path) -> tuple[str, ...]:
    return build.plan(settings_in(home), request, lambda *_: None).reasons
