"""Custom metrics in buckets of any widths, for one reader or for many that share their passes over the rows.

Standard metrics are asked once, for all readers and all formulas together; each formula then runs over all
buckets of all readers at once. Tables of many customers and alerts stand on this, single answers on `answers`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.catalogue import OUTCOME_PREFIX
from core.custom_metrics import Formula
from core.custom_metrics.references import Definitions
from core.custom_values.columns import (
    Column,
    Ground,
    Place,
    input_columns,
    nothing,
    run_formula,
)
from core.errors import MetricNotFound, ProoflineError
from core.measures import Filters, Number, Question, over_buckets, resolved_in_buckets
from core.measures.answer import as_ratio
from core.measures.question import EVERYTHING, Asked
from core.store.readers import Reader


@dataclass(frozen=True)
class CustomBuckets:
    """Values and inputs by (start of the bucket, whose): finite or None, and as the formula saw them."""

    values: Mapping[Place, float | None]
    inputs: Mapping[str, Column]


class BucketNumbers:
    """What standard metrics are worth in buckets. `wanted` says for whom, and which buckets by their numbers.

    `open_reader` gives the reader of one of them, which is closed after use.
    """

    def __init__(
        self,
        open_reader: Callable[[str], Reader],
        edges: tuple[datetime, ...],
        tz: ZoneInfo,
        wanted: Mapping[str, Sequence[int]],
        *,
        until: datetime | None = None,
    ) -> None:
        self._open_reader, self._edges, self._tz, self._until = open_reader, edges, tz, until
        self._wanted = wanted
        self.places: list[Place] = [(edges[i], whose) for whose, numbers in wanted.items() for i in numbers]
        self._columns: dict[Question, Column] = {}
        self._refused: dict[Question, ProoflineError] = {}

    def ask(self, questions: Iterable[Question]) -> None:
        """Fetches what is not known yet, in common passes; what is refused is told to who wants its column."""
        fresh = [q for q in dict.fromkeys(questions) if q not in self._columns and q not in self._refused]
        found: dict[Question, dict[Place, Number | None]] = {question: {} for question in fresh}
        for whose in self._wanted if fresh else ():
            with self._open_reader(whose) as reader:
                self._collect(reader, whose, found)
        self._columns |= {q: Column(v, nothing(q.aggregation)) for q, v in found.items()}

    def columns(self, questions: Sequence[Question]) -> list[Column]:
        """A column for every question, in their order; raises what the first impossible one was refused for."""
        self.ask(questions)
        for question in questions:
            if question in self._refused:
                raise self._refused[question]
        return [self._columns[question] for question in questions]

    def _collect(
        self, reader: Reader, whose: str, found: Mapping[Question, dict[Place, Number | None]]
    ) -> None:
        asked = {q: a for q in found if (a := self._asked(reader, q)) is not None}
        tables = over_buckets(reader, list(asked.values()), self._edges, self._tz, until=self._until)
        for question, table in zip(asked, tables, strict=True):
            metric, aggregation, values = table.asked.metric, table.asked.aggregation, found[question]
            for number in self._wanted[whose]:
                values[self._edges[number], whose] = as_ratio(metric, aggregation, table.at(number).value)

    def _asked(self, reader: Reader, question: Question) -> Asked | None:
        try:
            return resolved_in_buckets(reader, question, self._edges, self._tz)
        except ProoflineError as refusal:
            # Not everybody has every business result; who lacks one has nothing of it.
            if not (isinstance(refusal, MetricNotFound) and question.metric_id.startswith(OUTCOME_PREFIX)):
                self._refused[question] = refusal
            return None


def custom_buckets(
    numbers: BucketNumbers, formula: Formula, definitions: Definitions, filters: Filters = EVERYTHING
) -> CustomBuckets:
    """The formula in every bucket, calculated for itself; refuses as `custom_value` does."""
    ground = Ground(lambda _metric_id: True, definitions, numbers.columns, lambda _columns: numbers.places)
    columns = input_columns(ground, formula, filters)
    values, _ = run_formula(ground, formula, columns, numbers.places)
    return CustomBuckets(values, columns)
