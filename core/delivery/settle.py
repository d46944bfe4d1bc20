"""What came of an attempt, written down: delivered, to be tried again, or given up; and what follows from that for a
webhook that fails for days, and for those who want to hear that a report arrived.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from core.delivery.announce import report_delivered
from core.delivery.claims import Claimed
from core.delivery.outbox import DeliveryState, Item, OutboxKind, enqueue
from core.delivery.outcome import ErrorClass, Outcome
from core.delivery.retries import ENDPOINT_LIMIT, Random, next_mail_attempt, next_webhook_attempt
from core.store.control.portal_webhooks import disable_webhook, failing_since, note_health
from core.store.control.reports import note_sent
from core.store.control.tables import DELIVERY_ATTEMPTS as ATTEMPTS
from core.store.control.tables import OUTBOX


def settle(
    connection: Connection,
    claimed: Claimed,
    outcome: Outcome,
    *,
    now: datetime,
    random: Random,
    operator: str | None = None,
) -> DeliveryState | None:
    """The state it has now; None where somebody else has taken it over, whose word counts then."""
    then = (
        None if outcome.is_delivered or outcome.is_final else _next(connection, claimed, outcome, now, random)
    )
    state = _state(outcome, then)
    done = connection.execute(
        update(OUTBOX)
        .where(_is_held(claimed))
        .values(
            state=state,
            next_attempt_at=then or OUTBOX.c.next_attempt_at,
            lease_owner=None,
            lease_until=None,
            last_status=outcome.status,
            last_error_class=outcome.error_class,
            last_error=outcome.error,
            settled_at=None if then else now,
        )
    )
    if done.rowcount == 0:
        return None
    _end_attempt(connection, claimed, outcome, now)
    if outcome.retry_after is not None:
        _hold_back(connection, claimed, now + outcome.retry_after)
    if claimed.webhook_id is not None:
        _note_health(connection, claimed, outcome, now, operator)
    if state is not DeliveryState.PENDING and claimed.report_id is not None:
        if state is DeliveryState.DELIVERED:
            note_sent(connection, claimed.report_id, now=now)
        report_delivered(connection, claimed, now=now)
    return state


def _state(outcome: Outcome, then: datetime | None) -> DeliveryState:
    if outcome.is_delivered:
        return DeliveryState.DELIVERED
    return DeliveryState.DEAD if then is None else DeliveryState.PENDING


def _next(
    connection: Connection, claimed: Claimed, outcome: Outcome, now: datetime, random: Random
) -> datetime | None:
    count = claimed.attempts_of_round
    if not claimed.kind.is_mail:
        return next_webhook_attempt(count, now=now, random=random, retry_after=outcome.retry_after)
    first = and_(ATTEMPTS.c.delivery_id == claimed.delivery_id, ATTEMPTS.c.attempt > claimed.round_began)
    began: datetime | None = connection.scalar(select(func.min(ATTEMPTS.c.started_at)).where(first))
    return next_mail_attempt(count, began=began or now, now=now, random=random)


def _is_held(claimed: Claimed) -> ColumnElement[bool]:
    """A lease that ran out and was taken by another is not ours to settle."""
    return and_(
        OUTBOX.c.delivery_id == claimed.delivery_id,
        OUTBOX.c.lease_owner == claimed.owner,
        OUTBOX.c.attempt == claimed.attempt,
    )


def _hold_back(connection: Connection, claimed: Claimed, until: datetime) -> None:
    """Whoever asks for time means all that goes to it."""
    lane = select(OUTBOX.c.lane).where(OUTBOX.c.delivery_id == claimed.delivery_id).scalar_subquery()
    waits = and_(
        OUTBOX.c.lane == lane, OUTBOX.c.state == DeliveryState.PENDING, OUTBOX.c.next_attempt_at < until
    )
    connection.execute(update(OUTBOX).where(waits).values(next_attempt_at=until))


def _end_attempt(connection: Connection, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    values: dict[str, Any] = {
        "ended_at": now,
        "status": outcome.status,
        "error_class": outcome.error_class,
        "error": outcome.error,
    }
    is_it = and_(ATTEMPTS.c.delivery_id == claimed.delivery_id, ATTEMPTS.c.attempt == claimed.attempt)
    connection.execute(update(ATTEMPTS).where(is_it).values(values))


def _note_health(
    connection: Connection, claimed: Claimed, outcome: Outcome, now: datetime, operator: str | None
) -> None:
    """A receiver that wants nothing any more, or has failed for days, is sent nothing any more."""
    webhook_id = str(claimed.webhook_id)
    note_health(connection, webhook_id, is_well=outcome.is_delivered, now=now)
    since = failing_since(connection, webhook_id)
    if outcome.error_class is ErrorClass.GONE:
        reason = "Its receiver answered 410: it wants nothing any more"
    elif since is not None and now - since >= ENDPOINT_LIMIT:
        reason = f"Everything that it was sent failed for {ENDPOINT_LIMIT.days} days; last: {outcome.error}"
    else:
        return
    disable_webhook(connection, webhook_id, reason, now=now)
    if operator is not None:
        _tell(connection, claimed, reason, now, operator)


def _tell(connection: Connection, claimed: Claimed, reason: str, now: datetime, operator: str) -> None:
    text = (
        f"{reason}.\n\nThe webhook {claimed.webhook_id} of the portal {claimed.portal_id} is switched off. What waited"
        " for it is kept for 30 days and can be sent again. When its receiver works, switch it on again:"
        f" PATCH /v1/portal/webhooks/{claimed.webhook_id} with is_enabled true."
    )
    enqueue(
        connection,
        Item(
            kind=OutboxKind.MAIL_OPERATOR,
            dedupe_key=f"webhook_off|{claimed.webhook_id}|{now.isoformat()}",
            payload={"subject": "A webhook was switched off", "text": text},
            recipient=operator,
            now=now,
        ),
    )
