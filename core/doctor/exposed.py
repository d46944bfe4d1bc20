"""Settings: which cannot be read, which nobody reads, and which must change before others may reach the service."""

import difflib
import smtplib
from collections.abc import Iterator
from urllib.parse import urlsplit

from core.doctor.case import Case
from core.doctor.finding import Check, Finding, fail, ok, warn
from core.exposure import exposure_faults
from core.settings import SETTINGS
from core.settings_text import mail_port
from core.tokens.key_file import SigningKeysError, key_path, read_keys

_EVERYWHERE = "0.0.0.0"  # noqa: S104  (nothing listens here: it is asked what would be refused)
_LOOPBACK = "127.0.0.1"
_MAIL_SECONDS = 5
_KNOWN = frozenset(setting.env for setting in SETTINGS.values())
# Read by the clients, by compose and by dbt's child.
_OTHERS = frozenset(("PROOFLINE_API_KEY", "PROOFLINE_VERSION", "PROOFLINE_DBT_KEEP_OPEN"))
_FAULT_POINT = "PROOFLINE_FAULT_POINT"


def check_settings(case: Case) -> Iterator[Finding]:
    for error in case.unreadable:
        advice = "Change or unset it; docs/reference/settings.md lists what there is."
        yield fail("settings", f"{error.setting} {error.reason}.", advice)
    for name in case.given:
        if name == _FAULT_POINT:
            yield fail("settings", f"{name} ends processes on purpose, for tests.", "Unset it.")
        elif name not in _KNOWN | _OTHERS:
            yield warn("settings", f"{name} is no setting; nobody reads it.", _meant(name))
    if not case.unreadable:
        read = len(_KNOWN.intersection(case.given))
        yield ok("settings", f"{read} set, the others at their defaults")


def _meant(name: str) -> str:
    near = difflib.get_close_matches(name, sorted(_KNOWN), n=1)
    return f"Is {near[0]} meant?" if near else "Unset it; docs/reference/settings.md lists what there is."


def check_signing_keys(case: Case) -> Iterator[Finding]:
    subject = "signing keys"
    if case.settings.signing_keys:
        yield ok(subject, f"{len(case.settings.signing_keys)} in PROOFLINE_SIGNING_KEYS")
        return
    try:
        keys = read_keys(key_path(case.settings))
    except SigningKeysError as error:
        yield fail(subject, f"{error.reason}.".capitalize(), "Put it right before the API starts again.")
        return
    yield ok(subject, f"{len(keys)} in PROOFLINE_HOME" if keys else "the first is made with the first token")


def check_exposure(case: Case) -> Iterator[Finding]:
    """In production all must hold; before that they are what is left to do."""
    settings = case.settings
    host = _EVERYWHERE if settings.is_production else _LOOPBACK
    faults = list(exposure_faults(settings, host))
    for fault in faults:
        yield fail("exposure", f"{fault}.", "The API does not start like this.")
    if faults:
        return
    if settings.is_production:
        yield ok("exposure", f"production, reached at {settings.base_url}")
        return
    missing = dict.fromkeys(fault.setting for fault in exposure_faults(settings, _EVERYWHERE))
    more = f"; before others can reach it, set {', '.join(missing)}" if missing else ""
    yield ok("exposure", f"development, for this machine alone{more}")


def check_mail(case: Case) -> Iterator[Finding]:
    settings = case.settings
    if settings.smtp_url and not settings.mail_from:
        yield fail(
            "mail", "A mail server is set, but nobody whom mails are from.", "Set PROOFLINE_MAIL_FROM."
        )
    elif settings.smtp_url and case.asks_mail_server:
        yield _asked(settings.smtp_url)
    elif settings.smtp_url:
        yield ok("mail", "a mail server is set; `proofline doctor --mail` asks whether it answers")
    elif settings.mail_folder:
        yield ok("mail", f"there is no mail server: mails are written to {settings.mail_folder}")
    else:
        yield warn(
            "mail", "There is no mail server: mails wait.", "Set PROOFLINE_SMTP_URL and PROOFLINE_MAIL_FROM."
        )


def _asked(address: str) -> Finding:
    """Connects and says hello; no mail is sent and no password either."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or mail_port(parts.scheme)
    client: type[smtplib.SMTP] = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    try:
        with client(host, port, timeout=_MAIL_SECONDS) as server:
            server.noop()
    except OSError as problem:
        told = f"{host}:{port} does not answer ({problem.strerror or type(problem).__name__})."
        return fail("mail", told, "Mend PROOFLINE_SMTP_URL, or the way there.")
    return ok("mail", f"{host}:{port} answers")


SETTINGS_CHECKS: tuple[Check, ...] = (check_settings,)
CHECKS: tuple[Check, ...] = (check_signing_keys, check_exposure, check_mail)
