"""Everything that the service's own document allows, and much that it does not: no answer is a fault of ours.

Stateful: what one operation answers is what the next one is asked with, as the links of the document say. There is no
coverage-guided fuzzer among what is installed, so parsers are tried with generated texts instead.
"""

import json
import random
import resource
import string
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st

from core.formula.advice import VariableInfo
from core.formula.check import check
from core.formula.evaluate import evaluate
from core.tokens.claims import Kind, read_claims, read_object
from tests.api.test_isolation import MATRIX
from tests.api.test_openapi import CHECKS
from tests.builders import publish
from tests.builders.api import Api, Installation, api_over, two_customers
from tests.pipeline.ingest.rows import call
from tests.pipeline.ingest.warehouse import Warehouse
from tests.security.entries import entries
from tests.security.stage import A, Stage

FEW, MANY = 3, 1000
FORMULAS, EVENTS, CLAIMS = 500_000, 20_000, 50_000
MOST_GROWTH_MIB = 30


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    home = tmp_path_factory.mktemp("fuzzed")
    publish(home, two_customers())
    installation = Installation.make(home)
    settings = replace(installation.copy_to(tmp_path_factory.mktemp("api")), rate_limits=False)
    with api_over(settings, installation) as api:
        yield api


def _machine(api: Api, examples: int, steps: int) -> Any:
    schema = schemathesis.openapi.from_asgi("/openapi.json", api.client.app)
    made = schema.as_state_machine()

    class Machine(made):  # type: ignore[misc,valid-type]
        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            return {"session": api.client, "headers": {"Authorization": f"Bearer {api.texts['all']}"}}

        def validate_response(self, response: Any, case: schemathesis.Case, **_: Any) -> None:
            assert response.status_code < 500, response.text
            case.validate_response(response, checks=CHECKS)

    Machine.TestCase.settings = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    return Machine


def test_no_walk_through_the_service_ends_in_a_fault(fuzzed: Api) -> None:
    _machine(fuzzed, FEW, 12).run(settings=_machine(fuzzed, FEW, 12).TestCase.settings)


@pytest.mark.nightly
def test_no_long_walk_ends_in_a_fault(fuzzed: Api) -> None:
    machine = _machine(fuzzed, 300, 50)
    machine.run(settings=machine.TestCase.settings)


@pytest.mark.nightly
@pytest.mark.parametrize("operation_id", MATRIX)
def test_an_operation_answers_a_thousand_times(fuzzed: Api, operation_id: str) -> None:
    operation = schemathesis.openapi.from_asgi("/openapi.json", fuzzed.client.app).find_operation_by_id(
        operation_id
    )
    who = "admin" if operation_id in ("erase_customer", "get_erasure") else "all"

    @hypothesis.settings(
        max_examples=MANY,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())
    def try_one(case: schemathesis.Case) -> None:
        case.headers = {"Authorization": f"Bearer {fuzzed.texts[who]}"}
        answer = case.call(session=fuzzed.client)
        assert answer.status_code < 500, answer.text
        case.validate_response(answer, checks=CHECKS)

    try_one()


_WORDS = (
    *("$a", "$b", "1", "0", "2.5", "1e9", "+", "-", "*", "/", "%", "^", "(", ")", ",", "if(", "min(", "max("),
    *("abs(", "round(", "coalesce(", "and", "or", "not", "==", "<", ">=", "true", "null", "$", "1..2", "'x'"),
    *(";", "\u202e", "\0", "é"),
)


def _formula(chance: random.Random) -> str:
    if chance.random() < 0.2:
        return "".join(chance.choice(string.printable) for _ in range(chance.randrange(60)))
    return " ".join(chance.choice(_WORDS) for _ in range(chance.randrange(1, 25)))


def _try_formulas(times: int, seed: int) -> int:
    """How many were formulas; each of those has a finite value or none."""
    chance, good = random.Random(seed), 0
    names = {"$a": VariableInfo(), "$b": VariableInfo()}
    with duckdb.connect(":memory:") as connection:
        for _ in range(times):
            result = check(_formula(chance), names)
            assert bool(result.errors) is (result.formula is None)
            if result.formula is not None and (good := good + 1) % 20 == 0:
                value = evaluate(connection, result.formula, {"$a": 7.0, "$b": None}).value
                assert value is None or abs(value) < float("inf")
    return good


def test_no_text_breaks_the_reader_of_formulas() -> None:
    assert _try_formulas(4000, seed=1) > 20


@pytest.mark.nightly
def test_of_half_a_million_texts_none_breaks_the_reader_of_formulas(
    reached: Callable[[str, str], None],
) -> None:
    good = _try_formulas(FORMULAS, seed=2)
    assert good > 1000
    reached("P34", f"0 crashes in {FORMULAS:,} generated texts, {good:,} of them formulas")


def _line(chance: random.Random) -> bytes:
    """A line of events, broken in one of many ways."""
    row: dict[str, Any] = call(f"r{chance.randrange(10**9)}")
    for _ in range(chance.randrange(3)):
        name = chance.choice((*row, "cost_usd", "latency_ms", "x" * 300))
        row[name] = chance.choice(
            (None, "", -1, 1e308, "NaN", True, [], {}, "\u202e", "9" * 400, "\0", "2026-02-30", [[[]]])
        )
    text = json.dumps(row, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    if chance.random() < 0.3:
        place = chance.randrange(len(text))
        text = text[:place] + bytes((chance.randrange(256),)) + text[place + 1 :]
    return text.replace(b"\n", b" ").replace(b"\r", b" ")


def _try_events(folder: Path, times: int, seed: int) -> None:
    chance, warehouse = random.Random(seed), Warehouse(folder)
    lines = [line for line in (_line(chance) for _ in range(times)) if line.strip()]
    warehouse.land_bytes("llm_requests/a.jsonl", b"\n".join(lines) + b"\n")
    warehouse.run()
    loaded = warehouse.one("SELECT count(*) FROM raw.llm_requests")
    assert warehouse.files()["llm_requests/a.jsonl"][0] == "loaded" and 0 < loaded < len(lines)
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests WHERE isnan(cost_usd) OR cost_usd < 0") == 0
    warehouse.connection.close()


def test_no_line_breaks_the_reader_of_events(tmp_path: Path) -> None:
    _try_events(tmp_path / "home", 600, seed=1)


@pytest.mark.nightly
def test_of_many_lines_none_breaks_the_reader_of_events(tmp_path: Path) -> None:
    for seed in range(10):
        _try_events(tmp_path / str(seed), EVENTS // 10, seed)


@hypothesis.settings(max_examples=500, deadline=None)
@hypothesis.given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_the_reader_of_claims(raw: bytes) -> None:
    plain = read_object(raw)
    assert plain is None or read_claims(plain, Kind.TOKEN) is None


@pytest.mark.nightly
@hypothesis.settings(max_examples=CLAIMS, deadline=None)
@hypothesis.given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_of_many_bytes_none_break_the_reader_of_claims(raw: bytes) -> None:
    plain = read_object(raw)
    assert plain is None or read_claims(plain, Kind.TOKEN) is None


def _attack(stage: Stage) -> None:
    """Every hostile text of the list, as an address, a query, a header, a body and a token."""
    for one in entries():
        text = str(one.input)[:20_000]
        plain = "".join(c for c in text if " " < c <= "~" and c not in "#?")[:4000]
        stage.line.ask("GET", f"/p/{A.portal_id}/{plain}", {"Authorization": f"Bearer {stage.token()}"})
        stage.get(f"/v1/analytics/metrics/cost.total/series?start={plain}")
        stage.get("/v1/analytics/metrics", None, Authorization=f"Bearer {plain[:3000]}")
        for path in ("/v1/portal/configs", "/v1/analytics/metrics/custom/validate", "/v1/portal/reports"):
            body = {
                "name": text,
                "formula": {"type": "arithmetic", "expression": text, "inputs": []},
                "branding": {"title": text},
            }
            answer = stage.ask("POST", path, "a", json.dumps(body).encode())
            assert answer.status < 500, answer.text


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024**2


@pytest.mark.nightly
def test_memory_does_not_grow_under_attack(stage: Stage, reached: Callable[[str, str], None]) -> None:
    """After a first round everything that is kept once is kept; five more rounds add next to nothing."""
    _attack(stage)
    before = _resident_mib()
    for _ in range(5):
        _attack(stage)
    grown = _resident_mib() - before
    assert grown < MOST_GROWTH_MIB
    reached(
        "P32",
        f"{max(0.0, grown):.1f} MiB more memory after 5 rounds of {6 * len(entries()):,} hostile requests",
    )
