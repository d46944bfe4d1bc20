"""Signing keys: made once, for nobody else's eyes, replaced without ending a token that is out."""

import json
import multiprocessing
import os
import stat
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from core.settings_text import SettingsError
from core.tokens import Claims, Kind, Permission, Reason, Refused, new_claims, sign, verify
from core.tokens.key_file import SigningKeysError, first_keys, key_path, read_keys, rotate
from core.tokens.key_ring import KeyRing
from tests.builders.tokens import KEYS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Clock:
    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def path(settings: Settings) -> Path:
    return key_path(settings)


def test_the_first_key_is_made_once_and_for_its_owner_only(path: Path) -> None:
    (key,) = first_keys(path, now=NOW)
    assert len(key.secret) >= 43 and key.secret not in repr(key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first_keys(path, now=NOW + DAY) == read_keys(path) == (key,)
    assert [p.name for p in path.parent.iterdir() if p.name.endswith(".new")] == []


def test_a_file_that_nobody_needed_is_not_made(path: Path, settings: Settings) -> None:
    assert read_keys(path) == ()
    assert KeyRing(settings).secrets() == {}
    assert not path.exists()


def _first(path: Path, go: Any, found: Any) -> None:
    go.wait()
    found.put(first_keys(path, now=NOW)[0].secret)


def test_processes_that_race_get_the_same_key(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    go, found = context.Event(), context.Queue()
    racers = [context.Process(target=_first, args=(path, go, found)) for _ in range(3)]
    for racer in racers:
        racer.start()
    go.set()
    assert len({found.get(timeout=60) for _ in racers}) == 1
    for racer in racers:
        racer.join(60)


def test_threads_that_race_get_the_same_key(path: Path) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(first_keys(path, now=NOW)[0].kid)) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620, 0o602, 0o610])
def test_a_file_that_others_can_read_or_write_is_refused_with_what_to_do(path: Path, mode: int) -> None:
    (key,) = first_keys(path, now=NOW)
    path.chmod(mode)
    for act in (read_keys, lambda p: first_keys(p, now=NOW), lambda p: rotate(p, now=NOW, token_life=DAY)):
        with pytest.raises(SigningKeysError, match="chmod 600") as refusal:
            act(path)
        assert key.secret not in str(refusal.value)
    path.chmod(0o600)
    assert read_keys(path) == (key,)


def test_a_link_in_the_place_of_the_file_is_not_followed(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    first_keys(elsewhere / "keys.json", now=NOW)
    path.symlink_to(elsewhere / "keys.json")
    with pytest.raises(SigningKeysError):
        read_keys(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"keys": []}',
        b'{"keys": [{"kid": "k", "secret": "short", "since": "2026-11-20T12:00:00Z"}]}',
        b'{"keys": [{"kid": "k", "secret": 5, "since": "2026-11-20T12:00:00Z"}]}',
        json.dumps({"keys": [{"kid": "k", "secret": "x" * 40, "since": "2026-11-20"}]}).encode(),
        json.dumps({"keys": [{"kid": "k", "secret": "x" * 40, "since": "2026-11-20T12:00Z"}] * 2}).encode(),
        b"\xff\xfe",
        b"null",
    ],
)
def test_a_damaged_file_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    for act in (read_keys, lambda p: first_keys(p, now=NOW), lambda p: rotate(p, now=NOW, token_life=DAY)):
        with pytest.raises(SigningKeysError, match="damaged"):
            act(path)
    assert path.read_bytes() == content


def test_a_new_key_signs_and_the_old_ones_stay_while_their_tokens_can_live(path: Path) -> None:
    (first,) = first_keys(path, now=NOW)
    second, *rest = rotate(path, now=NOW + timedelta(hours=1), token_life=DAY)
    assert rest == [first]
    third, *rest = rotate(path, now=NOW + timedelta(hours=25), token_life=DAY)
    assert rest == [second, first]
    fourth, *rest = rotate(path, now=NOW + timedelta(hours=26), token_life=DAY)
    assert rest == [third, second]
    assert read_keys(path) == (fourth, third, second)
    assert len({key.secret for key in (first, second, third, fourth)}) == 4


def test_a_rotation_may_end_every_token(path: Path) -> None:
    first_keys(path, now=NOW)
    assert len(rotate(path, now=NOW, token_life=DAY, keep_old=False)) == 1
    assert len(read_keys(path)) == 1


def test_a_rotation_before_the_first_use_makes_the_first_key(path: Path) -> None:
    (key,) = rotate(path, now=NOW, token_life=DAY)
    assert read_keys(path) == (key,)


def test_rotations_at_once_lose_no_key(path: Path) -> None:
    first_keys(path, now=NOW)
    threads = [
        threading.Thread(target=rotate, args=(path,), kwargs={"now": NOW, "token_life": DAY})
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_keys(path)) == 11


def test_a_running_process_takes_up_a_new_key_within_a_second_and_refuses_no_live_token(
    settings: Settings, path: Path
) -> None:
    clock = Clock()
    ring = KeyRing(settings, clock)
    claims = new_claims("portal_a777", "cust_a", [Permission.READ_METRICS], seconds=3600, now=NOW)

    def opens(text: str) -> bool:
        found = verify(text, ring.secrets(), kind=Kind.TOKEN, now=NOW, max_seconds=86_400)
        return isinstance(found, Claims)

    before = sign(claims, ring.signing_key(now=NOW))
    first_kid, first_generation = ring.signing_key(now=NOW).kid, ring.generation
    new, *_ = rotate(path, now=NOW, token_life=DAY)
    assert opens(before)
    assert ring.look_again() and not ring.look_again()
    clock.seconds += 0.6
    assert ring.signing_key(now=NOW).kid == new.kid != first_kid
    assert ring.generation > first_generation
    assert opens(before) and opens(sign(claims, ring.signing_key(now=NOW)))
    rotate(path, now=NOW, token_life=DAY, keep_old=False)
    clock.seconds += 0.6
    found = verify(before, ring.secrets(), kind=Kind.TOKEN, now=NOW, max_seconds=86_400)
    assert found == Refused(Reason.UNKNOWN_KEY)


def test_a_file_that_becomes_unsafe_or_goes_away_stops_everything(settings: Settings, path: Path) -> None:
    clock = Clock()
    ring = KeyRing(settings, clock)
    ring.signing_key(now=NOW)
    path.chmod(0o644)
    clock.seconds += 0.6
    for _ in range(2):
        with pytest.raises(SigningKeysError):
            ring.secrets()
        with pytest.raises(SigningKeysError):
            ring.signing_key(now=NOW)
    path.unlink()
    assert ring.secrets() == {}


def test_keys_of_the_settings_are_all_there_is(tmp_path: Path) -> None:
    ring = KeyRing(Settings(home=tmp_path, signing_keys=KEYS))
    assert ring.secrets() == dict(KEYS)
    assert ring.signing_key(now=NOW).kid == "k1"
    assert list(tmp_path.iterdir()) == []


def test_a_short_key_in_the_settings_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PROOFLINE_SIGNING_KEYS") as refusal:
        KeyRing(Settings(home=tmp_path, signing_keys=(("k", "short-secret"),)))
    assert "short-secret" not in str(refusal.value)


def test_another_user_s_file_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first_keys(path, now=NOW)
    os_geteuid = os.geteuid()
    if os_geteuid == 0:
        os.chown(path, 12345, 12345)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: os_geteuid + 1)
    with pytest.raises(SigningKeysError, match="another user"):
        read_keys(path)
