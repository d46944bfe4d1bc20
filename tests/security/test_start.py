"""A server with settings that would betray it does not start, at once, and says which setting and not what it holds."""

import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from core.keys import PREFIX, Role, create_key
from core.settings import Settings
from core.store.control import open_control_store
from core.tokens.key_file import first_keys, key_path
from tests.security.references import ROOT

STRONG = "qZ8vR2mX5tLw9KcB3nHs7JdF6gYp4TaE"
MOST_SECONDS = 3.0
_NETWORK, _HERE = "0.0.0.0", "127.0.0.1"
_GOOD = {"PROOFLINE_BASE_URL": "https://api.acme.org", "PROOFLINE_SIGNING_KEYS": f"k1:{STRONG}"}
_BAD: dict[str, tuple[str, dict[str, str], str]] = {
    "no key": (_NETWORK, {"PROOFLINE_SIGNING_KEYS": ""}, "PROOFLINE_SIGNING_KEYS"),
    "a short key": (_NETWORK, {"PROOFLINE_SIGNING_KEYS": "k1:hunter2hunter2"}, "PROOFLINE_SIGNING_KEYS"),
    "a known key": (
        _HERE,
        {"PROOFLINE_SIGNING_KEYS": "k1:CHANGEME_thisismykeyplease_000000"},
        "PROOFLINE_SIGNING_KEYS",
    ),
    "one letter": (_HERE, {"PROOFLINE_SIGNING_KEYS": f"k1:{'a' * 64}"}, "PROOFLINE_SIGNING_KEYS"),
    "a second key that is short": (
        _NETWORK,
        {"PROOFLINE_SIGNING_KEYS": f"k1:{STRONG},k0:short0short0"},
        "PROOFLINE_SIGNING_KEYS",
    ),
    "a key without a name": (
        _HERE,
        {"PROOFLINE_SIGNING_KEYS": f"{STRONG}{STRONG}"},
        "PROOFLINE_SIGNING_KEYS",
    ),
    "plain http": (_NETWORK, {"PROOFLINE_BASE_URL": "http://api.acme.org"}, "PROOFLINE_BASE_URL"),
    "pages by plain http": (
        _NETWORK,
        {"PROOFLINE_PORTAL_URL": "http://portal.acme.org"},
        "PROOFLINE_PORTAL_URL",
    ),
    "an address that is none": (
        _HERE,
        {"PROOFLINE_BASE_URL": "ftp://hunter2@api.acme.org"},
        "PROOFLINE_BASE_URL",
    ),
    "no limits": (_NETWORK, {"PROOFLINE_RATE_LIMITS": "off"}, "PROOFLINE_RATE_LIMITS"),
    "everybody is a proxy": (
        _NETWORK,
        {"PROOFLINE_TRUSTED_PROXIES": "0.0.0.0/0"},
        "PROOFLINE_TRUSTED_PROXIES",
    ),
    "production without a key": (
        _HERE,
        {"PROOFLINE_ENV": "production", "PROOFLINE_SIGNING_KEYS": ""},
        "PROOFLINE_SIGNING_KEYS",
    ),
    "tokens for ever": (_HERE, {"PROOFLINE_MAX_TOKEN_SECONDS": "99999999"}, "PROOFLINE_MAX_TOKEN_SECONDS"),
}


@pytest.mark.parametrize("name", _BAD)
def test_it_does_not_start(tmp_path: Path, name: str, reached: Callable[[str, str], None]) -> None:
    host, change, setting = _BAD[name]
    environment = {"PATH": os.environ["PATH"], "PROOFLINE_HOME": str(tmp_path), **_GOOD, **change}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "cli", "serve", "--host", host, "--port", "1"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # What the machine does beside it is nothing of ours.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < MOST_SECONDS
    told = ended.stdout + ended.stderr
    assert ended.returncode not in (0, None) and setting in told and "Traceback" not in told
    for value in (change[name] for name in change if name != "PROOFLINE_ENV"):
        secrets = [part for part in re.split("[,:@/]", value) if len(part) >= 10]
        assert not [part for part in secrets if part in told]
    assert not (tmp_path / "control.sqlite").exists()
    reached(
        "P8",
        f"{len(_BAD)} bad configurations refused, each in less than {MOST_SECONDS:.0f} s and without its value",
    )


def test_what_is_made_here_is_strong_and_kept_as_a_hash(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    store = open_control_store(settings)
    now = datetime.now(UTC)
    _, text = create_key(store, name="n", role=Role.READ, customer_id=None, now=now)
    store.close()
    random = text.removeprefix(PREFIX)
    # 40 characters of 62 are 238 bits; a signing key has 64 of base 64, which are 48 random bytes.
    assert len(random) == 40 and random.isalnum()
    assert text.encode() not in settings.control_path.read_bytes()
    (key,) = first_keys(key_path(settings), now=now)
    assert len(key.secret) == 64
    assert (
        key_path(settings).stat().st_mode & 0o077 == 0 and settings.control_path.stat().st_mode & 0o077 == 0
    )


FLOORS = {
    "pyjwt": (2, 13, 0),
    "starlette": (1, 5, 1),
    "jinja2": (3, 1, 6),
    "weasyprint": (69, 0),
    "uvicorn": (0, 54),
    "duckdb": (2, 0, 0),
}


@pytest.mark.parametrize("name", FLOORS)
def test_a_library_is_not_older_than_its_known_holes(name: str) -> None:
    parts = tuple(int(part) for part in re.findall(r"\d+", version(name))[:3])
    assert parts >= FLOORS[name]


def test_the_lock_holds_a_hash_for_everything_and_names_no_place() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pinned = [
        number for number, line in enumerate(lines) if re.match(r"[a-z0-9_.\[\]-]+==", line, re.IGNORECASE)
    ]
    assert len(pinned) > 100
    assert all("--hash=sha256:" in lines[number + 1] for number in pinned)
    assert not [line for line in lines if "://" in line or "--index" in line]
