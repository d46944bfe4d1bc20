// Messages of webhooks at whoever receives them: are they ours, and what do they say. They are signed as Standard
// Webhooks does. A client is not needed to read them.

import { WebhookVerificationError } from "./errors.js";
import type { WebhookMessage } from "./types.js";
import { fromWire } from "./wire.js";

/** As fetch has them, or as node's http has them. */
export type ReceivedHeaders = Headers | Record<string, string | readonly string[] | undefined>;

export interface VerifyOptions {
  /** How far the message's clock may be off; left out, five minutes. */
  toleranceSeconds?: number;
  now?: Date;
}

/**
 * The message, if somebody who knows the secret signed it just now; else WebhookVerificationError.
 *
 * `body` is the request's as it came, byte for byte. The header webhook-id names the message: who has seen it before
 * has this one already.
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: ReceivedHeaders,
  secret: string,
  { toleranceSeconds = 300, now = new Date() }: VerifyOptions = {},
): Promise<WebhookMessage> {
  const raw = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) => header(headers, `webhook-${name}`));
  requireRecent(timestamp ?? "", now, toleranceSeconds);
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), raw);
  if (!(await isSigned(signed, signatures ?? "", keyOf(secret)))) {
    throw new WebhookVerificationError("No signature of the message fits the secret");
  }
  return message(raw);
}

function header(headers: ReceivedHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : inRecord(headers, name);
  if (!value) throw new WebhookVerificationError(`The header ${name} is missing`);
  return value;
}

function inRecord(headers: Record<string, string | readonly string[] | undefined>, name: string): string | undefined {
  const found = Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
  return typeof found === "string" ? found : found?.[0];
}

function requireRecent(timestamp: string, now: Date, toleranceSeconds: number): void {
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError("webhook-timestamp is no time in seconds");
  }
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > toleranceSeconds) {
    throw new WebhookVerificationError(`The message is more than ${toleranceSeconds} seconds off this clock`);
  }
}

/** Several signatures stand there while a secret is being changed. */
async function isSigned(signed: Uint8Array<ArrayBuffer>, header: string, key: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const { subtle } = await webCrypto();
  const hmac = await subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const given = header.split(" ").filter((each) => each.startsWith("v1,"));
  const fits = await Promise.all(
    given.map((each) => {
      const signature = bytesOf(each.slice("v1,".length));
      return signature !== null && subtle.verify("HMAC", hmac, signature, signed);
    }),
  );
  return fits.includes(true);
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  const key = bytesOf(secret.replace(/^whsec_/, ""));
  if (key === null || key.length === 0) {
    throw new WebhookVerificationError("The secret must be as the API told it: whsec_…");
  }
  return key;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  } catch {
    return null;
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(head.length + tail.length);
  both.set(head);
  both.set(tail, head.length);
  return both;
}

function message(raw: Uint8Array): WebhookMessage {
  try {
    const said: unknown = JSON.parse(new TextDecoder().decode(raw));
    if (typeof said === "object" && said !== null && !Array.isArray(said)) {
      return fromWire(said, "WebhookMessage") as WebhookMessage;
    }
  } catch {
    // It is told below.
  }
  throw new WebhookVerificationError("The body is no JSON object");
}

// Node 18 has it in a module only, which a browser's bundler shall not look for.
async function webCrypto(): Promise<Crypto> {
  if (globalThis.crypto?.subtle) return globalThis.crypto;
  const module = "node:crypto";
  return ((await import(module)) as { webcrypto: Crypto }).webcrypto;
}
