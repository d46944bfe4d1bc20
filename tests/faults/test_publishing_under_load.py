"""Promise: whoever asks while snapshots come and go is answered, from one of them, and old ones go when nobody reads."""

from pathlib import Path

import pytest

from bench import soak


@pytest.mark.nightly
@pytest.mark.parametrize(("seconds", "calls", "customers"), [(6, 1_000, 2), (60, 20_000, 50)])
def test_fifty_questions_a_second_through_a_publish_every_two_seconds(
    tmp_path: Path, seconds: int, calls: int, customers: int
) -> None:
    told = soak.measure(tmp_path, minutes=seconds / 60, snapshots=4, calls=calls, customers=customers)
    assert told.errors == []
    assert told.answers > 0
    assert told.snapshots >= 4
    assert told.mixed == 0
    assert told.told_apart > 0, "an answer of two builds would have been seen"
    assert told.pulled_away == 0
    assert told.kept <= 3 + 1, "the last three, and one that is still being read"
    assert told.fds_after <= told.fds_before, told.left_open
