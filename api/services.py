"""What one running API has: its settings, stores, counters and clock. Made once, handed to every request."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import HTTPConnection

from api.cache import AnswerCache
from api.erased import ErasedCustomers
from api.keyring import KeyRing
from api.known_portals import KnownPortals
from api.limits import RateLimits
from api.monitoring import Monitoring
from api.portal_tokens import PortalTokens
from api.standings import Standings
from api.view_log import ViewLog
from api.workers import Workers
from core.addresses import Reach
from core.erasure_records import reapply_missing
from core.settings import Settings
from core.store.control import ControlStore, open_control_store
from core.store.metric_store import MetricStore
from core.tokens.key_ring import KeyRing as SigningKeys


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Services:
    """Complete after `open`; the application opens it when it starts and closes it when it stops."""

    settings: Settings
    clock: Callable[[], datetime] = utc_now
    limits: RateLimits = field(default_factory=RateLimits)
    monitoring: Monitoring = field(default_factory=Monitoring)
    answers: AnswerCache = field(init=False)
    store: ControlStore = field(init=False)
    erased: ErasedCustomers = field(init=False)
    keys: KeyRing = field(init=False)
    standings: Standings = field(init=False)
    portals: KnownPortals = field(init=False)
    tokens: PortalTokens = field(init=False)
    views: ViewLog = field(init=False)
    metrics: MetricStore = field(init=False)
    workers: Workers = field(init=False)

    def __post_init__(self) -> None:
        self.answers = AnswerCache(self.settings.answer_cache_bytes)

    def open(self) -> None:
        """Opens what is on the disk; raises what `open_control_store` raises."""
        self.store = open_control_store(self.settings)
        # Whoever was erased after the backup that this store may come from is erased again before anybody asks.
        reapply_missing(self.store, self.settings.erasures_dir, now=self.now())
        self.erased = ErasedCustomers(self.store)
        self.keys = KeyRing(self.store)
        self.standings = Standings(self.store)
        self.portals = KnownPortals(self.store)
        self.tokens = PortalTokens(
            SigningKeys(self.settings),
            self.standings,
            self.now,
            max_seconds=self.settings.max_token_seconds,
        )
        self.views = ViewLog(self.store, self.now)
        self.metrics = MetricStore.open(
            self.settings.published_dir,
            query_seconds=self.settings.query_seconds,
            memory=self.settings.duckdb_memory,
        )
        self.workers = Workers()
        self.views.start()

    def close(self) -> None:
        self.workers.close()
        self.views.stop()
        self.metrics.close()
        self.store.close()

    @property
    def reach(self) -> Reach:
        """Which addresses this installation may be told to write to."""
        return Reach.of((self.settings.base_url, self.settings.page_url), self.settings.private_targets)

    def now(self) -> datetime:
        return self.clock()


def services_of(connection: HTTPConnection) -> Services:
    """The services of the application that answers this request."""
    services: Services = connection.app.state.services
    return services
