// What a client is told, what it sends, and what it makes of odd answers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AnalyticsClient, ApiError, PortalClient, ProoflineError, ServerError, UnreadableAnswerError, etagOf } from "../dist/index.js";
import { OK, scripted } from "./scripted.mjs";

test("without a key, or with a broken one, the reason is told", () => {
  delete process.env.PROOFLINE_API_KEY;
  assert.throws(() => new PortalClient(), /PROOFLINE_API_KEY/);
  assert.throws(() => new PortalClient({ apiKey: "pl_live_x\n" }), /pasted/);
  for (const baseUrl of ["api.example.com", "ftp://x", "https://", "https://x?y", "https://x#y", "https://a:b@x"]) {
    assert.throws(() => new AnalyticsClient({ apiKey: "k", baseUrl }), ProoflineError, baseUrl);
  }
});

test("the environment says where and with which key", () =>
  scripted([OK], async (baseUrl, asked) => {
    Object.assign(process.env, { PROOFLINE_API_KEY: "pl_live_env", PROOFLINE_BASE_URL: `${baseUrl}/behind/` });
    try {
      await new PortalClient().portals.get("portal_1");
    } finally {
      delete process.env.PROOFLINE_API_KEY;
      delete process.env.PROOFLINE_BASE_URL;
    }
    assert.equal(asked[0].url, "/behind/v1/portal/configs/portal_1");
    assert.equal(asked[0].headers.authorization, "Bearer pl_live_env");
    assert.equal(asked[0].headers["x-api-version"], "2025-01-06");
  }));

test("what is asked stands in the address with the wire's names", () =>
  scripted([{ body: { data: [] } }], async (baseUrl, asked) => {
    const { metrics } = new AnalyticsClient({ apiKey: "k", baseUrl });
    await metrics.series("cost.daily", { start: new Date(0), groupBy: "model", agentId: null, limit: 5 });
    await metrics.custom.update("cm_a", { isActive: false }, { customerId: "a b/c", ifMatch: '"1"' });
    assert.equal(asked[0].url, "/v1/analytics/metrics/cost.daily/series?start=1970-01-01T00%3A00%3A00.000Z&group_by=model&limit=5");
    assert.equal(asked[1].url, "/v1/analytics/metrics/custom/cm_a?customer_id=a+b%2Fc");
    assert.equal(asked[1].body, '{"is_active":false}');
    assert.equal(asked[1].headers["if-match"], '"1"');
  }));

test("an id is one piece of a path, and never none", async () =>
  scripted([OK], async (baseUrl, asked) => {
    const { portals } = new PortalClient({ apiKey: "k", baseUrl });
    await portals.get("a/b?c#d");
    assert.equal(asked[0].url, "/v1/portal/configs/a%2Fb%3Fc%23d");
    for (const id of ["", ".", "..", undefined]) await assert.rejects(portals.get(id), /portal_id must be an id/);
    assert.equal(asked.length, 1);
  }));

test("pages are gone through by a cursor and by an offset", () => {
  const page = (ids, next) => ({ body: { data: ids.map((id) => ({ portal_id: id })), pagination: { has_more: next !== null, next_cursor: next, total: 3 } } });
  const metrics = (ids, offset) => ({ body: { custom_metrics: ids.map((id) => ({ id })), total: 3, limit: 2, offset } });
  return scripted([page(["a", "b"], "next"), page(["c"], null), metrics(["a", "b"], 0), metrics(["c"], 2)], async (baseUrl, asked) => {
    const options = { apiKey: "k", baseUrl };
    const found = [];
    for await (const portal of new PortalClient(options).portals.iterate({ limit: 2 })) found.push(portal.portalId);
    for await (const metric of new AnalyticsClient(options).metrics.custom.iterate({ limit: 2 })) found.push(metric.id);
    assert.deepEqual(found, ["a", "b", "c", "a", "b", "c"]);
    assert.match(asked[1].url, /limit=2&cursor=next$/);
    assert.match(asked[3].url, /limit=2&offset=2$/);
  });
});

test("an answer keeps its ETag aside", () =>
  scripted([{ ...OK, headers: { ETag: '"7"' } }], async (baseUrl) => {
    const portal = await new PortalClient({ apiKey: "k", baseUrl }).portals.get("portal_1");
    assert.deepEqual(portal, { portalId: "portal_1" });
    assert.equal(etagOf(portal), '"7"');
    assert.equal(etagOf({}), null);
  }));

test("who is not the API is told apart from it", () =>
  scripted([{ body: "<html>" }, { body: [] }, { status: 500, body: "<html>", headers: { "Retry-After": "3600", "X-Request-Id": "r1" } }, { status: 302, headers: { Location: "/elsewhere" } }], async (baseUrl) => {
    const { portals } = new PortalClient({ apiKey: "k", baseUrl });
    await assert.rejects(portals.get("a"), UnreadableAnswerError);
    await assert.rejects(portals.get("a"), UnreadableAnswerError);
    await assert.rejects(portals.get("a"), (error) => error instanceof ServerError && error.code === "UNKNOWN" && error.requestId === "r1");
    await assert.rejects(portals.get("a"), (error) => error instanceof ApiError && error.status === 302);
  }));
