"""Which custom metrics there are, and what makes numbers computed for them old: read from the control store."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb

import core
from core.catalogue import CATALOGUE, Aggregation, Kind
from core.custom_metrics import CustomMetricDefinition, FormulaInput, is_custom
from core.custom_metrics.references import Definitions
from core.settings import Settings, SettingsError
from core.store.control import ControlStoreDamagedError, StoreUnavailable, existing_control_store
from core.store.control.custom_metrics import formula_to_plain, visible_metrics
from core.store.control.customers import zones_by_customer

UNREADABLE = (ControlStoreDamagedError, StoreUnavailable, SettingsError)
_ENGINE = ("formula", "custom_metrics", "custom_values", "measures", "periods", "catalogue.py")


@dataclass(frozen=True)
class Defined:
    """Every definition, inactive ones too since others may use them, and the zones that the API has set."""

    metrics: tuple[CustomMetricDefinition, ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)

    @property
    def active(self) -> tuple[CustomMetricDefinition, ...]:
        return tuple(metric for metric in self.metrics if metric.is_active)

    def usable_by(self, owner: str | None) -> Definitions:
        """What a metric of this owner may use, by id: everybody's metrics, and the owner's own."""
        return self._everybodys | self._owned.get(owner, {})

    def version(self, metric: CustomMetricDefinition) -> str:
        """Another one whenever the metric could be worth something else over the same tables."""
        parts = [[d.id, d.unit, formula_to_plain(d.formula)] for d in self.reached(metric)]
        return _digest([self._engine, *parts])

    def reached(self, metric: CustomMetricDefinition) -> tuple[CustomMetricDefinition, ...]:
        """The metric and all that it uses, directly or not, by id."""
        usable, found = self.usable_by(metric.customer_id), {metric.id: metric}
        waiting = [metric]
        while waiting:
            for metric_id in _custom_inputs(waiting.pop()):
                if metric_id in usable and metric_id not in found:
                    found[metric_id] = usable[metric_id]
                    waiting.append(usable[metric_id])
        return tuple(found[metric_id] for metric_id in sorted(found))

    def standard_inputs(self, metric: CustomMetricDefinition) -> tuple[FormulaInput, ...]:
        """The standard metrics and business results that the metric is made of in the end."""
        parts = (part for d in self.reached(metric) for part in d.formula.inputs)
        return tuple(part for part in parts if not is_custom(part.metric_id))

    @cached_property
    def fingerprint(self) -> str:
        """Another one whenever the table may have to change though the events are the same; empty without metrics."""
        versions = sorted([m.id, m.customer_id or "", self.version(m)] for m in self.active)
        return _digest([versions, sorted(self.zones.items())]) if versions else ""

    @cached_property
    def _engine(self) -> str:
        return _engine_version()

    @cached_property
    def _everybodys(self) -> dict[str, CustomMetricDefinition]:
        return self._owned.get(None, {})

    @cached_property
    def _owned(self) -> dict[str | None, dict[str, CustomMetricDefinition]]:
        owned: dict[str | None, dict[str, CustomMetricDefinition]] = {}
        for metric in self.metrics:
            owned.setdefault(metric.customer_id, {})[metric.id] = metric
        return owned


def read(settings: Settings) -> Defined:
    """What the control store says, nothing where there is none; raises one of UNREADABLE."""
    store = existing_control_store(settings)
    if store is None:
        return Defined()
    try:
        with store.reading() as connection:
            metrics = tuple(stored.definition for stored in visible_metrics(connection, None))
            return Defined(metrics, zones_by_customer(connection))
    finally:
        store.close()


def fingerprint(settings: Settings) -> str | None:
    """The fingerprint of what is defined now; None where nobody can say, because the store cannot be read."""
    try:
        return read(settings).fingerprint
    except UNREADABLE:
        return None


def reads_budgets(inputs: Iterable[FormulaInput]) -> bool:
    """Whether one of these standard metrics is about budgets, so that a day depends on the days before it."""
    found = (CATALOGUE.get(part.metric_id) for part in inputs)
    return any(metric is not None and metric.kind is Kind.BURN_RATE for metric in found)


def reads_clock(inputs: Iterable[FormulaInput]) -> bool:
    """Whether a day that is not over is worth something else as it goes on, though nothing happens."""
    inputs = list(inputs)
    return reads_budgets(inputs) or any(part.aggregation == Aggregation.RATE for part in inputs)


def _engine_version() -> str:
    """Another one whenever the code that computes metrics is another one. Read anew each time: processes that
    were started before and after an upgrade must not find each other's tables old for ever."""
    digest = hashlib.sha256(duckdb.__version__.encode())
    for path in sorted(_engine_files(Path(core.__path__[0]))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _engine_files(root: Path) -> Iterator[Path]:
    for name in _ENGINE:
        path = root / name
        yield from path.glob("*.py") if path.is_dir() else [path]


def _custom_inputs(metric: CustomMetricDefinition) -> Iterator[str]:
    return (part.metric_id for part in metric.formula.inputs if is_custom(part.metric_id))


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
