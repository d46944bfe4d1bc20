"""Custom metrics that use custom metrics: cycles, chains, and what a formula may know of one it uses.

Ends on any set of definitions, also on one that has a cycle in it already.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from core.custom_metrics.definition import (
    FILTER_KEYS,
    MAX_CHAIN,
    CustomMetricDefinition,
    Formula,
    MetricInfo,
    is_custom,
)
from core.formula.faults import Code, Fault, shown

Definitions = Mapping[str, CustomMetricDefinition]
FindMetric = Callable[[str], MetricInfo | None]


def uses(formula: Formula) -> tuple[str, ...]:
    """The custom metrics that a formula names, whether they exist or not."""
    return tuple(dict.fromkeys(i.metric_id for i in formula.inputs if is_custom(i.metric_id)))


def users_of(metric_id: str, definitions: Definitions) -> tuple[str, ...]:
    """The custom metrics that use this metric, standard or custom, directly."""
    return tuple(
        user.id for user in definitions.values() if any(i.metric_id == metric_id for i in user.formula.inputs)
    )


def info_of(
    definition: CustomMetricDefinition, find_metric: FindMetric, definitions: Definitions
) -> MetricInfo:
    """A custom metric as an input: it has no aggregation, and a filter only if all its parts have it."""
    dimensions = frozenset(FILTER_KEYS)
    for metric_id in _reached(uses(definition.formula), definitions) | {definition.id}:
        found = definition if metric_id == definition.id else definitions.get(metric_id)
        for part in found.formula.inputs if found else ():
            info = None if is_custom(part.metric_id) else find_metric(part.metric_id)
            dimensions &= info.dimensions if info else dimensions
    return MetricInfo(definition.id, definition.unit, dimensions, frozenset())


def reference_faults(formula: Formula, own_id: str | None, definitions: Definitions) -> Iterator[Fault]:
    """Inputs through which the formula would use itself, or that make a chain too long.

    `definitions` may hold an earlier version of this metric under `own_id`; it does not count.
    """
    others = {key: value for key, value in definitions.items() if key != own_id}
    above = _levels([own_id], _users_in(others)) - 1 if own_id else 0
    for index, part in enumerate(formula.inputs):
        if not is_custom(part.metric_id):
            continue
        param = f"formula.inputs[{index}].metric_id"
        path = _path(part.metric_id, own_id, others)
        if path and own_id:
            way = " → ".join([own_id, *path])
            yield Fault(Code.CYCLE, f"the metric would use itself: {way}", param, part.variable)
        elif above + 1 + _levels([part.metric_id], _used_in(others)) > MAX_CHAIN:
            message = f"{shown(part.metric_id)} makes a chain of more than {MAX_CHAIN} custom metrics"
            yield Fault(Code.FORMULA_TOO_COMPLEX, message, param, part.variable)


def _used_in(definitions: Definitions) -> Callable[[str], Iterable[str]]:
    return lambda metric_id: uses(definitions[metric_id].formula) if metric_id in definitions else ()


def _users_in(definitions: Definitions) -> Callable[[str], Iterable[str]]:
    users: dict[str, list[str]] = {}
    for definition in definitions.values():
        for metric_id in uses(definition.formula):
            users.setdefault(metric_id, []).append(definition.id)
    return lambda metric_id: users.get(metric_id, ())


def _levels(start: Iterable[str], follow: Callable[[str], Iterable[str]]) -> int:
    """Metrics in the longest chain from `start`; stops counting past the limit, so a cycle ends too."""
    level, count = set(start), 0
    while level and count <= MAX_CHAIN:
        level, count = {found for metric_id in level for found in follow(metric_id)}, count + 1
    return count


def _reached(start: Iterable[str], definitions: Definitions) -> set[str]:
    follow, reached, waiting = _used_in(definitions), set[str](), list(start)
    while waiting:
        metric_id = waiting.pop()
        if metric_id not in reached:
            reached.add(metric_id)
            waiting.extend(follow(metric_id))
    return reached


def _path(start: str, goal: str | None, definitions: Definitions) -> list[str] | None:
    """The metrics from `start` to `goal`, both included; None where there is no way."""
    follow, waiting, seen = _used_in(definitions), [[start]], {start}
    while waiting:
        path = waiting.pop()
        if path[-1] == goal:
            return path
        fresh = [metric_id for metric_id in follow(path[-1]) if metric_id not in seen]
        seen.update(fresh)
        waiting.extend([*path, metric_id] for metric_id in fresh)
    return None
