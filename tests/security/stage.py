"""Two tenants on the real service, at a socket of this machine, with every kind of credential. Nothing here asserts.

The server is the command's own, in a thread, so that what it opens, connects to and asks of the store can be seen.
"""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from core import keys
from core.reports.built import BuiltReport
from core.settings import Settings
from core.store.control import open_control_store
from core.tokens import Kind, SigningKey, new_claims, session_of, sign
from core.tokens.claims import Claims, Permission
from site_build.sites import build_sites
from tests.builders import NOON, keep_portal, publish
from tests.builders.api import formula
from tests.builders.served import served
from tests.builders.tokens import KEYS, bearer, signed
from tests.security.papers import archive
from tests.security.tenants import Tenant, events_of

A, B = Tenant("a"), Tenant("b")
HOST = "api.example.com"
EVERY = tuple(Permission)


@dataclass(frozen=True)
class Answer:
    """What came back, as it came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def code(self) -> str:
        """The code of a refusal in the one form that refusals have."""
        error = self.json()["error"]
        assert error.keys() >= {"type", "code", "message", "param", "documentation_url"}, error
        return str(error["code"])

    @property
    def param(self) -> str | None:
        found: str | None = self.json()["error"]["param"]
        return found


class Line:
    """A connection that is kept, for many requests; nothing of a target is changed on its way."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> Answer:
        """Sends JSON where the body is no bytes."""
        sent = dict(headers or {})
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if raw is not None:
            sent = {"Content-Type": "application/json", **sent}
        try:
            return self._ask(method, target, sent, raw)
        except (ConnectionError, HTTPException):
            # The server closes a connection that was silent for seconds.
            self.close()
            return self._ask(method, target, sent, raw)

    def _ask(self, method: str, target: str, sent: Mapping[str, str], raw: bytes | None) -> Answer:
        connection = self._connection
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in sent.items():
            connection.putheader(name, value)
        if raw is not None or method in ("POST", "PATCH"):
            connection.putheader("Content-Length", str(len(raw or b"")))
        connection.endheaders(raw)
        response = connection.getresponse()
        found = tuple((name.lower(), value) for name, value in response.getheaders())
        return Answer(response.status, found, response.read())

    def close(self) -> None:
        self._connection.close()


@dataclass
class Stage:
    """The running service, and what one needs to ask it as anybody."""

    settings: Settings
    port: int
    keys: dict[str, str]
    line: Line = field(repr=False)
    made: dict[str, dict[str, str]] = field(default_factory=dict)
    reports: dict[str, BuiltReport] = field(default_factory=dict, repr=False)

    def ask(
        self, method: str, target: str, who: str | None = "a", body: Any = None, **headers: str
    ) -> Answer:
        """As the holder of the key of this name, or as nobody."""
        sent = bearer(self.keys[who]) if who else {}
        return self.line.ask(method, target, {**sent, **headers}, body)

    def get(self, target: str, who: str | None = "a", **headers: str) -> Answer:
        return self.ask("GET", target, who, **headers)

    def post(self, target: str, body: Any, who: str | None = "a", **headers: str) -> Answer:
        return self.ask("POST", target, who, body, **headers)

    def patch(self, target: str, body: Any, who: str | None = "a", **headers: str) -> Answer:
        return self.ask("PATCH", target, who, body, **headers)

    def shown(self, token: str, target: str, method: str = "GET", body: Any = None) -> Answer:
        """As whoever holds this token."""
        return self.line.ask(method, target, bearer(token), body)

    def raw(self, sent: bytes, *, seconds: float = 60) -> bytes:
        """Everything that comes back for these very bytes, until the server closes or is silent."""
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            with suppress(OSError):  # closed before all was sent; what came before still counts
                connection.sendall(sent)
            with suppress(OSError):
                while piece := connection.recv(65536):
                    received += piece
        return received

    def token(
        self, tenant: Tenant = A, *permissions: Permission, portal_id: str = "", seconds: int = 3600
    ) -> str:
        """A token as the service signs them."""
        return sign(
            self.claims(tenant, *permissions, portal_id=portal_id, seconds=seconds), SigningKey(*KEYS[0])
        )

    def claims(
        self, tenant: Tenant = A, *permissions: Permission, portal_id: str = "", seconds: int = 3600
    ) -> Claims:
        now = datetime.now(UTC)
        granted = permissions or EVERY
        return new_claims(
            portal_id or tenant.portal_id, tenant.customer_id, granted, seconds=seconds, now=now
        )

    def expired_token(self, tenant: Tenant = A) -> str:
        """One that was good until a second ago."""
        plain = self.claims(tenant).to_plain()
        for name in ("iat", "nbf", "exp"):
            plain[name] -= 3601
        return signed({"alg": "HS256", "kid": "k1", "typ": "JWT"}, plain)

    def cookie(self, tenant: Tenant = A) -> str:
        """What a browser sends that came by a link."""
        session = session_of(self.claims(tenant), earlier=None)
        return f"portal_session={sign(session, SigningKey(*KEYS[0]))}"


@contextmanager
def staged(home: Path, **more: Any) -> Iterator[Stage]:
    """Publishes, serves, makes everything that a tenant can have by the API itself, and builds the sites."""
    publish(home, events_of(A, B))
    settings = Settings(
        home=home,
        base_url=f"https://{HOST}",
        signing_keys=KEYS,
        log_level="error",
        # The sites are built in this process too, which may be a slow one.
        **{"rate_limits": False, "query_seconds": 60, **more},
    )
    texts = _keys_and_portals(settings)
    with served(settings) as port, closing(Line(port)) as line:
        stage = Stage(settings, port, texts, line)
        stage.made = {"a": _made_by(stage, A), "b": _made_by(stage, B)}
        stage.reports = _archived(stage)
        report = build_sites(settings, now=NOON)
        if not report.is_complete:
            raise RuntimeError(f"The sites could not be built: {report}")
        yield stage


def _keys_and_portals(settings: Settings) -> dict[str, str]:
    roles = {
        "a": (keys.Role.WRITE, A.customer_id),
        "b": (keys.Role.WRITE, B.customer_id),
        "reader_a": (keys.Role.READ, A.customer_id),
        "admin_a": (keys.Role.ADMIN, A.customer_id),
        "all": (keys.Role.WRITE, None),
        "admin": (keys.Role.ADMIN, None),
    }
    store, now = open_control_store(settings), datetime.now(UTC)
    made = {
        who: keys.create_key(store, name=who, role=role, customer_id=customer_id, now=now)[1]
        for who, (role, customer_id) in roles.items()
    }
    for tenant in (A, B):
        for one in tenant.portals():
            keep_portal(store, one)
    store.close()
    return made


def _archived(stage: Stage) -> dict[str, BuiltReport]:
    store = open_control_store(stage.settings)
    made = {
        one.letter: archive(stage.settings, store, one, stage.made[one.letter]["report_id"]) for one in (A, B)
    }
    store.close()
    return made


def _made_by(stage: Stage, tenant: Tenant) -> dict[str, str]:
    """Ids of what the tenant has made."""
    who = tenant.letter
    written = formula("$a / $b", a="cost.total", b=tenant.metric_id)
    metric = {
        "id": tenant.custom_metric_id,
        "name": tenant.canary("metric_name"),
        "description": tenant.canary("description"),
        "unit": "usd",
        "formula": written,
    }
    target = f"https://hooks.example.com/{tenant.canary('slack')}"
    rule = {
        "name": tenant.canary("alert"),
        "metric_id": "cost.total",
        "condition": {"operator": "gt", "threshold": float(next(tenant.numbers())), "duration": "1h"},
        "actions": [{"type": "slack", "target": target}],
    }
    webhook = {
        "portal_id": tenant.portal_id,
        "url": f"https://hooks.example.com/{tenant.canary('hook')}",
        "events": ["portal.accessed"],
        "headers": {"X-Word": tenant.canary("header")},
    }
    report = {
        "portal_id": tenant.portal_id,
        "name": tenant.canary("report"),
        "schedule": {"frequency": "weekly", "day_of_week": 1, "time": "09:00"},
        "delivery": {
            "method": "both",
            "recipients": [f"{tenant.canary('recipient')}@example.com"],
            "webhook_url": f"https://hooks.example.com/{tenant.canary('report_hook')}",
            "webhook_headers": {"X-Word": tenant.canary("report_header")},
        },
        "content": {"include_raw_data": True},
    }
    answers = [
        stage.post("/v1/analytics/metrics/custom", metric, who),
        stage.post("/v1/analytics/alerts", rule, who),
        stage.post("/v1/portal/webhooks", webhook, who),
        stage.post("/v1/portal/reports", report, who),
    ]
    if any(answer.status != 201 for answer in answers):
        raise RuntimeError(f"The stage could not be set: {[answer.text for answer in answers]}")
    tenant.canaries["signing_secret"] = answers[2].json()["signing_secret"]
    webhook_id = answers[2].json()["webhook_id"]
    tested = stage.post(f"/v1/portal/webhooks/{webhook_id}/test", {}, who)
    return {
        "customer_id": tenant.customer_id,
        "portal_id": tenant.portal_id,
        "draft_id": tenant.draft_id,
        "metric_id": tenant.metric_id,
        "custom_metric_id": tenant.custom_metric_id,
        "alert_id": answers[1].json()["id"],
        "webhook_id": webhook_id,
        "delivery_id": tested.json()["delivery_id"],
        "report_id": answers[3].json()["report_id"],
        "new_id": tenant.custom_metric_id,
    }


__all__ = ["HOST", "A", "Answer", "B", "Kind", "Line", "Stage", "staged"]
