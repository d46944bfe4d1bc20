"""The published snapshot → customers who are gone from everything that was made before it."""

from datetime import UTC, datetime

import dagster as dg

from dagster_project.defs.landing import OWNER
from dagster_project.defs.published import GROUP, SNAPSHOT
from dagster_project.forgetting import forget_runs
from dagster_project.session import Pipeline
from pipeline import build

ERASURES = dg.AssetKey(["erasures", "customers"])


@dg.asset(
    key=ERASURES,
    deps=[SNAPSHOT],
    group_name=GROUP,
    owners=[OWNER],
    kinds={"file"},
    pool="warehouse",
    description=(
        "Customers whose erasure was asked for, and who are gone now from earlier snapshots, sites, archives, logs and"
        " the control store; a signed record of each says what was removed, and names nobody."
    ),
)
def customers(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[type-arg]
    done = build.erasures_done(pipeline.settings, now=datetime.now(UTC))
    forgotten = forget_runs(context.instance, pipeline.settings, but=context.run_id) if done else 0
    return dg.MaterializeResult(
        metadata={
            "erasures": dg.MetadataValue.md("\n".join(f"- {one}" for one in done) or "None waited."),
            "runs_forgotten": forgotten,
        }
    )


defs = dg.Definitions(assets=[customers])
