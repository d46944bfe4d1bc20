"""`python -m docs` writes the reference; with `--check` it writes nothing and says which pages are old."""

import sys
from collections.abc import Callable
from pathlib import Path

from docs.errors import errors
from docs.events import events
from docs.formulas import formulas
from docs.metrics import metrics
from docs.settings import settings
from docs.webhooks import webhooks

FOLDER = Path(__file__).parent / "reference"
PAGES: dict[str, Callable[[], str]] = {
    "metrics.md": metrics,
    "formulas.md": formulas,
    "events.md": events,
    "webhooks.md": webhooks,
    "errors.md": errors,
    "settings.md": settings,
}


def old_pages() -> list[str]:
    """Pages that are not what the code says now."""
    return [name for name, made in PAGES.items() if _written(name) != made()]


def _written(name: str) -> str | None:
    file = FOLDER / name
    return file.read_text(encoding="utf-8") if file.is_file() else None


def main(arguments: list[str]) -> int:
    old = old_pages()
    if "--check" in arguments:
        print("\n".join(f"docs/reference/{name} is old: run make docs" for name in old), file=sys.stderr)
        return 1 if old else 0
    for name in old:
        (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
    print(f"Wrote {', '.join(old)}." if old else "The reference is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
