"""Made-up events to try the product with: believable customers and histories, the same at every call.

How a landing directory is written stands in `landing`; who appears in it in `cast` and `crowd`; what they do
in `sessions`, with `model_calls`, `tool_calls` and `verdicts`; when in `rhythm`; how well in `conditions`.
Which portals show it stands in `portals`.
"""

from pipeline.demo.landing import MAX_CUSTOMERS, MAX_DAYS, DemoSummary, write

__all__ = ["MAX_CUSTOMERS", "MAX_DAYS", "DemoSummary", "write"]
