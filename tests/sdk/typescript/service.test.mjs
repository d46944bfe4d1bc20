// The TypeScript SDK on the real service: what is asked arrives, what is answered is read, refusals are thrown.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import {
  AnalyticsClient,
  ConflictError,
  InvalidRequestError,
  NotFoundError,
  PortalClient,
  PreconditionFailedError,
  etagOf,
} from "../../../sdk/typescript/dist/index.js";

const portals = new PortalClient();
const analytics = new AnalyticsClient();
let number = 0;

async function made() {
  return portals.portals.createQuick({ title: `TypeScript ${(number += 1)}`, customerId: "cust_a" });
}

async function all(items) {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
}

test("a portal lives from draft to archive", async () => {
  const { portalId, status, publicLink } = await made();
  assert.equal(status, "draft");
  assert.equal((await portals.portals.activate(portalId)).status, "active");
  const token = await portals.portals.createToken(portalId, { expiresIn: 600, permissions: ["read:metrics"] });
  assert.equal(token.portalUrl, `${publicLink}?token=${token.token}`);
  const { data } = await portals.portals.data(portalId, { metricIds: ["usage.requests.total"] });
  assert.deepEqual(data.map((card) => card.metricId), ["usage.requests.total"]);
  assert.equal((await portals.portals.revokeTokens(portalId, { jti: token.jti })).jti, token.jti);
  assert.equal((await portals.portals.archive(portalId)).status, "archived");
  await assert.rejects(portals.portals.createToken(portalId), ConflictError);
});

test("a draft's token is one for drafts unless that is not wanted", async () => {
  const { portalId } = await made();
  const options = { idempotencyKey: "t".repeat(200) };
  const first = await portals.portals.createToken(portalId, {}, options);
  assert.equal((await portals.portals.createToken(portalId, {}, options)).jti, first.jti);
  await assert.rejects(portals.portals.createToken(portalId, { preview: false }), ConflictError);
});

test("what was read may be sent back, and only if nobody changed it since", async () => {
  const read = await portals.portals.get((await made()).portalId);
  const { metrics, branding, layout, comparisons, access } = read;
  const ifMatch = etagOf(read);
  const same = await portals.portals.update(read.portalId, { metrics, branding, layout, comparisons, access }, { ifMatch });
  assert.deepEqual(same, read);
  await portals.portals.update(read.portalId, { name: `Renamed ${read.portalId}` });
  await assert.rejects(portals.portals.update(read.portalId, { name: "Mine" }, { ifMatch }), PreconditionFailedError);
});

test("lists are gone through page by page", async () => {
  const wanted = [(await made()).portalId, (await made()).portalId];
  const found = (await all(portals.portals.iterate({ limit: 1, customerId: "cust_a" }))).map((portal) => portal.portalId);
  assert.ok(wanted.every((id) => found.includes(id)));
  assert.equal(new Set(found).size, found.length);
  const customers = (await all(portals.customers.iterate({ limit: 1 }))).map((customer) => customer.customerId);
  assert.ok(customers.includes("cust_a") && customers.includes("cust_b"));
});

test("a webhook keeps the names of its headers as they are", async () => {
  const { portalId } = await made();
  const headers = { "X-My-Header": "a", x_other_header: "b", camelCase: "c" };
  const webhook = await portals.webhooks.create({ portalId, url: "https://api.acme.com/hooks", events: ["portal.accessed"], headers });
  assert.deepEqual(Object.keys(webhook.headers).sort(), Object.keys(headers).sort());
  const changed = await portals.webhooks.update(webhook.webhookId, { headers: { x_other_header: null }, isEnabled: false });
  assert.deepEqual(Object.keys(changed.headers).sort(), ["X-My-Header", "camelCase"]);
  assert.notEqual((await portals.webhooks.rotate(webhook.webhookId)).signingSecret, webhook.signingSecret);
  assert.equal((await portals.webhooks.delete(webhook.webhookId)).deleted, true);
  await assert.rejects(portals.webhooks.get(webhook.webhookId), NotFoundError);
});

test("ids with any signs find their way", async () => {
  for (const id of ["cust/of slashes", "cust?x=1#y", "cust_%2F", "Müller & Söhne"]) {
    assert.equal((await portals.customers.update(id, { locale: "de-DE" })).customerId, id);
    assert.equal((await portals.customers.get(id)).locale, "de-DE");
  }
});

test("metrics are read in every form", async () => {
  const { metrics } = await analytics.metrics.catalogue();
  assert.ok(metrics.some((metric) => metric.id === "cost.total" && metric.hasDistribution));
  const series = await analytics.metrics.series("cost.daily", { start: new Date(Date.UTC(2025, 0, 1)), end: "2025-01-03", groupBy: "model" });
  assert.deepEqual(series.data[0].dimensions, { model: "model-large" });
  const summary = await analytics.dashboard.summary({ period: "90d", customerId: "cust_a" });
  assert.ok(summary.kpis.totalRequests.value > 0 && summary.topAgentsBySpend[0].agentId === "support");
});

test("a custom metric is tried, made, evaluated and taken away", async () => {
  const { custom } = analytics.metrics;
  const formula = {
    type: "arithmetic",
    expression: "$total_cost / $sessions",
    inputs: [
      { variable: "$total_cost", metricId: "cost.total", filters: { agent_id: "support-bot" } },
      { variable: "$sessions", metricId: "usage.sessions.total" },
    ],
  };
  const trial = await custom.validate({ formula, testPeriod: { start: "2025-01-01", end: "2025-01-15" } });
  assert.deepEqual(Object.keys(trial.testResult.inputsResolved).sort(), ["$sessions", "$total_cost"]);
  const made = await custom.create({ id: "cm_typescript", name: "Cost per session", unit: "usd", formula });
  assert.deepEqual(made.formula.inputs[0].filters, { agent_id: "support-bot" });
  const found = await custom.evaluate("cm_typescript", { start: "2025-01-01", end: "2025-01-15" });
  assert.deepEqual([found.value, found.formulaBreakdown.$total_cost.metricId], [0.75, "cost.total"]);
  assert.equal((await custom.delete("cm_typescript")).deleted, true);
});

test("an alert rule is made, changed and taken away", async () => {
  const condition = { operator: "gt", threshold: 5, duration: "1h" };
  const alert = await analytics.alerts.create({ name: "Costs", metricId: "cost.total", condition, filters: { agent_id: "support-bot" } });
  const changed = await analytics.alerts.update(alert.id, { condition: { threshold: 7 }, isEnabled: false });
  assert.deepEqual([changed.condition.operator, changed.condition.threshold, changed.isEnabled], ["gt", 7, false]);
  assert.equal((await analytics.alerts.delete(alert.id)).deleted, true);
});

test("a refusal says what is wrong and where", async () => {
  const query = { start: "2025-01-06", end: "2025-01-01" };
  await assert.rejects(analytics.metrics.series("cost.daily", query), (error) => {
    assert.ok(error instanceof InvalidRequestError && error.requestId);
    assert.deepEqual([error.status, error.type, error.code, error.param], [400, "invalid_request_error", "INVALID_TIME_RANGE", "start"]);
    assert.match(error.documentationUrl, /\/INVALID_TIME_RANGE$/);
    return true;
  });
});

test("a report is made, looked at, changed and deleted", async () => {
  const { portalId } = await made();
  await portals.portals.activate(portalId);
  const report = await portals.reports.create({
    portalId,
    name: "Weekly",
    schedule: { frequency: "weekly", dayOfWeek: 1, time: "08:00" },
    delivery: { method: "both", recipients: ["ceo@acme.com"], webhookUrl: "https://api.acme.com/reports", webhookHeaders: { x_Word: "secret" } },
  });
  assert.deepEqual(report.delivery.webhookHeaders, { x_Word: "********" });
  assert.equal((await portals.reports.preview(report.reportId)).reportId, report.reportId);
  assert.equal((await portals.reports.send(report.reportId)).status, "queued");
  const changed = await portals.reports.update(report.reportId, { schedule: { frequency: "monthly", dayOfMonth: 1 }, isActive: false });
  assert.deepEqual([changed.schedule.dayOfMonth, changed.schedule.dayOfWeek, changed.nextScheduled], [1, undefined, null]);
  assert.equal((await all(portals.reports.iterate({ portalId, isActive: false }))).length, 1);
  assert.equal((await portals.reports.delete(report.reportId)).deleted, true);
});

test("what was built is downloaded, and its deliveries are seen and sent again", async () => {
  const reportId = process.env.REPORT_ID;
  const [version] = await all(portals.reports.iterateArchive(reportId));
  const pdf = await portals.reports.downloadPdf(reportId, version.n);
  assert.ok(pdf instanceof Uint8Array);
  assert.equal(pdf.length, version.pdf.bytes);
  assert.equal(createHash("sha256").update(pdf).digest("hex"), version.pdf.sha256);
  assert.match(new TextDecoder().decode(await portals.reports.downloadCsv(reportId, 1)), /^metric_id,value/);
  const [delivery] = await all(portals.reports.iterateDeliveries(reportId));
  assert.equal((await portals.reports.resend(reportId, delivery.deliveryId)).deliveryId, delivery.deliveryId);
});

test("a webhook is tried", async () => {
  const { portalId } = await made();
  const { webhookId } = await portals.webhooks.create({ portalId, url: "https://api.acme.com/hooks", events: ["report.delivered"] });
  const { deliveryId } = await portals.webhooks.test(webhookId);
  const { data } = await portals.webhooks.deliveries(webhookId, { state: "pending" });
  assert.deepEqual(data.map((each) => [each.deliveryId, each.event, each.attemptLog]), [[deliveryId, "webhook.test", []]]);
});
