"""The command that shows what waits and why, and sends it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.delivery.outbox import Item, OutboxKind, enqueue
from core.settings import Settings
from core.store.control import open_control_store
from dagster_project.commands.sending import deliveries


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROOFLINE_HOME", str(tmp_path))
    return tmp_path


def queue(home: Path) -> str:
    store = open_control_store(Settings(home=home))
    item = Item(
        kind=OutboxKind.MAIL_OPERATOR,
        dedupe_key="m",
        payload={"subject": "Hello", "text": "Something happened."},
        recipient="ops@acme.example",
        now=datetime.now(UTC),
    )
    with store.writing() as connection:
        delivery_id = enqueue(connection, item)
    store.close()
    return delivery_id


def run(*arguments: str) -> Result:
    return CliRunner().invoke(deliveries, list(arguments))


def test_without_anything_there_is_nothing_and_no_store_is_made(home: Path) -> None:
    assert run().exit_code == 0
    assert list(home.iterdir()) == []


def test_what_waits_is_sent_and_can_be_sent_again(home: Path) -> None:
    delivery_id = queue(home)
    assert "1 pending" in run().output
    assert "Sent 1" in run("--send").output
    assert [file.name for file in (home / "mails").iterdir()] == [f"{delivery_id}.eml"]
    assert "Sent 1" in run("--resend", delivery_id).output


def test_without_a_server_in_production_the_command_says_what_to_set(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(home)
    monkeypatch.setenv("PROOFLINE_ENV", "production")
    output = run("--send").output
    assert "Sent 0" in output and "1 pending" in output and "PROOFLINE_SMTP_URL" in output


def test_an_unknown_delivery_is_refused(home: Path) -> None:
    queue(home)
    refused = run("--resend", "dlv_unknown")
    assert refused.exit_code == 1 and "dlv_unknown" in refused.output
