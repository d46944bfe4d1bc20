"""Settings that are fine on one machine and dangerous on a network: refused before anything starts."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from core.settings import Settings
from core.settings_text import SettingsError

MIN_SECRET_CHARACTERS = 32
# Random text of the least length has far more; keyboard rows and repeated words have fewer.
MIN_DISTINCT_CHARACTERS = 12
_KNOWN = (
    "changeme",
    "change-me",
    "change_me",
    "secret",
    "password",
    "example",
    "0123456789",
    "abcdefgh",
    "test",
)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to this host."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_exposure(settings: Settings, host: str) -> None:
    """SettingsError names the first setting that must not be as it is for a server at this host."""
    for fault in exposure_faults(settings, host):
        raise fault


def exposure_faults(settings: Settings, host: str) -> Iterator[SettingsError]:
    """Every setting that must not be as it is for a server at this host."""
    yield from _proxies(settings)
    yield from _weak_secrets(settings)
    if is_loopback(host) and not settings.is_production:
        return
    if not settings.signing_keys:
        yield SettingsError("PROOFLINE_SIGNING_KEYS", f"is required {_where(settings)}")
    for name, url in (
        ("PROOFLINE_BASE_URL", settings.base_url),
        ("PROOFLINE_PORTAL_URL", settings.portal_url),
    ):
        if url and not url.startswith("https://"):
            yield SettingsError(name, f"must begin with https:// {_where(settings)}")
    if not settings.rate_limits:
        yield SettingsError("PROOFLINE_RATE_LIMITS", f"must be on {_where(settings)}")


def _where(settings: Settings) -> str:
    return "in production" if settings.is_production else "for a server that other machines can reach"


def _weak_secrets(settings: Settings) -> Iterator[SettingsError]:
    for _, secret in settings.signing_keys:
        if len(secret) < MIN_SECRET_CHARACTERS:
            reason = f"needs at least {MIN_SECRET_CHARACTERS} characters a key"
            yield SettingsError("PROOFLINE_SIGNING_KEYS", reason)
        elif any(word in secret.lower() for word in _KNOWN) or len(set(secret)) < MIN_DISTINCT_CHARACTERS:
            reason = "has a key that can be guessed; take random text, such as openssl rand -base64 32"
            yield SettingsError("PROOFLINE_SIGNING_KEYS", reason)


def _proxies(settings: Settings) -> Iterator[SettingsError]:
    for address in settings.trusted_proxies:
        try:
            is_everything = ip_network(address, strict=False).prefixlen == 0
        except ValueError:
            yield SettingsError("PROOFLINE_TRUSTED_PROXIES", "must be addresses or networks")
            continue
        if is_everything:
            yield SettingsError("PROOFLINE_TRUSTED_PROXIES", "must not be the whole internet")
