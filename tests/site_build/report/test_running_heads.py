"""The head of every page has room for one line, whatever script the names are in."""

import pytest

from site_build.report.document import running_head

ROOM = 74


@pytest.mark.parametrize("text", ["", "Acme · Monthly report", "x" * ROOM, "星" * (ROOM // 2)])
def test_what_has_room_stands_there_whole(text: str) -> None:
    assert running_head(text) == text


@pytest.mark.parametrize(("text", "most"), [("x" * 200, ROOM), ("星" * 200, ROOM // 2), ("W" * 200, 44)])
def test_what_has_none_is_cut_by_how_wide_its_characters_are(text: str, most: int) -> None:
    cut = running_head(text)
    assert cut.endswith("…") and len(cut) <= most and text.startswith(cut[:-1])
