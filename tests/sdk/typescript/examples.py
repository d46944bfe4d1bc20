"""The documents' TypeScript examples, and the README's, in a project of their own that has the SDK; compiled."""

import json
import re
import subprocess
from pathlib import Path

DOCUMENTED = Path(__file__).parents[1] / "documented"
# What an example leaves behind that a test looks at.
_EXPORTED = {
    "portal.tsx": "portal, token, PortalEmbed",
    "quick.ts": "portal, token",
    "analytics.ts": "totalCost, latency, kpis, customMetric, evaluation",
}
# The reader's own mail program, and what their React would declare.
_DECLARED = """
declare const process: { env: Record<string, string | undefined> };
declare const customer: { email: string };
declare function sendEmail(mail: { to: string; template: string; data: { portalUrl: string } }): Promise<void>;
declare namespace React {
  type FC = () => unknown;
  function createElement(type: string, props: object): unknown;
}
declare namespace JSX {
  interface IntrinsicElements { iframe: object }
}
"""
# Right programs, and slips that the compiler has to find.
TYPED = """
import { AnalyticsClient, PortalClient, etagOf, type PortalListed, type PortalMetricInput } from "@proofline/sdk";

const { portals, reports, webhooks } = new PortalClient();
const portal = await portals.get("portal_1");
const { metrics, branding, layout, comparisons, access } = portal;
await portals.update("portal_1", { metrics, branding, layout, comparisons, access }, { ifMatch: etagOf(portal) });
const card: PortalMetricInput = { ...metrics[0]!, chartType: "line" };
await portals.update("portal_1", { metrics: [...metrics, card], layout: null });
const listed: PortalListed[] = [];
for await (const each of portals.iterate({ status: "active" })) listed.push(each);
const pdf: Uint8Array = await reports.downloadPdf("report_1", 1);
const series = await new AnalyticsClient().metrics.series("cost.daily", { start: new Date(), groupBy: "model" });
const value: number | null | undefined = series.data[0]?.value;

// @ts-expect-error
portal.nmae;
// @ts-expect-error
await portals.create({ name: "a" });
// @ts-expect-error
await portals.update("portal_1", { status: "gone" });
// @ts-expect-error
await webhooks.create({ portalId: "a", url: "b", events: ["portal.opened"] });
// @ts-expect-error
await portals.create({ branding: { titel: "a" } });
// @ts-expect-error
await portals.data("portal_1", { metric_ids: ["cost.total"] });
export { pdf, value };
"""
_COMPILED_AS = {
    "target": "ES2022",
    "module": "nodenext",
    "lib": ["ES2022", "DOM"],
    "types": [],
    "jsx": "react",
    "strict": True,
    "outDir": "out",
}
_README = re.compile(r"^```ts\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def compiled_examples(folder: Path, sdk: Path, key: str) -> Path:
    """The folder of the compiled modules; CalledProcessError when they do not compile."""
    (folder / "node_modules" / "@proofline").mkdir(parents=True)
    (folder / "node_modules" / "@proofline" / "sdk").symlink_to(sdk)
    (folder / "package.json").write_text(json.dumps({"type": "module"}))
    (folder / "declared.d.ts").write_text(_DECLARED)
    for name, exported in _EXPORTED.items():
        text = (DOCUMENTED / name).read_text().replace("pl_live_xxxxxx", key)
        (folder / name).write_text(f"{text}\nexport {{ {exported} }};\n")
    # A value that may be null is used as a number in one of them.
    _compile(folder, sdk, ["declared.d.ts", *_EXPORTED], strictNullChecks=False)
    (folder / "readme.ts").write_text(
        "\n".join([*_README.findall((sdk / "README.md").read_text()), "export { receive };"])
    )
    (folder / "typed.ts").write_text(TYPED)
    _compile(folder, sdk, ["readme.ts", "typed.ts"])
    return folder / "out"


def _compile(folder: Path, sdk: Path, files: list[str], **more: bool) -> None:
    told = {"compilerOptions": {**_COMPILED_AS, **more}, "files": files}
    (folder / "tsconfig.json").write_text(json.dumps(told))
    subprocess.run([sdk / "node_modules" / ".bin" / "tsc", "-p", folder], check=True)
