"""The page of metrics: the catalogue, and what the published columns mean that its parts are read from."""

from collections.abc import Iterator

import yaml

from core.catalogue import CATALOGUE, FILTERS, GROUPS, OUTCOME_PREFIX, Kind, Metric
from docs.markdown import code, codes, page, table
from pipeline.transform import PROJECT

_INTRO = f"""\
A metric is made of additive parts, which are summed over whatever was asked for, and of one division at the end. So a
rate over a month is no mean of rates, and a percentile is taken from the rows themselves. Parts are columns of a fact
table of the published snapshot; rows of test sessions are in none of them.

- **Nothing to divide by** is null, never 0. Counters over a period inside the data are 0 where nothing happened. A cost
  is null only where calls exist and none of them has a price.
- **Coverage** stands beside every number: the rows for which the thing was observed, out of all that could have it.
  Under 30 observations an answer says that the sample is small.
- **Percent** is 0 to 100 in every answer, target and page, and the ratio 0 to 1 inside a formula.
- **A row belongs to the period** in which it began: model calls, tool calls and sessions by `started_at`, evaluations by
  `evaluated_at`, business results by `occurred_at`. Periods include their start and not their end.
- **Business results** are metrics too: outcomes called `hours_saved` are `{OUTCOME_PREFIX}hours_saved`, the sum of
  value × attribution weight in the unit that they carry.
- **Filters** are {codes(FILTERS)},
  where a metric's rows have them. **Groups** are {codes(GROUPS)}."""


def metrics() -> str:
    groups: dict[str, list[Metric]] = {}
    for metric in CATALOGUE.values():
        groups.setdefault(metric.id.partition(".")[0], []).append(metric)
    overview = [_group(name, found) for name, found in groups.items()]
    return page("Metrics", _INTRO, *overview, "## How each is computed", _computed(), *_parts())


def _group(name: str, found: list[Metric]) -> str:
    rows = [
        (code(m.id), m.name, m.description, m.type.value, m.unit, m.better.value, codes(m.aggregations))
        for m in found
    ]
    heads = ("Metric", "Name", "What it says", "Type", "Unit", "Better", "Aggregations, its own first")
    return f"## {name}\n\n{table(heads, rows)}"


def _computed() -> str:
    rows = [
        (code(m.id), _formula(m), f"{code(m.observed)} of {code(m.total)}", codes(m.dimensions))
        for m in CATALOGUE.values()
    ]
    return table(("Metric", "Value", "Coverage", "Dimensions"), rows)


def _formula(metric: Metric) -> str:
    parts = " + ".join(f"Σ {code(part)}" for part in metric.numerator)
    if metric.kind is Kind.SUM:
        return parts
    if metric.kind is Kind.PERCENTILE:
        return f"{metric.natural.value} of {code(metric.row_value)}"
    if metric.kind is Kind.BURN_RATE:
        return f"({parts} ÷ limit) ÷ (elapsed ÷ length of the budget's period) × 100"
    assert metric.denominator_fact is not None
    share = f"{parts} ÷ Σ {code(metric.denominator)}" + (" × 100" if metric.scale == 100 else "")
    if metric.denominator_fact is not metric.fact:
        return f"{share}, the last of {code(metric.denominator_fact.table)}"
    return share


def _parts() -> Iterator[str]:
    """What the columns mean, in the words of the models that make them."""
    yield "## The parts"
    used: dict[str, set[str | None]] = {}
    for metric in CATALOGUE.values():
        own = (*metric.numerator, metric.observed, metric.total, metric.row_value)
        used.setdefault(metric.fact.table, set()).update(own)
        if metric.denominator_fact:
            used.setdefault(metric.denominator_fact.table, set()).add(metric.denominator)
    for name, parts in used.items():
        rows = [(code(column), words) for column, words in _described(name).items() if column in parts]
        yield f"### {name}"
        yield table(("Column", "Meaning"), rows)


def _described(model: str) -> dict[str, str]:
    file = PROJECT / "models" / "marts" / f"{model}.yml"
    columns = yaml.safe_load(file.read_text(encoding="utf-8"))["models"][0]["columns"]
    return {column["name"]: " ".join(column["description"].split()) for column in columns}
