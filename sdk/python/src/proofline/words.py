"""The words that fields are limited to, in what is sent and what is answered."""

from typing import Literal

PortalStatus = Literal["draft", "active", "archived"]
Theme = Literal["light", "dark", "auto"]
ChartType = Literal["line", "bar", "number", "pie", "table"]
RangeName = Literal["24h", "7d", "30d", "90d", "ytd"]
ComparisonPeriod = Literal["previous", "ytd", "yoy"]
BaselineSource = Literal["manual", "historical"]
GridColumns = Literal[12, 16, 24]
Preset = Literal["standard_dashboard", "support_agent", "sales_agent", "coding_agent", "cost_control"]
Permission = Literal["read:metrics", "export:data", "configure:portal"]
WebhookEvent = Literal[
    "portal.accessed", "portal.data_exported", "report.delivered", "metric.threshold_crossed"
]

MetricType = Literal["counter", "gauge", "histogram", "timeseries"]
Aggregation = Literal["sum", "avg", "min", "max", "p50", "p95", "p99", "count", "rate"]
Granularity = Literal["auto", "minute", "hour", "day", "week", "month"]
GroupBy = Literal["agent_id", "model", "customer_id"]
FormulaType = Literal["arithmetic", "conditional", "aggregate"]
AlertOperator = Literal["gt", "lt", "gte", "lte", "eq"]
AlertActionType = Literal["webhook", "email", "slack"]
AlertState = Literal["ok", "firing", "no_data"]

ReportFrequency = Literal["daily", "weekly", "monthly"]
DeliveryMethod = Literal["email", "webhook", "both"]
ReportComparison = Literal["previous", "ytd"]
OccurrenceState = Literal["due", "waiting", "held", "built", "failed", "skipped_missed", "skipped_inactive"]
DeliveryState = Literal["pending", "delivered", "dead", "cancelled"]
MessageEvent = Literal[
    "portal.accessed",
    "portal.data_exported",
    "report.delivered",
    "metric.threshold_crossed",
    "report.ready",
    "webhook.test",
]
ErasureState = Literal["requested", "done"]
