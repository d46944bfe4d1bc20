"""Tries the TypeScript SDK with node: its own tests, then the real service, then the documents' examples."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.sdk.service import Service, service
from tests.sdk.typescript.examples import compiled_examples

HERE = Path(__file__).parent
SDK = Path(__file__).parents[3] / "sdk" / "typescript"
_OLDEST_NODE = 18


def main() -> int:
    lacking = missing()
    if lacking is not None:
        print(lacking, file=sys.stderr)
        return 1
    subprocess.run([tsc(), "-p", SDK], check=True)
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as running:
        examples = compiled_examples(Path(folder) / "examples", SDK, running.keys["admin"])
        return _tested(SDK / "test", running, examples) or _tested(HERE, running, examples)


def missing() -> str | None:
    """What is needed and is not here, in one sentence."""
    node = shutil.which("node")
    if node is None:
        return f"The TypeScript SDK needs node {_OLDEST_NODE} or newer: install nodejs and npm."
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.removeprefix("v").partition(".")[0]) < _OLDEST_NODE:
        return f"The TypeScript SDK needs node {_OLDEST_NODE} or newer, not {version.strip()}."
    if not tsc().exists():
        return f"TypeScript's compiler is not installed: npm ci --prefix {SDK}"
    return None


def tsc() -> Path:
    return SDK / "node_modules" / ".bin" / "tsc"


def _tested(folder: Path, running: Service, examples: Path) -> int:
    environment = {
        **os.environ,
        "PROOFLINE_BASE_URL": running.base_url,
        "PROOFLINE_API_KEY": running.keys["admin"],
        "EXAMPLES": str(examples),
    }
    files = sorted(folder.glob("*.test.mjs"))
    return subprocess.run(["node", "--test", *files], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
