// A request is made again where that cannot do anything twice, and nowhere else; tried on a real server that fails.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ConflictError, ConnectionFailedError, PortalClient, ProoflineError, RateLimitError, TimedOutError } from "../dist/index.js";
import { msBeforeNext } from "../dist/retries.js";
import { BAD_GATEWAY, BUSY, HANGS_UP, LIMITED, OK, scripted } from "./scripted.mjs";

const QUICK = { title: "Agents", customerId: "cust_a" };

function client(baseUrl, more = {}) {
  return new PortalClient({ apiKey: "pl_live_x", baseUrl, ...more });
}

for (const [name, failure] of Object.entries({ LIMITED, BUSY, BAD_GATEWAY, HANGS_UP })) {
  test(`after ${name} a question is asked again until it is answered`, () =>
    scripted([failure, failure, OK], async (baseUrl, asked) => {
      assert.equal((await client(baseUrl).portals.get("portal_1")).portalId, "portal_1");
      assert.equal(asked.length, 3);
    }));

  test(`after ${name} what is made is asked for again under one key`, () =>
    scripted([failure, failure, OK], async (baseUrl, asked) => {
      await client(baseUrl).portals.createQuick(QUICK);
      assert.equal(new Set(asked.map((each) => each.headers["idempotency-key"])).size, 1);
      assert.equal(asked.length, 3);
    }));
}

test("every call has a key of its own unless it is given one", () =>
  scripted([OK], async (baseUrl, asked) => {
    const { portals } = client(baseUrl);
    await portals.createQuick(QUICK);
    await portals.createQuick(QUICK);
    await portals.createQuick(QUICK, { idempotencyKey: "mine" });
    const keys = asked.map((each) => each.headers["idempotency-key"]);
    assert.ok(keys[0] && keys[1] && keys[0] !== keys[1]);
    assert.equal(keys[2], "mine");
  }));

for (const [name, failure] of Object.entries({ BAD_GATEWAY, HANGS_UP })) {
  test(`after ${name} what may have been done is not done again`, () =>
    scripted([failure], async (baseUrl, asked) => {
      const { portals, webhooks } = client(baseUrl);
      await assert.rejects(webhooks.delete("webhook_1"), ProoflineError);
      await assert.rejects(portals.update("portal_1", { name: "New" }, { ifMatch: '"1"' }), ProoflineError);
      assert.equal(asked.length, 2);
      await assert.rejects(portals.update("portal_1", { name: "New" }), ProoflineError);
      assert.equal(asked.length, 2 + 3);
    }));
}

test("the reason is thrown after the last attempt", () =>
  scripted([LIMITED], async (baseUrl, asked) => {
    const { portals } = client(baseUrl, { maxRetries: 1 });
    await assert.rejects(portals.get("portal_1"), (error) => {
      assert.ok(error instanceof RateLimitError && error instanceof Error);
      assert.deepEqual([error.name, error.status, error.code], ["RateLimitError", 429, "RATE_LIMITED"]);
      return true;
    });
    assert.equal(asked.length, 2);
    await assert.rejects(portals.get("portal_1", { maxRetries: 0 }), RateLimitError);
    assert.equal(asked.length, 3);
  }));

test("other refusals are final", () =>
  scripted([{ status: 409, body: { error: { code: "PORTAL_ALREADY_EXISTS", message: "There is one" } } }], async (baseUrl, asked) => {
    await assert.rejects(client(baseUrl).portals.createQuick(QUICK), (error) => error instanceof ConflictError && /There is one/.test(error.message));
    assert.equal(asked.length, 1);
  }));

test("nobody waits for longer than a minute", () =>
  scripted([{ status: 429, headers: { "Retry-After": "3600" } }], async (baseUrl, asked) => {
    await assert.rejects(client(baseUrl).portals.get("portal_1"), RateLimitError);
    assert.equal(asked.length, 1);
  }));

test("where nobody listens the reason is told", async () => {
  const gone = await scripted([OK], async (baseUrl) => baseUrl);
  await assert.rejects(client(gone, { maxRetries: 0 }).portals.get("portal_1"), (error) => error instanceof ConnectionFailedError && /ECONNREFUSED/.test(error.message));
});

test("a change is sent again where no connection came about", async () => {
  const refused = { failure: Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } }), isTimeout: false };
  const reset = { failure: Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNRESET" } }), isTimeout: false };
  const deletion = { method: "DELETE", hasIfMatch: false };
  assert.equal(msBeforeNext(deletion, refused, 1, 2, 0), 250);
  assert.equal(msBeforeNext(deletion, reset, 1, 2, 0), null);
});

test("an answer that takes too long is not waited for", () =>
  scripted([{ ...OK, ms: 500 }], async (baseUrl) => {
    await assert.rejects(client(baseUrl, { timeoutMs: 100, maxRetries: 0 }).portals.get("portal_1"), TimedOutError);
  }));

test("who wants to wait for ever waits", () =>
  scripted([{ ...OK, ms: 50 }], async (baseUrl) => {
    assert.equal((await client(baseUrl, { timeoutMs: Infinity, maxRetries: 0 }).portals.get("portal_1")).portalId, "portal_1");
  }));

test("who calls off hears nothing more, also between attempts", () =>
  scripted([{ status: 503, headers: { "Retry-After": "30" } }], async (baseUrl, asked) => {
    const aborting = new AbortController();
    setTimeout(() => aborting.abort(), 100);
    const began = Date.now();
    await assert.rejects(client(baseUrl).portals.get("portal_1", { signal: aborting.signal }), { name: "AbortError" });
    assert.ok(Date.now() - began < 5_000);
    assert.equal(asked.length, 1);
    await assert.rejects(client(baseUrl).portals.get("portal_1", { signal: aborting.signal }), { name: "AbortError" });
    assert.equal(asked.length, 1);
  }));

test("waits grow, differ and end", () => {
  const lost = { failure: new TypeError("fetch failed"), isTimeout: false };
  const waits = (draw) => [1, 2, 3, 4, 5, 6, 7].map((made) => msBeforeNext({ method: "GET", hasIfMatch: false }, lost, made, 6, draw));
  assert.deepEqual(waits(1), [500, 1000, 2000, 4000, 8000, 8000, null]);
  assert.deepEqual(waits(0), [250, 500, 1000, 2000, 4000, 4000, null]);
});

test("a date to come back at is understood", () => {
  const response = new Response(null, { status: 503, headers: { "Retry-After": new Date(Date.now() + 30_000).toUTCString() } });
  const wait = msBeforeNext({ method: "GET", hasIfMatch: false }, { response, body: new Uint8Array() }, 1, 2, 0);
  assert.ok(wait > 28_000 && wait <= 30_000);
});
