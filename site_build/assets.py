"""Shared files: styles, scripts, fonts, chart specs. Each is named by what is in it, so it can be kept for ever.

Making them takes seconds (Altair, the fonts), so what they were made from is remembered beside them.
"""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib.metadata import PackageNotFoundError, version
from multiprocessing.connection import Connection
from pathlib import Path

from core.site_files import is_shared_file_whole, shared_digest
from site_build import charts, colour, fonts
from site_build.locate import ASSETS
from site_build.views import AssetLinks

_KNOWN = "assets.json"
_ADDRESS = "/assets/"
_BUNDLED = "window.vegaEmbed = vegaEmbed;"
_SOURCES = (charts, fonts)
_PACKAGES = ("altair", "vl-convert-python", "fonttools")


@dataclass(frozen=True)
class Shared:
    """Names of the shared files; `names` are all of them."""

    styles: str
    script: str
    charts: str
    bundle: str
    fonts: tuple[str, ...]

    def links(self, brand: str | None) -> AssetLinks:
        """As a page links them, with the styles of its brand."""
        styles = (self.styles, brand) if brand else (self.styles,)
        return AssetLinks(
            tuple(_ADDRESS + name for name in styles),
            _ADDRESS + self.script,
            _ADDRESS + self.charts,
            _ADDRESS + self.bundle,
            tuple(_ADDRESS + name for name in self.fonts),
        )

    @property
    def names(self) -> frozenset[str]:
        return frozenset((self.styles, self.script, self.charts, self.bundle, *self.fonts))


def shared_files(directory: Path) -> Shared:
    """The shared files in that directory, made where they are not there yet."""
    directory.mkdir(parents=True, exist_ok=True)
    key = _key()
    known = _known(directory, key)
    if known is not None:
        return known
    made = _made_apart(directory)
    plain = {"key": key, **{name: getattr(made, name) for name in made.__dataclass_fields__}}
    _write(directory.parent / f".{_KNOWN}", json.dumps(plain).encode())
    return made


def brand_styles(directory: Path, primary_color: str | None) -> str:
    """The styles of a brand's colours; the same colours are one file."""
    return _put(directory, "brand", "css", _brand(primary_color))


def brands_in(directory: Path) -> Callable[[str | None], str]:
    """As `brand_styles` there, but looks at each file once."""
    return cache(partial(brand_styles, directory))


@lru_cache(maxsize=1024)
def _brand(primary_color: str | None) -> bytes:
    found = colour.brand(primary_color)
    dark = _accent(found.dark)
    # Paper is always light.
    rules = [
        f":root{{{_accent(found.light)}}}",
        f'@media screen{{:root[data-theme="dark"]{{{dark}}}}}',
        f'@media screen and (prefers-color-scheme:dark){{:root[data-theme="auto"]{{{dark}}}}}',
    ]
    return "\n".join(rules).encode()


def _accent(accent: colour.Accent) -> str:
    return f"--accent:{accent.mark};--accent-text:{accent.text};--on-accent:{accent.on_mark}"


def _made_apart(directory: Path) -> Shared:
    """Made in a process that ends: Altair, V8 and the fonts take more memory than all the rest of a build."""
    if multiprocessing.current_process().daemon:
        # It may have no children.
        return _make(directory)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    maker = context.Process(target=_tell_made, args=(theirs, directory), daemon=True)
    maker.start()
    theirs.close()
    try:
        made: Shared | Exception = ours.recv()
    except EOFError:
        raise ChildProcessError("The process that makes styles, scripts and fonts ended early") from None
    finally:
        maker.join()
    if isinstance(made, Exception):
        raise made
    return made


def _tell_made(parent: Connection, directory: Path) -> None:
    try:
        made: Shared | Exception = _make(directory)
    except Exception as error:
        made = error
    # Where the parent is gone nobody is left to be told.
    with suppress(BrokenPipeError):
        parent.send(made)


def _make(directory: Path) -> Shared:
    import vl_convert

    cut = fonts.cut_fonts()
    names = tuple(_put(directory, f"inter-{weight}", "woff2", data) for weight, data in cut.items())
    faces = "\n".join(_face(weight, name) for weight, name in zip(cut, names, strict=True))
    styles = faces + "\n" + (ASSETS / "portal.css").read_text("utf-8")
    specs = json.dumps(charts.specs(), separators=(",", ":"), sort_keys=True)
    draw = (ASSETS / "charts.js").read_text("utf-8").replace('"@specs"', specs)
    return Shared(
        _put(directory, "portal", "css", styles.encode()),
        _put(directory, "portal", "js", (ASSETS / "portal.js").read_bytes()),
        _put(directory, "charts", "js", draw.encode()),
        _put(directory, "vega", "js", vl_convert.javascript_bundle(_BUNDLED).encode()),
        names,
    )


def _face(weight: int, name: str) -> str:
    return (
        f"@font-face{{font-family:Inter;font-style:normal;font-weight:{weight};font-display:swap;"
        f'src:url("{_ADDRESS}{name}") format("woff2")}}'
    )


def _put(directory: Path, name: str, suffix: str, data: bytes) -> str:
    """Writes the file under a name that says what is in it, unless it is there as it should be."""
    hashed = f"{name}.{shared_digest(data)}.{suffix}"
    if not _is_whole(directory / hashed):
        directory.mkdir(parents=True, exist_ok=True)
        _write(directory / hashed, data)
    return hashed


def _is_whole(path: Path) -> bool:
    try:
        return is_shared_file_whole(path.name, path.read_bytes())
    except OSError:
        return False


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)


def _key() -> str:
    """Another text whenever anything that the files are made from is another."""
    digest = hashlib.sha256()
    for path in sorted(ASSETS.iterdir()):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    for module in _SOURCES:
        digest.update(Path(str(module.__file__)).read_bytes())
    digest.update(repr([_version(name) for name in _PACKAGES]).encode())
    return digest.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _known(directory: Path, key: str) -> Shared | None:
    try:
        plain = json.loads((directory.parent / f".{_KNOWN}").read_bytes())
        if plain.pop("key") != key:
            return None
        found = Shared(**{**plain, "fonts": tuple(plain["fonts"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if all(_is_whole(directory / name) for name in found.names) else None
