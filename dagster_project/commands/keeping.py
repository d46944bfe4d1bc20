"""Commands about what is kept: erase a customer, back everything up, put it back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.settings import Settings
from dagster_project.commands.installation import as_sentence, control_store, current_settings, fail

if TYPE_CHECKING:
    from core.erasures import Erasure


@click.group()
def customers() -> None:
    """Customers: erase one for good, and see what was removed of those who were."""


@customers.command("erase")
@click.argument("customer_id")
@click.option("--yes", is_flag=True, help="Do not ask for the id once more.")
def erase_customer(customer_id: str, yes: bool) -> None:
    """Erase CUSTOMER_ID from everything that is kept, for good: portals, reports, keys, events, snapshots, files.

    Nothing of theirs is taken in again, whatever is delivered or restored. What lies in the landing directory is the
    source's, and stays there. Killed in the middle, the same command finishes it.
    """
    from core.customers import check_customer_id
    from core.errors import ProoflineError

    settings = current_settings()
    try:
        checked = check_customer_id(customer_id)
    except ProoflineError as error:
        fail(str(error))
    _require_known(settings, checked)
    if not yes and click.prompt("This cannot be undone. Type the customer's id again") != customer_id:
        fail("That is another id; nothing was erased.")
    erasure = _requested(settings, checked)
    if not erasure.is_done:
        _run(settings)
        erasure = _requested(settings, checked)
    _tell(settings, erasure)


@customers.command("erasures")
def list_erasures() -> None:
    """List every erasure: when it was asked for, whether it is done, and whether its record is as it was signed."""
    from core.erasures import all_erasures
    from pipeline.erasure.record import is_genuine

    settings = current_settings()
    with control_store(settings) as store, store.reading() as connection:
        erasures = all_erasures(connection)
        for one in erasures:
            state = (
                f"done {one.finished_at:%Y-%m-%d %H:%M}" if one.finished_at else "waits for the next build"
            )
            proof = ("", "  signature holds" if one.record and is_genuine(settings, one.record) else "")
            click.echo(
                f"{one.erasure_id}  asked {one.requested_at:%Y-%m-%d %H:%M}  {state}{proof[one.is_done]}"
            )
    if not erasures:
        click.echo("Nobody has been erased.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def backup(folder: Path) -> None:
    """Back up into the new FOLDER what cannot be built again: control store, stored files, archives, keys, records of
    erasures. Keep it where only you can read: the keys are in it."""
    from pipeline.backup import backup as made

    settings = current_settings()
    with as_sentence():
        done = made(settings, folder.resolve(), now=datetime.now(UTC))
    click.echo(f"Backed up {done.files} files ({done.bytes / 2**20:.1f} MiB) to {done.folder}.")
    if settings.database_url:
        click.echo("The control store is in PostgreSQL: back it up with pg_dump as well.", err=True)
    if settings.dagster_database_url and settings.dagster_database_url != settings.database_url:
        click.echo("Dagster's runs are in PostgreSQL: with pg_dump they can be kept too.", err=True)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--erasures",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    help="A folder with records of later erasures: `erasures` of the old home, or a newer backup.",
)
def restore(folder: Path, erasures: tuple[Path, ...]) -> None:
    """Put the backup FOLDER into an empty PROOFLINE_HOME. Whoever was erased is erased again before this ends, also
    after the backup was made where a record says so (--erasures). `proofline build` then builds the rest."""
    from pipeline.backup import restore as put_back

    settings = current_settings()
    with as_sentence():
        done = put_back(settings, folder.resolve(), more_records=list(erasures), now=datetime.now(UTC))
    click.echo(f"Restored {done.files} files; {done.erasures} erasures were done again.")
    click.echo("Now run `proofline build`: it builds everything that is published from the stored files.")


def _requested(settings: Settings, customer_id: str) -> "Erasure":
    from core.erasures import find_erasure, request_erasure

    with control_store(settings) as store, store.writing() as connection:
        known = find_erasure(connection, customer_id)
        return known or request_erasure(connection, customer_id, by="command line", now=datetime.now(UTC))


def _require_known(settings: Settings, customer_id: str) -> None:
    """A tombstone is for good, so a slip of the pen must not leave one."""
    from core.erasures import is_erased
    from core.store.control.forgetting import customers_in
    from pipeline.status import knows_customer

    with control_store(settings) as store, store.reading() as connection:
        is_known = is_erased(connection, customer_id) or customer_id in customers_in(connection)
    if not (is_known or knows_customer(settings, customer_id)):
        fail(f"No customer {customer_id} is known, so there is nothing to erase. Check the id.")


def _run(settings: Settings) -> None:
    from dagster_project import local
    from pipeline.errors import AlreadyRunningError, PipelineError
    from pipeline.progress import Progress

    settings.landing_dir.mkdir(parents=True, exist_ok=True)
    try:
        with Progress() as told:
            outcome = local.run(settings, {"landing": str(settings.landing_dir)}, told)
    except AlreadyRunningError:
        return
    except PipelineError as error:
        fail(f"The erasure is not done yet: the build did not start. Run the same command again.\n  {error}")
    if not outcome.succeeded:
        failures = "\n".join(f"  {failure}" for failure in outcome.failures)
        fail(f"The erasure is not done yet: the build failed. Run the same command again.\n{failures}")


def _tell(settings: Settings, erasure: "Erasure") -> None:
    if not erasure.is_done or erasure.record is None:
        click.echo(
            "Portals, reports, keys and rules are gone. Another build is running; the next one removes the rest, or"
            " this same command."
        )
        return
    for place, count in erasure.record["removed"].items():
        click.echo(f"{count:>10,}  {place}")
    click.echo(f"Erased. The signed record is {settings.erasures_dir / erasure.erasure_id}.json")
