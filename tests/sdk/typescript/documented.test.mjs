// The documents' TypeScript examples run as they stand, but for the key and the reader's own mail program; so do the
// README's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { PortalClient } from "../../../sdk/typescript/dist/index.js";

const mails = [];
Object.assign(globalThis, {
  React: { createElement: (type, props) => ({ type, ...props }) },
  customer: { email: "ceo@acme.com" },
  sendEmail: async (mail) => mails.push(mail),
});

/** What an example leaves behind, and what it said. */
async function ran(name) {
  const said = [];
  const { log } = console;
  console.log = (...words) => said.push(words.join(" "));
  try {
    return { ...(await import(`${pathToFileURL(process.env.EXAMPLES)}/${name}.js`)), said };
  } finally {
    console.log = log;
  }
}

test("a portal is made, embedded and watched", async () => {
  const { portal, token, PortalEmbed, said } = await ran("portal");
  assert.deepEqual(said, [`Portal created: ${portal.publicLink}`]);
  assert.equal(PortalEmbed().src, `https://portal.example.com/embed/${portal.portalId}?token=${token.token}`);
  const { data } = await new PortalClient().webhooks.list({ portalId: portal.portalId });
  assert.deepEqual(data.map((webhook) => webhook.events), [["portal.accessed", "portal.data_exported"]]);
});

test("a portal is made of predefined cards, and shared", async () => {
  const { portal, token } = await ran("quick");
  assert.deepEqual(mails, [{ to: "ceo@acme.com", template: "portal_access", data: { portalUrl: token.portalUrl } }]);
  assert.equal((await new PortalClient().portals.get(portal.portalId)).status, "active");
});

test("numbers are read, and a metric is made of them", async () => {
  const { totalCost, kpis, customMetric, evaluation, said } = await ran("analytics");
  assert.equal(totalCost.metadata.agentId, "support-bot");
  assert.deepEqual(kpis.metrics.map((metric) => metric.id), ["cost.total", "usage.requests.total", "perf.latency.avg"]);
  assert.equal(customMetric.formula.inputs[1].metricId, "usage.completions.successful");
  assert.equal(evaluation.formulaBreakdown.$cost.metricId, "cost.total");
  assert.match(said[1], /^P95 Latency: \d+(\.\d+)?ms$/);
  assert.match(said[2], /^Cost per success: \$\d+\.\d\d$/);
});

test("every block of the README runs", async () => {
  const { receive, said } = await ran("readme");
  assert.match(said[0], /\/p\/portal_\w{22}\?token=ey/);
  assert.ok(said.includes("Your agents active"));
  assert.ok(said.includes("2025-01-01T00:00:00Z 0.25 model-large"));
  assert.ok(said.includes("PORTAL_NOT_FOUND portal_id This key can see no such portal"));
  assert.equal(await receive("{}", new Headers(), "whsec_bm90aGluZw=="), 400);
});
