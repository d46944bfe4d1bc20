"""Commands that run the pipeline: build what is new, or a range of days again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.settings import Settings
from dagster_project.commands.installation import current_settings, fail, progress

if TYPE_CHECKING:
    from dagster_project.local import Outcome


@click.command()
@click.option(
    "--landing", type=click.Path(path_type=Path), help="Landing directory.  [default: PROOFLINE_HOME/landing]"
)
@click.option("--full", is_flag=True, help="Start from nothing and build everything from the stored files.")
def build(landing: Path | None, full: bool) -> None:
    """Load what is new, rebuild the days it touches, check everything and publish a snapshot.

    Nothing new publishes nothing. When a check fails, what is published goes on serving.
    """
    _run({"landing": str((landing or current_settings().home / "landing").resolve()), "full": full})


@click.command()
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    required=True,
    help="First UTC day.",
)
@click.option(
    "--to",
    "last",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    required=True,
    help="Last UTC day.",
)
@click.option(
    "--landing", type=click.Path(path_type=Path), help="Landing directory.  [default: PROOFLINE_HOME/landing]"
)
def backfill(first: datetime, last: datetime, landing: Path | None) -> None:
    """Build a range of days again, and let in the late rows that wait for them."""
    days = (first.date(), last.date())
    if days[0] > days[1]:
        fail(f"--from {days[0]} is after --to {days[1]}. Give the earlier day first.")
    folder = (landing or current_settings().home / "landing").resolve()
    _run({"landing": str(folder), "first_day": str(days[0]), "last_day": str(days[1])})


def _run(config: dict[str, Any]) -> None:
    from pipeline.errors import AlreadyRunningError, PipelineError

    settings = current_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    if not Path(config["landing"]).is_dir():
        fail(
            f"The landing directory {config['landing']} cannot be read. Create it, or name another with --landing."
        )
    try:
        _refuse_second(settings)
        if not _is_anything_due(settings, config):
            _conclude_nothing_new(settings)
            return
        with progress() as told:
            told("starting", 0, 1)
            from pipeline import transform

            transform.parse_ahead(settings)
            from dagster_project import local

            outcome = local.run(settings, config, told)
    except AlreadyRunningError as error:
        click.echo(f"already running: {error}")
        return
    except PipelineError as error:
        fail(str(error))
    _conclude(settings, outcome)


def _refuse_second(settings: Settings) -> None:
    """Says so at once where another build runs, instead of after seconds of imports."""
    from pipeline.build import lock
    from pipeline.home import Home

    with lock(Home(settings.home)):
        pass


def _is_anything_due(settings: Settings, config: dict[str, Any]) -> bool:
    """Whether there is anything to do, told without loading the orchestrator."""
    from pipeline.build import due

    asked = config.get("full") or config.get("first_day")
    return bool(asked or due(settings, Path(config["landing"]), settled_before=float("inf")))


def _conclude(settings: Settings, outcome: "Outcome") -> None:
    from pipeline import status as known
    from pipeline import status_text

    if not outcome.succeeded:
        told = "\n".join(f"  {failure}" for failure in outcome.failures)
        fail(
            f"Nothing was published; what was published before goes on serving. What failed:\n{told}\n"
            f"The run {outcome.run_id[:8]} tells more in the Dagster UI (`proofline ui`)."
        )
    if outcome.snapshot is None:
        # Files that were only touched: no later asset ran, that of the pages neither.
        _conclude_nothing_new(settings)
        return
    report = known.of_warehouse(settings)
    assert report is not None
    click.echo(f"Published {outcome.snapshot}. {status_text.summary(report)}")
    if outcome.portals_built:
        click.echo(f"Built the pages of {outcome.portals_built} portals.")


def _conclude_nothing_new(settings: Settings) -> None:
    """What is published has not moved; portals that were made or changed since get their pages."""
    from site_build.sites import build_sites

    click.echo("Nothing new has landed; nothing was published.")
    with progress() as told:
        report = build_sites(settings, now=datetime.now(UTC), told=told)
    for trouble in (
        *([report.problem] if report.problem else []),
        *(f.advice for f in report.failures),
        *report.without_logo,
    ):
        click.echo(trouble, err=True)
    if report.built or report.removed:
        click.echo(f"Built the pages of {report.built} portals, removed those of {report.removed}.")
