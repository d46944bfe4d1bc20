"""Alert rules after a publish: every enabled rule looks at the complete buckets that it has not seen yet.

Rules and states lie in the control store, numbers come from the published snapshot, what they mean from
`core.alert_evaluation`. Word of a change is put into the outbox with it; sending is delivery's.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.alert_evaluation import AlertState, Evaluation, due_edges, evaluate
from core.alerts import AlertRule
from core.custom_metrics import is_custom
from core.custom_values import BucketNumbers, custom_buckets
from core.delivery.crossings import thresholds_crossed
from core.errors import MetricNotFound, NothingPublished, ProoflineError
from core.measures import Filters, Number, Question, over_buckets, resolved_in_buckets
from core.periods import zone
from core.settings import Settings, SettingsError
from core.store.control import (
    ControlStore,
    ControlStoreDamagedError,
    StoreUnavailable,
    existing_control_store,
)
from core.store.control.alert_states import (
    StoredTransition,
    customer_watched,
    keep_evaluation,
    states_by_rule,
)
from core.store.control.alerts import StoredRule, enabled_rules
from core.store.control.custom_metrics import usable_definitions
from core.store.control.customers import zones_by_customer
from core.store.metric_store import MetricStore
from core.store.query import Query
from core.store.readers import Reader

_ALL = ""


@dataclass(frozen=True)
class Failure:
    """A rule that could not be evaluated, and why; its state stays as it was."""

    alert_id: str
    reason: str

    @property
    def advice(self) -> str:
        """One line: what is wrong, and what to do about it."""
        return (
            f"{self.alert_id}: {self.reason}. Change or delete it at /v1/analytics/alerts/{self.alert_id};"
            " the next publish tries again."
        )


@dataclass(frozen=True)
class Report:
    """What the rules found; `problem` says why none of them could be evaluated."""

    rules: int = 0
    buckets: int = 0
    transitions: tuple[StoredTransition, ...] = ()
    states: Mapping[str, int] | None = None
    seconds: float = 0.0
    failures: tuple[Failure, ...] = ()
    problem: str | None = None

    @property
    def is_complete(self) -> bool:
        return not self.failures and self.problem is None


def evaluate_rules(settings: Settings, *, now: datetime) -> Report:
    """Evaluates all enabled rules over the published snapshot and keeps what they found.

    Publishing has happened already: nothing is raised for what is wrong with a rule or the control store, and
    the same snapshot again finds nothing new.
    """
    started = time.monotonic()
    try:
        store = existing_control_store(settings)
        if store is None:
            return Report()
        try:
            report = _evaluate_all(settings, store, now)
        finally:
            store.close()
    except (ControlStoreDamagedError, StoreUnavailable, SettingsError, NothingPublished) as error:
        return Report(problem=str(error))
    return Report(**{**vars(report), "seconds": round(time.monotonic() - started, 3)})


@dataclass(frozen=True)
class _Found:
    stored: StoredRule
    before: AlertState | None
    evaluation: Evaluation
    buckets: int


def _evaluate_all(settings: Settings, store: ControlStore, now: datetime) -> Report:
    with store.reading() as connection:
        rules, states = enabled_rules(connection), states_by_rule(connection)
        zones = zones_by_customer(connection)
    if not rules:
        return Report()
    metrics = MetricStore.open(settings.published_dir)
    try:
        watch = _Watch(store, metrics, zones)
        found, failures = list[_Found](), list[Failure]()
        for stored in rules:
            try:
                found += watch.look(stored, states.get(stored.rule.id))
            except NothingPublished:
                raise
            except Exception as error:
                failures.append(Failure(stored.rule.id, _reason(error)))
        kept = _keep(store, found, snapshot=_name(metrics), now=now)
    finally:
        metrics.close()
    with store.reading() as connection:
        counted = [s.state.value for s in states_by_rule(connection).values()]
    return Report(
        rules=len(rules),
        buckets=sum(one.buckets for one in found),
        transitions=kept,
        states={state: counted.count(state) for state in sorted(set(counted))},
        failures=tuple(failures),
    )


class _Watch:
    """Looks at the numbers of one snapshot for one rule after the other."""

    def __init__(self, store: ControlStore, metrics: MetricStore, zones: Mapping[str, str]) -> None:
        self._store, self._metrics, self._zones = store, metrics, zones

    def look(self, stored: StoredRule, before: AlertState | None) -> list[_Found]:
        """What the rule finds in the buckets it has not seen; nothing where none is complete."""
        customer_id = customer_watched(stored)
        with self._reader(customer_id) as reader:
            tz = self._zone(reader)
            edges = due_edges(
                stored.rule.duration,
                tz,
                before,
                watched_since=stored.updated_at,
                until=reader.data_as_of,
            )
            if not edges:
                return []
            values = self._values(stored.rule, customer_id, reader, edges, tz)
        return [_Found(stored, before, evaluate(stored.rule, before, edges, values), len(values))]

    def _reader(self, customer_id: str | None) -> Reader:
        return self._metrics.for_all() if customer_id is None else self._metrics.for_customer(customer_id)

    def _zone(self, reader: Reader) -> ZoneInfo:
        """Days are the customer's; those of everybody's numbers are UTC's."""
        if reader.customer_id is None:
            return zone("UTC")
        rows = reader.rows(Query("dim_customers", ("timezone",), is_shared=False))
        return zone(self._zones.get(reader.customer_id) or (str(rows[0][0]) if rows else "UTC"))

    def _values(
        self,
        rule: AlertRule,
        customer_id: str | None,
        reader: Reader,
        edges: tuple[datetime, ...],
        tz: ZoneInfo,
    ) -> list[Number | None]:
        # The reader sees nobody else anyway; a customer filter that names another one is refused below.
        own = {d: v for d, v in rule.filters.items() if (d, v) != ("customer_id", customer_id)}
        filters = Filters.of(**own)
        if is_custom(rule.metric_id):
            return self._custom_values(rule, customer_id, edges, tz, filters)
        asked = resolved_in_buckets(reader, Question(rule.metric_id, filters=filters), edges, tz)
        table = over_buckets(reader, [asked], edges, tz)[0]
        return [table.at(number).value for number in range(len(edges) - 1)]

    def _custom_values(
        self,
        rule: AlertRule,
        customer_id: str | None,
        edges: tuple[datetime, ...],
        tz: ZoneInfo,
        filters: Filters,
    ) -> list[Number | None]:
        with self._store.reading() as connection:
            definitions = usable_definitions(connection, rule.customer_id)
        if rule.metric_id not in definitions:
            raise MetricNotFound(f"there is no metric {rule.metric_id}")
        wanted = {_ALL: range(len(edges) - 1)}
        numbers = BucketNumbers(lambda _whose: self._reader(customer_id), edges, tz, wanted)
        found = custom_buckets(numbers, definitions[rule.metric_id].formula, definitions, filters)
        return [found.values[place] for place in numbers.places]


def _keep(
    store: ControlStore, found: list[_Found], *, snapshot: str, now: datetime
) -> tuple[StoredTransition, ...]:
    """All that was found and word of it, in one transaction: as quick as one rule, and a crash leaves all or nothing."""
    if not found:
        return ()
    kept: list[StoredTransition] = []
    with store.writing() as connection:
        for one in found:
            changes = keep_evaluation(
                connection, one.stored, one.before, one.evaluation, snapshot=snapshot, now=now
            )
            thresholds_crossed(connection, one.stored.rule, changes, now=now)
            kept += changes
    return tuple(kept)


def _name(metrics: MetricStore) -> str:
    return (metrics.snapshot_name or "").removesuffix(".duckdb")


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, ProoflineError) else f"{type(error).__name__}: {error}"
