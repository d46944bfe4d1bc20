"""Which days a scatter is taken from."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.measures.noise import whole_days
from core.periods import Period, zone

START = datetime(2026, 10, 20, tzinfo=UTC)
HOURS = st.integers(-30, 30 * 24)


@given(st.lists(st.sampled_from([23, 24, 25]), max_size=12), HOURS, HOURS, st.data())
def test_whole_days_are_those_that_lie_inside_and_say_something(
    lengths: list[int], start: int, length: int, data: st.DataObject
) -> None:
    edges = [START + timedelta(hours=sum(lengths[:n])) for n in range(len(lengths) + 1)] if lengths else []
    values = [data.draw(st.none() | st.integers(0, 9)) for _ in lengths]
    begun = START + timedelta(hours=start)
    period = Period(begun, begun + timedelta(hours=max(length, 1)), zone("UTC"))
    days = zip(edges, edges[1:], values, strict=False)
    inside = [v for first, after, v in days if period.start <= first and after <= period.end]
    assert whole_days(period, edges, values) == tuple(v for v in inside if v is not None)
