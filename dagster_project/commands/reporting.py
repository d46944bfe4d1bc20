"""Commands about reports: what there is and what is held, build and send what is due, look at one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.settings import Settings
from dagster_project.commands.installation import as_sentence, current_settings

_FIRST_YEAR, _LAST_YEAR = 1972, 2100

if TYPE_CHECKING:
    from core.store.control.report_archives import Archived


@click.group(invoke_without_command=True)
@click.pass_context
def reports(context: click.Context) -> None:
    """List the reports, when each is due next, and what is waiting, held or has failed, and why."""
    if context.invoked_subcommand is None:
        with as_sentence():
            _list(current_settings())


@reports.command("run")
@click.option("--missing", is_flag=True, help="Also build the last complete period of reports that lack it.")
@click.option("--no-send", is_flag=True, help="Build only; what is queued is sent by the next run.")
def run_reports(missing: bool, no_send: bool) -> None:
    """Build every report that is due, put it on its portal's page, and send it: what the Dagster daemon does each
    minute, once, here."""
    from pipeline.progress import Progress
    from site_build.report_runs import run

    settings = current_settings()
    with as_sentence():
        run.note_due(settings)
        if missing:
            run.note_missing(settings)
        with Progress() as told:
            done = run.build_noted(settings, told)
        for trouble in done.troubles:
            click.echo(trouble, err=True)
        _tell_built(settings, [*done.built.archived, *done.restatements.restated])
        if not no_send:
            _send(settings)


@click.group()
def report() -> None:
    """One report: see it before it is sent."""


@report.command("preview")
@click.argument("report_id")
@click.option("--period", type=click.DateTime(["%Y-%m-%d"]), help="A date within the day, week or month.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where to write the PDF.  [default: PROOFLINE_HOME/reports/REPORT_ID/preview.pdf]",
)
def preview_report(report_id: str, period: datetime | None, out: Path | None) -> None:
    """Write the PDF of REPORT_ID (as `proofline reports` lists it) over its last complete period. Nothing is archived
    and nobody is sent it."""
    from site_build.report_runs import run

    # Metrics know no earlier times and nobody reports on later ones.
    if period and not _FIRST_YEAR <= period.year <= _LAST_YEAR:
        raise click.ClickException(f"--period must be a date from {_FIRST_YEAR} to {_LAST_YEAR}.")
    settings = current_settings()
    with as_sentence():
        built = run.previewed(settings, report_id, period.date() if period else None)
        target = out or settings.reports_dir / report_id / "preview.pdf"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(built.pdf)
        click.echo(f"{target}  ({built.brief.period_words}, {built.pages} pages, {built.seconds:.2f} s)")
        if built.csv is not None:
            target.with_suffix(".csv").write_bytes(built.csv)
            click.echo(str(target.with_suffix(".csv")))


def _list(settings: Settings) -> None:
    from core.reports.agenda import next_scheduled, zones_for
    from core.store.control.reports import list_reports
    from site_build.report_runs.overdue import pending
    from site_build.report_runs.run import opened

    now = datetime.now(UTC)
    with opened(settings) as found:
        if found is None:
            click.echo(_NONE)
            return
        with found.store.reading() as connection:
            there, _ = list_reports(connection, None)
            zones = zones_for(connection, found.metrics, there)
            for one in there:
                due = next_scheduled(connection, one, zones, now=now) if one.definition.is_active else None
                when = f"next {due.at:%Y-%m-%d %H:%M} UTC" if due else "not active"
                portal = "" if one.portal_status == "active" else f", its portal is {one.portal_status}"
                click.echo(f"{one.report_id}  {one.definition.name} ({one.customer_id}), {when}{portal}")
            waiting = pending(connection, now=now)
    if not there:
        click.echo(_NONE)
    for one_pending in waiting:
        click.echo(f"! {one_pending.in_words}" if one_pending.is_overdue else f"  {one_pending.in_words}")


_NONE = "There are no reports. POST /v1/portal/reports makes one, `demo --portals` several."


def _tell_built(settings: Settings, made: "list[Archived]") -> None:
    from core.reports.archive import PDF, folder_of
    from site_build.sites import build_sites

    if not made:
        click.echo("No report is due.")
        return
    build_sites(settings, now=datetime.now(UTC))
    for one in made:
        path = folder_of(settings, one.report_id, one.n) / PDF
        click.echo(f"{path}  {one.name} ({one.customer_id}, {one.pages} pages)")


def _send(settings: Settings) -> None:
    from site_build.deliveries import send_due

    sent = send_due(settings)
    for trouble in (*sent.troubles, *([sent.waiting_reason] if sent.waiting_reason else [])):
        click.echo(trouble, err=True)
    if sent.sent:
        click.echo(f"Sent {sent.sent} messages.")
