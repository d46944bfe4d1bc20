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
        # Looking a label up takes longer than counting; there are as few as there are routes and statuses.
        self._counted: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._cached = Counter("proofline_cached_answers", "Answers that were ready", registry=self.registry)
        self.snapshot_age = Gauge(
            "proofline_snapshot_age_seconds", "Age of the published snapshot", registry=self.registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        told = (method if method in _METHODS else "OTHER", route, status)
        if told not in self._counted:
            self._counted[told] = self._requests.labels(*told), self._seconds.labels(route)
        requests, duration = self._counted[told]
        requests.inc()
        duration.observe(seconds)

    def answered_from_cache(self) -> None:
        self._cached.inc()

    def text(self) -> bytes:
        return generate_latest(self.registry)
