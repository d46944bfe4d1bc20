"""The demo as a whole: a cast, a window of days, every session of every day, and the files they end up in.

The pieces are made elsewhere; here they are put in order and counted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from core.contract import OTLP_FOLDER
from pipeline.demo import crowd, registers, rhythm, sessions, verdicts
from pipeline.demo.files import Landing
from pipeline.demo.instants import Window
from pipeline.demo.otlp import Exports
from pipeline.demo.registers import Spend
from pipeline.demo.run import Row, Scene
from pipeline.demo.sessions import Session
from pipeline.demo.traits import Agent, Customer

MAX_CUSTOMERS = 5_000
MAX_DAYS = 1_100
_YEARS = range(2019, 2100)
_COMPLETE_TO = "_complete_to"

Progress = Callable[[str, int, int], None]
_Played = tuple[Session, list[Row], list[Row]]


@dataclass(frozen=True)
class DemoSummary:
    """What was written: rows by table (`otlp`: lines of traces or logs), files, and their bytes."""

    rows: Mapping[str, int]
    files: int
    bytes: int


def write(
    out: Path,
    *,
    customers: int = 6,
    days: int = 120,
    seed: int = 7,
    end: datetime,
    progress: Progress | None = None,
) -> DemoSummary:
    """Writes a landing directory of made-up events; nothing in it is later than `end`.

    The same arguments give the same bytes in every file, and a customer's history does not depend on how many
    others there are. Files of other names in `out` are left alone. `progress` hears what was finished (a UTC
    day), how many are done, and how many there are.

    Raises ValueError for a number of customers or days out of range, and for an `end` without a zone.
    """
    _check(customers, days, end)
    window, cast = Window.before(end, days), crowd.customers(customers, seed)
    landing, spend, exports = Landing(out), Spend(window), Exports()
    for done, day in enumerate(window.days, start=1):
        for session, judged, earned in _played_on(day, cast, window, seed):
            spend.add(session, day)
            if session.scene.customer.exports_opentelemetry:
                exports.add(session, judged, earned)
            else:
                _keep(landing, session, judged, earned)
        landing.close_day(day, is_last=day == window.days[-1])
        if progress is not None:
            progress(day.isoformat(), done, days)
    for path, lines in exports.files.items():
        landing.write_lines(OTLP_FOLDER, path, lines)
    _write_registers(landing, cast, window, spend)
    return DemoSummary(dict(landing.rows), landing.files, landing.bytes)


def _check(customers: int, days: int, end: datetime) -> None:
    if not 1 <= customers <= MAX_CUSTOMERS:
        raise ValueError(f"customers must be from 1 to {MAX_CUSTOMERS}, not {customers}")
    if not 1 <= days <= MAX_DAYS:
        raise ValueError(f"days must be from 1 to {MAX_DAYS}, not {days}")
    if end.utcoffset() is None:
        raise ValueError("end needs a time zone: which instant is meant is not clear without one")
    if end.year not in _YEARS:
        raise ValueError(f"end must lie in the years {_YEARS[0]} to {_YEARS[-1]}, not in {end.year}")


def _played_on(day: date, cast: tuple[Customer, ...], window: Window, seed: int) -> Iterator[_Played]:
    """Every session that begins on this UTC day, with its judgements and results.

    Each agent has random numbers of its own for each day, so nobody's history depends on anybody else's.
    """
    for customer in cast:
        for agent in customer.agents:
            rng = Random(f"{seed}/{agent.agent_id}/{day.isoformat()}")  # noqa: S311
            for scene in _scenes(customer, agent, day, window, rng):
                session = sessions.play(scene, rng)
                yield session, verdicts.evaluations(session, rng), verdicts.outcomes(session, rng)


def _scenes(customer: Customer, agent: Agent, day: date, window: Window, rng: Random) -> Iterator[Scene]:
    progress = window.progress(day)
    conditions = customer.course.on(progress, window.weeks_before_end(day))
    per_day = agent.per_day * conditions.volume
    starts = rhythm.starts_on(day, ZoneInfo(customer.timezone), agent.kind.hours, per_day, rng)
    for number, start_ms in enumerate(starts, start=1):
        if start_ms < window.end_ms:
            session_id = f"{agent.agent_id}-{day:%y%m%d}-{number:03}"
            model = agent.model_at(progress)
            yield Scene(customer, agent, conditions, model, session_id, start_ms, window.end_ms)


def _keep(landing: Landing, session: Session, judged: list[Row], earned: list[Row]) -> None:
    landing.add("sessions", [session.row])
    landing.add("llm_requests", session.requests)
    landing.add("tool_calls", session.tool_calls)
    landing.add("evaluations", judged)
    landing.add("outcomes", earned)


def _write_registers(landing: Landing, cast: tuple[Customer, ...], window: Window, spend: Spend) -> None:
    tables = {
        "customers": registers.customers(cast),
        "agents": registers.agents(cast),
        "baselines": registers.baselines(cast, window),
        "prices": registers.prices(cast, window),
        "budgets": registers.budgets(cast, window, spend),
    }
    for table, rows in tables.items():
        landing.write_table(table, rows, table)
    landing.write_text(landing.root / _COMPLETE_TO, window.end.isoformat())
