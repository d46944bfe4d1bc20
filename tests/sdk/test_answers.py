"""Answers are the JSON that came, with their fields as attributes, declared or not."""

import copy
import json
import pickle
from typing import Any

import pytest

from proofline import Answer
from proofline.answers.common import Metadata
from proofline.answers.metrics import DataPoint, Metric, Series, Summary
from proofline.answers.portals import Layout, Portal
from sdk.generator.kinds import hints_of, named_types

CAME: dict[str, Any] = {
    "metric_id": "cost.daily",
    "data": [{"timestamp": "2025-01-01T00:00:00Z", "value": 1.5, "dimensions": {"model": "model_1"}}],
    "metadata": {"snapshot": "snap-1", "budget": {"limit_usd": 7}},
}


def test_fields_are_attributes_and_keys_all_the_way_down() -> None:
    series = Series(CAME)
    assert series.metric_id == series["metric_id"] == "cost.daily"
    (point,) = series.data
    assert isinstance(point, DataPoint) and point.value == 1.5 and point.dimensions["model"] == "model_1"
    assert isinstance(series.metadata, Metadata) and series.metadata.snapshot == "snap-1"


def test_what_nobody_declared_is_there_too() -> None:
    assert Series(CAME).metadata["budget"].limit_usd == 7
    assert Answer({"all": [{"new_field": [1]}]})["all"][0].new_field == [1]


def test_an_answer_is_its_json() -> None:
    assert json.loads(json.dumps(Series(CAME))) == CAME == Series(CAME)
    assert {**Series(CAME)}.keys() == CAME.keys()


def test_a_field_that_may_be_left_out_is_none_where_it_is() -> None:
    metric = Metric({"id": "cost.total"})
    assert metric.breakdown is None and metric.description is None and "breakdown" not in metric
    assert Metric({"breakdown": [{"label": "a"}]}).breakdown == [{"label": "a"}]


def test_a_field_that_is_not_there_is_named() -> None:
    with pytest.raises(AttributeError, match="Summary has no field 'kpi'; it has kpis"):
        Summary({"kpis": {}}).kpi  # noqa: B018  # type: ignore[attr-defined]


def test_an_answer_is_not_written_to() -> None:
    with pytest.raises(AttributeError, match="send the change"):
        Portal({"name": "a"}).name = "b"


def test_what_is_of_another_type_is_left_as_it_came() -> None:
    assert Series({"data": None, "metadata": []}) == {"data": None, "metadata": []}
    assert Layout({"sections": {"a": 1}}).sections == {"a": 1}


def test_copies_and_pickles_are_the_same_answer() -> None:
    series = Series(CAME, etag='"1"')
    for again in (copy.deepcopy(series), copy.copy(series), pickle.loads(pickle.dumps(series))):
        assert type(again) is Series and again == series and again.etag == '"1"'
        assert again.data[0].value == 1.5


def test_a_console_completes_the_fields() -> None:
    assert {"metric_id", "data"} <= set(dir(Series(CAME)))
    assert repr(Metadata({"snapshot": "s"})) == "Metadata({'snapshot': 's'})"


def test_no_field_hides_what_a_mapping_has() -> None:
    for kind in named_types():
        assert set(dir(dict)).isdisjoint(hints_of(kind)), kind
