"""The landing directory as assets: what other systems deliver and nobody here makes."""

import dagster as dg

from core.contract import OTLP_FOLDER, TABLES

GROUP = "landing"
OWNER = "team:data"


def _spec(name: str, description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["landing", name],
        group_name=GROUP,
        owners=[OWNER],
        kinds={"file"},
        description=f"{description}. Files in `landing/{name}/`, delivered from outside as JSON lines, CSV or Parquet.",
    )


landing_specs = [_spec(table.name, table.description) for table in TABLES.values()]
landing_specs.append(
    dg.AssetSpec(
        ["landing", OTLP_FOLDER],
        group_name=GROUP,
        owners=[OWNER],
        kinds={"opentelemetry", "file"},
        description=(
            "Spans and log events as the OpenTelemetry Collector's file exporter writes them, in `landing/otlp/`."
            " They become rows of model calls, sessions, tool calls, evaluations and outcomes."
        ),
    )
)
defs = dg.Definitions(assets=landing_specs)
