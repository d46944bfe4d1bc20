// When a request is made again, and how long after. Nothing here waits or sends.
//
// A request is made again only where that cannot do anything twice: where the API says that it did nothing (429,
// 503), where no connection came about, and, for lost answers, where doing it twice is doing it once.

/** What came of a request. */
export type Outcome = { response: Response; body: Uint8Array } | { failure: unknown; isTimeout: boolean };

/** What is to be known of a request: a second DELETE finds nothing, a second If-Match another tag. */
export interface Attempted {
  method: string;
  hasIfMatch: boolean;
}

const FIRST_MS = 500;
const MOST_MS = 8_000;
// The API counts in windows of a minute; who is told to wait for longer is told so.
const MOST_ASKED_MS = 60_000;
const NOTHING_WAS_DONE = new Set([429, 503]);
const UNKNOWN_WHAT_WAS_DONE = new Set([500, 502, 504]);
const NOT_CONNECTED = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** How long to wait until a request is made again after `made` attempts; null when it is not. */
export function msBeforeNext(
  request: Attempted,
  outcome: Outcome,
  made: number,
  mostRetries: number,
  draw: number = Math.random(),
): number | null {
  if (made > mostRetries || !mayBeMadeAgain(request, outcome)) return null;
  const asked = askedMs(outcome);
  // Clients that failed together shall not come back together.
  if (asked === null) return Math.min(FIRST_MS * 2 ** (made - 1), MOST_MS) * (0.5 + draw / 2);
  return asked > MOST_ASKED_MS ? null : asked + (draw * 1000) / 2;
}

function mayBeMadeAgain(request: Attempted, outcome: Outcome): boolean {
  const isRepeatable =
    request.method === "GET" || request.method === "POST" || (request.method === "PATCH" && !request.hasIfMatch);
  if ("failure" in outcome) return isRepeatable || NOT_CONNECTED.has(codeOf(outcome.failure));
  const status = outcome.response.status;
  return NOTHING_WAS_DONE.has(status) || (UNKNOWN_WHAT_WAS_DONE.has(status) && isRepeatable);
}

function codeOf(failure: unknown): string {
  const cause = failure instanceof Error ? failure.cause : null;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : "";
  return String(code);
}

function askedMs(outcome: Outcome): number | null {
  const said = "response" in outcome ? outcome.response.headers.get("retry-after") : null;
  if (said === null) return null;
  if (/^\d{1,9}$/.test(said.trim())) return Number(said) * 1000;
  const until = Date.parse(said);
  return Number.isNaN(until) ? null : Math.max(0, until - Date.now());
}
