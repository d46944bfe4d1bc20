"""The whole build as its users run it: from files, with one more day, with nothing new."""

import json
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True)
class Run:
    """One `proofline build`: wall seconds, of which publishing (copy and verify), and peak memory in MiB of the
    largest process so far."""

    seconds: float
    publishing: float
    peak_mib: float


def hold_back_last_day(landing: Path, aside: Path) -> None:
    """Moves the files of the newest day out of the landing directory."""
    newest = max(path.name.split(".")[0] for path in landing.rglob("*") if path.is_file())
    for path in [p for p in landing.rglob(f"{newest}.*") if p.is_file()]:
        target = aside / path.relative_to(landing)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)


def bring_back(aside: Path, landing: Path) -> None:
    """Lets the day that was held back land."""
    for path in [p for p in aside.rglob("*") if p.is_file()]:
        shutil.move(path, landing / path.relative_to(aside))


def build(home: Path, landing: Path) -> Run:
    """Runs the command in `home` on `landing`."""
    program = Path(sys.executable).with_name("proofline")
    environment = os.environ | {"PROOFLINE_HOME": str(home)}
    begun = perf_counter()
    ended = subprocess.run(  # noqa: S603  (our own command)
        [str(program), "build", "--landing", str(landing)],
        env=environment,
        check=False,
        stderr=subprocess.PIPE,
        text=True,
    )
    seconds = perf_counter() - begun
    if ended.returncode:
        raise SystemExit(f"The build failed after {seconds:.0f} s:\n{ended.stderr}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return Run(seconds, _publishing(home), peak)


def _publishing(home: Path) -> float:
    current = (home / "published" / "CURRENT").read_text().strip()
    manifest = json.loads((home / "published" / current).with_suffix(".json").read_text())
    return float(manifest["publishing_seconds"])
