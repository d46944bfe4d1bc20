// Messages of webhooks are believed when somebody who knows the secret signed them just now, and never else.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { test } from "node:test";

import { PortalClient, WebhookVerificationError, verifyWebhook } from "../dist/index.js";

const NOW = new Date(Date.UTC(2026, 10, 2, 12));
const MESSAGE = { event: "portal.accessed", timestamp: "2026-11-02T12:00:00Z", data: { portal_id: "portal_1", pages_viewed: 3 } };
const BODY = JSON.stringify(MESSAGE);
const SECRET = newSecret();

function newSecret() {
  return `whsec_${randomBytes(24).toString("base64")}`;
}

function headers({ secrets = [SECRET], body = BODY, at = NOW } = {}) {
  const seconds = Math.floor(at.getTime() / 1000);
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    return `v1,${createHmac("sha256", key).update(`msg_1.${seconds}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": "msg_1", "webhook-timestamp": String(seconds), "webhook-signature": signatures.join(" ") };
}

function verified(given, { body = BODY, secret = SECRET, ...options } = {}) {
  return verifyWebhook(body, given, secret, { now: NOW, ...options });
}

function isRefused(given, more, message = /./) {
  return assert.rejects(verified(given, more), (error) => error instanceof WebhookVerificationError && message.test(error.message));
}

test("a message that is signed is read, however its headers come", async () => {
  const expected = { ...MESSAGE, data: { portalId: "portal_1", pagesViewed: 3 } };
  assert.deepEqual(await verified(headers()), expected);
  assert.deepEqual(await verified(new Headers(headers())), expected);
  assert.deepEqual(await verified(headers(), { body: new TextEncoder().encode(BODY) }), expected);
  assert.equal(new PortalClient({ apiKey: "k" }).webhooks.verify, verifyWebhook);
});

test("while the secret changes either of two signatures will do", async () => {
  const old = newSecret();
  for (const secret of [old, SECRET]) await verified(headers({ secrets: [old, SECRET] }), { secret });
});

test("whatever was changed the message is refused", async () => {
  await isRefused(headers({ secrets: [newSecret()] }), {}, /No signature/);
  await isRefused(headers(), { body: BODY.replace("portal_1", "portal_2") });
  await isRefused({ ...headers(), "webhook-id": "msg_2" });
  await isRefused({ ...headers(), "webhook-signature": headers({ body: "{}" })["webhook-signature"] });
  for (const name of Object.keys(headers())) await isRefused({ ...headers(), [name]: undefined }, {}, new RegExp(`${name} is missing`));
});

test("odd signatures, times and secrets are refused", async () => {
  for (const odd of ["v1", "v1,", "v1,***", "v1a,AAAA", "v2,AAAA"]) await isRefused({ ...headers(), "webhook-signature": odd });
  for (const odd of ["now", "-1", "1e9", "9".repeat(40)]) await isRefused({ ...headers(), "webhook-timestamp": odd });
  for (const secret of ["", "whsec_", "whsec_***"]) await isRefused(headers(), { secret }, /whsec_/);
});

test("an old message and one of the future are refused", async () => {
  for (const seconds of [-301, 301]) {
    const given = headers({ at: new Date(NOW.getTime() + seconds * 1000) });
    await isRefused(given, {}, /more than 300 seconds/);
    await verified(given, { toleranceSeconds: 302 });
  }
});

test("a signed body that is no object is refused", async () => {
  for (const body of ["[]", "nothing", ""]) await isRefused(headers({ body }), { body }, /no JSON object/);
});
