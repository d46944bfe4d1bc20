"""What a formula costs by itself, without a server and without data: parse, check, evaluate."""

from statistics import median
from time import perf_counter
from typing import Any

from core.custom_metrics import check_custom_formula
from core.custom_values.rows import run_rows
from core.metric_info import find_for_use
from core.store.control.custom_metrics import formula_from_plain

_INPUTS = {"$a": "cost.total", "$b": "usage.sessions.total", "$c": "autonomy.deflection_rate"}
FORMULA: dict[str, Any] = {
    "type": "arithmetic",
    "expression": "if($b > 100, round($a / ($b * max($c, 0.01)), 4), coalesce($a, 0) / 2)",
    "inputs": [{"variable": name, "metric_id": metric_id} for name, metric_id in _INPUTS.items()],
}


def seconds_a_formula(times: int = 200) -> float:
    """The median of so many times from text to number."""
    return median(_once() for _ in range(times))


def _once() -> float:
    began = perf_counter()
    checked = check_custom_formula(formula_from_plain(FORMULA), find_metric=find_for_use, definitions={})
    assert checked.formula is not None
    values, _ = run_rows(checked.formula, {"$a": [1823.45], "$b": [52_340], "$c": [0.083]}, 1)
    assert values[0] is not None
    return perf_counter() - began
