// One request as a value, and what may be asked of how it is made.

/** One request. `sent` and `told` name the types of what goes and comes. */
export interface Call {
  method: string;
  path: string;
  at?: Record<string, string | number>;
  query?: object;
  body?: object;
  sent?: string;
  told?: string;
  /** What else to send where the API refuses for this reason, unless the caller has decided it. */
  otherwise?: { code: string; body: object };
}

export interface RequestOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
  maxRetries?: number;
}

export interface PostOptions extends RequestOptions {
  /** The same key within 24 hours has one effect and one answer; left out, every call has its own. */
  idempotencyKey?: string;
}

export interface ChangeOptions extends RequestOptions {
  /** What `etagOf` said of it when it was read: only if nobody has changed it since. */
  ifMatch?: string | null;
}

export type AllOptions = PostOptions & ChangeOptions;
