// Written by `make sdk` from the Python SDK. Change that, not this.

/** ISO 8601, or a Date; without an offset it is read in the question's timezone. */
export type Instant = string | Date;

/** An object whose fields are not declared. */
export type Undeclared = Record<string, unknown>;

export type PortalStatus = "draft" | "active" | "archived";
export type Theme = "light" | "dark" | "auto";
export type ChartType = "line" | "bar" | "number" | "pie" | "table";
export type RangeName = "24h" | "7d" | "30d" | "90d" | "ytd";
export type ComparisonPeriod = "previous" | "ytd" | "yoy";
export type BaselineSource = "manual" | "historical";
export type GridColumns = 12 | 16 | 24;
export type Preset = "standard_dashboard" | "support_agent" | "sales_agent" | "coding_agent" | "cost_control";
export type Permission = "read:metrics" | "export:data" | "configure:portal";
export type WebhookEvent = "portal.accessed" | "portal.data_exported" | "report.delivered" | "metric.threshold_crossed";
export type MetricType = "counter" | "gauge" | "histogram" | "timeseries";
export type Aggregation = "sum" | "avg" | "min" | "max" | "p50" | "p95" | "p99" | "count" | "rate";
export type Granularity = "auto" | "minute" | "hour" | "day" | "week" | "month";
export type GroupBy = "agent_id" | "model" | "customer_id";
export type FormulaType = "arithmetic" | "conditional" | "aggregate";
export type AlertOperator = "gt" | "lt" | "gte" | "lte" | "eq";
export type AlertActionType = "webhook" | "email" | "slack";
export type AlertState = "ok" | "firing" | "no_data";
export type ReportFrequency = "daily" | "weekly" | "monthly";
export type DeliveryMethod = "email" | "webhook" | "both";
export type ReportComparison = "previous" | "ytd";
export type OccurrenceState = "due" | "waiting" | "held" | "built" | "failed" | "skipped_missed" | "skipped_inactive";
export type DeliveryState = "pending" | "delivered" | "dead" | "cancelled";
export type MessageEvent = "portal.accessed" | "portal.data_exported" | "report.delivered" | "metric.threshold_crossed" | "report.ready" | "webhook.test";
export type ErasureState = "requested" | "done";

export interface AlertCondition {
  operator: AlertOperator;
  threshold: number;
  duration: string;
}

export interface AlertAction {
  type: AlertActionType;
  target: string;
}

export interface Alert {
  id: string;
  name: string;
  metricId: string;
  condition: AlertCondition;
  actions: AlertAction[];
  filters: Record<string, string>;
  isEnabled: boolean;
  /** Whose rule it is; null is over everybody's numbers. */
  customerId: string | null;
  /** null until it has been evaluated. */
  state: AlertState | null;
  stateChangedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface AlertPage {
  alerts: Alert[];
  total: number;
  limit: number;
  offset: number;
}

export interface RotatedAlertSecret {
  alertId: string;
  signingSecret: string;
  /** Until then messages carry the old signature too. */
  previousValidUntil: string;
}

export interface Pagination {
  hasMore: boolean;
  nextCursor: string | null;
  /** Of all pages. */
  total: number;
}

/** Where numbers come from; what else an answer says of itself is in here as well. */
export interface Metadata {
  /** Up to when the data reaches. */
  dataAsOf: string;
  snapshot: string;
  [more: string]: string | number | boolean | null | undefined;
}

export interface Period {
  start: string;
  end: string;
}

export interface Part {
  label: string;
  value: number | null;
  /** Of the total, 0 to 1. */
  share: number | null;
}

export interface HistogramBucket {
  bucket: string;
  lower: number;
  /** Not included; null is open. */
  upper: number | null;
  count: number;
}

export interface Deleted {
  deleted: boolean;
  id: string;
}

export interface FormulaVariable {
  variable: string;
  metricId: string;
  aggregation?: Aggregation | null;
  filters?: Record<string, string> | null;
}

export interface ConditionalRule {
  condition: string;
  thenValue: string | number | null;
  elseValue: string | number | null;
}

export interface Formula {
  type: FormulaType;
  expression: string;
  inputs: FormulaVariable[];
  conditions?: ConditionalRule[] | null;
}

export interface CustomMetricListed {
  id: string;
  name: string;
  description: string;
  unit: string;
  isActive: boolean;
  createdAt: string;
  updatedAt: string;
  /** Whose it is; null is everybody's. */
  customerId: string | null;
}

export interface CustomMetric {
  id: string;
  name: string;
  description: string;
  unit: string;
  isActive: boolean;
  createdAt: string;
  updatedAt: string;
  /** Whose it is; null is everybody's. */
  customerId: string | null;
  formula: Formula;
}

export interface CustomMetricPage {
  customMetrics: CustomMetricListed[];
  total: number;
  limit: number;
  offset: number;
}

/** A fault or a warning about a formula. */
export interface FormulaNote {
  code: string;
  message: string;
  variable?: string | null;
  position?: number | null;
}

export interface Seen {
  metricId: string;
  /** As the formula saw it: a percent as its ratio. */
  value: number | null;
}

export interface Evaluation {
  metricId: string;
  metricName: string;
  unit: string;
  value: number | null;
  timestamp: string;
  formulaBreakdown: Record<string, Seen>;
  period: Period;
  warnings: FormulaNote[];
  metadata: Metadata;
  granularity?: Granularity | null;
  groupBy?: string | null;
  data?: DataPoint[] | null;
}

export interface Trial {
  value: number | null;
  inputsResolved: Record<string, number | null>;
}

export interface Validation {
  valid: boolean;
  testResult?: Trial | null;
  warnings?: FormulaNote[] | null;
  errors?: FormulaNote[] | null;
}

export interface Customer {
  customerId: string;
  name: string;
  /** IANA zone of its days. */
  timezone: string;
  /** How its numbers and dates are written, BCP 47. */
  locale: string;
  /** Whether published events know it. */
  hasEvents: boolean;
  /** When something was last set; null for never. */
  updatedAt: string | null;
}

export interface CustomerPage {
  data: Customer[];
  pagination: Pagination;
}

/** The erasing of a customer: it holds at once, and is done when nothing is left anywhere. */
export interface Erasure {
  erasureId: string;
  state: ErasureState;
  requestedAt: string;
  finishedAt: string | null;
  /** How much, by place. */
  removed: Record<string, number>;
  /** The signed record of what went. */
  record: Undeclared | null;
}

export interface DeliveryAttempt {
  attempt: number;
  startedAt: string;
  endedAt: string | null;
  /** Of HTTP, or of SMTP. */
  status: number | null;
  errorClass: string | null;
  error: string | null;
}

export interface Delivery {
  /** Also the message's header webhook-id, or the begin of a mail's Message-ID. */
  deliveryId: string;
  /** email or webhook. */
  method: string;
  event: string | null;
  recipient: string | null;
  /** The version of the report. */
  archiveN: number | null;
  state: DeliveryState;
  attempts: number;
  createdAt: string;
  nextAttemptAt: string | null;
  finishedAt: string | null;
  lastStatus: number | null;
  lastErrorClass: string | null;
  lastError: string | null;
  attemptLog: DeliveryAttempt[];
}

export interface DeliveryPage {
  data: Delivery[];
  pagination: Pagination;
}

export interface DeliveryQueued {
  deliveryId: string;
  /** queued: it is sent within a minute. */
  status: string;
}

/** How a value came about. In a batch, what holds for all of it is in the batch's own metadata. */
export interface MetricMetadata {
  aggregation: Aggregation;
  numerator: number | null;
  denominator: number | null;
  observations: number | null;
  coverage: number | null;
  isSmallSample: boolean | null;
  periodStart?: string | null;
  periodEnd?: string | null;
  timezone?: string | null;
  unpricedShare?: number | null;
  method?: string | null;
  dataAsOf?: string | null;
  snapshot?: string | null;
  [more: string]: string | number | boolean | null | undefined;
}

export interface Metric {
  id: string;
  name: string;
  type: MetricType;
  unit: string;
  description?: string | null;
  /** null where nothing was observed; a percent is 0 to 100. */
  value: number | null;
  timestamp: string;
  metadata: MetricMetadata;
  breakdown?: Part[] | null;
}

export interface CatalogueEntry {
  id: string;
  name: string;
  type: MetricType;
  unit: string;
  description: string;
  /** higher, lower or neutral. */
  better: string;
  dimensions: string[];
  /** Those with a meaning, the natural one first. */
  aggregations: Aggregation[];
  hasDistribution: boolean;
}

export interface Catalogue {
  metrics: CatalogueEntry[];
  total: number;
  metadata: Metadata;
}

export interface DataPoint {
  /** The start of the bucket, which may lie before the range's. */
  timestamp: string;
  value: number | null;
  dimensions: Record<string, string>;
}

export interface Series {
  metricId: string;
  metricName: string;
  unit: string;
  granularity: Granularity;
  aggregation: Aggregation;
  start: string;
  end: string;
  data: DataPoint[];
  metadata: Metadata;
}

export interface Percentiles {
  p50: number | null;
  p75: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
  min: number | null;
  max: number | null;
  mean: number | null;
  count: number;
}

export interface Distribution {
  metricId: string;
  metricName: string;
  unit: string;
  start: string;
  end: string;
  percentiles: Percentiles;
  histogram: HistogramBucket[];
  metadata: Metadata;
}

export interface FiltersApplied {
  agentId?: string | null;
  model?: string | null;
  customerId?: string | null;
  start: string;
  end: string;
  timezone: string;
}

export interface Batch {
  metrics: Metric[];
  filtersApplied: FiltersApplied;
  metadata: Metadata;
}

export interface SummaryPeriod {
  start: string;
  end: string;
  label: string;
}

export interface Kpi {
  value: number | null;
  unit: string;
  /** Percent of the previous value; null where that is 0 or unknown. */
  change: number | null;
  changePeriod: string;
  metricId: string;
  changePoints: number | null;
  previousValue: number | null;
  isWithinNoise: boolean | null;
  direction: string | null;
}

export interface Kpis {
  totalCost: Kpi;
  totalRequests: Kpi;
  totalTokens: Kpi;
  avgLatency: Kpi;
  cacheSavings: Kpi;
}

export interface AgentSpend {
  agentId: string;
  cost: number | null;
  requests: number;
}

export interface ModelSpend {
  model: string;
  cost: number | null;
  percentage: number | null;
}

export interface Summary {
  period: SummaryPeriod;
  kpis: Kpis;
  topAgentsBySpend: AgentSpend[];
  costByModel: ModelSpend[];
  metadata: Metadata;
}

export interface ChartPoint {
  /** The start of the bucket, which may lie before the range's. */
  timestamp: string;
  value: number | null;
  previous?: number | null;
}

export interface TableRow {
  timestamp?: string | null;
  label?: string | null;
  value: number | null;
  previous: number | null;
  change: number | null;
}

export interface TargetReached {
  value: number;
  label: string;
  share: number | null;
}

/** Where a card's number comes from; what else it says of itself is in here as well. */
export interface CardMetadata {
  state: string;
  numerator: number | null;
  denominator: number | null;
  observations: number | null;
  coverage: number | null;
  isSmallSample: boolean | null;
  isPartial: boolean | null;
  periodStart: string;
  periodEnd: string;
  [more: string]: string | number | boolean | null | undefined;
}

export interface PortalCard {
  metricId: string;
  displayName: string;
  /** null where nothing was observed; `metadata.state` says why. */
  value: number | null;
  unit: string;
  /** Percent of the previous value; null where the portal compares nothing. */
  change: number | null;
  changePeriod: string | null;
  /** null where there is no series. */
  chartData: ChartPoint[] | null;
  granularity: Granularity | null;
  chartType: ChartType;
  better: string;
  target: TargetReached | null;
  breakdown?: Part[] | null;
  histogram?: HistogramBucket[] | null;
  rows?: TableRow[] | null;
  metadata: CardMetadata;
  changePoints?: number | null;
  previousValue?: number | null;
  previousPeriod?: Period | null;
  previousIsCovered?: boolean | null;
  isWithinNoise?: boolean | null;
  direction?: string | null;
}

export interface BaselineFigure {
  label: string;
  value: number | null;
  source: BaselineSource;
}

export interface CurrentFigure {
  label: string;
  metricId: string;
  value: number | null;
}

export interface ImprovementFigure {
  absolute: number | null;
  percentage: number | null;
  direction: string | null;
}

export interface BeforeAfterFigures {
  metricId: string;
  displayName: string;
  unit: string;
  baseline: BaselineFigure;
  current: CurrentFigure;
  improvement: ImprovementFigure;
}

export interface PortalData {
  portalId: string;
  customerId: string;
  period: Period;
  data: PortalCard[];
  comparisons: BeforeAfterFigures[];
  generatedAt: string;
  metadata: Metadata;
}

export interface Branding {
  title: string;
  logoUrl?: string | null;
  primaryColor?: string | null;
  theme?: Theme | null;
}

export interface Position {
  row: number;
  col: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface TimeRange {
  default: RangeName;
  allowUserSelection: boolean;
}

export interface Comparison {
  enabled: boolean;
  period: ComparisonPeriod;
}

export interface Target {
  value: number;
  label: string;
}

export interface PortalMetric {
  metricId: string;
  displayName: string;
  position: Position;
  size: Size;
  chartType: ChartType;
  timeRange?: TimeRange | null;
  comparison?: Comparison | null;
  target?: Target | null;
}

export interface LayoutSection {
  metrics: string[];
  title?: string | null;
  collapsible?: boolean | null;
}

export interface Layout {
  gridColumns: GridColumns;
  sections: LayoutSection[];
}

export interface Baseline {
  label: string;
  value: number;
  source: BaselineSource;
}

export interface CurrentMetric {
  label: string;
  metricId: string;
}

export interface Improvement {
  showPercentage: boolean;
  showAbsolute: boolean;
  highlightPositive: boolean;
}

export interface BeforeAfter {
  metricId: string;
  displayName: string;
  baseline: Baseline;
  current: CurrentMetric;
  improvement?: Improvement | null;
  position?: Position | null;
  size?: Size | null;
}

export interface Access {
  embedEnabled: boolean;
  allowedDomains?: string[] | null;
  public?: boolean | null;
  passwordProtected?: boolean | null;
  publicLink?: string | null;
}

export interface Portal {
  portalId: string;
  name: string;
  customerId: string;
  status: PortalStatus;
  publicLink: string;
  embedCode: string;
  branding: Branding;
  metrics: PortalMetric[];
  layout: Layout;
  comparisons: BeforeAfter[];
  access: Access;
  createdAt: string;
  updatedAt: string;
}

export interface PortalListed {
  portalId: string;
  name: string;
  customerId: string;
  status: PortalStatus;
  metricsCount: number;
  /** null until somebody has looked at it. */
  lastAccessed: string | null;
}

export interface PortalPage {
  data: PortalListed[];
  pagination: Pagination;
}

export interface PortalPreset {
  id: string;
  name: string;
  description: string;
  metrics: PortalMetric[];
  layout: Layout;
}

export interface PortalPresets {
  data: PortalPreset[];
  total: number;
}

export interface PortalToken {
  /** Told once; it is kept nowhere. */
  token: string;
  tokenType: string;
  portalId: string;
  customerId: string;
  expiresAt: string;
  permissions: Permission[];
  /** Opens the portal in a browser. */
  portalUrl: string;
  /** Names the token, to take it back. */
  jti: string;
}

export interface Revocation {
  revoked: boolean;
  portalId: string;
  /** null: every token that was issued until then. */
  jti: string | null;
  revokedAt: string;
}

export interface Schedule {
  frequency: ReportFrequency;
  /** HH:MM. */
  time: string;
  /** 0 is Sunday. */
  dayOfWeek?: number | null;
  dayOfMonth?: number | null;
  /** Whose clocks; null: the time is UTC, and days are the customer's. */
  timezone?: string | null;
}

export interface ReportDelivery {
  method: DeliveryMethod;
  recipients: string[];
  webhookUrl?: string | null;
  /** Their values are not read back. */
  webhookHeaders: Record<string, string>;
}

export interface ReportContent {
  includeSummary: boolean;
  includeCharts: boolean;
  includeRawData: boolean;
  comparisonPeriod?: ReportComparison | null;
}

export interface CoveredPeriod {
  start: string;
  end: string;
  /** Whose days, weeks and months it counts in. */
  timezone: string;
}

/** One time that a report was due, or was asked for. */
export interface Occurrence {
  deliveryId: string;
  dueAt: string;
  byHand: boolean;
  period: CoveredPeriod;
  state: OccurrenceState;
  /** Why, for a person. */
  reason: string | null;
  /** What was built. */
  archiveN: number | null;
}

export interface Report {
  reportId: string;
  portalId: string;
  name: string;
  schedule: Schedule;
  delivery: ReportDelivery;
  content: ReportContent;
  isActive: boolean;
  /** With the offset of the report's zone; null while it is not active. */
  nextScheduled: string | null;
  lastSentAt: string | null;
  createdAt: string;
  updatedAt: string;
  /** The newest first. */
  occurrences: Occurrence[];
}

export interface ReportListed {
  reportId: string;
  portalId: string;
  name: string;
  schedule: Schedule;
  isActive: boolean;
  lastSentAt: string | null;
  nextScheduled: string | null;
  /** How many occurrences wait for somebody. */
  held: number;
}

export interface ReportPage {
  data: ReportListed[];
  total: number;
  pagination: Pagination;
}

export interface ReportQueued {
  reportId: string;
  status: string;
  estimatedDelivery: string;
  deliveryId: string;
  period: CoveredPeriod;
}

export interface ReportDeleted {
  deleted: boolean;
  reportId: string;
}

/** The numbers that the report would show if it were sent now. */
export interface ReportPreview {
  reportId: string;
  portalId: string;
  name: string;
  period: CoveredPeriod;
  /** Whether everything that happened in the period has been loaded. */
  isComplete: boolean;
  data: PortalCard[];
  comparisons: BeforeAfterFigures[];
  metadata: Metadata;
}

export interface ArchivedFile {
  url: string;
  bytes: number;
  sha256: string;
}

/** A number that a restated version corrects: exact, as text. */
export interface CorrectedFigure {
  metricId: string;
  name: string;
  before: string | null;
  after: string | null;
}

/** One version that was built, as it was sent. */
export interface ArchivedReport {
  archiveId: string;
  n: number;
  name: string;
  period: CoveredPeriod;
  /** null for a restated version. */
  dueAt: string | null;
  builtAt: string;
  dataAsOf: string;
  snapshot: string;
  pages: number;
  pdf: ArchivedFile;
  csv: ArchivedFile | null;
  /** The version that this one corrects. */
  restates: number | null;
  /** In what. */
  changes: CorrectedFigure[];
}

export interface ReportArchivePage {
  data: ArchivedReport[];
  pagination: Pagination;
}

export interface RotatedReportSecret {
  reportId: string;
  signingSecret: string;
  /** Until then messages carry the old signature too. */
  previousValidUntil: string;
}

export interface Webhook {
  webhookId: string;
  portalId: string;
  url: string;
  events: WebhookEvent[];
  /** Their values are not read back. */
  headers: Record<string, string>;
  isEnabled: boolean;
  /** Why nothing is sent, where nobody decided so. */
  disabledReason: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface WebhookCreated {
  webhookId: string;
  portalId: string;
  url: string;
  events: WebhookEvent[];
  /** Their values are not read back. */
  headers: Record<string, string>;
  isEnabled: boolean;
  /** Why nothing is sent, where nobody decided so. */
  disabledReason: string | null;
  createdAt: string;
  updatedAt: string;
  /** Signs every message, as Standard Webhooks does; told only now. */
  signingSecret: string;
}

export interface WebhookPage {
  data: Webhook[];
  pagination: Pagination;
}

export interface WebhookDeleted {
  deleted: boolean;
  webhookId: string;
}

export interface RotatedSecret {
  webhookId: string;
  signingSecret: string;
  /** Until then messages carry the old signature too. */
  previousValidUntil: string;
}

export interface AlertConditionInput {
  operator: AlertOperator;
  threshold: number;
  duration: string;
}

export interface AlertConditionChanges {
  operator?: AlertOperator;
  threshold?: number;
  duration?: string;
}

export interface AlertActionInput {
  type: AlertActionType;
  target: string;
}

export interface NewAlert {
  name: string;
  metricId: string;
  condition: AlertConditionInput | AlertCondition;
  actions?: readonly (AlertActionInput | AlertAction)[];
  isEnabled?: boolean;
  filters?: Record<string, string | undefined>;
}

export interface AlertChanges {
  name?: string;
  metricId?: string;
  condition?: AlertConditionChanges | AlertCondition;
  actions?: readonly (AlertActionInput | AlertAction)[];
  isEnabled?: boolean;
  filters?: Record<string, string | undefined>;
}

export interface AlertFilters {
  customerId?: string | null;
  limit?: number;
}

export interface AlertQuery {
  customerId?: string | null;
  limit?: number;
  offset?: number;
}

export interface PageQuery {
  limit?: number;
  cursor?: string | null;
}

export interface PageSize {
  limit?: number;
}

export interface FormulaVariableInput {
  variable: string;
  metricId: string;
  aggregation?: Aggregation | null;
  filters?: Record<string, string | undefined> | null;
}

export interface ConditionalRuleInput {
  condition: string;
  thenValue: string | number | null;
  elseValue: string | number | null;
}

export interface FormulaInput {
  type: FormulaType;
  expression: string;
  inputs: readonly (FormulaVariableInput | FormulaVariable)[];
  conditions?: readonly (ConditionalRuleInput | ConditionalRule)[] | null;
}

export interface TrialPeriod {
  start: Instant;
  end?: Instant | null;
}

export interface NewTrial {
  formula: FormulaInput | Formula;
  testPeriod?: TrialPeriod | null;
}

/** Whose metric, where several customers have the id. */
export interface WhoseMetric {
  customerId?: string | null;
}

export interface NewCustomMetric {
  id?: string | null;
  name: string;
  description?: string;
  unit: string;
  formula: FormulaInput | Formula;
  isActive?: boolean;
}

export interface CustomMetricChanges {
  name?: string;
  description?: string;
  unit?: string;
  formula?: FormulaInput | Formula;
  isActive?: boolean;
}

export interface CustomMetricFilters {
  isActive?: boolean | null;
  customerId?: string | null;
  limit?: number;
}

export interface CustomMetricQuery {
  isActive?: boolean | null;
  customerId?: string | null;
  limit?: number;
  offset?: number;
}

export interface CustomerChanges {
  name?: string | null;
  timezone?: string | null;
  locale?: string | null;
}

export interface ValueQuery {
  agentId?: string | null;
  customerId?: string | null;
  timezone?: string;
  model?: string | null;
  at?: Instant | null;
}

export interface SeriesQuery {
  agentId?: string | null;
  customerId?: string | null;
  timezone?: string;
  model?: string | null;
  start: Instant;
  end?: Instant | null;
  granularity?: Granularity;
  aggregation?: Aggregation | null;
  groupBy?: GroupBy | null;
  limit?: number;
}

export interface DistributionQuery {
  agentId?: string | null;
  customerId?: string | null;
  timezone?: string;
  model?: string | null;
  start: Instant;
  end?: Instant | null;
  buckets?: number;
}

export interface SummaryQuery {
  agentId?: string | null;
  customerId?: string | null;
  timezone?: string;
  period?: string;
  start?: Instant | null;
  end?: Instant | null;
}

export interface BatchFilters {
  agentId?: string | null;
  customerId?: string | null;
  timezone?: string;
  model?: string | null;
  start?: Instant | null;
  end?: Instant | null;
}

export interface NewBatch {
  metricIds: readonly string[];
  filters?: BatchFilters;
}

export interface BrandingInput {
  title: string;
  logoUrl?: string | null;
  primaryColor?: string | null;
  theme?: Theme | null;
}

export interface BrandingChanges {
  title?: string;
  logoUrl?: string | null;
  primaryColor?: string | null;
  theme?: Theme | null;
}

export interface PositionInput {
  row: number;
  col: number;
}

export interface SizeInput {
  width: number;
  height: number;
}

export interface TimeRangeInput {
  default?: RangeName;
  allowUserSelection?: boolean;
}

export interface ComparisonInput {
  enabled: boolean;
  period?: ComparisonPeriod;
}

export interface TargetInput {
  value: number;
  label: string;
}

export interface PortalMetricInput {
  metricId: string;
  displayName: string;
  position: PositionInput | Position;
  size: SizeInput | Size;
  chartType: ChartType;
  timeRange?: TimeRangeInput | TimeRange | null;
  comparison?: ComparisonInput | Comparison | null;
  target?: TargetInput | Target | null;
}

export interface LayoutSectionInput {
  metrics: readonly string[];
  title?: string | null;
  collapsible?: boolean | null;
}

export interface LayoutInput {
  gridColumns?: GridColumns;
  sections?: readonly (LayoutSectionInput | LayoutSection)[] | null;
}

export interface BaselineInput {
  label: string;
  value: number;
  source?: BaselineSource;
}

export interface CurrentMetricInput {
  label: string;
  metricId: string;
}

export interface ImprovementInput {
  showPercentage?: boolean;
  showAbsolute?: boolean;
  highlightPositive?: boolean;
}

export interface BeforeAfterInput {
  metricId: string;
  displayName: string;
  baseline: BaselineInput | Baseline;
  current: CurrentMetricInput | CurrentMetric;
  improvement?: ImprovementInput | Improvement | null;
  position?: PositionInput | Position | null;
  size?: SizeInput | Size | null;
}

export interface AccessInput {
  embedEnabled?: boolean;
  allowedDomains?: readonly string[] | null;
  public?: boolean | null;
  passwordProtected?: boolean | null;
  password?: string | null;
}

export interface AccessChanges {
  embedEnabled?: boolean;
  allowedDomains?: readonly string[] | null;
  public?: boolean | null;
  passwordProtected?: boolean | null;
  password?: string | null;
  publicLink?: string | null;
}

export interface NewPortal {
  name?: string | null;
  customerId?: string | null;
  branding: BrandingInput | Branding;
  metrics?: readonly (PortalMetricInput | PortalMetric)[] | null;
  presetMetrics?: readonly Preset[] | null;
  layout?: LayoutInput | Layout | null;
  comparisons?: readonly (BeforeAfterInput | BeforeAfter)[] | null;
  access?: AccessInput | null;
}

export interface QuickPortal {
  title: string;
  customerId?: string | null;
  name?: string | null;
  presetMetrics?: readonly Preset[];
}

export interface PortalChanges {
  name?: string;
  status?: PortalStatus;
  branding?: BrandingChanges | Branding;
  metrics?: readonly (PortalMetricInput | PortalMetric)[];
  layout?: LayoutInput | Layout | null;
  comparisons?: readonly (BeforeAfterInput | BeforeAfter)[] | null;
  access?: AccessChanges | Access;
}

export interface PortalFilters {
  customerId?: string | null;
  status?: PortalStatus | null;
  limit?: number;
}

export interface PortalQuery {
  customerId?: string | null;
  status?: PortalStatus | null;
  limit?: number;
  cursor?: string | null;
}

export interface PortalDataQuery {
  start?: Instant | null;
  end?: Instant | null;
  metricIds?: readonly string[] | string | null;
}

export interface NewPortalToken {
  expiresIn?: number | null;
  permissions?: readonly Permission[] | null;
  preview?: boolean;
}

export interface PortalTokenRevocation {
  jti?: string;
}

export interface ScheduleInput {
  frequency: ReportFrequency;
  time: string;
  dayOfWeek?: number | null;
  dayOfMonth?: number | null;
  timezone?: string | null;
}

/** Another frequency drops the day that the one before had. */
export interface ScheduleChanges {
  frequency?: ReportFrequency;
  time?: string;
  dayOfWeek?: number | null;
  dayOfMonth?: number | null;
  timezone?: string | null;
}

export interface ReportDeliveryInput {
  method: DeliveryMethod;
  recipients?: readonly string[] | null;
  webhookUrl?: string | null;
  webhookHeaders?: Record<string, string | undefined> | null;
}

export interface ReportDeliveryChanges {
  method?: DeliveryMethod;
  recipients?: readonly string[] | null;
  webhookUrl?: string | null;
  webhookHeaders?: Record<string, string | null | undefined> | null;
}

export interface ReportContentInput {
  includeSummary?: boolean;
  includeCharts?: boolean;
  includeRawData?: boolean;
  comparisonPeriod?: ReportComparison | null;
}

export interface NewReport {
  portalId: string;
  name: string;
  schedule: ScheduleInput | Schedule;
  delivery: ReportDeliveryInput;
  content?: ReportContentInput | ReportContent | null;
  isActive?: boolean;
}

export interface ReportChanges {
  name?: string;
  schedule?: ScheduleChanges | Schedule;
  delivery?: ReportDeliveryChanges | ReportDelivery;
  content?: ReportContentInput | ReportContent | null;
  isActive?: boolean;
}

export interface ReportFilters {
  portalId?: string | null;
  isActive?: boolean | null;
  limit?: number;
}

export interface ReportQuery {
  portalId?: string | null;
  isActive?: boolean | null;
  limit?: number;
  cursor?: string | null;
}

/** Left out, a new report of the last complete period. */
export interface SendNow {
  dueAt?: Instant | null;
}

export interface NewWebhook {
  portalId: string;
  url: string;
  events: readonly WebhookEvent[];
  headers?: Record<string, string | undefined> | null;
  isEnabled?: boolean;
}

export interface WebhookChanges {
  url?: string;
  events?: readonly WebhookEvent[];
  headers?: Record<string, string | null | undefined> | null;
  isEnabled?: boolean;
}

export interface WebhookFilters {
  portalId?: string | null;
  limit?: number;
}

export interface WebhookQuery {
  portalId?: string | null;
  limit?: number;
  cursor?: string | null;
}

export interface WebhookDeliveryFilters {
  state?: DeliveryState | null;
  limit?: number;
}

export interface WebhookDeliveryQuery {
  state?: DeliveryState | null;
  limit?: number;
  cursor?: string | null;
}

/** What happened. Every attempt of one message has this body, and the same header webhook-id. */
export interface WebhookMessage {
  event: MessageEvent;
  timestamp: string;
  data: Undeclared;
}
