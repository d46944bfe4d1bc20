"""A histogram as a page draws it: buckets of a width, and one alone where all values are the same."""

from core.measures import HistogramBucket
from site_build.chart_data import shown_histogram


def test_buckets_of_a_width_stay_as_they_are() -> None:
    found = (HistogramBucket(1.0, 2.0, 3, "1-2"), HistogramBucket(2.0, None, 1, "2+"))
    assert shown_histogram(found) == found


def test_values_that_are_all_the_same_are_one_bucket() -> None:
    same = [HistogramBucket(500.0, 500.0, 0, "500-500") for _ in range(19)]
    last = HistogramBucket(500.0, None, 7, "500+")
    assert shown_histogram([*same, last]) == (HistogramBucket(500.0, None, 7, "500"),)
