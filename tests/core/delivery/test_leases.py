"""Whoever still sends keeps the lease, and nobody else does."""

import time
from collections.abc import Collection

import pytest

from core.delivery import leases
from core.delivery.leases import Leases
from tests.builders.waiting import comes


def test_what_is_being_sent_is_renewed_until_it_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "_SECONDS_BETWEEN", 0.02)
    renewed: list[Collection[str]] = []
    kept = Leases(renewed.append)
    with kept.renewed():
        with kept.held("dlv_1"):
            assert comes(lambda: len(renewed) >= 2)
        count = len(renewed)
        time.sleep(0.1)
    assert set(map(tuple, renewed)) == {("dlv_1",)}
    assert len(renewed) <= count + 1
