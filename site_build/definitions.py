"""The page that says what each number means: formula, parts, coverage, window, prices, data as of."""

from collections.abc import Mapping

from core.catalogue import CATALOGUE, OUTCOME_PREFIX, Aggregation, Better, Kind, Metric
from core.custom_metrics import CustomMetricDefinition, is_custom
from core.portal_data.answer import CardData
from site_build import sentences
from site_build.gather import Gathered
from site_build.pages import frame, words_for
from site_build.views import AssetLinks, DefinitionsPage, DefinitionView, FigureView
from site_build.words import Words

_BETTER = {
    Better.HIGHER: "Higher is better",
    Better.LOWER: "Lower is better",
    Better.NEUTRAL: "Neither is better",
}
_PERCENTILES = {
    Aggregation.P50: "median",
    Aggregation.P95: "95th percentile",
    Aggregation.P99: "99th percentile",
}
_WORDS = {
    "cost_usd": "cost of model calls",
    "cache_savings_usd": "money saved by the cache, less the cost of writing it",
    "request_count": "model calls",
    "input_tokens": "tokens read",
    "output_tokens": "tokens written",
    "session_count": "sessions",
    "goal_met_count": "sessions that met their goal",
    "measured_latency_ms": "response times of successful calls",
    "latency_count": "successful calls with a known response time",
    "handoff_count": "sessions that a human took over",
    "handoff_observed_count": "sessions where it is known whether a human took over",
    "outcome_observed_count": "sessions with a known outcome",
    "deflected_count": "sessions that met their goal without a human",
    "resolution_observed_count": "sessions with a known outcome and a known hand-over",
    "steps_count": "turns, else agent steps, of sessions that met their goal",
    "steps_observed_count": "sessions that met their goal with a known number of steps",
    "self_corrected_count": "sessions that got over their last error without a human",
    "error_count": "sessions with an error",
    "tool_ok_count": "tool calls that worked",
    "tool_judged_count": "tool calls that worked, failed or timed out",
    "grounding_failed_count": "answers judged as not grounded",
    "grounding_judged_count": "answers that were judged",
    "loop_count": "sessions that repeated the same tool call three times or more in a row",
    "args_observed_count": "sessions with tool calls whose arguments are known",
    "sentiment_shift": "change of mood from start to end, halved",
    "sentiment_observed_count": "sessions with a known mood at start and end",
    "weighted_value": "value of results, times the share that the agent had in them",
}


def definitions(gathered: Gathered, assets: AssetLinks) -> DefinitionsPage:
    """Every metric of the portal, each once, with how it is calculated."""
    words = words_for(gathered)
    shown = {card.card.metric_id: card for card in gathered.shown.cards}
    for comparison in gathered.shown.comparisons:
        shown.setdefault(comparison.current.card.metric_id, comparison.current)
    facts = (
        FigureView("Range of the overview", words.span(gathered.shown.period)),
        FigureView("Time zone of days", gathered.customer.zone.key.replace("_", " ")),
        FigureView("Data as of", words.moment(gathered.data_as_of)),
        FigureView("Price list", gathered.price_list or "none"),
        FigureView("Snapshot", gathered.snapshot),
    )
    views = tuple(definition_of(card, gathered.inputs.definitions, words) for card in shown.values())
    return DefinitionsPage(
        frame(gathered, assets, "definitions.html"), words.span(gathered.shown.period), facts, views
    )


def definition_of(
    card: CardData, custom: Mapping[str, CustomMetricDefinition], words: Words
) -> DefinitionView:
    """How one metric is calculated, and the parts of its value."""
    metric_id = card.card.metric_id
    if is_custom(metric_id):
        return _custom(card, custom.get(metric_id), words)
    formula = _formula(CATALOGUE[metric_id]) if metric_id in CATALOGUE else _of_results(metric_id)
    facts = [FigureView("Unit", card.unit), FigureView("Direction", _BETTER[card.better])]
    if card.coverage is not None:
        facts.append(FigureView("Coverage", f"{words.share(card.coverage)} of {_cases(card, words)}"))
    if card.unpriced_share is not None:
        facts.append(FigureView("Calls without a price", words.share(card.unpriced_share)))
    return DefinitionView(card.name, metric_id, card.description, formula, _parts(card, words), tuple(facts))


def _custom(card: CardData, definition: CustomMetricDefinition | None, words: Words) -> DefinitionView:
    if definition is None:
        return DefinitionView(card.name, card.card.metric_id, card.description, "", (), ())
    inputs = tuple(FigureView(part.variable, part.metric_id) for part in definition.formula.inputs)
    formula = definition.formula.expression
    if definition.formula.conditions:
        formula = "; ".join(
            f"if {r.condition} then {r.then_value} else {r.else_value}" for r in definition.formula.conditions
        )
    facts = (FigureView("Unit", definition.unit), FigureView("Value", words.exact(card.value, card.unit)))
    return DefinitionView(definition.name, definition.id, definition.description, formula, inputs, facts)


def _cases(card: CardData, words: Words) -> str:
    return f"{words.number(card.figures.total if card.figures else 0, 0)} cases"


def _parts(card: CardData, words: Words) -> tuple[FigureView, ...]:
    if card.figures is None:
        return ()
    return (*sentences.counted(card, words), FigureView("Result", words.exact(card.value, card.unit)))


def _formula(metric: Metric) -> str:
    above = " and ".join(_WORDS.get(part, part) for part in metric.numerator)
    if metric.kind is Kind.BURN_RATE:
        return "(spent in the running budget period ÷ limit) ÷ (elapsed ÷ length of the period) × 100"
    if metric.kind is Kind.PERCENTILE:
        return f"{_PERCENTILES[metric.natural]} of {above}"
    if metric.kind is Kind.RATIO:
        below = _WORDS.get(str(metric.denominator), str(metric.denominator))
        return f"{above} ÷ {below}" + (" × 100" if metric.scale == 100 else "")
    return f"sum of {above}"


def _of_results(metric_id: str) -> str:
    return f"sum of {_WORDS['weighted_value']}, of results named {metric_id.removeprefix(OUTCOME_PREFIX)}"
