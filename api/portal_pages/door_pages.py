"""Pages that are no portal: why nothing is shown here. The site builder makes them; short ones are built in."""

from html import escape

from api.portal_pages.files import SiteFiles
from core.settings import Settings
from core.sites import DoorPage, door_pages_dir

STATUS = {
    DoorPage.UNAUTHORIZED: 401,
    DoorPage.EXPIRED: 401,
    DoorPage.LINK_ASKED: 202,
    DoorPage.FORBIDDEN: 403,
    DoorPage.NOT_FOUND: 404,
    DoorPage.PASSWORD: 401,
    DoorPage.WRONG_PASSWORD: 401,
    DoorPage.PREPARING: 503,
    DoorPage.TOO_MANY: 429,
    DoorPage.ERROR: 503,
}
# What stands in for a page that the builder has not made.
_INSTEAD = {DoorPage.WRONG_PASSWORD: DoorPage.PASSWORD, DoorPage.TOO_MANY: DoorPage.ERROR}
_WORDS = {
    DoorPage.UNAUTHORIZED: ("This page needs a link", "Open it by the link that you were sent."),
    DoorPage.EXPIRED: (
        "This link has expired",
        "If it came by mail, a fresh one can be mailed to the same address. If not, ask whoever sent it.",
    ),
    DoorPage.LINK_ASKED: (
        "Look into your mail",
        "If that link came by mail, a fresh one is on its way to the same address.",
    ),
    DoorPage.FORBIDDEN: ("Your link does not include this", "Ask whoever sent it to you for one that does."),
    DoorPage.NOT_FOUND: ("There is nothing here", "Open the dashboard by the link that you were sent."),
    DoorPage.PASSWORD: ("This dashboard asks for a password", "You were told it along with the link."),
    DoorPage.WRONG_PASSWORD: ("This is not the password", "Try again; after five tries there is a pause."),
    DoorPage.PREPARING: ("The dashboard is being prepared", "This page looks again by itself in a moment."),
    DoorPage.TOO_MANY: ("Too many requests", "Wait a little and try again."),
    DoorPage.ERROR: ("This cannot be shown right now", "Try again in a moment."),
}
_FORM = (
    '<form method="post"><label>Password <input type="password" name="password" required maxlength="200"'
    ' autocomplete="current-password"></label> <button>Open</button></form>'
)
_OFFER = '<form method="post"><button name="fresh" value="1">Mail me a fresh link</button></form>'
_REFRESH = '<meta http-equiv="refresh" content="10">'


async def door_page(page: DoorPage, settings: Settings, files: SiteFiles) -> bytes:
    """The page as it was built, or else one that is built in."""
    folder = door_pages_dir(settings)
    for name in (page, _INSTEAD.get(page)):
        built = await files.find(folder, f"{name}.html") if name is not None else None
        if built is not None and built.body is not None:
            return built.body
    return built_in(page)


def built_in(page: DoorPage) -> bytes:
    title, words = _WORDS[page]
    form = _FORM if page in (DoorPage.PASSWORD, DoorPage.WRONG_PASSWORD) else ""
    form = _OFFER if page is DoorPage.EXPIRED else form
    refresh = _REFRESH if page is DoorPage.PREPARING else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{refresh}'
        f"<title>{escape(title)}</title></head><body><h1>{escape(title)}</h1><p>{escape(words)}</p>{form}"
        "</body></html>"
    ).encode()
