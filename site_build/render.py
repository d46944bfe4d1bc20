"""Templates → text. Everything is escaped; a name that a template does not know is a fault, not a blank."""

import re
from collections.abc import Callable, MutableMapping
from functools import cache
from types import CodeType
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from core.sites import DoorPage
from site_build.locate import TEMPLATES
from site_build.views import AssetLinks, MessagePage

_SPECIAL = re.compile("[&<>\"']").search


def _escaped(value: object) -> str:
    """The value as it may stand in HTML, as a plain text where that is all it takes."""
    if type(value) is Markup or (type(value) is str and _SPECIAL(value) is None):
        return value
    return escape(value)


class _Compiled(Template):
    """Writes thousands of texts a page, of which hardly any has a sign to escape: the library's own `escape` makes an
    object of each, which took a twentieth of a build."""

    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        made = super().from_code(environment, code, globals, uptodate)
        made.root_render_func.__globals__["escape"] = _escaped
        return made


class _Environment(Environment):
    """Views are objects with attributes, so that is where names in templates lead and nowhere else: a name that a view
    does not have fails at once, and nobody asks twice."""

    # The same but for the names of its parameters.
    getattr = staticmethod(getattr)  # type: ignore[assignment]


def _as_json(value: object) -> str:
    """In a fixed order, so that the same numbers make the same page; the standard library takes six times as long."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


@cache
def _environment() -> Environment:
    environment = _Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # A process keeps the templates that it began with.
        auto_reload=False,
    )
    environment.template_class = _Compiled
    environment.policies["json.dumps_kwargs"] = {}
    environment.policies["json.dumps_function"] = _as_json
    return environment


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


def page(template: str, view: object) -> str:
    """The page of a template that knows the view as `page`."""
    return _template(f"portal/{template}").render(page=view)


def report(view: object) -> str:
    """The report's document; its template knows the view as `report`."""
    return _template("report/report.html").render(report=view)


def mail(view: object) -> str:
    """The HTML part of a mail; its template knows the view as `mail`."""
    return _template("mail/letter.html").render(mail=view)


_MESSAGES: dict[DoorPage, tuple[str, str, str]] = {
    DoorPage.UNAUTHORIZED: (
        "A link opens this page",
        "Nothing is shown here without one.",
        "Open the link that you were sent, or ask whoever sent it for a new one.",
    ),
    DoorPage.EXPIRED: (
        "This link has expired",
        "Links to a dashboard work for a limited time.",
        "If it came by mail, a fresh one can be mailed to the same address. If not, ask whoever sent it.",
    ),
    DoorPage.LINK_ASKED: (
        "Look into your mail",
        "If that link came by mail, a fresh one is on its way to the same address.",
        "It takes some minutes. If nothing comes, ask whoever sent you the link.",
    ),
    DoorPage.FORBIDDEN: (
        "This link does not open this page",
        "It is good for something else.",
        "Ask whoever sent it for a link to this page.",
    ),
    DoorPage.NOT_FOUND: (
        "There is nothing here",
        "The page was moved, or never existed.",
        "Go back to the dashboard by the link that you were sent.",
    ),
    DoorPage.PASSWORD: ("This dashboard has a password", "Enter it to go on.", ""),
    DoorPage.WRONG_PASSWORD: ("That is not the password", "Check it and try again.", ""),
    DoorPage.PREPARING: (
        "This dashboard is being prepared",
        "It is ready in a few minutes, after the next build.",
        "Load this page again then.",
    ),
    DoorPage.TOO_MANY: (
        "Too many attempts",
        "To keep this dashboard safe, it waits for a moment.",
        "Try again in some minutes.",
    ),
    DoorPage.ERROR: (
        "Something went wrong here",
        "It is not your fault, and nothing was lost.",
        "Try again in a moment.",
    ),
}


def message(which: DoorPage, assets: AssetLinks) -> str:
    """A page that is no portal: why nothing is shown, and what a person can do."""
    title, says, advice = _MESSAGES[which]
    asks = which in (DoorPage.PASSWORD, DoorPage.WRONG_PASSWORD)
    offers = which is DoorPage.EXPIRED
    view = MessagePage(title, says, advice, which.value, assets, asks_password=asks, offers_link=offers)
    return page("message.html", view)
