"""What a strict type checker says of programs that use the Python SDK: nothing of right ones, a line for each slip."""

import re
from pathlib import Path

import mypy.api
import pytest

import proofline

EXAMPLES = Path(__file__).parent / "documented"
MAILS = "def send_email_to_customer(*, to: str, subject: str, portal_url: str) -> None: ...\n"
RIGHT = """
from datetime import date

from proofline import AsyncAnalyticsClient, PortalClient, verify_webhook
from proofline.answers.portals import PortalListed
from proofline.params.portals import PortalMetricInput

client = PortalClient()
portal = client.portals.get("portal_1")
client.portals.update(
    "portal_1",
    metrics=portal.metrics,
    branding=portal.branding,
    layout=portal.layout,
    comparisons=portal.comparisons,
    access=portal.access,
    if_match=portal.etag,
)
client.portals.update("portal_1", layout=None)
card: PortalMetricInput = {
    "metric_id": "cost.total",
    "display_name": "Costs",
    "position": {"row": 0, "col": 0},
    "size": portal.metrics[0].size,
    "chart_type": "line",
}
client.portals.update("portal_1", metrics=[*portal.metrics, card])
listed: list[PortalListed] = list(client.portals.iterate(status="active"))
pdf: bytes = client.reports.download_pdf("report_1", 1)
message = verify_webhook(pdf, {}, "whsec_")
happened: str = message.event


async def main() -> float | None:
    async with AsyncAnalyticsClient() as analytics:
        series = await analytics.metrics.series("cost.daily", start=date(2025, 1, 1), group_by="model")
        async for metric in analytics.metrics.custom.iterate():
            print(metric.name, series.data[0].dimensions["model"])
        return series.data[0].value
"""
WRONG = {
    'client.portals.get("portal_1").nmae': "attr-defined",
    'client.portals.create(name="a")': "call-arg",
    'client.portals.update("portal_1", status="gone")': "arg-type",
    'client.webhooks.create(portal_id="a", url="b", events=["portal.opened"])': "list-item",
    'client.portals.create(branding={"titel": "a"})': "arg-type",
    "client.portals.presets().data[0].id + 1": "operator",
}


def test_right_programs_are_right_and_slips_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("portal", "analytics"):
        (tmp_path / f"{name}.py").write_text(MAILS + (EXAMPLES / f"{name}.py.txt").read_text())
    (tmp_path / "right.py").write_text(RIGHT)
    head = "from proofline import PortalClient; client = PortalClient()"
    (tmp_path / "wrong.py").write_text("\n".join([head, *WRONG, ""]))
    monkeypatch.setenv("MYPYPATH", str(Path(proofline.__file__).parents[1]))
    files = [str(path) for path in sorted(tmp_path.glob("*.py"))]
    said, _, _ = mypy.api.run(["--strict", "--cache-dir", str(tmp_path / "cache"), *files])
    errors = [line for line in said.splitlines() if ": error: " in line]
    assert all("/wrong.py:" in line for line in errors), said
    found = {int(line.split("wrong.py:")[1].split(":")[0]) - 2: line for line in errors}
    for number, (slip, kind) in enumerate(WRONG.items()):
        assert re.search(rf"\[{kind}\]", found.get(number, "")), (slip, said)
