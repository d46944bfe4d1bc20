"""Sends what is due: several lanes at a time, in each lane one message after the other.

A receiver that nobody reaches is left alone until the next time, so the others never wait for it. A process that dies
here leaves its rows to the next one: what was not settled is sent again, under the same id.
"""

import secrets
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from sqlalchemy import func, select

from core import fault
from core.addresses import Reach
from core.delivery.announce import views_ended
from core.delivery.bodies import body_of
from core.delivery.calls import Receiver, call
from core.delivery.claims import Claimed, claim, due_lanes, renew
from core.delivery.leases import Leases
from core.delivery.letters import Compose
from core.delivery.mailing import Mailing, why_mail_waits
from core.delivery.message import NotComposed
from core.delivery.outbox import MAIL_LANE, DeliveryState
from core.delivery.outcome import ErrorClass, Outcome, failed
from core.delivery.purge import purge
from core.delivery.retries import Random
from core.delivery.settle import settle
from core.delivery.smtp import MailServer
from core.delivery.turns import Turns
from core.errors import Unavailable
from core.outbound import Bounds, Outbound, Resolve, look_up
from core.settings import Settings
from core.store.control import ControlStore
from core.store.control.portal_views import end_views
from core.store.control.tables import OUTBOX

WORKERS = 4
SECONDS = 50.0
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class DrainReport:
    """What one drain did. `waiting_reason` says why mails wait that could go but for a setting."""

    sent: int = 0
    retried: int = 0
    dead: int = 0
    cancelled: int = 0
    waiting: int = 0
    waiting_reason: str | None = None
    seconds: float = 0.0
    by_kind: dict[str, int] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Way:
    """How things leave: by whose clock, through which resolver, and how long anybody is waited for."""

    random: Random = field(default_factory=lambda: secrets.SystemRandom().random)
    resolve: Resolve = look_up
    bounds: Bounds = field(default_factory=Bounds)
    mail_server: MailServer | None = None


def drain(
    store: ControlStore,
    settings: Settings,
    *,
    now: Clock,
    compose: Compose,
    seconds: float = SECONDS,
    workers: int = WORKERS,
    way: Way | None = None,
) -> DrainReport:
    """Sends what is due until nothing is, or the time is over; never raises for what one message or receiver does."""
    began = time.monotonic()
    with store.writing() as connection:
        end_views(connection, now=now())
        views_ended(connection, now=now())
        purge(connection, now=now())
    work = _Drain(store, settings, now, compose, began + seconds, way or Way())
    try:
        work.run(workers)
    finally:
        work.close()
    return work.report(began)


class _Drain:
    def __init__(
        self,
        store: ControlStore,
        settings: Settings,
        now: Clock,
        compose: Compose,
        until: float,
        way: Way,
    ) -> None:
        self._store, self._settings, self._now, self._until, self._way = store, settings, now, until, way
        reach = Reach.of((settings.base_url, settings.page_url), settings.private_targets)
        self._out = Outbound(reach, way.bounds, way.resolve)
        self._mailing = Mailing(settings, store, compose, way.mail_server)
        self._owner = secrets.token_hex(8)
        self._no_mail = why_mail_waits(settings)
        self._lock = Lock()
        # Waiting for one another here is quicker than what a database does with several writers.
        self._writing = Lock()
        self._leases = Leases(self._renew)
        self._counts: dict[str, int] = {}
        self._by_kind: dict[str, int] = {}
        self._troubles: list[str] = []

    def run(self, workers: int) -> None:
        with self._store.reading() as connection:
            lanes = due_lanes(connection, now=self._now())
        turns = Turns([lane for lane in lanes if lane != MAIL_LANE or self._no_mail is None])
        with self._leases.renewed(), ThreadPoolExecutor(workers, "deliveries") as pool:
            for done in [pool.submit(self._work, turns) for _ in range(min(workers, len(lanes)))]:
                done.result()

    def close(self) -> None:
        self._mailing.close()

    def report(self, began: float) -> DrainReport:
        with self._store.reading() as connection:
            waiting = connection.scalar(
                select(func.count()).select_from(OUTBOX).where(OUTBOX.c.state == DeliveryState.PENDING)
            )
            mails = connection.scalar(
                select(func.count())
                .select_from(OUTBOX)
                .where(OUTBOX.c.state == DeliveryState.PENDING, OUTBOX.c.lane == MAIL_LANE)
            )
        return DrainReport(
            sent=self._counts.get(DeliveryState.DELIVERED, 0),
            retried=self._counts.get(DeliveryState.PENDING, 0),
            dead=self._counts.get(DeliveryState.DEAD, 0),
            cancelled=self._counts.get(DeliveryState.CANCELLED, 0),
            waiting=int(waiting or 0),
            waiting_reason=self._no_mail if mails else None,
            seconds=round(time.monotonic() - began, 3),
            by_kind=dict(sorted(self._by_kind.items())),
            troubles=tuple(self._troubles),
        )

    def _work(self, turns: Turns) -> None:
        """One message of one lane, then the lane's turn is over until the others had theirs."""
        while (lane := turns.take()) is not None:
            goes_on = False
            try:
                goes_on = time.monotonic() < self._until and self._step(lane)
            finally:
                turns.give_back(lane if goes_on else None)

    def _step(self, lane: str) -> bool:
        """Sends the next of this lane; whether it is worth going on with it."""
        with self._writing, self._store.writing() as connection:
            found, called_off = claim(connection, lane, owner=self._owner, now=self._now())
        self._count(DeliveryState.CANCELLED, called_off)
        if found is None:
            return False
        with self._leases.held(found.delivery_id):
            outcome = self._attempt(found)
            fault.hit("outbox.after_250_before_commit")
            self._settle(found, outcome)
        return not outcome.is_everybodys

    def _attempt(self, claimed: Claimed) -> Outcome:
        try:
            send = self._prepared(claimed)
        except NotComposed as reason:
            return failed(ErrorClass.NOT_COMPOSED, str(reason))
        except Exception as problem:
            # One that cannot be written must not keep the others from being sent.
            return failed(ErrorClass.NOT_COMPOSED, f"it cannot be written: {type(problem).__name__}")
        fault.hit("outbox.before_connect")
        return send()

    def _prepared(self, claimed: Claimed) -> Callable[[], Outcome]:
        if claimed.receiver is None:
            return self._mailing.prepare(claimed, now=self._now())
        receiver, body = claimed.receiver, body_of(claimed, self._settings, self._store)
        return lambda: self._call(receiver, claimed.delivery_id, body)

    def _call(self, receiver: Receiver, message_id: str, body: bytes) -> Outcome:
        return call(self._out, receiver, message_id=message_id, body=body, now=self._now())

    def _settle(self, claimed: Claimed, outcome: Outcome) -> None:
        operator = self._settings.operator_mail or None
        with self._writing, self._store.writing() as connection:
            state = settle(
                connection, claimed, outcome, now=self._now(), random=self._way.random, operator=operator
            )
        if state is None:
            return
        self._count(state, 1)
        with self._lock:
            if outcome.is_delivered:
                self._by_kind[claimed.kind] = self._by_kind.get(claimed.kind, 0) + 1
            else:
                self._troubles.append(f"{claimed.delivery_id} ({claimed.kind}): {outcome.error}")

    def _count(self, state: str, count: int) -> None:
        with self._lock:
            self._counts[state] = self._counts.get(state, 0) + count

    def _renew(self, delivery_ids: Collection[str]) -> None:
        with suppress(Unavailable), self._writing, self._store.writing() as connection:
            renew(connection, delivery_ids, owner=self._owner, now=self._now())
