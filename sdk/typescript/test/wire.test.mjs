// Names change on their way to the wire and back, and what is the caller's own does not.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SHAPES } from "../dist/shapes.js";
import { camel, fromWire, snake, toWire } from "../dist/wire.js";

test("names of fields change at every depth", () => {
  const sent = { name: "Agents", presetMetrics: ["a_b"], metrics: [{ metricId: "x_y", timeRange: { allowUserSelection: true } }] };
  assert.deepEqual(toWire(sent, "NewPortal"), {
    name: "Agents",
    preset_metrics: ["a_b"],
    metrics: [{ metric_id: "x_y", time_range: { allow_user_selection: true } }],
  });
});

test("names of headers, dimensions and variables are the caller's own", () => {
  const headers = { "X-My-Header": "a", snake_name: "b", camelName: "c", __proto__: null, ["constructor"]: "d" };
  assert.deepEqual(toWire({ headers }, "NewWebhook").headers, { ...headers });
  assert.deepEqual(fromWire({ headers }, "Webhook").headers, { ...headers });
  const point = { data: [{ dimensions: { agent_id: "support_bot" } }] };
  assert.deepEqual(fromWire(point, "Series"), point);
  const seen = fromWire({ formula_breakdown: { $gross_margin: { metric_id: "cost.total" } } }, "Evaluation");
  assert.deepEqual(seen, { formulaBreakdown: { $gross_margin: { metricId: "cost.total" } } });
});

test("a field that is called __proto__ is a field and nothing else", () => {
  const came = JSON.parse('{"headers": {"__proto__": "a"}, "__proto__": {"polluted": true}}');
  const told = fromWire(came, "Webhook");
  assert.equal({}.polluted, undefined);
  assert.deepEqual(Object.keys(told.headers), ["__proto__"]);
});

test("what is undefined is left out, what is null is sent", () => {
  assert.deepEqual(toWire({ name: undefined, layout: null }, "PortalChanges"), { layout: null });
  assert.deepEqual(toWire({ headers: { a: undefined, b: "c" } }, "NewWebhook"), { headers: { b: "c" } });
});

test("a date is sent as its instant", () => {
  const start = new Date(Date.UTC(2025, 0, 6));
  assert.equal(JSON.stringify(toWire({ filters: { start } }, "NewBatch")), '{"filters":{"start":"2025-01-06T00:00:00.000Z"}}');
});

test("what nobody declared comes with a name of ours, and as it is", () => {
  assert.deepEqual(fromWire({ new_field: { inner_name: 1 } }, "Portal"), { newField: { inner_name: 1 } });
  assert.deepEqual(fromWire({ data: { user_ip: "a", period: { from_day: 1 } } }, "WebhookMessage"), {
    data: { userIp: "a", period: { fromDay: 1 } },
  });
});

test("every name finds its way there and back", () => {
  for (const [kind, shape] of Object.entries(SHAPES)) {
    for (const [name, holds] of Object.entries(shape)) {
      assert.equal(snake(camel(name)), name);
      assert.ok(["", "*", "{}"].includes(holds) || holds.replace(/[{}]/g, "") in SHAPES, `${kind}.${name}: ${holds}`);
    }
  }
});
