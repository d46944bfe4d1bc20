// Written by `make sdk` from the Python SDK. Change that, not this.

import type { ChangeOptions, PostOptions, RequestOptions } from "./call.js";
import type { Sender } from "./sender.js";
import type {
  Alert,
  AlertChanges,
  AlertFilters,
  AlertPage,
  AlertQuery,
  ArchivedReport,
  Batch,
  Catalogue,
  CustomMetric,
  CustomMetricChanges,
  CustomMetricFilters,
  CustomMetricListed,
  CustomMetricPage,
  CustomMetricQuery,
  Customer,
  CustomerChanges,
  CustomerPage,
  Deleted,
  Delivery,
  DeliveryPage,
  DeliveryQueued,
  Distribution,
  DistributionQuery,
  Erasure,
  Evaluation,
  Metric,
  NewAlert,
  NewBatch,
  NewCustomMetric,
  NewPortal,
  NewPortalToken,
  NewReport,
  NewTrial,
  NewWebhook,
  PageQuery,
  PageSize,
  Portal,
  PortalChanges,
  PortalData,
  PortalDataQuery,
  PortalFilters,
  PortalListed,
  PortalPage,
  PortalPresets,
  PortalQuery,
  PortalToken,
  PortalTokenRevocation,
  Report,
  ReportArchivePage,
  ReportChanges,
  ReportDeleted,
  ReportFilters,
  ReportListed,
  ReportPage,
  ReportPreview,
  ReportQuery,
  ReportQueued,
  Revocation,
  RotatedAlertSecret,
  RotatedReportSecret,
  RotatedSecret,
  SendNow,
  Series,
  SeriesQuery,
  Summary,
  SummaryQuery,
  Validation,
  ValueQuery,
  Webhook,
  WebhookChanges,
  WebhookCreated,
  WebhookDeleted,
  WebhookDeliveryFilters,
  WebhookDeliveryQuery,
  WebhookFilters,
  WebhookPage,
  WebhookQuery,
  WhoseMetric,
} from "./types.js";

/** Portals: the dashboards that customers see. */
export class PortalsOperations {
  constructor(protected readonly sender: Sender) {}

  /** A new portal, as a draft; `metrics` or `presetMetrics` is needed. */
  create(body: NewPortal, options: PostOptions = {}): Promise<Portal> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/portal/configs",
        body,
        sent: "NewPortal",
        told: "Portal",
      },
      options,
    );
  }

  /** One portal with its configuration. */
  get(portalId: string, options: RequestOptions = {}): Promise<Portal> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/configs/{portal_id}",
        at: { portal_id: portalId },
        told: "Portal",
      },
      options,
    );
  }

  /** Changes what is given: objects are merged, lists replaced, null takes an optional field away. */
  update(portalId: string, body: PortalChanges = {}, options: ChangeOptions = {}): Promise<Portal> {
    return this.sender.send(
      {
        method: "PATCH",
        path: "/v1/portal/configs/{portal_id}",
        at: { portal_id: portalId },
        body,
        sent: "PortalChanges",
        told: "Portal",
      },
      options,
    );
  }

  /** One page of the portals that this key can see; `iterate` goes through all pages. */
  list(query: PortalQuery = {}, options: RequestOptions = {}): Promise<PortalPage> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/configs",
        query,
        sent: "PortalQuery",
        told: "PortalPage",
      },
      options,
    );
  }

  /** All portals that this key can see, page by page; `limit` is how many are fetched at once. */
  iterate(query: PortalFilters = {}, options: RequestOptions = {}): AsyncGenerator<PortalListed> {
    return this.sender.iterate<PortalPage, PortalListed>(
      {
        method: "GET",
        path: "/v1/portal/configs",
        query,
        sent: "PortalFilters",
        told: "PortalPage",
      },
      "data",
      options,
    );
  }

  /** A token that opens the portal; `portalUrl` is the link to send. A draft opens for tokens that are made for that, with `preview`; left out, it is what the portal needs. */
  createToken(portalId: string, body: NewPortalToken = {}, options: PostOptions = {}): Promise<PortalToken> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/portal/configs/{portal_id}/tokens",
        at: { portal_id: portalId },
        body,
        sent: "NewPortalToken",
        otherwise: { code: "PORTAL_NOT_ACTIVE", body: { preview: true } },
        told: "PortalToken",
      },
      options,
    );
  }

  /** Takes back one token by its `jti`, or every one that was issued until now. */
  revokeTokens(portalId: string, body: PortalTokenRevocation = {}, options: PostOptions = {}): Promise<Revocation> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/portal/configs/{portal_id}/tokens/revoke",
        at: { portal_id: portalId },
        body,
        sent: "PortalTokenRevocation",
        told: "Revocation",
      },
      options,
    );
  }

  /** Every number of a portal over one range; left out, the 30 days until now. */
  data(portalId: string, query: PortalDataQuery = {}, options: RequestOptions = {}): Promise<PortalData> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/configs/{portal_id}/data",
        at: { portal_id: portalId },
        query,
        sent: "PortalDataQuery",
        told: "PortalData",
      },
      options,
    );
  }

  /** The predefined sets of cards. */
  presets(options: RequestOptions = {}): Promise<PortalPresets> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/presets",
        told: "PortalPresets",
      },
      options,
    );
  }
}

/** Value reports: a portal's numbers over a period, on paper, at set times. */
export class ReportsOperations {
  constructor(protected readonly sender: Sender) {}

  /** A new report of a portal; it is first sent when it is next due. */
  create(body: NewReport, options: PostOptions = {}): Promise<Report> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/portal/reports",
        body,
        sent: "NewReport",
        told: "Report",
      },
      options,
    );
  }

  /** One report, when it is due next, and what became of the last times that it was due. */
  get(reportId: string, options: RequestOptions = {}): Promise<Report> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/reports/{report_id}",
        at: { report_id: reportId },
        told: "Report",
      },
      options,
    );
  }

  /** One page of the reports that this key can see; `iterate` goes through all pages. */
  list(query: ReportQuery = {}, options: RequestOptions = {}): Promise<ReportPage> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/reports",
        query,
        sent: "ReportQuery",
        told: "ReportPage",
      },
      options,
    );
  }

  /** All reports that this key can see, page by page. */
  iterate(query: ReportFilters = {}, options: RequestOptions = {}): AsyncGenerator<ReportListed> {
    return this.sender.iterate<ReportPage, ReportListed>(
      {
        method: "GET",
        path: "/v1/portal/reports",
        query,
        sent: "ReportFilters",
        told: "ReportPage",
      },
      "data",
      options,
    );
  }

  /** Changes what is given: objects are merged, lists replaced, null takes an optional field away. */
  update(reportId: string, body: ReportChanges = {}, options: ChangeOptions = {}): Promise<Report> {
    return this.sender.send(
      {
        method: "PATCH",
        path: "/v1/portal/reports/{report_id}",
        at: { report_id: reportId },
        body,
        sent: "ReportChanges",
        told: "Report",
      },
      options,
    );
  }

  /** Deletes a report: nothing of it is sent any more. What was built of it stays in the archive. */
  delete(reportId: string, options: ChangeOptions = {}): Promise<ReportDeleted> {
    return this.sender.send(
      {
        method: "DELETE",
        path: "/v1/portal/reports/{report_id}",
        at: { report_id: reportId },
        told: "ReportDeleted",
      },
      options,
    );
  }

  /** Sends the last complete period now, or one that was due and was not sent. */
  send(reportId: string, body: SendNow = {}, options: PostOptions = {}): Promise<ReportQueued> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/portal/reports/{report_id}/send",
        at: { report_id: reportId },
        body,
        sent: "SendNow",
        told: "ReportQueued",
      },
      options,
    );
  }

  /** The numbers that the report would show if it were sent now. */
  preview(reportId: string, options: RequestOptions = {}): Promise<ReportPreview> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/reports/{report_id}/preview",
        at: { report_id: reportId },
        told: "ReportPreview",
      },
      options,
    );
  }

  /** One page of what was built, oldest first; also after the report was deleted. */
  archive(reportId: string, query: PageQuery = {}, options: RequestOptions = {}): Promise<ReportArchivePage> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/reports/{report_id}/archive",
        at: { report_id: reportId },
        query,
        sent: "PageQuery",
        told: "ReportArchivePage",
      },
      options,
    );
  }

  /** Everything that was built, page by page. */
  iterateArchive(reportId: string, query: PageSize = {}, options: RequestOptions = {}): AsyncGenerator<ArchivedReport> {
    return this.sender.iterate<ReportArchivePage, ArchivedReport>(
      {
        method: "GET",
        path: "/v1/portal/reports/{report_id}/archive",
        at: { report_id: reportId },
        query,
        sent: "PageSize",
        told: "ReportArchivePage",
      },
      "data",
      options,
    );
  }

  /** A version as it was sent, byte for byte. */
  downloadPdf(reportId: string, n: number, options: RequestOptions = {}): Promise<Uint8Array> {
    return this.sender.download(
      {
        method: "GET",
        path: "/v1/portal/reports/{report_id}/archive/{n}.pdf",
        at: { report_id: reportId, n: n },
      },
      options,
    );
  }

  /** Its numbers, where the report was to have them beside it. */
  downloadCsv(reportId: string, n: number, options: RequestOptions = {}): Promise<Uint8Array> {
    return this.sender.download(
      {
        method: "GET",
        path: "/v1/portal/reports/{report_id}/archive/{n}.csv",
        at: { report_id: reportId, n: n },
      },
      options,
    );
  }

  /** One page of whom each version was sent, oldest first, with every attempt. */
  deliveries(reportId: string, query: PageQuery = {}, options: RequestOptions = {}): Promise<DeliveryPage> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/reports/{report_id}/deliveries",
        at: { report_id: reportId },
        query,
        sent: "PageQuery",
        told: "DeliveryPage",
      },
      options,
    );
  }

  /** Everybody to whom a version was sent, page by page. */
  iterateDeliveries(reportId: string, query: PageSize = {}, options: RequestOptions = {}): AsyncGenerator<Delivery> {
    return this.sender.iterate<DeliveryPage, Delivery>(
      {
        method: "GET",
        path: "/v1/portal/reports/{report_id}/deliveries",
        at: { report_id: reportId },
        query,
        sent: "PageSize",
        told: "DeliveryPage",
      },
      "data",
      options,
    );
  }

  /** Sends that version to that receiver again, delivered or dead, under the same id. */
  resend(reportId: string, deliveryId: string, options: PostOptions = {}): Promise<DeliveryQueued> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/portal/reports/{report_id}/deliveries/{delivery_id}/resend",
        at: { report_id: reportId, delivery_id: deliveryId },
        told: "DeliveryQueued",
      },
      options,
    );
  }

  /** Another secret that signs what the report's webhook is sent, told only now; once to learn the first. */
  rotate(reportId: string, options: PostOptions = {}): Promise<RotatedReportSecret> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/portal/reports/{report_id}/rotate",
        at: { report_id: reportId },
        told: "RotatedReportSecret",
      },
      options,
    );
  }
}

/** Webhooks: who hears of what happens at a portal. */
export class WebhooksOperations {
  constructor(protected readonly sender: Sender) {}

  /** A new webhook, with the secret that signs what it is sent: keep it, it is told only now. */
  create(body: NewWebhook, options: PostOptions = {}): Promise<WebhookCreated> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/portal/webhooks",
        body,
        sent: "NewWebhook",
        told: "WebhookCreated",
      },
      options,
    );
  }

  /** One webhook; its secret and its headers' values are not told again. */
  get(webhookId: string, options: RequestOptions = {}): Promise<Webhook> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/webhooks/{webhook_id}",
        at: { webhook_id: webhookId },
        told: "Webhook",
      },
      options,
    );
  }

  /** One page of the webhooks that this key can see; `iterate` goes through all pages. */
  list(query: WebhookQuery = {}, options: RequestOptions = {}): Promise<WebhookPage> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/webhooks",
        query,
        sent: "WebhookQuery",
        told: "WebhookPage",
      },
      options,
    );
  }

  /** All webhooks that this key can see, page by page. */
  iterate(query: WebhookFilters = {}, options: RequestOptions = {}): AsyncGenerator<Webhook> {
    return this.sender.iterate<WebhookPage, Webhook>(
      {
        method: "GET",
        path: "/v1/portal/webhooks",
        query,
        sent: "WebhookFilters",
        told: "WebhookPage",
      },
      "data",
      options,
    );
  }

  /** Changes what is given: events are replaced, headers merged, and a header's null takes it away. */
  update(webhookId: string, body: WebhookChanges = {}, options: ChangeOptions = {}): Promise<Webhook> {
    return this.sender.send(
      {
        method: "PATCH",
        path: "/v1/portal/webhooks/{webhook_id}",
        at: { webhook_id: webhookId },
        body,
        sent: "WebhookChanges",
        told: "Webhook",
      },
      options,
    );
  }

  /** Deletes a webhook; nothing is sent to it any more. */
  delete(webhookId: string, options: ChangeOptions = {}): Promise<WebhookDeleted> {
    return this.sender.send(
      {
        method: "DELETE",
        path: "/v1/portal/webhooks/{webhook_id}",
        at: { webhook_id: webhookId },
        told: "WebhookDeleted",
      },
      options,
    );
  }

  /** Another signing secret; for 24 hours messages carry the old signature too. */
  rotate(webhookId: string, options: PostOptions = {}): Promise<RotatedSecret> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/portal/webhooks/{webhook_id}/rotate",
        at: { webhook_id: webhookId },
        told: "RotatedSecret",
      },
      options,
    );
  }

  /** Sends a message `webhook.test`, signed and tried again as every other. */
  test(webhookId: string, options: PostOptions = {}): Promise<DeliveryQueued> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/portal/webhooks/{webhook_id}/test",
        at: { webhook_id: webhookId },
        told: "DeliveryQueued",
      },
      options,
    );
  }

  /** One page of what it was sent or is to be sent, oldest first, with every attempt. */
  deliveries(webhookId: string, query: WebhookDeliveryQuery = {}, options: RequestOptions = {}): Promise<DeliveryPage> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/webhooks/{webhook_id}/deliveries",
        at: { webhook_id: webhookId },
        query,
        sent: "WebhookDeliveryQuery",
        told: "DeliveryPage",
      },
      options,
    );
  }

  /** All that it was sent or is to be sent, page by page. */
  iterateDeliveries(webhookId: string, query: WebhookDeliveryFilters = {}, options: RequestOptions = {}): AsyncGenerator<Delivery> {
    return this.sender.iterate<DeliveryPage, Delivery>(
      {
        method: "GET",
        path: "/v1/portal/webhooks/{webhook_id}/deliveries",
        at: { webhook_id: webhookId },
        query,
        sent: "WebhookDeliveryFilters",
        told: "DeliveryPage",
      },
      "data",
      options,
    );
  }

  /** Sends a message again, delivered or dead, under the same id. */
  resend(webhookId: string, deliveryId: string, options: PostOptions = {}): Promise<DeliveryQueued> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/portal/webhooks/{webhook_id}/deliveries/{delivery_id}/resend",
        at: { webhook_id: webhookId, delivery_id: deliveryId },
        told: "DeliveryQueued",
      },
      options,
    );
  }
}

/** Customers: their names, zones and locales. */
export class CustomersOperations {
  constructor(protected readonly sender: Sender) {}

  /** One page of the customers that this key can see; `iterate` goes through all pages. */
  list(query: PageQuery = {}, options: RequestOptions = {}): Promise<CustomerPage> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/customers",
        query,
        sent: "PageQuery",
        told: "CustomerPage",
      },
      options,
    );
  }

  /** All customers that this key can see, page by page. */
  iterate(query: PageSize = {}, options: RequestOptions = {}): AsyncGenerator<Customer> {
    return this.sender.iterate<CustomerPage, Customer>(
      {
        method: "GET",
        path: "/v1/portal/customers",
        query,
        sent: "PageSize",
        told: "CustomerPage",
      },
      "data",
      options,
    );
  }

  /** One customer. */
  get(customerId: string, options: RequestOptions = {}): Promise<Customer> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/customers/{customer_id}",
        at: { customer_id: customerId },
        told: "Customer",
      },
      options,
    );
  }

  /** Sets what is given, which wins over what events say; null goes back to that. */
  update(customerId: string, body: CustomerChanges = {}, options: ChangeOptions = {}): Promise<Customer> {
    return this.sender.send(
      {
        method: "PATCH",
        path: "/v1/portal/customers/{customer_id}",
        at: { customer_id: customerId },
        body,
        sent: "CustomerChanges",
        told: "Customer",
      },
      options,
    );
  }

  /** Erases a customer for good, with everything that is known of it; by admin keys. `erasure` watches it. */
  erase(customerId: string, options: ChangeOptions = {}): Promise<Erasure> {
    return this.sender.send(
      {
        method: "DELETE",
        path: "/v1/portal/customers/{customer_id}",
        at: { customer_id: customerId },
        told: "Erasure",
      },
      options,
    );
  }

  /** How far the erasing of a customer has come, and what was removed. */
  erasure(erasureId: string, options: RequestOptions = {}): Promise<Erasure> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/portal/erasures/{erasure_id}",
        at: { erasure_id: erasureId },
        told: "Erasure",
      },
      options,
    );
  }
}

/** Metrics: their values, series and distributions. */
export class MetricsOperations {
  constructor(protected readonly sender: Sender) {}

  /** Every metric that this key can ask for: the standard ones, then business results. */
  catalogue(options: RequestOptions = {}): Promise<Catalogue> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/analytics/metrics",
        told: "Catalogue",
      },
      options,
    );
  }

  /** The value of a metric at an instant: over the calendar month of that instant, until then. */
  get(metricId: string, query: ValueQuery = {}, options: RequestOptions = {}): Promise<Metric> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/analytics/metrics/{metric_id}",
        at: { metric_id: metricId },
        query,
        sent: "ValueQuery",
        told: "Metric",
      },
      options,
    );
  }

  /** A metric bucket by bucket, every bucket of the range, grouped where that is asked. */
  series(metricId: string, query: SeriesQuery, options: RequestOptions = {}): Promise<Series> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/analytics/metrics/{metric_id}/series",
        at: { metric_id: metricId },
        query,
        sent: "SeriesQuery",
        told: "Series",
      },
      options,
    );
  }

  /** Percentiles and a histogram of what a metric is made of. */
  distribution(metricId: string, query: DistributionQuery, options: RequestOptions = {}): Promise<Distribution> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/analytics/metrics/{metric_id}/distribution",
        at: { metric_id: metricId },
        query,
        sent: "DistributionQuery",
        told: "Distribution",
      },
      options,
    );
  }

  /** Up to 50 metrics over one period. */
  batch(body: NewBatch, options: PostOptions = {}): Promise<Batch> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/analytics/metrics/batch",
        body,
        sent: "NewBatch",
        told: "Batch",
      },
      options,
    );
  }
}

/** Custom metrics: formulas over metrics. `customerId` says whose, where several customers have the id. */
export class CustomMetricsOperations {
  constructor(protected readonly sender: Sender) {}

  /** A new definition; made with a key of one customer it is that customer's, else everybody's. */
  create(body: NewCustomMetric, options: PostOptions = {}): Promise<CustomMetric> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/analytics/metrics/custom",
        body,
        sent: "NewCustomMetric",
        told: "CustomMetric",
      },
      options,
    );
  }

  /** One definition with its formula. */
  get(customMetricId: string, query: WhoseMetric = {}, options: RequestOptions = {}): Promise<CustomMetric> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/analytics/metrics/custom/{custom_metric_id}",
        at: { custom_metric_id: customMetricId },
        query,
        sent: "WhoseMetric",
        told: "CustomMetric",
      },
      options,
    );
  }

  /** One page of the definitions that this key can see; `iterate` goes through all pages. */
  list(query: CustomMetricQuery = {}, options: RequestOptions = {}): Promise<CustomMetricPage> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/analytics/metrics/custom",
        query,
        sent: "CustomMetricQuery",
        told: "CustomMetricPage",
      },
      options,
    );
  }

  /** All definitions that this key can see, page by page. */
  iterate(query: CustomMetricFilters = {}, options: RequestOptions = {}): AsyncGenerator<CustomMetricListed> {
    return this.sender.iterate<CustomMetricPage, CustomMetricListed>(
      {
        method: "GET",
        path: "/v1/analytics/metrics/custom",
        query,
        sent: "CustomMetricFilters",
        told: "CustomMetricPage",
      },
      "customMetrics",
      options,
    );
  }

  /** Changes what is given; a formula is replaced whole. */
  update(customMetricId: string, body: CustomMetricChanges = {}, options: ChangeOptions & { customerId?: string | null } = {}): Promise<CustomMetric> {
    return this.sender.send(
      {
        method: "PATCH",
        path: "/v1/analytics/metrics/custom/{custom_metric_id}",
        at: { custom_metric_id: customMetricId },
        query: { customerId: options.customerId },
        body,
        sent: "CustomMetricChanges",
        told: "CustomMetric",
      },
      options,
    );
  }

  /** Deletes a definition that nothing uses any more. */
  delete(customMetricId: string, query: WhoseMetric = {}, options: ChangeOptions = {}): Promise<Deleted> {
    return this.sender.send(
      {
        method: "DELETE",
        path: "/v1/analytics/metrics/custom/{custom_metric_id}",
        at: { custom_metric_id: customMetricId },
        query,
        sent: "WhoseMetric",
        told: "Deleted",
      },
      options,
    );
  }

  /** The value over a range, and what the formula saw; with `granularity` or `groupBy` also a series. */
  evaluate(customMetricId: string, query: SeriesQuery, options: RequestOptions = {}): Promise<Evaluation> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/analytics/metrics/custom/{custom_metric_id}/evaluate",
        at: { custom_metric_id: customMetricId },
        query,
        sent: "SeriesQuery",
        told: "Evaluation",
      },
      options,
    );
  }

  /** Tries a formula before a metric is made of it; all faults are told at once, none is raised. */
  validate(body: NewTrial, options: PostOptions = {}): Promise<Validation> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/analytics/metrics/custom/validate",
        body,
        sent: "NewTrial",
        told: "Validation",
      },
      options,
    );
  }
}

/** The numbers of a dashboard at once. */
export class DashboardOperations {
  constructor(protected readonly sender: Sender) {}

  /** Five numbers against the period before, and where the money went; left out, `period` is 30d. */
  summary(query: SummaryQuery = {}, options: RequestOptions = {}): Promise<Summary> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/analytics/dashboard/summary",
        query,
        sent: "SummaryQuery",
        told: "Summary",
      },
      options,
    );
  }
}

/** Alert rules: what is looked at after each publish. */
export class AlertsOperations {
  constructor(protected readonly sender: Sender) {}

  /** A new rule; made with a key of one customer it is that customer's. */
  create(body: NewAlert, options: PostOptions = {}): Promise<Alert> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/analytics/alerts",
        body,
        sent: "NewAlert",
        told: "Alert",
      },
      options,
    );
  }

  /** One rule and its state. */
  get(alertId: string, options: RequestOptions = {}): Promise<Alert> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/analytics/alerts/{alert_id}",
        at: { alert_id: alertId },
        told: "Alert",
      },
      options,
    );
  }

  /** One page of the rules that this key can see; `iterate` goes through all pages. */
  list(query: AlertQuery = {}, options: RequestOptions = {}): Promise<AlertPage> {
    return this.sender.send(
      {
        method: "GET",
        path: "/v1/analytics/alerts",
        query,
        sent: "AlertQuery",
        told: "AlertPage",
      },
      options,
    );
  }

  /** All rules that this key can see, page by page. */
  iterate(query: AlertFilters = {}, options: RequestOptions = {}): AsyncGenerator<Alert> {
    return this.sender.iterate<AlertPage, Alert>(
      {
        method: "GET",
        path: "/v1/analytics/alerts",
        query,
        sent: "AlertFilters",
        told: "AlertPage",
      },
      "alerts",
      options,
    );
  }

  /** Changes what is given: the condition is merged, actions and filters are replaced. */
  update(alertId: string, body: AlertChanges = {}, options: ChangeOptions = {}): Promise<Alert> {
    return this.sender.send(
      {
        method: "PATCH",
        path: "/v1/analytics/alerts/{alert_id}",
        at: { alert_id: alertId },
        body,
        sent: "AlertChanges",
        told: "Alert",
      },
      options,
    );
  }

  /** Deletes a rule. */
  delete(alertId: string, options: ChangeOptions = {}): Promise<Deleted> {
    return this.sender.send(
      {
        method: "DELETE",
        path: "/v1/analytics/alerts/{alert_id}",
        at: { alert_id: alertId },
        told: "Deleted",
      },
      options,
    );
  }

  /** Another secret that signs what the rule's webhooks are sent, told only now; once to learn the first. */
  rotate(alertId: string, options: PostOptions = {}): Promise<RotatedAlertSecret> {
    return this.sender.send(
      {
        method: "POST",
        path: "/v1/analytics/alerts/{alert_id}/rotate",
        at: { alert_id: alertId },
        told: "RotatedAlertSecret",
      },
      options,
    );
  }
}
