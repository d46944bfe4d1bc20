"""What all commands need: the installation they are about, and refusals told as one sentence."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from core.settings import Settings, SettingsError, load

if TYPE_CHECKING:
    from core.store.control import ControlStore


def fail(message: str) -> NoReturn:
    """Ends the command; what was wrong stands on standard error."""
    click.echo(message, err=True)
    sys.exit(1)


def current_settings() -> Settings:
    """The settings of this environment."""
    try:
        return load()
    except SettingsError as error:
        fail(str(error))


@contextmanager
def as_sentence() -> Iterator[None]:
    """Whatever is refused inside is told in a sentence."""
    from core.errors import ProoflineError
    from core.store.control import ControlStoreDamagedError
    from pipeline.errors import PipelineError

    try:
        yield
    except (PipelineError, ProoflineError, ControlStoreDamagedError, OSError) as error:
        fail(str(error))


@contextmanager
def control_store(settings: Settings | None = None) -> Iterator["ControlStore"]:
    """The control store, made where it is not there yet; refusals inside are told in a sentence."""
    from core.errors import ProoflineError
    from core.store.control import ControlStoreDamagedError, open_control_store

    settings = settings or current_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    try:
        store = open_control_store(settings)
    except (ControlStoreDamagedError, ProoflineError) as error:
        fail(str(error))
    try:
        yield store
    except (ProoflineError, ValueError) as error:
        fail(str(error))
    finally:
        store.close()


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A moving line in a terminal, a line per step elsewhere."""
    from pipeline.progress import Progress

    with Progress() as told:
        yield told
