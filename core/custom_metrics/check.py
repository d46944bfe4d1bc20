"""Whether a definition may be used: every fault at once, of its names, its inputs and its formula.

The formula itself is checked by `core.formula.check`, cycles and chains by `references`. That an id is taken
is for the control store to say.
"""

from collections.abc import Iterator, Mapping

from core.custom_metrics.definition import (
    CUSTOM_ID,
    FILTER_KEYS,
    MAX_DESCRIPTION_CHARACTERS,
    MAX_INPUTS,
    MAX_NAME_CHARACTERS,
    VARIABLE,
    CustomMetricDefinition,
    Formula,
    FormulaInput,
    FormulaType,
    MetricInfo,
    is_custom,
)
from core.custom_metrics.references import Definitions, FindMetric, info_of, reference_faults
from core.formula.advice import VariableInfo
from core.formula.check import CheckResult, check
from core.formula.faults import Code, Fault, shown
from core.text import line

_CONDITIONS = "formula.conditions"


def check_definition(
    definition: CustomMetricDefinition, *, find_metric: FindMetric, definitions: Definitions
) -> CheckResult:
    """Checks a new definition or a new version of one.

    `find_metric` answers for standard and outcome metrics, `definitions` holds the custom metrics that this
    one may use, by id; an earlier version of it among them is left out of account.
    """
    own = tuple(_own_faults(definition))
    found = check_custom_formula(
        definition.formula, find_metric=find_metric, definitions=definitions, own_id=definition.id
    )
    return CheckResult((*own, *found.errors), found.warnings, None if own else found.formula)


def check_custom_formula(
    formula: Formula, *, find_metric: FindMetric, definitions: Definitions, own_id: str | None = None
) -> CheckResult:
    """Checks a formula that may have no metric yet; without `own_id` it cannot be part of a cycle."""
    inputs = formula.inputs[:MAX_INPUTS]
    metrics = {i.metric_id: _find(i.metric_id, find_metric, definitions) for i in inputs}
    faults = [*_input_list_faults(formula), *_type_faults(formula)]
    for index, part in enumerate(inputs):
        faults += _input_faults(part, f"formula.inputs[{index}]", metrics[part.metric_id], own_id)
    faults += reference_faults(formula, own_id, definitions)
    checked = check(formula.expression, _variables(formula, metrics), formula.conditions)
    errors = (*faults, *checked.errors)
    return CheckResult(errors, checked.warnings, None if errors else checked.formula)


def _find(metric_id: str, find_metric: FindMetric, definitions: Definitions) -> MetricInfo | None:
    if not is_custom(metric_id):
        return find_metric(metric_id)
    found = definitions.get(metric_id)
    return info_of(found, find_metric, definitions) if found else None


def _variables(formula: Formula, metrics: Mapping[str, MetricInfo | None]) -> dict[str, VariableInfo]:
    """Inputs whose own faults are told elsewhere are variables all the same, or each would be told twice."""
    variables: dict[str, VariableInfo] = {}
    for part in formula.inputs:
        info = metrics.get(part.metric_id)
        known = VariableInfo(info.unit or None, info.is_zero_when_empty) if info else VariableInfo()
        variables.setdefault(part.variable, known)
    return variables


def _own_faults(definition: CustomMetricDefinition) -> Iterator[Fault]:
    if not CUSTOM_ID.fullmatch(definition.id):
        message = f"{shown(definition.id)} is no id: cm_, then 1 to 64 of a-z, 0-9 and _"
        yield Fault(Code.INVALID_PARAMETER, message, "id")
    for param, value in (("name", definition.name), ("unit", definition.unit)):
        try:
            line(value)
        except ValueError as reason:
            yield Fault(Code.INVALID_PARAMETER, f"the {param} {reason}", param)
    if len(definition.description) > MAX_DESCRIPTION_CHARACTERS:
        message = f"the description has at most {MAX_DESCRIPTION_CHARACTERS} characters"
        yield Fault(Code.INVALID_PARAMETER, message, "description")


def _input_list_faults(formula: Formula) -> Iterator[Fault]:
    if len(formula.inputs) > MAX_INPUTS:
        message = f"the formula has {len(formula.inputs)} inputs; at most {MAX_INPUTS} are allowed"
        yield Fault(Code.FORMULA_TOO_COMPLEX, message, "formula.inputs")
    seen: set[str] = set()
    for index, part in enumerate(formula.inputs[:MAX_INPUTS]):
        if part.variable in seen:
            message = f"variable {shown(part.variable)} names two inputs"
            param = f"formula.inputs[{index}].variable"
            yield Fault(Code.DUPLICATE_VARIABLE, message, param, part.variable)
        seen.add(part.variable)


def _type_faults(formula: Formula) -> Iterator[Fault]:
    """Conditions beside an expression that gives the value would be ignored without a word."""
    if formula.conditions and formula.type is not FormulaType.CONDITIONAL:
        message = f"a formula of type {formula.type} has no conditions; its type would be conditional"
        yield Fault(Code.INVALID_PARAMETER, message, _CONDITIONS)
    if formula.type is FormulaType.AGGREGATE:
        for index, part in enumerate(formula.inputs[:MAX_INPUTS]):
            yield from _no_aggregation(part, f"formula.inputs[{index}].aggregation")


def _no_aggregation(part: FormulaInput, param: str) -> Iterator[Fault]:
    if is_custom(part.metric_id):
        message = (
            f"an aggregate formula cannot use {shown(part.metric_id)}: custom metrics have no aggregation"
        )
        yield Fault(Code.UNSUPPORTED_AGGREGATION, message, param, part.variable)
    elif part.aggregation is None:
        message = (
            f"every input of an aggregate formula names its aggregation; {shown(part.variable)} does not"
        )
        yield Fault(Code.MISSING_PARAMETER, message, param, part.variable)


def _input_faults(
    part: FormulaInput, param: str, metric: MetricInfo | None, own_id: str | None
) -> Iterator[Fault]:
    if len(part.variable) > MAX_NAME_CHARACTERS or not VARIABLE.fullmatch(part.variable):
        message = f"{shown(part.variable)} is no variable: $, then a letter or _, then letters, digits and _"
        yield Fault(Code.SYNTAX_ERROR, message, f"{param}.variable", part.variable, 0)
    yield from _filter_faults(part, param, metric)
    if metric is not None:
        yield from _aggregation_fault(part, param, metric)
    elif part.metric_id != own_id:
        message = f"Metric {shown(part.metric_id)} does not exist"
        yield Fault(Code.INVALID_METRIC_REFERENCE, message, f"{param}.metric_id", part.variable)


def _aggregation_fault(part: FormulaInput, param: str, metric: MetricInfo) -> Iterator[Fault]:
    if part.aggregation is None or part.aggregation in metric.aggregations:
        return
    known = ", ".join(sorted(metric.aggregations))
    allowed = f"there are {known}" if known else "it has none; leave it out"
    message = f"{shown(part.aggregation)} is no aggregation of {part.metric_id}: {allowed}"
    yield Fault(Code.UNSUPPORTED_AGGREGATION, message, f"{param}.aggregation", part.variable)


def _filter_faults(part: FormulaInput, param: str, metric: MetricInfo | None) -> Iterator[Fault]:
    for key, value in part.filters.items():
        at = f"{param}.filters.{key}"
        if key not in FILTER_KEYS:
            message = f"{shown(key)} is no filter: there are {', '.join(FILTER_KEYS)}"
            yield Fault(Code.INVALID_PARAMETER, message, at, part.variable)
        elif metric is not None and key not in metric.dimensions:
            message = f"the rows of {part.metric_id} have no {key} to filter by"
            yield Fault(Code.UNSUPPORTED_DIMENSION, message, at, part.variable)
        if not value or len(value) > MAX_NAME_CHARACTERS:
            message = f"the value of a filter has 1 to {MAX_NAME_CHARACTERS} characters"
            yield Fault(Code.INVALID_PARAMETER, message, at, part.variable)
