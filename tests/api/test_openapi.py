"""The served document describes what is answered, and nothing that it allows ends in a fault."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.portal_data import PortalDataAsked
from api.questions import DistributionAsked, SeriesAsked, SummaryAsked, ValueAsked
from api.schemas import Asked
from tests.builders.api import Api, Installation, api_over

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPERATIONS = [
    "list_metrics", "get_metric", "get_metric_series", "get_metric_distribution", "get_metrics_batch",
    "get_dashboard_summary", "list_custom_metrics", "get_custom_metric", "create_custom_metric",
    "update_custom_metric", "delete_custom_metric", "evaluate_custom_metric", "validate_custom_metric",
    "list_alerts", "get_alert", "create_alert", "update_alert", "delete_alert",
    "list_portal_configs", "get_portal_config", "create_portal_config", "update_portal_config", "list_presets",
    "list_known_customers", "get_customer", "update_customer", "erase_customer", "get_erasure",
    "list_portal_webhooks", "get_portal_webhook", "create_portal_webhook", "update_portal_webhook",
    "delete_portal_webhook", "rotate_webhook_secret", "test_portal_webhook", "list_webhook_deliveries",
    "resend_webhook_delivery", "list_report_deliveries", "resend_report_delivery", "rotate_report_secret",
    "rotate_alert_secret",
    "get_portal_data", "create_portal_token", "revoke_portal_tokens",
    "list_portal_reports", "get_portal_report", "create_portal_report", "update_portal_report",
    "delete_portal_report", "send_portal_report", "preview_portal_report", "list_report_archive",
    "download_report_pdf", "download_report_csv",
]  # fmt: skip
FILES = {"download_report_pdf": "application/pdf", "download_report_csv": "text/csv; charset=utf-8"}


def _operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {o["operationId"]: o for item in document["paths"].values() for o in item.values()}


def test_every_operation_is_described_with_its_answers_and_refusals(shared_api: Api) -> None:
    document = shared_api.client.get("/openapi.json").json()
    found = {name: o for name, o in _operations(document).items() if "security" in o}
    assert found.keys() == set(OPERATIONS)
    for name, operation in found.items():
        assert operation["description"], name
        assert {"400", "401", "429", "500", "503"} <= operation["responses"].keys(), name
        assert "422" not in operation["responses"], name
        good = next(a for status, a in operation["responses"].items() if status.startswith("2"))
        assert good["content"].keys() == {FILES.get(name, "application/json")}, name
        assert name in FILES or good["content"]["application/json"]["schema"], name
        assert "X-RateLimit-Limit" in good["headers"], name


@pytest.mark.parametrize(
    ("operation_id", "model"),
    [
        ("get_metric", ValueAsked),
        ("get_metric_series", SeriesAsked),
        ("get_metric_distribution", DistributionAsked),
        ("get_dashboard_summary", SummaryAsked),
        ("evaluate_custom_metric", SeriesAsked),
        ("get_portal_data", PortalDataAsked),
    ],
)
def test_what_is_read_in_one_step_is_described_all_the_same(
    shared_api: Api, operation_id: str, model: type[Asked]
) -> None:
    said = _operations(shared_api.client.get("/openapi.json").json())[operation_id]["parameters"]
    query = {parameter["name"]: parameter for parameter in said if parameter["in"] == "query"}
    assert query.keys() == model.model_fields.keys()
    for name, field in model.model_fields.items():
        assert query[name]["required"] is field.is_required()
        assert query[name]["description"] == (field.description or "")
    assert "limit" not in query or query["limit"]["schema"]["maximum"] == 10_000


def test_the_framework_s_own_error_form_is_nowhere(shared_api: Api) -> None:
    assert "HTTPValidationError" not in shared_api.client.get("/openapi.json").text


def test_the_reference_shows_every_operation(shared_api: Api) -> None:
    page = shared_api.client.get("/docs").text
    for path in shared_api.client.get("/openapi.json").json()["paths"]:
        assert path.replace("{", "{") in page


@pytest.fixture(scope="module")
def fuzzed_api(tmp_path_factory: pytest.TempPathFactory, installation: Installation) -> Iterator[Api]:
    """One of its own: the fuzzer starts an application and stops it again, whoever else is using it."""
    settings = replace(installation.copy_to(tmp_path_factory.mktemp("fuzzed")), rate_limits=False)
    with api_over(settings, installation) as api:
        yield api


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_nothing_that_the_document_allows_ends_in_a_fault(fuzzed_api: Api, operation_id: str) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", fuzzed_api.client.app)
    operation = schema.find_operation_by_id(operation_id)

    @hypothesis.settings(max_examples=25, deadline=None, database=None, derandomize=True)
    @hypothesis.given(case=operation.as_strategy())
    def try_one(case: schemathesis.Case) -> None:
        case.headers = {"Authorization": f"Bearer {fuzzed_api.texts['all']}"}
        answer = case.call(session=fuzzed_api.client)
        assert answer.status_code < 500, answer.text
        case.validate_response(answer, checks=CHECKS)

    try_one()
