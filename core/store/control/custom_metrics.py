"""Custom metrics as they are kept: whose they are, when they changed, and which of them a customer can see.

A customer sees its own metrics and everybody's. Ids are free of one another between customers, so that
nobody learns from a refusal what another customer has; an id of everybody's is taken for all.
Whether a definition may be used at all is `core.custom_metrics`' business.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, true, update

from core.custom_metrics import (
    ConditionalRule,
    CustomMetricDefinition,
    Formula,
    FormulaInput,
    FormulaType,
)
from core.erasures import refuse_erased
from core.errors import DuplicateId
from core.store.control.tables import CUSTOM_METRICS as METRICS
from core.store.control.tables import EVERYBODY


@dataclass(frozen=True)
class StoredMetric:
    """A definition and when it was made and changed."""

    definition: CustomMetricDefinition
    created_at: datetime
    updated_at: datetime

    @property
    def owner(self) -> str | None:
        return self.definition.customer_id


def visible_metrics(connection: Connection, customer_id: str | None) -> list[StoredMetric]:
    """What a customer can see, oldest first; None sees all metrics of all customers."""
    rows = connection.execute(
        select(METRICS)
        .where(_visible(customer_id))
        .order_by(METRICS.c.created_at, METRICS.c.custom_metric_id, METRICS.c.owner)
    )
    return [_stored(row) for row in rows]


def usable_definitions(connection: Connection, owner: str | None) -> dict[str, CustomMetricDefinition]:
    """The metrics that a metric of this owner may use, by id: everybody's, and the owner's own."""
    return usable_by_owner(connection, {owner or EVERYBODY})[owner or EVERYBODY]


def usable_by_owner(
    connection: Connection, owners: Collection[str]
) -> dict[str, dict[str, CustomMetricDefinition]]:
    """`usable_definitions` of each of these owners."""
    asked = {EVERYBODY, *owners}
    of: dict[str, dict[str, CustomMetricDefinition]] = {owner: {} for owner in asked}
    for row in connection.execute(select(METRICS).where(METRICS.c.owner.in_(sorted(asked)))):
        of[row.owner][row.custom_metric_id] = _stored(row).definition
    return {owner: {**of[EVERYBODY], **of[owner]} for owner in owners}


def metrics_with_id(
    connection: Connection, custom_metric_id: str, customer_id: str | None
) -> list[StoredMetric]:
    """Those of this id that a customer can see: one at most, several only for None."""
    rows = connection.execute(
        select(METRICS)
        .where(METRICS.c.custom_metric_id == custom_metric_id, _visible(customer_id))
        .order_by(METRICS.c.owner)
    )
    return [_stored(row) for row in rows]


def add_metric(connection: Connection, definition: CustomMetricDefinition, *, now: datetime) -> StoredMetric:
    """Keeps a new definition; DuplicateId when its owner can see one of that id already."""
    if metrics_with_id(connection, definition.id, definition.customer_id):
        raise DuplicateId(f"There is a custom metric {definition.id} already", param="id")
    refuse_erased(connection, definition.customer_id)
    connection.execute(METRICS.insert().values(**_columns(definition), created_at=now, updated_at=now))
    return StoredMetric(definition, now, now)


def change_metric(
    connection: Connection, before: StoredMetric, definition: CustomMetricDefinition, *, now: datetime
) -> StoredMetric:
    """Keeps a new version of a definition; one that changes nothing leaves `updated_at` as it was."""
    if definition == before.definition:
        return before
    connection.execute(
        update(METRICS).where(_is(before.definition)).values(**_columns(definition), updated_at=now)
    )
    return StoredMetric(definition, before.created_at, now)


def remove_metric(connection: Connection, stored: StoredMetric) -> None:
    connection.execute(delete(METRICS).where(_is(stored.definition)))


def metrics_using(connection: Connection, definition: CustomMetricDefinition) -> list[str]:
    """Ids of the custom metrics whose formulas name this one."""
    stored = visible_metrics(connection, definition.customer_id)
    return [s.definition.id for s in stored if definition.id in _named(s.definition.formula.inputs)]


def _named(inputs: Iterable[FormulaInput]) -> set[str]:
    return {part.metric_id for part in inputs}


def _visible(customer_id: str | None) -> ColumnElement[bool]:
    if customer_id is None:
        return true()
    return METRICS.c.owner.in_((EVERYBODY, customer_id))


def _is(definition: CustomMetricDefinition) -> ColumnElement[bool]:
    owner = definition.customer_id or EVERYBODY
    return (METRICS.c.owner == owner) & (METRICS.c.custom_metric_id == definition.id)


def _columns(definition: CustomMetricDefinition) -> dict[str, Any]:
    return {
        "owner": definition.customer_id or EVERYBODY,
        "custom_metric_id": definition.id,
        "name": definition.name,
        "description": definition.description,
        "unit": definition.unit,
        "formula_json": json.dumps(formula_to_plain(definition.formula), ensure_ascii=False),
        "is_active": definition.is_active,
    }


def _stored(row: Row[Any]) -> StoredMetric:
    definition = CustomMetricDefinition(
        id=row.custom_metric_id,
        name=row.name,
        formula=formula_from_plain(json.loads(row.formula_json)),
        unit=row.unit,
        description=row.description,
        is_active=row.is_active,
        customer_id=row.owner or None,
    )
    return StoredMetric(definition, row.created_at, row.updated_at)


def formula_to_plain(formula: Formula) -> dict[str, Any]:
    """The formula as JSON has it; what was left out stays out."""
    plain: dict[str, Any] = {
        "type": formula.type.value,
        "expression": formula.expression,
        "inputs": [_input_to_plain(part) for part in formula.inputs],
    }
    if formula.conditions:
        plain["conditions"] = [
            {"condition": rule.condition, "then_value": rule.then_value, "else_value": rule.else_value}
            for rule in formula.conditions
        ]
    return plain


def _input_to_plain(part: FormulaInput) -> dict[str, Any]:
    plain: dict[str, Any] = {"variable": part.variable, "metric_id": part.metric_id}
    if part.aggregation is not None:
        plain["aggregation"] = part.aggregation
    if part.filters:
        plain["filters"] = dict(part.filters)
    return plain


def formula_from_plain(plain: dict[str, Any]) -> Formula:
    """The formula of a value that `formula_to_plain` made, or of a body that the schemas let pass."""
    return Formula(
        type=FormulaType(plain["type"]),
        expression=plain["expression"],
        inputs=tuple(
            FormulaInput(p["variable"], p["metric_id"], p.get("aggregation"), p.get("filters") or {})
            for p in plain["inputs"]
        ),
        conditions=tuple(
            ConditionalRule(c["condition"], c["then_value"], c["else_value"])
            for c in plain.get("conditions") or ()
        ),
    )
