"""The page of settings: every environment variable, what it means, its form and its default."""

from core.settings import SETTINGS, Setting, Settings
from docs.markdown import code, page, table

_INTRO = """\
Settings are environment variables. None has to be set on one machine; `proofline doctor` says which must be before
others can reach it. What cannot be read is refused at the start by the variable's name, without its value.

Values marked secret are never printed or logged."""


def settings() -> str:
    defaults = Settings()
    rows = [
        (
            code(setting.env) + (" (secret)" if setting.is_secret else ""),
            setting.description,
            _form(setting),
            code("./var" if name == "home" else _text(getattr(defaults, name))),
        )
        for name, setting in SETTINGS.items()
    ]
    return page("Settings", _INTRO, table(("Variable", "Meaning", "Form", "Default"), rows))


def _form(setting: Setting) -> str:
    """What the reader of a value says it must be, in its own words."""
    for impossible in ("?", "\0"):
        try:
            setting.read(impossible)
        except ValueError as reason:
            return str(reason).removeprefix("must be ")
    raise AssertionError(f"{setting.env} takes anything")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return ",".join(str(part) for part in value) if isinstance(value, tuple) else str(value)
