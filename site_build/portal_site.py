"""One portal's files: rendered, written beside the old ones, and put in their place in one step."""

import ctypes
import os
import shutil
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from core import site_files
from core.sites import INDEX
from site_build import pages
from site_build.activity import activity
from site_build.archive import reports
from site_build.definitions import definitions
from site_build.export import export_csv
from site_build.gather import Gathered
from site_build.logos import Logo
from site_build.render import page
from site_build.views import AssetLinks

_EXCHANGE, _HERE = 2, -100
# What others put into a site's folder and a build of its pages leaves alone.
_KEPT = ("reports",)


def files(gathered: Gathered, assets: AssetLinks) -> dict[str, str]:
    """Every file of the site by its name."""
    return {
        INDEX: page("dashboard.html", pages.dashboard(gathered, assets)),
        "definitions.html": page("definitions.html", definitions(gathered, assets)),
        "activity.html": page("activity.html", activity(gathered, assets)),
        "reports.html": page("reports.html", reports(gathered, assets)),
        pages.EXPORT: export_csv(gathered.shown),
    }


def put(
    folder: Path,
    made: Mapping[str, str],
    logo: Logo | None = None,
    kept: Mapping[str, Path] = MappingProxyType({}),
) -> int:
    """Makes the folder hold these files, all at once: a reader sees the old ones or the new ones. `kept` are files
    that lie elsewhere and never change, by their names here. Gives how many bytes were made."""
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    _remove(beside)
    beside.mkdir(parents=True)
    written = {name: text.encode() for name, text in made.items()}
    size = sum(map(len, written.values()))
    if logo is not None:
        written[logo.name] = logo.data
    for name, data in written.items():
        (beside / name).write_bytes(data)
    (beside / site_files.LIST).write_bytes(site_files.listed(written))
    for name in _KEPT:
        if (folder / name).is_dir():
            shutil.copytree(folder / name, beside / name, copy_function=os.link)
    for name, source in kept.items():
        _share(source, beside / name)
    _swap(beside, folder)
    _remove(beside)
    return size


def _remove(folder: Path) -> None:
    """The folder and what is in it, if it is there; hardly any has folders of its own."""
    try:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)


def _share(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the two places are not of one disk."""
    target.parent.mkdir(exist_ok=True)
    if target.exists() or not source.is_file():
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _swap(beside: Path, folder: Path) -> None:
    if not folder.exists():
        beside.rename(folder)
        return
    if not _exchange(beside, folder):
        # Elsewhere than on Linux there is a moment without the folder.
        aside = folder.with_name(f".{folder.name}.old.{os.getpid()}")
        folder.rename(aside)
        beside.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Both names change places in one step, where the system can do that."""
    rename = _rename()
    if rename is None:
        return False
    return bool(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


@cache
def _rename() -> Callable[..., int] | None:
    """The system's `renameat2`, if it has one."""
    found: Callable[..., int] | None = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return found
