"""Writes the TypeScript SDK's generated sources into its folder."""

from pathlib import Path

from .operations import operations_ts
from .types import shapes_ts, types_ts

SOURCES = {"types.ts": types_ts, "shapes.ts": shapes_ts, "operations.ts": operations_ts}
FOLDER = Path(__file__).parents[1] / "typescript" / "src"

if __name__ == "__main__":
    for name, write in SOURCES.items():
        (FOLDER / name).write_text(write())
