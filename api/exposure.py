"""Settings that are fine on one machine and dangerous on a network: refused before anything starts."""

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
    _check_proxies(settings)
    for _, secret in settings.signing_keys:
        _check_secret(secret)
    if is_loopback(host) and not settings.is_production:
        return
    if not settings.signing_keys:
        raise SettingsError("PROOFLINE_SIGNING_KEYS", f"is required {_where(settings)}")
    _check_https("PROOFLINE_BASE_URL", settings.base_url, settings)
    _check_https("PROOFLINE_PORTAL_URL", settings.page_url, settings)
    if not settings.rate_limits:
        raise SettingsError("PROOFLINE_RATE_LIMITS", f"must be on {_where(settings)}")


def _where(settings: Settings) -> str:
    return "in production" if settings.is_production else "for a server that other machines can reach"


def _check_https(name: str, url: str, settings: Settings) -> None:
    if not url.startswith("https://"):
        raise SettingsError(name, f"must begin with https:// {_where(settings)}")


def _check_secret(secret: str) -> None:
    if len(secret) < MIN_SECRET_CHARACTERS:
        raise SettingsError(
            "PROOFLINE_SIGNING_KEYS", f"needs at least {MIN_SECRET_CHARACTERS} characters a key"
        )
    is_known = any(word in secret.lower() for word in _KNOWN)
    if is_known or len(set(secret)) < MIN_DISTINCT_CHARACTERS:
        raise SettingsError(
            "PROOFLINE_SIGNING_KEYS",
            "has a key that can be guessed; take random text, such as openssl rand -base64 32",
        )


def _check_proxies(settings: Settings) -> None:
    for address in settings.trusted_proxies:
        try:
            network = ip_network(address, strict=False)
        except ValueError:
            raise SettingsError("PROOFLINE_TRUSTED_PROXIES", "must be addresses or networks") from None
        if network.prefixlen == 0:
            raise SettingsError("PROOFLINE_TRUSTED_PROXIES", "must not be the whole internet")
