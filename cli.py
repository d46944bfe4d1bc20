"""The command line. Thin: each command checks its arguments, calls one function and says what became of it.

Heavy modules are imported inside the commands, so that `--help` answers at once.
"""

import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from core import program
from core.settings import Settings, SettingsError
from dagster_project.commands.building import backfill, build
from dagster_project.commands.installation import as_sentence, control_store, current_settings, fail, progress
from dagster_project.commands.keeping import backup, customers, restore
from dagster_project.commands.keys import keys
from dagster_project.commands.reporting import report, reports
from dagster_project.commands.sending import deliveries

if TYPE_CHECKING:
    import subprocess


_EPILOG = "State is kept in PROOFLINE_HOME (default ./var). Every command has --help."


@click.group(
    epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
def main() -> None:
    """Proofline shows the customers of AI agents what the agents did for them.

    \b
    First steps:
      proofline demo      write demo events into the landing directory
      proofline build     load them, build all metrics, publish a snapshot
      proofline status    see what is published, and what became of every row
      proofline portals   see the customers' portals, and where they open
      proofline reports   see the reports, when each is due, and what is held
      proofline ui        open Dagster: the asset graph, runs, schedules and checks
      proofline serve     serve the API; `proofline keys create --role read` makes a key for it
      proofline doctor    find what is wrong with this installation, and what to do
    """


@main.command()
@click.option(
    "--customers", type=click.IntRange(1, 5000), default=6, show_default=True, help="How many customers."
)
@click.option(
    "--days", type=click.IntRange(1, 1100), default=120, show_default=True, help="How many days of events."
)
@click.option("--seed", type=int, default=7, show_default=True, help="Other seeds, other events.")
@click.option(
    "--end", metavar="INSTANT", help="When the events end, as an ISO instant.  [default: the last full hour]"
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write.  [default: PROOFLINE_HOME/landing]"
)
@click.option(
    "--portals",
    "with_portals",
    is_flag=True,
    help="Also make portals for the first six customers, where there are none, that anybody may open.",
)
def demo(customers: int, days: int, seed: int, end: str | None, out: Path | None, with_portals: bool) -> None:
    """Write demo events: believable customers, agents, models, prices and trends. The same seed and end give
    the same bytes."""
    from pipeline import demo as events

    target = out or current_settings().home / "landing"
    with progress() as told:
        summary = events.write(
            target, customers=customers, days=days, seed=seed, end=_instant(end), progress=_named(told)
        )
    rows = ", ".join(f"{count:,} {name}" for name, count in summary.rows.items() if count)
    click.echo(f"Wrote {summary.files} files ({summary.bytes / 2**20:.1f} MiB) to {target}: {rows}.")
    if with_portals:
        from pipeline.demo.crowd import customers as cast
        from pipeline.demo.portals import make_portals
        from pipeline.demo.reports import make_reports

        with control_store() as store:
            made = make_portals(store, (c.customer_id for c in cast(customers, seed)), now=datetime.now(UTC))
            make_reports(store, made, now=datetime.now(UTC))
        click.echo(
            f"{len(made)} portals of these customers are in place, each with a monthly report; `proofline build`"
            " makes their pages, `proofline reports run --missing` the reports of the last month."
        )


@main.command()
@click.argument("url")
@click.option(
    "--landing", type=click.Path(path_type=Path), help="Where to copy to.  [default: PROOFLINE_HOME/landing]"
)
def fetch(url: str, landing: Path | None) -> None:
    """Copy what is new below URL, such as s3://bucket/events, into the landing directory. Nothing is deleted on
    either side; the store's own library (s3fs, gcsfs, adlfs) and credentials are the installation's."""
    from pipeline.errors import PipelineError
    from pipeline.fetch import fetch as fetched

    try:
        done = fetched(url, landing or current_settings().landing_dir)
    except (PipelineError, OSError) as error:
        fail(str(error))
    click.echo(
        f"Copied {done.files} files ({done.bytes / 2**20:.1f} MiB); {done.unchanged} were there already."
    )


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def status(as_json: bool) -> None:
    """Say what is published, complete to when, and how many rows were rejected, late, incomplete or set aside,
    and why."""
    from pipeline import status as known
    from pipeline import status_text

    settings = current_settings()
    report, served = known.of_warehouse(settings), known.served(settings)
    told = status_text.as_json if as_json else status_text.as_text
    click.echo(told(report, served, settings))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@click.option("--mail", is_flag=True, help="Also ask the mail server whether it answers.")
def doctor(as_json: bool, mail: bool) -> None:
    """Say what is wrong with this installation and what to do. Changes nothing; exits with 1 when something does
    not work."""
    from core import doctor as examination

    found = examination.examine(examination.Case.of(now=datetime.now(UTC), asks_mail_server=mail))
    click.echo(examination.as_json(found) if as_json else examination.as_text(found))
    sys.exit(1 if any(one.state is examination.State.FAIL for one in found) else 0)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Port to listen on."
)
@click.option("--no-daemon", is_flag=True, help="Only the web server; the daemon runs by `proofline daemon`.")
def ui(host: str, port: int, no_daemon: bool) -> None:
    """Open the Dagster UI: web server, and the daemon that runs schedules and sensors. Ctrl-C stops both."""
    from dagster_project import local

    click.echo(f"Dagster UI: http://{host}:{port}  (Ctrl-C stops it)")
    start = local.serve_web if no_daemon else local.serve_ui
    with as_sentence():
        process = start(current_settings(), host, port)
    _wait_for(process)


@main.command()
def daemon() -> None:
    """Run schedules and sensors, without a web server: builds, portals, reports and deliveries. For servers, where
    each process has a unit of its own."""
    from dagster_project import local

    with as_sentence():
        process = local.run_daemon(current_settings())
    _wait_for(process)


def _wait_for(process: "subprocess.Popen[bytes]") -> NoReturn:
    """Until it ends, or is ended by the signal that ends this command."""

    def end(_signal: int, _frame: object) -> None:
        process.terminate()

    signal.signal(signal.SIGTERM, end)
    try:
        sys.exit(process.wait())
    except KeyboardInterrupt:
        process.terminate()
        sys.exit(process.wait())


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to listen on."
)
def serve(host: str, port: int) -> None:
    """Serve the API on what is published. It starts before anything is published, and picks up each new snapshot
    within a second. Off loopback it refuses to start with unsafe settings."""
    from core.exposure import check_exposure

    settings = reached_at(current_settings(), host, port)
    try:
        # Before anything heavy is loaded: what must not start ends at once.
        check_exposure(settings, host)
    except SettingsError as error:
        fail(str(error))
    from api.server import run
    from core.store.control import ControlStoreDamagedError

    click.echo(f"Proofline API: http://{host}:{port}  (reference at /docs; Ctrl-C stops it)", err=True)
    try:
        run(host, port, settings)
    except (SettingsError, ControlStoreDamagedError) as error:
        fail(str(error))


def reached_at(settings: Settings, host: str, port: int) -> Settings:
    """Links lead to where the server listens, unless a setting says where people reach it. Off loopback one must."""
    if settings.base_url != Settings().base_url or host not in ("127.0.0.1", "localhost", "::1"):
        return settings
    return replace(settings, base_url=f"http://{f'[{host}]' if ':' in host else host}:{port}")


@main.command()
def portals() -> None:
    """List the active portals and where each opens. Those that are not public need a token as well."""
    from core.portals.definition import PortalStatus
    from core.sites import INDEX, site_dir
    from core.store.control.portals import all_portals

    settings = current_settings()
    with control_store() as store, store.reading() as connection:
        found = [one.definition for one in all_portals(connection, statuses=[PortalStatus.ACTIVE])]
    if not found:
        click.echo("There is no active portal. POST /v1/portal/configs makes one, `demo --portals` several.")
        return
    for one in found:
        state = "public" if one.access.public else "needs a token"
        if not (site_dir(settings, one.portal_id) / INDEX).is_file():
            state += ", no pages yet: run `proofline build`"
        click.echo(
            f"{settings.page_url}/p/{one.portal_id}  {one.branding.title} ({one.customer_id}, {state})"
        )


def _named(told: Callable[[str, int, int], None]) -> Callable[[str, int, int], None]:
    return lambda _, done, total: told("writing demo events", done, total)


def _instant(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        fail(f"--end {text} is no ISO instant. Write it like 2026-11-20T00:00:00Z.")
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


for _command in (build, backfill, keys, reports, report, customers, deliveries, backup, restore):
    main.add_command(_command)

# Whole sentences for the list of commands, where the first words of the long ones would break off.
_IN_SHORT = {
    "backfill": "Build a range of days again.",
    "backup": "Back up what cannot be built again.",
    "build": "Load what is new, build, check, publish.",
    "customers": "Erase customers, and see who was erased.",
    "daemon": "Run schedules and sensors, on a server.",
    "deliveries": "See what was sent and what waits.",
    "demo": "Write demo events, and make portals.",
    "doctor": "Find what is wrong here, and what to do.",
    "fetch": "Copy events from an object store.",
    "keys": "Make and list keys of the API, revoke one.",
    "portals": "List portals, and where each opens.",
    "report": "Look at a report before it is sent.",
    "reports": "List reports, and build those due.",
    "restore": "Put a backup into an empty home.",
    "serve": "Serve the API and the portals' pages.",
    "status": "Say what is published, and what is not.",
    "ui": "Open the Dagster UI, with its daemon.",
}
for _name, _sentence in _IN_SHORT.items():
    main.commands[_name].short_help = _sentence


def run() -> None:
    """The program `proofline`."""
    program.run(main)


if __name__ == "__main__":
    run()
