"""What is being examined: the environment's settings, as far as they can be read, and the instant."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core.settings import SETTINGS, Settings, SettingsError, load


@dataclass(frozen=True, kw_only=True)
class Case:
    """`unreadable` are settings that had to be left at their defaults; `given` names the PROOFLINE_ variables."""

    settings: Settings
    now: datetime
    unreadable: tuple[SettingsError, ...] = ()
    given: tuple[str, ...] = ()
    api_port: int = 8000
    ui_port: int = 3000
    asks_mail_server: bool = False
    lock_file: Path | None = field(default=None)

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None, *, now: datetime, **more: object) -> "Case":
        """The case of an environment, whatever is wrong with its variables."""
        found = dict(os.environ if environ is None else environ)
        given = tuple(sorted(name for name in found if name.startswith("PROOFLINE_")))
        unreadable: list[SettingsError] = []
        for setting in SETTINGS.values():
            try:
                load({setting.env: found.get(setting.env, "")})
            except SettingsError as error:
                unreadable.append(error)
                found.pop(setting.env)
        return cls(settings=load(found), now=now, unreadable=tuple(unreadable), given=given, **more)  # type: ignore[arg-type]
