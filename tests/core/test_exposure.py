"""A server that others can reach does not start with settings that are only fine on one machine."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.exposure import check_exposure, is_loopback
from core.settings import Settings
from core.settings_text import SettingsError

STRONG = "qZ8vR2mX5tLw9KcB3nHs7JdF6gYp4TaE"
SAFE = Settings(base_url="https://api.example.com", signing_keys=(("k1", STRONG),))
NAMES = {
    "base_url": "PROOFLINE_BASE_URL",
    "portal_url": "PROOFLINE_PORTAL_URL",
    "signing_keys": "PROOFLINE_SIGNING_KEYS",
    "rate_limits": "PROOFLINE_RATE_LIMITS",
    "trusted_proxies": "PROOFLINE_TRUSTED_PROXIES",
}
UNSAFE = [
    {"base_url": "http://api.example.com"},
    {"portal_url": "http://portal.example.com"},
    {"signing_keys": ()},
    {"signing_keys": (("k1", "short"),)},
    {"signing_keys": (("k1", STRONG), ("k0", STRONG[:31]))},
    {"signing_keys": (("k1", "a" * 64),)},
    {"signing_keys": (("k1", "ababababababababababababababababab"),)},
    {"signing_keys": (("k1", "CHANGEME_thisismysecretkeyplease_0"),)},
    {"rate_limits": False},
    {"trusted_proxies": ("*",)},
    {"trusted_proxies": ("0.0.0.0/0",)},
    {"trusted_proxies": ("proxy.internal",)},
]


@pytest.mark.parametrize("change", UNSAFE)
@pytest.mark.parametrize("where", [("0.0.0.0", "development"), ("127.0.0.1", "production")])
def test_an_unsafe_setting_is_refused_by_name_and_not_by_value(change: dict, where: tuple[str, str]) -> None:
    host, env = where
    with pytest.raises(SettingsError) as refusal:
        check_exposure(replace(SAFE, env=env, **change), host)
    assert refusal.value.setting == NAMES[next(iter(change))]
    assert "aaaa" not in str(refusal.value) and "CHANGEME" not in str(refusal.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "api.example.com", ""])
def test_safe_settings_may_be_reached_from_anywhere(host: str) -> None:
    check_exposure(SAFE, host)
    check_exposure(replace(SAFE, env="production"), host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost", "127.9.9.9"])
def test_on_one_machine_nothing_has_to_be_set(host: str) -> None:
    assert is_loopback(host)
    check_exposure(Settings(), host)


def test_a_guessable_key_is_refused_on_one_machine_too() -> None:
    with pytest.raises(SettingsError, match="PROOFLINE_SIGNING_KEYS"):
        check_exposure(Settings(signing_keys=(("k", "short"),)), "127.0.0.1")


def test_the_process_ends_before_it_listens(tmp_path: Path) -> None:
    script = "from api.server import run; from core.settings import load; run('0.0.0.0', 0, load())"
    began = time.monotonic()
    environ = {"PROOFLINE_HOME": str(tmp_path), "PROOFLINE_SIGNING_KEYS": "k:hunter2hunter2", "PATH": ""}
    ended = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True)
    assert ended.returncode != 0 and time.monotonic() - began < 60
    assert "PROOFLINE_SIGNING_KEYS" in ended.stderr and "hunter2" not in ended.stderr
