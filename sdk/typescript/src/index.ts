// Proofline's API for TypeScript: what the agents did for their customers, and the portals that show it.

export type { ChangeOptions, PostOptions, RequestOptions } from "./call.js";
export { AnalyticsClient, PortalClient } from "./clients.js";
export type { ClientOptions } from "./clients.js";
export * from "./errors.js";
export { Alerts, CustomMetrics, Customers, Dashboard, Metrics, Portals, Reports, Webhooks } from "./resources.js";
export { etagOf } from "./sender.js";
export type * from "./types.js";
export { API_VERSION } from "./version.js";
export { verifyWebhook } from "./webhookMessages.js";
export type { ReceivedHeaders, VerifyOptions } from "./webhookMessages.js";
