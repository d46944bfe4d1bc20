"""One metric over one period, and many of them in as few passes as possible."""

from collections.abc import Iterable, Sequence

from core.catalogue import Aggregation
from core.measures.answer import Answer, BreakdownPart
from core.measures.breakdown import shares
from core.measures.question import EVERYTHING, Asked, Filters, Question, resolved
from core.measures.table import FigureTable, Sought, tables_of
from core.periods import Period
from core.store.readers import CustomerReaders, Reader


def value(
    reader: Reader,
    metric_id: str,
    period: Period,
    filters: Filters = EVERYTHING,
    aggregation: str | None = None,
) -> Answer:
    """The metric over the period.

    MetricNotFound, UnsupportedAggregation, UnsupportedDimension; CustomerNotFound for a customer outside
    the reader's scope. `cost.by_model` and `cost.by_agent` come with their breakdown, `cost.burn_rate` is
    taken at the period's end and comes with its budget.
    """
    return values(reader, [Question(metric_id, aggregation, filters)], period)[0]


def values(reader: Reader, questions: Sequence[Question], period: Period) -> list[Answer]:
    """An answer for every question, in their order; questions about the same rows share a pass."""
    return values_of(reader, [resolved(reader, question) for question in questions], period)


def values_of(reader: Reader, asked: Sequence[Asked], period: Period) -> list[Answer]:
    """Answers to questions that are already checked."""
    return values_and_tables(reader, asked, period, [])[0]


def values_and_tables(
    reader: Reader, asked: Sequence[Asked], period: Period, more: Sequence[Sought]
) -> tuple[list[Answer], list[FigureTable]]:
    """Answers to questions that are already checked, and from the same passes the tables of `more`."""
    divided = [a for a in asked if a.metric.own_dimension and a.aggregation is Aggregation.SUM]
    whole, own = len(asked), len(divided)
    sought = [*map(Sought, asked), *(Sought(a, group_by=a.metric.own_dimension) for a in divided), *more]
    tables = tables_of(reader, sought, period)
    parts = dict(zip(divided, map(shares, tables[whole : whole + own]), strict=True))
    answers = [answer_of(table, period, parts.get(table.asked, ())) for table in tables[:whole]]
    return answers, tables[whole + own :]


def values_by_customer(
    readers: CustomerReaders, customer_ids: Iterable[str], questions: Sequence[Question], period: Period
) -> dict[str, list[Answer]]:
    """The same questions for many customers, in one pass a fact for all of them.

    MetricNotFound for a business result that one of the customers does not have.
    """
    answers = {}
    for customer_id in customer_ids:
        with readers.customer(customer_id) as reader:
            answers[customer_id] = values(reader, questions, period)
    return answers


def answer_of(table: FigureTable, period: Period, parts: tuple[BreakdownPart, ...] = ()) -> Answer:
    """What a table of one cell says; `parts` are those of a total that was also told apart."""
    asked = table.asked
    return Answer(
        asked.metric,
        asked.aggregation,
        period,
        asked.filters,
        table.at(0),
        parts,
        table.budgets.get((0, None)),
    )
