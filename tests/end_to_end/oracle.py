"""What every number should be: rows as they stand in landing files, worked out in ordinary Python.

Slow and obvious; nothing here comes from the product. Which rows count is `oracle_standing`, what a call costs
`oracle_prices`, what a metric means `oracle_metrics`, and how fast a budget is spent `oracle_budgets`.
"""

from collections import defaultdict
from datetime import datetime

from tests.end_to_end.oracle_contract import EVENT_TIME, Row
from tests.end_to_end.oracle_metrics import Asked
from tests.end_to_end.oracle_prices import Prices
from tests.end_to_end.oracle_standing import Standing


class Oracle:
    """All that counts, with what has to be worked out row by row done once."""

    def __init__(self, found: Standing) -> None:
        self.found = found
        self.rows = {table: self._in_metrics(rows) for table, rows in found.rows.items()}
        prices = Prices(found.rows["prices"])
        for call in self.rows["llm_requests"]:
            call["cost"], call["savings"] = prices.cost_and_savings(call)
        self._note_work()
        self._by_customer: dict[str, dict[str | None, list[Row]]] = {
            t: {None: rows} for t, rows in self.rows.items()
        }
        for table in EVENT_TIME:
            for row in self.rows[table]:
                self._by_customer[table].setdefault(row["customer_id"], []).append(row)

    def _in_metrics(self, rows: list[Row]) -> list[Row]:
        tests = self.found.test_sessions
        return [row for row in rows if (row.get("customer_id"), row.get("session_id")) not in tests]

    def _note_work(self) -> None:
        """What went on in every session, in order of time and then of id."""
        work: dict[tuple[str, str], list[tuple[datetime, str, Row]]] = defaultdict(list)
        for table, key in (("llm_requests", "request_id"), ("tool_calls", "tool_call_id")):
            for row in self.rows[table]:
                if row["session_id"] is not None:
                    place = (row["started_at"], row[key], row | {"is_tool": table == "tool_calls"})
                    work[row["customer_id"], row["session_id"]].append(place)
        for session in self.rows["sessions"]:
            done = work[session["customer_id"], session["session_id"]]
            in_order = [row for *_, row in sorted(done, key=lambda place: place[:2])]
            session["corrected"] = _has_recovered(in_order, session["handoff"])
            session["looped"] = _has_looped(in_order)

    def ask(self, start: datetime, end: datetime, **conditions: str | None) -> "Asked":
        """What happened in [start, end) where all conditions hold; None is no condition."""
        held = {name: value for name, value in conditions.items() if value is not None}
        customer_id = held.pop("customer_id", None)
        rows = {}
        for table, time in EVENT_TIME.items():
            candidates = self._by_customer[table].get(customer_id, [])
            inside = (row for row in candidates if start <= row[time] < end)
            rows[table] = [
                row for row in inside if all((row.get(n) or "(none)") == v for n, v in held.items())
            ]
        return Asked(rows)

    def outcome_names(self, customer_id: str | None) -> set[str]:
        """The business results that this customer ever had."""
        return {row["name"] for row in self._by_customer["outcomes"].get(customer_id, [])}


def _has_recovered(work: list[Row], handoff: bool | None) -> bool | None:
    """Whether a success came after the last error, without a human; None without error."""
    errors = [i for i, row in enumerate(work) if row["status"] in ("error", "timeout")]
    if not errors:
        return None
    after = work[errors[-1] + 1 :]
    return handoff is not True and any(row["status"] == "ok" for row in after)


def _has_looped(work: list[Row]) -> bool | None:
    """Whether three equal tool calls came in a row; None without one whose arguments were observed."""
    made = [(r["tool_name"], r["args_hash"]) for r in work if r["is_tool"] and r["args_hash"] is not None]
    if not made:
        return None
    return any(a == b == c for a, b, c in zip(made, made[1:], made[2:], strict=False))
