"""Commands about keys: those of the API, and the one that signs portal tokens."""

from datetime import UTC, datetime

import click

from dagster_project.commands.installation import control_store, current_settings, fail


@click.group()
def keys() -> None:
    """Keys of the API: make one, list them, revoke one. The key that signs portal tokens: replace it."""


@keys.command("create")
@click.option("--role", type=click.Choice(["read", "write", "admin"]), required=True, help="What it may do.")
@click.option("--customer", help="Limit the key to this customer's numbers.")
@click.option("--name", default="", help="What it is for, shown in the list.")
def create_key(role: str, customer: str | None, name: str) -> None:
    """Make a key and print it, alone, on standard output. It works at once and is never shown again."""
    from core.keys import Role
    from core.keys import create_key as create

    with control_store() as store:
        _, text = create(
            store, role=Role(role), customer_id=customer, name=name or f"{role} key", now=datetime.now(UTC)
        )
    click.echo(text)


@keys.command("list")
def list_keys() -> None:
    """List all keys, revoked ones too; of each only its beginning is known."""
    from core.keys import list_keys as listed

    with control_store() as store:
        found = listed(store)
        for key in found:
            state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "works"
            limit = key.customer_id or "all customers"
            click.echo(f"{key.key_id}  {key.hint}…  {key.role:5}  {limit}  {state}  {key.name}")
    if not found:
        click.echo("There is no key. `proofline keys create --role read` makes one.")


@keys.command("revoke")
@click.argument("key_id")
def revoke_key(key_id: str) -> None:
    """Revoke the key KEY_ID (as `keys list` shows it); it stops working within a second."""
    from core.keys import revoke_key as revoke

    with control_store() as store:
        if not revoke(store, key_id, now=datetime.now(UTC)):
            fail(f"There is no key {key_id}. `proofline keys list` shows those there are.")
    click.echo(f"{key_id} is revoked.")


@keys.command("rotate-signing")
@click.option("--drop-old", is_flag=True, help="Let the old keys go at once: every link so far ends.")
def rotate_signing(drop_old: bool) -> None:
    """Sign portal tokens with a new key from now on. Tokens that are out go on opening their portals until they
    end; running servers notice within a second."""
    from datetime import timedelta

    from core.tokens.key_file import SigningKeysError, key_path, rotate

    settings = current_settings()
    if settings.signing_keys:
        fail(
            "The signing keys are set in PROOFLINE_SIGNING_KEYS. Put a new one before the others there, restart the"
            " servers, and take the old ones away when their tokens have ended"
            f" (after {settings.max_token_seconds / 3600:g} hours)."
        )
    life = timedelta(seconds=settings.max_token_seconds)
    try:
        kept = rotate(key_path(settings), now=datetime.now(UTC), token_life=life, keep_old=not drop_old)
    except (SigningKeysError, OSError) as error:
        fail(str(error))
    old = len(kept) - 1
    and_old = f"; tokens of {old} older key{'s' if old > 1 else ''} still open" if old else ""
    click.echo(f"Portal tokens are signed with {kept[0].kid} from now on{and_old}.")
