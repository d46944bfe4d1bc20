"""One query for many rows, and what may stand in it."""

import re
import time
from typing import Any

import pytest

from core.formula.advice import VariableInfo
from core.formula.check import CheckedFormula, check
from core.formula.evaluate import evaluate, fault_of
from core.formula.faults import Code
from core.formula.sql import select_sql

Connection = Any


def formula(text: str, *names: str) -> CheckedFormula:
    result = check(text, {name: VariableInfo() for name in names})
    assert result.formula is not None, result.errors
    return result.formula


@pytest.fixture(scope="module")
def days(connection: Connection) -> str:
    connection.execute("""
        CREATE TABLE days AS FROM (VALUES
            ('cust_a', DATE '2026-01-01', 10.5::DECIMAL(22, 12), 3),
            ('cust_a', DATE '2026-01-02', 4, 0),
            ('cust_b', DATE '2026-01-01', 777, 7),
            ('cust_b', DATE '2026-01-02', NULL, 2)
        ) AS t(customer_id, "the day", cost_usd, session_count)
    """)
    return "days"


def test_one_query_gives_every_row_its_value_and_its_fault(connection: Connection, days: str) -> None:
    ratio = formula("$cost / $sessions", "$cost", "$sessions")
    columns = {"$cost": "cost_usd", "$sessions": "session_count"}
    query = select_sql(ratio, columns, relation=days, keys=["customer_id", "the day"])
    rows = connection.execute(f"SELECT * FROM ({query}) AS q ORDER BY ALL").fetchall()
    assert [(row[0], row[1].day, row[2]) for row in rows] == [
        ("cust_a", 1, 3.5),
        ("cust_a", 2, None),
        ("cust_b", 1, 111.0),
        ("cust_b", 2, None),
    ]
    faults = [row[3] for row in rows]
    assert [fault is None for fault in faults] == [True, False, True, True]
    assert fault_of(ratio, faults[1]).code is Code.DIVISION_BY_ZERO


def test_the_columns_are_named_and_typed(connection: Connection, days: str) -> None:
    query = select_sql(formula("1"), {}, relation=days, keys=["customer_id"])
    described = connection.execute(f"DESCRIBE {query}").fetchall()
    assert [(row[0], row[1]) for row in described] == [
        ("customer_id", "VARCHAR"),
        ("value", "DOUBLE"),
        ("fault", "INTEGER"),
    ]


def test_column_names_are_quoted(connection: Connection) -> None:
    relation = '(SELECT 6 AS "a""b", 2 AS "select")'
    query = select_sql(formula("$x / $y", "$x", "$y"), {"$x": 'a"b', "$y": "select"}, relation=relation)
    assert connection.execute(query).fetchall() == [(3.0, None)]


OWN_WORDS = re.compile(
    "SELECT|FROM|AS|CASE|WHEN|THEN|ELSE|END|CAST|DOUBLE|INTEGER|NULL|NOT|AND|OR|IS|DISTINCT|TRUE|FALSE"
    "|isfinite|coalesce|least|greatest|pow|round|abs|value|fault|source|inner_layer|rows|e"
)


@pytest.mark.parametrize(
    "text",
    [
        "$drop_table + $SELECT * $x1",
        "if($drop_table > 1 and not $SELECT == 2, min($x1, 3), coalesce($x1, 1e-9))",
        "round(abs($drop_table / $SELECT), 2) ^ max($x1, 1) % 3",
    ],
)
def test_nothing_a_user_wrote_reaches_the_query(text: str) -> None:
    names = ("$drop_table", "$SELECT", "$x1")
    columns = {name: f"input_column_{index}" for index, name in enumerate(names)}
    query = select_sql(formula(text, *names), columns, relation="rows")
    words = set(re.findall(r"[A-Za-z_]+[0-9]*", re.sub(r"input_(column_)?\d+|step_\d+", "", query)))
    assert [word for word in words if not OWN_WORDS.fullmatch(word)] == []
    assert re.fullmatch(r"[A-Za-z0-9_ (),.'\"=<>+*/%-]+", query)
    assert "--" not in query


def test_a_query_grows_no_faster_than_the_square_of_its_formula() -> None:
    """Guards that repeat their operand would make it double with every level."""
    for pattern in ("max({}/$a, 1)", "1/(1+{})", "coalesce(1/$a, {})", "if({} > 1, 1/$a, 2)", "2^({})"):
        sizes = []
        for depth in (4, 8, 16):
            text = "$a"
            for _ in range(depth):
                text = pattern.format(text)
            sizes.append(len(select_sql(formula(text, "$a"), {"$a": "a"}, relation="t")))
        assert sizes[2] < 4.5 * sizes[1] < 4.5 * 4.5 * sizes[0]


def nested(pattern: str, depth: int) -> str:
    text = "$a"
    for _ in range(depth):
        text = pattern.format(text)
    return text


HEAVIEST = [
    "/".join(["$a"] * 100),
    "+".join(["$a"] * 100),
    "^".join(["$a"] * 33),
    nested("max({}/$b, 1)", 32),
    nested("if(1 < 1/2^({}+1), $a, 0)", 10),
    nested("coalesce(1/$b, {})", 32),
    "if(" + " and ".join(["$a / $b > 1"] * 30) + ", 1, 2)",
    "if(" + nested("({} > 1 or 1/$b > 2)", 0) + " > 1" + " or $b > 1 and 1/$b > 2" * 15 + ", 1, 2)",
]


@pytest.mark.parametrize("text", HEAVIEST)
def test_the_heaviest_formulas_do_not_blow_up(connection: Connection, text: str) -> None:
    times = []
    for _ in range(8):
        start = time.perf_counter()
        heavy = formula(text, "$a", "$b")
        evaluate(connection, heavy, {"$a": 1.5, "$b": 2.5})
        times.append(time.perf_counter() - start)
    assert min(times) < 30  # they take 12 to 30 ms; doubling with every level would take minutes
