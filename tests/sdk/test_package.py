"""The Python package as somebody installs it: complete, typed, and without anything of the server."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from shutil import copytree

import proofline

ROOT = Path(__file__).parents[2]
SDK = ROOT / "sdk" / "python"


def test_the_wheel_has_every_module_and_says_that_it_is_typed(tmp_path: Path) -> None:
    source = copytree(SDK, tmp_path / "source")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-qq",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
        source,
    ]
    subprocess.run(command, check=True, timeout=600)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == f"proofline-{proofline.__version__}-py3-none-any.whl"
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("proofline/")}
    modules = {path.relative_to(SDK / "src").as_posix() for path in (SDK / "src").rglob("*.py")}
    assert packed == modules | {"proofline/py.typed"}


def test_it_imports_nothing_of_the_server_and_only_what_it_requires() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, proofline; print(*sorted({n.partition('.')[0] for n in sys.modules}))",
        ],
        env={"PYTHONPATH": str(SDK / "src")},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    ).stdout.split()
    assert {"core", "api", "pipeline", "site_build", "pydantic", "requests"}.isdisjoint(said)
    project = tomllib.loads((SDK / "pyproject.toml").read_text())["project"]
    assert [each.partition(">")[0] for each in project["dependencies"]] == ["httpx2", "anyio"]


def test_its_version_is_one_that_the_lock_can_try() -> None:
    lock = (ROOT / "requirements.txt").read_text()
    assert "\nhttpx2==2." in lock and "\nanyio==4." in lock
