"""Landing directories that are built once for all tests of this folder, and the same worked out by the oracle."""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.settings import Settings
from core.store.metric_store import MetricStore
from pipeline.home import Home
from pipeline.status import Status, of_warehouse
from tests.end_to_end.framework_rows import FRAMEWORK_ROWS
from tests.end_to_end.landing_files import write
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.oracle_contract import Row
from tests.end_to_end.oracle_standing import standing
from tests.end_to_end.world_cast import World
from tests.end_to_end.worlds import random_world
from tests.pipeline.runs import NOW, land, run_parsed, settings_in

SEED = 20261120
DELIVERIES = 3
LATE = "llm_requests/late.jsonl"


@dataclass(frozen=True)
class Built:
    """What a landing directory was built into, and what the oracle makes of the same files."""

    store: MetricStore
    oracle: Oracle
    status: Status

    @classmethod
    def of(cls, settings: Settings, oracle: Oracle) -> "Built":
        status = of_warehouse(settings)
        assert status is not None
        return cls(MetricStore.open(Home(settings.home).published), oracle, status)


@pytest.fixture(scope="session")
def random_build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """A random world that came in three deliveries, each built when it came."""
    build = build_in_deliveries(tmp_path_factory.mktemp("random"), SEED)
    yield build
    build.store.close()


def build_in_deliveries(folder: Path, seed: int) -> Built:
    """The world of that seed, its rows in any order, in files of any format, built after every delivery."""
    settings, landing = settings_in(folder / "home"), folder / "landing"
    chance = random.Random(seed)
    for number, delivery in enumerate(_deliveries(random_world(seed), chance)):
        for table, rows in delivery.items():
            cut = chance.randrange(len(rows) + 1)
            for half, part in enumerate((rows[:cut], rows[cut:])):
                if part:
                    write(landing, table, f"delivery-{number}-{half}", part, chance)
        _deliver_at_odd_times(landing, number)
        run_parsed(settings, landing, f"delivery{number}")
    return Built.of(settings, Oracle(standing(landing, now=NOW, without=(LATE,))))


def _deliveries(world: World, chance: random.Random) -> list[dict[str, list[Row]]]:
    """The world's rows in any order, whatever belongs together."""
    deliveries: list[dict[str, list[Row]]] = [{} for _ in range(DELIVERIES)]
    for table, rows in world.rows.items():
        chance.shuffle(rows)
        for row in rows:
            chance.choice(deliveries).setdefault(table, []).append(row)
    return deliveries


def _deliver_at_odd_times(landing: Path, number: int) -> None:
    """Rows too late to count and rows just in time, a customer that comes with old rows, and a file again."""
    if number == 0:
        land(landing, "llm_requests/punctual.jsonl", [_call("cust_late", "2026-10-20T12:00:00Z")])
    elif number == 1:
        late = [_call("cust_late", day) for day in ("2026-08-01T00:00:00Z", "2026-09-13T23:59:59.999999Z")]
        land(landing, LATE, late)
        land(landing, "llm_requests/in-time.jsonl", [_call("cust_late", "2026-09-14T00:00:00Z")])
    else:
        land(landing, "llm_requests/old.jsonl", [_call("cust_new", "2026-01-31T23:59:00+05:45")])
        again = min((landing / "llm_requests").glob("delivery-0-*"))
        shutil.copyfile(again, again.with_name(f"again-{again.name}"))


def _call(customer_id: str, started_at: str) -> Row:
    names = {"request_id": f"{customer_id} {started_at}", "customer_id": customer_id, "agent_id": "agent_a"}
    what = {
        "provider": "openai",
        "model": "gpt-4o",
        "status": "ok",
        "input_tokens": 1_000,
        "output_tokens": 10,
    }
    return {**names, **what, "started_at": started_at}


@pytest.fixture(scope="session")
def real_build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Real events, where they lie beside the project."""
    landing = Path(__file__).parents[2].parent / "shared" / "data" / "landing"
    if not landing.is_dir():
        pytest.skip("the real events do not lie beside the project, and it does not bring them along")
    settings = settings_in(tmp_path_factory.mktemp("real"))
    run_parsed(settings, landing, "real")
    build = Built.of(settings, Oracle(standing(landing, now=NOW, more=FRAMEWORK_ROWS)))
    yield build
    build.store.close()
