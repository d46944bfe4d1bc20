"""Tries the TypeScript SDK with node: its own tests, then the real service, then the documents' examples."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.sdk.service import Service, service
from tests.sdk.typescript.examples import compiled_examples
from tests.sdk.versions import keep_version

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
        environment = {
            "PROOFLINE_BASE_URL": running.base_url,
            "PROOFLINE_API_KEY": running.keys["admin"],
            "EXAMPLES": str(examples),
            "REPORT_ID": _built_report(running),
        }
        return _tested(SDK / "test", environment) or _tested(HERE, environment)


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


def _built_report(running: Service) -> str:
    with running.portals() as client:
        portal = client.portals.create_quick(title="Built", customer_id="cust_a")
        client.portals.activate(portal.portal_id)
        report = client.reports.create(
            portal_id=portal.portal_id,
            name="Built",
            schedule={"frequency": "daily", "time": "08:00"},
            delivery={"method": "email", "recipients": ["ceo@acme.com"]},
        )
    keep_version(running.settings, report)
    return report.report_id


def _tested(folder: Path, environment: dict[str, str]) -> int:
    files = sorted(folder.glob("*.test.mjs"))
    return subprocess.run(["node", "--test", *files], env=os.environ | environment).returncode


if __name__ == "__main__":
    sys.exit(main())
