// Everything that can go wrong, as errors.
//
//     ProoflineError
//       ApiError                    the API refused; has status, type, code, param, message, documentationUrl
//         InvalidRequestError       400, 413 to 416, 431: what was sent is wrong; `param` names what
//         AuthenticationError       401
//         PermissionDeniedError     403
//         NotFoundError             404
//         ConflictError             409
//         PreconditionFailedError   412: it was changed since it was read
//         RateLimitError            429, also after the retries
//         ServerError               5xx
//       ConnectionFailedError       there was no answer, also after the retries
//         TimedOutError
//       UnreadableAnswerError       what answered is no Proofline API
//       WebhookVerificationError    nobody who knows the secret signed the message just now

/** The family of everything that this package throws on its own account. */
export class ProoflineError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** One of several faults of a request. */
export interface Fault {
  code: string;
  message: string;
  /** The name as the API has it, such as metrics[2].display_name. */
  param: string | null;
}

interface Refusal {
  type?: string;
  code?: string;
  message?: string;
  param?: string | null;
  documentation_url?: string;
  details?: Fault[] | null;
}

/** A refusal, with the reason for people (`reason`) and for programs (`code`). */
export class ApiError extends ProoflineError {
  readonly type: string;
  readonly code: string;
  readonly reason: string;
  /** The path of what is wrong, as the API names it: metrics[2].display_name. */
  readonly param: string | null;
  readonly documentationUrl: string | null;
  readonly details: readonly Fault[];

  constructor(
    readonly status: number,
    refusal: Refusal,
    /** What the operator of the service can look up. */
    readonly requestId: string | null = null,
  ) {
    const where = refusal.param ? ` (${refusal.param})` : "";
    super(`${status} ${refusal.code ?? ""}: ${refusal.message ?? ""}${where}`);
    this.type = refusal.type ?? "";
    this.code = refusal.code ?? "";
    this.reason = refusal.message ?? "";
    this.param = refusal.param ?? null;
    this.documentationUrl = refusal.documentation_url ?? null;
    this.details = refusal.details ?? [];
  }
}

export class InvalidRequestError extends ApiError {}
export class AuthenticationError extends ApiError {}
export class PermissionDeniedError extends ApiError {}
export class NotFoundError extends ApiError {}
export class ConflictError extends ApiError {}
export class PreconditionFailedError extends ApiError {}
export class RateLimitError extends ApiError {}
export class ServerError extends ApiError {}

/** There was no answer, also after the retries; `cause` says why. */
export class ConnectionFailedError extends ProoflineError {}

/** There was no answer within the timeout. */
export class TimedOutError extends ConnectionFailedError {}

/** What answered is no Proofline API: look at the base URL. */
export class UnreadableAnswerError extends ProoflineError {}

/** Nobody who knows the secret has signed this message, or too long ago: do not believe it. */
export class WebhookVerificationError extends ProoflineError {}

const BY_STATUS: Record<number, typeof ApiError> = {
  400: InvalidRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  412: PreconditionFailedError,
  413: InvalidRequestError,
  414: InvalidRequestError,
  415: InvalidRequestError,
  416: InvalidRequestError,
  429: RateLimitError,
  431: InvalidRequestError,
};

/** The error of an answer that is not 2xx; whatever stands before the API may answer without a reason. */
export function apiError(status: number, body: unknown, requestId: string | null): ApiError {
  const kind = BY_STATUS[status] ?? (status >= 500 ? ServerError : ApiError);
  return new kind(status, refusalIn(body), requestId);
}

function refusalIn(body: unknown): Refusal {
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : null;
  if (typeof error === "object" && error !== null) return error;
  return { code: "UNKNOWN", message: "The answer gives no reason; it may not be the API's own" };
}
