"""Everything Dagster knows of the pipeline; each stage is described in its own file under `defs`."""

import dagster as dg

from dagster_project.defs import (
    alerts,
    custom_metrics,
    days,
    deliveries,
    erasures,
    landing,
    models,
    published,
    raw,
    reports,
    runs,
    sites,
)
from dagster_project.session import Pipeline

defs = dg.Definitions.merge(
    landing.defs,
    raw.defs,
    models.defs,
    custom_metrics.defs,
    published.defs,
    erasures.defs,
    alerts.defs,
    sites.defs,
    reports.defs,
    deliveries.defs,
    days.defs,
    runs.defs,
    dg.Definitions(resources={"pipeline": Pipeline()}, executor=dg.in_process_executor),
)
