"""Raw tables → facts and measures: the dbt project, one dbt call a run."""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets
from packaging import version

from core.settings import load
from dagster_project.defs.landing import OWNER
from dagster_project.model_facts import with_facts
from dagster_project.session import Pipeline
from pipeline import build, transform

_KINDS = {"fact": "table", "measure": "table", "dim": "table"}


class ProoflineTranslator(DagsterDbtTranslator):
    """Groups by the folder a model stands in, which is its stage."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["fqn"][1])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:  # noqa: ARG002
        return [OWNER]


class Dbt(DbtCliResource):
    """dbt as installed beside us; asking the program for its version would cost a process a run, and loading dbt here,
    too, for a connection that nobody uses, a second."""

    @cached_property
    def _cli_version(self) -> version.Version:
        return version.parse(installed("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ARG002
        return None


def dbt_resource() -> Dbt:
    """dbt on our project, wherever this process was started."""
    import sys

    program = Path(sys.executable).with_name("proofline-dbt")
    return Dbt(
        project_dir=str(transform.PROJECT), profiles_dir=str(transform.PROJECT), dbt_executable=str(program)
    )


@dbt_assets(
    manifest=transform.manifest(load()),
    dagster_dbt_translator=ProoflineTranslator(),
    pool="warehouse",
    name="models",
)
def models(context: dg.AssetExecutionContext, pipeline: Pipeline, dbt: DbtCliResource) -> Iterator[Any]:
    database = pipeline.home.build(context.run_id)
    if not database.exists():
        raise dg.Failure(
            "The models build on what the same run has ingested. Launch the job `publish_metrics` instead of"
            " single assets."
        )
    pipeline.tell("building models", 0, 1)
    settings = pipeline.settings
    # dbt's profile, here and in the child, reads these.
    os.environ.update(transform.environment(settings, database))
    arguments = transform.build_arguments(settings, rebuild_all=build.wants_rebuild(database))
    invocation = dbt.cli(arguments, context=context, target_path=transform.target(settings) / "run")
    yield from with_facts(invocation, database)
    pipeline.tell("building models", 1, 1)


# What is published of them; the stages before are the pipeline's own.
MARTS = [
    key for key in sorted(models.keys) if key.path[-1].startswith(("fact_", "measure_", "dim_", "snapshot_"))
]

defs = dg.Definitions(assets=[models], resources={"dbt": dbt_resource()})
