"""One mail at a time to one mail server, over a connection that is kept while there is more to send.

Certificates are checked. A password is sent only over TLS. What the server says to each recipient is that recipient's
alone; what it says to us (who are you, not now) is everybody's.
"""

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from core import fault
from core.delivery.outcome import ErrorClass, Outcome, delivered, failed
from core.settings_text import mail_port

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
# After the last byte a server may think for long; whoever hangs up then has the mail sent twice.
ACCEPT_SECONDS = 120.0
_MAX_SAID = 200


@dataclass(frozen=True)
class MailServer:
    """How the server is reached, and how long it is waited for."""

    url: str = field(repr=False)
    connect_seconds: float = CONNECT_SECONDS
    answer_seconds: float = ANSWER_SECONDS
    accept_seconds: float = ACCEPT_SECONDS


class _Said(Exception):  # noqa: N818  (an answer, not a fault)
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


class SmtpConnection:
    """Opened by the first mail, opened again after a failure; not shared between threads."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def send(self, sender: str, recipient: str, raw: bytes) -> Outcome:
        """Hands over one mail; whatever goes wrong is an outcome."""
        try:
            outcome = self._handed_over(sender, recipient, raw)
        except _Said as said:
            outcome = said.outcome
        except Exception as problem:
            outcome = _outcome_of(problem)
        if not outcome.is_delivered:
            self.close()
        return outcome

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()

    def _handed_over(self, sender: str, recipient: str, raw: bytes) -> Outcome:
        smtp = self._connected()
        _require(smtp.mail(sender), 250, for_all=True)
        _require(smtp.rcpt(recipient), 250, 251)
        _require(smtp.docmd("DATA"), 354)
        smtp.send(_dotted(raw))
        fault.hit("outbox.after_DATA")
        if smtp.sock is not None:
            smtp.sock.settimeout(self._server.accept_seconds)
        code, text = smtp.getreply()
        _require((code, text), 250)
        if smtp.sock is not None:
            smtp.sock.settimeout(self._server.answer_seconds)
        return delivered(code)

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is not None:
            try:
                if self._smtp.rset()[0] == 250:
                    return self._smtp
            except (OSError, smtplib.SMTPException):
                pass
            # A server hangs up when nothing came for a while.
            self.close()
        self._smtp = smtp = _open(self._server)
        return smtp


def _open(server: MailServer) -> smtplib.SMTP:
    parts = urlsplit(server.url)
    host, port = str(parts.hostname), parts.port or mail_port(parts.scheme)
    context = ssl.create_default_context()
    smtp: smtplib.SMTP
    if parts.scheme == "smtps":
        smtp = smtplib.SMTP_SSL(host, port, timeout=server.connect_seconds, context=context)
    else:
        smtp = smtplib.SMTP(host, port, timeout=server.connect_seconds)
    try:
        if smtp.sock is not None:
            smtp.sock.settimeout(server.answer_seconds)
        smtp.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp+starttls":
            smtp.starttls(context=context)
            smtp.ehlo()
        if parts.username:
            smtp.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        smtp.close()
        raise
    return smtp


def _dotted(raw: bytes) -> bytes:
    """With the lines of a mail that begin with a dot told from its end."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    body = re.sub(rb"(?m)^\.", b"..", lines)
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _require(reply: tuple[int, bytes], *wanted: int, for_all: bool = False) -> None:
    code, text = reply
    if code in wanted:
        return
    said = f"the mail server answers {code}: {_plain(text)}"
    if code == 421 or (for_all and code >= 500):
        raise _Said(failed(ErrorClass.MAIL_SERVER_REFUSED, said, status=code, is_everybodys=True))
    if 500 <= code < 600:
        raise _Said(failed(ErrorClass.MAIL_REJECTED, said, status=code, is_final=True))
    if code == -1:
        raise smtplib.SMTPServerDisconnected
    raise _Said(failed(ErrorClass.MAIL_DEFERRED, said, status=code))


def _outcome_of(problem: Exception) -> Outcome:
    """What is wrong with the server or the way to it is so for every mail."""
    # The library says of a server that is silent that it hung up.
    if isinstance(problem, TimeoutError) or isinstance(problem.__context__, TimeoutError):
        return _for_all(ErrorClass.TIMEOUT, "the mail server did not answer in time")
    if isinstance(problem, smtplib.SMTPAuthenticationError):
        said = f"the mail server refuses the user or the password ({problem.smtp_code})"
        return _for_all(ErrorClass.MAIL_SERVER_REFUSED, said, problem.smtp_code)
    if isinstance(problem, ssl.SSLError) or "STARTTLS" in str(problem):
        return _for_all(ErrorClass.TLS_ERROR, "there is no secure connection to the mail server")
    if isinstance(problem, ConnectionRefusedError):
        return _for_all(ErrorClass.CONNECTION_FAILED, "no mail server answers there")
    if isinstance(problem, smtplib.SMTPServerDisconnected | ConnectionError):
        return failed(ErrorClass.CONNECTION_LOST, "the mail server closed the connection")
    if isinstance(problem, smtplib.SMTPResponseException):
        said = f"the mail server answers {problem.smtp_code}: {_plain(problem.smtp_error)}"
        return _for_all(ErrorClass.MAIL_SERVER_REFUSED, said, problem.smtp_code)
    return _for_all(ErrorClass.CONNECTION_FAILED, "the mail server cannot be reached")


def _for_all(kind: ErrorClass, error: str, status: int | None = None) -> Outcome:
    return failed(kind, error, status=status, is_everybodys=True)


def _plain(text: bytes | str) -> str:
    said = text.decode("ascii", "replace") if isinstance(text, bytes) else text
    return " ".join("".join(c if " " <= c <= "~" else " " for c in said).split())[:_MAX_SAID]
