"""What this process counts about itself, in the form that Prometheus reads.

Labels are routes and statuses, never ids: a label that grows with the customers would be a leak and a cost.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_METHODS = frozenset(("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"))
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Monitoring:
    """The counters of one application; a registry of its own, so that several can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "proofline_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "proofline_request_seconds",
            "Time to answer",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._cached = Counter("proofline_cached_answers", "Answers that were ready", registry=self.registry)
        self.snapshot_age = Gauge(
            "proofline_snapshot_age_seconds", "Age of the published snapshot", registry=self.registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        known = method if method in _METHODS else "OTHER"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def answered_from_cache(self) -> None:
        self._cached.inc()

    def text(self) -> bytes:
        return generate_latest(self.registry)
