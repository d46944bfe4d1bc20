// Where a call goes: the path with its ids, and what is asked.

import type { Call } from "./call.js";
import { ProoflineError } from "./errors.js";
import { toWire } from "./wire.js";

/** Path and query; ProoflineError where an id is missing. */
export function addressOf(call: Call): string {
  return pathOf(call) + queryOf(call);
}

function pathOf(call: Call): string {
  return call.path.replace(/\{(\w+)\}/g, (_, name: string) => quoted(name, call.at?.[name]));
}

/** An id as one piece of a path; without one the request would be another. */
function quoted(name: string, value: string | number | undefined): string {
  const text = String(value ?? "");
  if (/^\.*$/.test(text)) throw new ProoflineError(`${name} must be an id, not ${JSON.stringify(value)}`);
  return encodeURIComponent(text);
}

function queryOf(call: Call): string {
  const query = new URLSearchParams();
  // Where something is sent as well, `sent` is the type of that.
  const kind = (call.body === undefined && call.sent) || "Undeclared";
  for (const [name, value] of Object.entries(toWire(call.query ?? {}, kind) as object)) {
    if (value !== null) query.set(name, textOf(value));
  }
  const text = query.toString();
  return text && `?${text}`;
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? value.join(",") : String(value);
}
