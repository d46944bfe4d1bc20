// The clients: where the API is, with which key, and which resources each has.

import { ProoflineError } from "./errors.js";
import { Alerts, Customers, Dashboard, Metrics, Portals, Reports, Webhooks } from "./resources.js";
import { type Connection, Sender } from "./sender.js";

export interface ClientOptions {
  /** An API key, or a portal token; left out, PROOFLINE_API_KEY of the environment. */
  apiKey?: string | undefined;
  /** Where the API is; left out, PROOFLINE_BASE_URL of the environment, else this machine's port 8000. */
  baseUrl?: string | undefined;
  /** For each attempt; left out, 30,000. */
  timeoutMs?: number;
  /** How often a request that failed is made again; left out, 2. */
  maxRetries?: number;
  /** In place of the platform's own. */
  fetch?: typeof fetch;
}

export class PortalClient {
  readonly portals: Portals;
  readonly reports: Reports;
  readonly webhooks: Webhooks;
  readonly customers: Customers;

  constructor(options: ClientOptions = {}) {
    const sender = new Sender(connectionOf(options));
    this.portals = new Portals(sender);
    this.reports = new Reports(sender);
    this.webhooks = new Webhooks(sender);
    this.customers = new Customers(sender);
  }
}

export class AnalyticsClient {
  readonly metrics: Metrics;
  readonly dashboard: Dashboard;
  readonly alerts: Alerts;

  constructor(options: ClientOptions = {}) {
    const sender = new Sender(connectionOf(options));
    this.metrics = new Metrics(sender);
    this.dashboard = new Dashboard(sender);
    this.alerts = new Alerts(sender);
  }
}

function connectionOf(options: ClientOptions): Connection {
  const apiKey = options.apiKey || environment("PROOFLINE_API_KEY");
  if (!apiKey) throw new ProoflineError("An API key is needed: apiKey, or PROOFLINE_API_KEY in the environment");
  if (!/^[!-~]+$/.test(apiKey)) {
    throw new ProoflineError("The API key has signs in it that no key has; was something pasted along?");
  }
  return {
    apiKey,
    baseUrl: checked(options.baseUrl || environment("PROOFLINE_BASE_URL") || "http://127.0.0.1:8000"),
    timeoutMs: options.timeoutMs ?? 30_000,
    maxRetries: options.maxRetries ?? 2,
    // A browser's fetch works only as a function of its window.
    fetch: options.fetch ?? ((...given) => fetch(...given)),
  };
}

function checked(baseUrl: string): string {
  if (!/^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/.test(baseUrl)) {
    throw new ProoflineError(`baseUrl must be as http://127.0.0.1:8000, not ${JSON.stringify(baseUrl)}`);
  }
  return baseUrl.replace(/\/+$/, "");
}

function environment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name];
}
