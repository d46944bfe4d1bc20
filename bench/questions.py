"""The questions of the API benchmark: as addresses of our API and of the bare one, and the SQL that answers them.

The SQL is written down by the engine itself, given a reader that only listens, so that the bare API runs the very
query that ours does.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from core.measures import series, value
from core.periods import Period, format_instant, requested_period, requested_point, zone
from core.store.query import Query, Row, scope_condition
from core.store.readers import Reader

METRIC = "cost.total"
DAYS = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """One customer's numbers until `end`: a daily series of 30 days, or the value at that instant."""

    customer_id: str
    end: datetime
    is_series: bool

    @property
    def period(self) -> Period:
        end, utc = format_instant(self.end), zone("UTC")
        if not self.is_series:
            return requested_point(end, utc, now=self.end, data_as_of=self.end)
        start = format_instant(self.end - timedelta(days=DAYS))
        return requested_period(start=start, end=end, period=None, tz=utc, now=self.end, data_as_of=self.end)

    @property
    def path(self) -> str:
        if self.is_series:
            return f"/v1/analytics/metrics/{METRIC}/series?{self._range()}&granularity=day"
        return f"/v1/analytics/metrics/{METRIC}?{self._of()}&at={format_instant(self.end)}"

    @property
    def bare_path(self) -> str:
        return f"/{'series' if self.is_series else 'value'}?{self._range()}"

    def _of(self) -> str:
        return urlencode({"customer_id": self.customer_id})

    def _range(self) -> str:
        start, end = format_instant(self.period.start), format_instant(self.period.end)
        return f"{self._of()}&{urlencode({'start': start, 'end': end})}"


def new_questions(customer_ids: Sequence[str], last: datetime, *, is_series: bool) -> list[Asked]:
    """Every customer at the end of each of the 59 days before `last`, no question twice, in a fixed disorder."""
    ends = [last - timedelta(days=day) for day in range(1, 60)]
    asked = [Asked(customer_id, end, is_series) for end in ends for customer_id in customer_ids]
    random.Random(1).shuffle(asked)  # noqa: S311  (an order, no secret)
    return asked


def statement(*, is_series: bool) -> str:
    """What the engine runs for such a question, whoever it is about."""
    asked = Asked("anybody", datetime(2026, 10, 31, tzinfo=UTC), is_series)
    listener = _Listener(asked.customer_id)
    if is_series:
        series(listener, METRIC, asked.period, "day")
    else:
        value(listener, METRIC, asked.period)
    [text] = listener.heard
    return text


def bound(customer_id: str, start: datetime, end: datetime, *, is_series: bool) -> dict[str, object]:
    """The values that the statement needs."""
    values: dict[str, object] = {
        "scope": customer_id,
        "start": start.replace(tzinfo=None),
        "end": end.replace(tzinfo=None),
    }
    # Where the first day begins, in microseconds.
    return values | {"cut0_0": (start - _EPOCH) // timedelta(microseconds=1)} if is_series else values


class _Listener(Reader):
    """A reader of nothing that keeps what it was asked."""

    def __init__(self, customer_id: str) -> None:
        self.customer_id = customer_id
        self.heard: list[str] = []

    def rows(self, query: Query) -> list[Row]:
        self.heard.append(query.text((scope_condition(query.table),)))
        return []
