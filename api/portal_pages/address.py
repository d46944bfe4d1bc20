"""What an address of a page means: which portal, shown or embedded, and which file of its folder."""

import re
from dataclasses import dataclass
from enum import Enum

from core.sites import ENTRY, INDEX, is_file_name

_ADDRESS = re.compile(r"/(p|embed)/(portal_[A-Za-z0-9_-]{1,200})(?:/(.*))?", re.DOTALL | re.ASCII)
_LEAVE = "leave"


class Place(Enum):
    """Where a portal stands: on a page of its own, or in a frame of somebody else's."""

    PAGE = "/p"
    EMBED = "/embed"


@dataclass(frozen=True)
class PageAddress:
    """`file` is None where the rest of the address can be no file of a portal."""

    place: Place
    portal_id: str
    file: str | None
    is_leaving: bool = False

    @property
    def home(self) -> str:
        """The portal's own address here; also the path of its cookie."""
        return f"{self.place.value}/{self.portal_id}"

    @property
    def clean(self) -> str:
        """The same address without a query. What is no file is at home."""
        if self.file is None or self.file == ENTRY:
            return self.home
        return f"{self.home}/" if self.file == INDEX else f"{self.home}/{self.file}"

    @property
    def route(self) -> str:
        """The address as it is counted and logged."""
        return f"{self.place.value}/{{portal_id}}" + ("" if self.file == ENTRY else "/{file}")


def page_address(path: str) -> PageAddress | None:
    """The meaning of a decoded path; None where it names no portal."""
    match = _ADDRESS.fullmatch(path)
    if match is None:
        return None
    place, portal_id, rest = Place(f"/{match[1]}"), match[2], match[3]
    if rest == _LEAVE:
        return PageAddress(place, portal_id, None, is_leaving=True)
    if rest is None:
        return PageAddress(place, portal_id, ENTRY)
    file = rest or INDEX
    return PageAddress(place, portal_id, file if is_file_name(file) else None)
