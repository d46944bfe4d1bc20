// From a call to its answer: the request, its retries, the timeout. Which calls there are is `operations`.

import { addressOf } from "./address.js";
import type { AllOptions, Call, RequestOptions } from "./call.js";
import { ConnectionFailedError, TimedOutError, UnreadableAnswerError, apiError } from "./errors.js";
import { type Outcome, msBeforeNext } from "./retries.js";
import { API_VERSION } from "./version.js";
import { fromWire, toWire } from "./wire.js";

export interface Connection {
  baseUrl: string;
  apiKey: string;
  timeoutMs: number;
  maxRetries: number;
  fetch: typeof fetch;
}

interface Answered {
  response: Response;
  body: Uint8Array;
}

const MOST_KEY_SIGNS = 200;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const ETAGS = new WeakMap<object, string>();

/** The ETag of an answer, for `ifMatch`; answers to `get` have one. */
export function etagOf(answer: object): string | null {
  return ETAGS.get(answer) ?? null;
}

export class Sender {
  constructor(private readonly connection: Connection) {}

  async send<T>(call: Call, options: AllOptions): Promise<T> {
    const { response, body } = await this.exchange(call, options);
    const said = parsed(body);
    if (typeof said !== "object" || said === null || Array.isArray(said)) {
      throw new UnreadableAnswerError(`${call.method} ${call.path} was not answered with a JSON object`);
    }
    const answer = fromWire(said, call.told ?? "") as T & object;
    const etag = response.headers.get("etag");
    if (etag !== null) ETAGS.set(answer, etag);
    return answer;
  }

  /** A file. */
  async download(call: Call, options: AllOptions): Promise<Uint8Array> {
    return (await this.exchange(call, options)).body;
  }

  /** All items of a list that comes in pages, by a cursor or by an offset. */
  async *iterate<Page extends object, Item>(
    call: Call,
    field: keyof Page,
    options: RequestOptions,
  ): AsyncGenerator<Item> {
    let next: Call | null = call;
    while (next !== null) {
      const page: Page = await this.send<Page>(next, options);
      const items = page[field] as Item[];
      yield* items;
      const place = placeAfter(page as Paged, items.length);
      next = place === null ? null : { ...call, query: { ...call.query, ...place } };
    }
  }

  private async exchange(call: Call, options: AllOptions): Promise<Answered> {
    const outcome = await this.attempts(call, options);
    const instead = callAfter(call, outcome);
    if (instead === null) return settled(call, outcome);
    // Under the same key the other body would be refused as well, should the caller come again.
    const key = options.idempotencyKey && `${options.idempotencyKey}-otherwise`.slice(-MOST_KEY_SIGNS);
    return settled(instead, await this.attempts(instead, { ...options, ...(key ? { idempotencyKey: key } : {}) }));
  }

  private async attempts(call: Call, options: AllOptions): Promise<Outcome> {
    const url = this.connection.baseUrl + addressOf(call);
    const init = this.init(call, options);
    const most = options.maxRetries ?? this.connection.maxRetries;
    for (let made = 1; ; made++) {
      const outcome = await this.once(url, init, options);
      options.signal?.throwIfAborted();
      const wait = msBeforeNext({ method: call.method, hasIfMatch: !!options.ifMatch }, outcome, made, most);
      if (wait === null) return outcome;
      await pause(wait, options.signal);
    }
  }

  private init(call: Call, options: AllOptions): RequestInit {
    const headers: Record<string, string> = {
      Authorization: `Bearer ${this.connection.apiKey}`,
      "x-api-version": API_VERSION,
    };
    // One key for all attempts: whichever of them arrives first is the one that counts.
    if (call.method === "POST") headers["Idempotency-Key"] = options.idempotencyKey ?? randomKey();
    if (options.ifMatch) headers["If-Match"] = options.ifMatch;
    if (call.body === undefined) return { method: call.method, headers, redirect: "manual" };
    headers["Content-Type"] = "application/json";
    const body = JSON.stringify(toWire(call.body, call.sent ?? ""));
    return { method: call.method, headers, body, redirect: "manual" };
  }

  private async once(url: string, init: RequestInit, options: RequestOptions): Promise<Outcome> {
    const aborting = new AbortController();
    const abort = () => aborting.abort();
    options.signal?.addEventListener("abort", abort, { once: true });
    let isTimeout = false;
    const timeoutMs = options.timeoutMs ?? this.connection.timeoutMs;
    const giveUp = () => {
      isTimeout = true;
      abort();
    };
    // Longer, Infinity too, a timer cannot wait: it would ring at once.
    const timer = timeoutMs <= LONGEST_TIMER_MS ? setTimeout(giveUp, timeoutMs) : undefined;
    try {
      options.signal?.throwIfAborted();
      const response = await this.connection.fetch(url, { ...init, signal: aborting.signal });
      return { response, body: new Uint8Array(await response.arrayBuffer()) };
    } catch (failure) {
      return { failure, isTimeout };
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", abort);
    }
  }
}

interface Paged {
  pagination?: { nextCursor: string | null };
  offset?: number;
  total?: number;
}

function placeAfter(page: Paged, count: number): object | null {
  if (page.pagination !== undefined) {
    return page.pagination.nextCursor === null ? null : { cursor: page.pagination.nextCursor };
  }
  const seen = (page.offset ?? 0) + count;
  return count > 0 && seen < (page.total ?? 0) ? { offset: seen } : null;
}

/** What to send instead of what was refused; null where the refusal stands. */
function callAfter(call: Call, outcome: Outcome): Call | null {
  if (call.otherwise === undefined || "failure" in outcome || outcome.response.ok) return null;
  const { code } = apiError(outcome.response.status, parsed(outcome.body), null);
  const { otherwise, ...rest } = call;
  const given = (call.body ?? {}) as Record<string, unknown>;
  const isDecided = Object.keys(otherwise.body).some((name) => given[name] !== undefined);
  return code !== otherwise.code || isDecided ? null : { ...rest, body: { ...call.body, ...otherwise.body } };
}

function settled(call: Call, outcome: Outcome): Answered {
  if ("failure" in outcome) {
    const kind = outcome.isTimeout ? TimedOutError : ConnectionFailedError;
    const why = outcome.isTimeout ? " within the timeout" : `: ${reasonOf(outcome.failure)}`;
    throw new kind(`No answer to ${call.method} ${call.path}${why}`, { cause: outcome.failure });
  }
  const { response, body } = outcome;
  if (!response.ok) throw apiError(response.status, parsed(body), response.headers.get("x-request-id"));
  return outcome;
}

function reasonOf(failure: unknown): string {
  const cause = failure instanceof Error && failure.cause instanceof Error ? failure.cause : failure;
  return cause instanceof Error ? cause.message || String(cause) : String(cause);
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return null;
  }
}

function randomKey(): string {
  const made = globalThis.crypto?.randomUUID?.();
  return made ?? Array.from({ length: 4 }, () => Math.random().toString(36).slice(2)).join("-");
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
