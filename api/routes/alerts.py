"""Alert rules: list, read, make, change, delete. They are evaluated after each publish, not here."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api import alert_rules
from api.alert_rules import AlertRulePatch, AlertRulesTold, AlertRuleTold, AlertsAsked, NewAlertRule
from api.answers import tagged_answer, to_json
from api.definitions import Deleted
from api.deps import AnyCaller, ServicesDep, Writer, once_each
from api.openapi import refusals
from api.schemas import NothingAsked
from api.scope import customer_of, named_customer, reader_of
from api.services import Services
from api.writes import WriteDep, check_if_match
from core.alerts import AlertRule
from core.catalogue import FILTERS
from core.custom_metrics import MetricInfo
from core.delivery.under_way import wait_for_sends
from core.errors import AlertNotFound, InvalidMetricId, InvalidParameter, UnsupportedDimension
from core.metric_info import finder_of_all
from core.store.control.alerts import StoredRule, add_rule, change_rule, find_rule, list_rules, remove_rule
from core.store.control.custom_metrics import usable_definitions

router = APIRouter(prefix="/v1/analytics/alerts", tags=["Alerts"], dependencies=[Depends(once_each)])
Nothing = Annotated[NothingAsked, Query()]


@router.get("", response_model=AlertRulesTold, responses=refusals(404))
def list_alerts(
    request: Request, caller: AnyCaller, services: ServicesDep, asked: Annotated[AlertsAsked, Query()]
) -> Response:
    """The rules that this key can see, oldest first, each with its last state."""
    customer_id = customer_of(services, caller, asked.customer_id)
    with services.store.reading() as connection:
        found, total = list_rules(connection, customer_id, limit=asked.limit, offset=asked.offset)
    alerts = [alert_rules.told(stored) for stored in found]
    answer = {"alerts": alerts, "total": total, "limit": asked.limit, "offset": asked.offset}
    return tagged_answer(request, to_json(answer))


@router.get("/{alert_id}", response_model=AlertRuleTold, responses=refusals(404))
def get_alert(
    request: Request, alert_id: str, caller: AnyCaller, services: ServicesDep, _asked: Nothing
) -> Response:
    """One rule with its last state."""
    with services.store.reading() as connection:
        stored = known_rule(connection, alert_id, caller.customer_id)
    return tagged_answer(request, to_json(alert_rules.told(stored)))


@router.post("", status_code=201, response_model=AlertRuleTold, responses=refusals(403, 409))
def create_alert(body: NewAlertRule, caller: Writer, services: ServicesDep, write: WriteDep) -> Response:
    """A new rule; made with a key of one customer, it watches that customer's numbers, else everybody's."""
    rule = body.to_rule(caller.customer_id, services.reach)

    def act(connection: Connection) -> dict[str, Any]:
        _require_watchable(services, connection, rule)
        return alert_rules.told(add_rule(connection, rule, now=services.now()))

    return write(act, status=201)


@router.patch("/{alert_id}", response_model=AlertRuleTold, responses=refusals(403, 404, 412))
def update_alert(
    request: Request,
    alert_id: str,
    body: AlertRulePatch,
    caller: Writer,
    services: ServicesDep,
    write: WriteDep,
    _asked: Nothing,
) -> Response:
    """Changes what is sent and leaves the rest; a rule that asks something else starts without a state."""
    changes = body.changes(services.reach)

    def act(connection: Connection) -> dict[str, Any]:
        before = known_rule(connection, alert_id, caller.customer_id)
        check_if_match(request, alert_rules.told(before))
        changed = replace(before.rule, **changes)
        if changed != before.rule:
            _require_watchable(services, connection, changed)
        return alert_rules.told(change_rule(connection, before, changed, now=services.now()))

    return write(act)


@router.delete("/{alert_id}", response_model=Deleted, responses=refusals(403, 404, 412))
def delete_alert(
    request: Request, alert_id: str, caller: Writer, services: ServicesDep, write: WriteDep, _asked: Nothing
) -> Response:
    """Deletes a rule and its state."""

    def act(connection: Connection) -> dict[str, Any]:
        stored = known_rule(connection, alert_id, caller.customer_id)
        check_if_match(request, alert_rules.told(stored))
        remove_rule(connection, alert_id)
        return {"deleted": True, "id": alert_id}

    answer = write(act)
    wait_for_sends(services.store, now=services.now, alert_id=alert_id)
    return answer


def known_rule(connection: Connection, alert_id: str, customer_id: str | None) -> StoredRule:
    found = find_rule(connection, alert_id, customer_id)
    if found is None:
        raise AlertNotFound("This key can see no such alert", param="alert_id")
    return found


def _require_watchable(services: Services, connection: Connection, rule: AlertRule) -> None:
    """The metric exists for the rule's owner, and its rows have what the rule filters by."""
    info = _info(services, connection, rule)
    for dimension, value in rule.filters.items():
        param = f"filters.{dimension}"
        if dimension not in FILTERS:
            raise InvalidParameter(f"There are {', '.join(FILTERS)}", param=param)
        if dimension == "customer_id":
            named_customer(services, rule.customer_id, value, param=param)
        elif dimension not in info.dimensions:
            raise UnsupportedDimension(f"The rows of {rule.metric_id} have no {dimension}", param=param)


def _info(services: Services, connection: Connection, rule: AlertRule) -> MetricInfo:
    usable = usable_definitions(connection, rule.customer_id)
    info = finder_of_all(lambda: reader_of(services, rule.customer_id), usable)(rule.metric_id)
    if info is None:
        raise InvalidMetricId(f"There is no metric {rule.metric_id[:80]}", param="metric_id")
    return info
