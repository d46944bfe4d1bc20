"""Promise: while the control store is locked or may only be read, what can be answered is, and the rest says so."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api import keyring, known_portals, standings
from core.store.control import engine
from tests.builders import card, keep_portal, portal
from tests.builders.api import Api, Installation, api_over, code

# What waits so long waits for ever; a lock is waited for 5 s.
_HUNG = 120.0


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Somebody else has the whole store for themselves."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def _timed(ask: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    return ask(), time.monotonic() - began


def test_a_locked_control_store_hangs_nobody_and_stops_nobody_who_was_in(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All that is asked here waits for the lock, which may take more than the minute for which a lock is bridged.
    for module in (keyring, known_portals, standings):
        monkeypatch.setattr(module, "LOCKED_SECONDS", 3600.0)
    keep_portal(api.services.store, portal(card("cost.total"), portal_id="portal_ofA", name="of a"))
    token = api.post("/v1/portal/configs/portal_ofA/tokens", {}, "all").json()["token"]
    shown = {"Authorization": f"Bearer {token}"}
    page = "/p/portal_ofA"
    site = api.services.settings.sites_dir / "portal_ofA"
    site.mkdir(parents=True)
    (site / "index.html").write_text("<p>the page</p>")
    assert api.client.get(page, headers=shown).status_code == 200
    assert api.get("/metrics", "a").status_code == 200
    numbers = "/v1/portal/configs/portal_ofA/data"
    assert api.get(numbers, "a").status_code == api.get(numbers, None, headers=shown).status_code == 200
    with _locked(api.services.settings.control_path):
        # Whoever was let in does not even wait as long as others do.
        monkeypatch.setattr(engine, "BUSY_SECONDS", 10 * _HUNG)
        for ask in (
            lambda: api.client.get(page, headers=shown),
            lambda: api.get("/metrics/cost.total", "a"),
            lambda: api.get(numbers, "a"),
            lambda: api.get(numbers, None, headers=shown),
        ):
            answer, seconds = _timed(ask)
            assert (answer.status_code, seconds < _HUNG) == (200, True), "who was let in goes on"
        monkeypatch.setattr(engine, "BUSY_SECONDS", 1)
        refused, seconds = _timed(lambda: api.patch("/v1/portal/customers/cust_a", {"name": "x"}))
        assert code(refused)[0] == 503
        assert refused.headers["Retry-After"]
        assert seconds < _HUNG
        assert api.client.get("/health").status_code == 200
        stranger = {"Authorization": "Bearer pl_live_" + "x" * 40}
        assert api.get("/metrics", None, headers=stranger).status_code == 503, "nobody new is let in"
        assert api.get(numbers, "all").status_code == 503, "who had not asked for these numbers before"
    time.sleep(0.6)
    assert api.patch("/v1/portal/customers/cust_a", {"name": "x"}).status_code == 200
    assert api.client.get(page, headers=shown).status_code == 200
    assert api.patch("/v1/portal/configs/portal_ofA", {"status": "archived"}, "all").status_code == 200
    assert code(api.get(numbers, "a")) == (409, "PORTAL_NOT_ACTIVE"), (
        "what was known is of the lock's time only"
    )


def test_requests_during_a_lock_are_all_answered_in_time(api: Api) -> None:
    """Many at once do not wait for one another's turns."""
    api.get("/dashboard/summary", "a")
    told: list[tuple[int, float]] = []

    def ask() -> None:
        answer, seconds = _timed(lambda: api.get("/dashboard/summary", "a"))
        told.append((answer.status_code, seconds))

    with _locked(api.services.settings.control_path):
        asking = [threading.Thread(target=ask) for _ in range(20)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert len(told) == 20
    assert {status for status, _ in told} <= {200, 503}
    assert max(seconds for _, seconds in told) < _HUNG


def test_a_store_that_may_only_be_read_refuses_writes_and_answers_the_rest(
    installation: Installation, tmp_path: Path
) -> None:
    settings = installation.copy_to(tmp_path)
    with api_over(settings, installation) as api:
        api.services.store.close()
        if os.geteuid() == 0:
            # No mode keeps root from writing: the folder of the journal is what cannot be written to.
            os.environ.pop("SQLITE_TMPDIR", None)
            (tmp_path / "control.sqlite-journal").mkdir()
        else:
            settings.control_path.chmod(0o400)
        assert code(api.patch("/v1/portal/customers/cust_a", {"name": "x"}))[0] == 503
        assert api.client.get("/health").status_code == 200
