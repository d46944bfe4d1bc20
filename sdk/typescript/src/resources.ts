// The resources as clients have them: the operations that are the API's own, and what is said by hand here because
// it stands on those.

import type { ChangeOptions, PostOptions } from "./call.js";
import {
  AlertsOperations,
  CustomMetricsOperations,
  CustomersOperations,
  DashboardOperations,
  MetricsOperations,
  PortalsOperations,
  ReportsOperations,
  WebhooksOperations,
} from "./operations.js";
import type { Sender } from "./sender.js";
import type { Portal, QuickPortal } from "./types.js";
import { verifyWebhook } from "./webhookMessages.js";

export class Portals extends PortalsOperations {
  /** A new portal of predefined cards; `presets` tells which there are. */
  createQuick({ title, ...rest }: QuickPortal, options: PostOptions = {}): Promise<Portal> {
    return this.create({ branding: { title }, presetMetrics: ["standard_dashboard"], ...rest }, options);
  }

  /** Opens a portal for those who have a token. */
  activate(portalId: string, options: ChangeOptions = {}): Promise<Portal> {
    return this.update(portalId, { status: "active" }, options);
  }

  /** Closes a portal for good. */
  archive(portalId: string, options: ChangeOptions = {}): Promise<Portal> {
    return this.update(portalId, { status: "archived" }, options);
  }
}

export class Reports extends ReportsOperations {}

export class Webhooks extends WebhooksOperations {
  readonly verify = verifyWebhook;
}

export class Customers extends CustomersOperations {}

export class CustomMetrics extends CustomMetricsOperations {}

export class Metrics extends MetricsOperations {
  readonly custom: CustomMetrics;

  constructor(sender: Sender) {
    super(sender);
    this.custom = new CustomMetrics(sender);
  }
}

export class Dashboard extends DashboardOperations {}

export class Alerts extends AlertsOperations {}
