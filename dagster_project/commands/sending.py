"""The command that shows what is to be sent, why it waits, and sends it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from core.settings import Settings, SettingsError, load
from dagster_project.commands.installation import fail

if TYPE_CHECKING:
    from core.store.control import ControlStore


@click.command()
@click.option("--send", is_flag=True, help="Send what is due now, in this process.")
@click.option("--resend", "again", metavar="DELIVERY_ID", help="Send this one again, delivered or dead.")
def deliveries(send: bool, again: str | None) -> None:
    """What waits to be sent or was given up, and why."""
    from core.store.control import ControlStoreDamagedError, StoreUnavailable, existing_control_store

    try:
        settings = load()
        store = existing_control_store(settings)
    except (SettingsError, ControlStoreDamagedError, StoreUnavailable) as problem:
        fail(str(problem))
    if store is None:
        click.echo("Nothing has been sent, and nothing waits.")
        return
    try:
        if again is not None:
            _queue(store, again)
        if send or again is not None:
            _send(settings)
        _show(store, settings)
    finally:
        store.close()


def _queue(store: "ControlStore", delivery_id: str) -> None:
    from core.delivery.history import find_delivery, resend
    from core.errors import InvalidState

    now = datetime.now(UTC)
    with store.writing() as connection:
        found = find_delivery(connection, delivery_id, now=now)
        if found is None:
            fail(
                f"There is no delivery {delivery_id}; `proofline deliveries` lists those that wait or were given up."
            )
        try:
            resend(connection, found, now=now)
        except InvalidState as problem:
            fail(problem.message)


def _send(settings: Settings) -> None:
    from site_build.deliveries import send_due

    report = send_due(settings)
    click.echo(
        f"Sent {report.sent}, to be tried again {report.retried}, given up {report.dead}, called off"
        f" {report.cancelled}."
    )


def _show(store: "ControlStore", settings: Settings) -> None:
    from core.delivery.history import counts, troubled
    from core.delivery.mailing import why_mail_waits

    now = datetime.now(UTC)
    with store.reading() as connection:
        states, in_trouble = counts(connection), troubled(connection, now=now)
    click.echo(
        ", ".join(f"{count} {state}" for state, count in states.items())
        or "Nothing has been sent, and nothing waits."
    )
    reason = why_mail_waits(settings)
    if reason is not None:
        click.echo(reason[0].upper() + reason[1:] + ".")
    elif settings.mail_folder is not None:
        click.echo(f"Without a mail server mails are written to {settings.mail_folder}.")
    for one in in_trouble:
        click.echo(f"  {one.in_words}")
