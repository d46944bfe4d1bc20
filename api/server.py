"""Starts the API on a host and port, after what is unsafe there has been refused."""

import gc
import signal
from typing import Any, NoReturn

import uvicorn

from api import log
from api.main import create_app
from api.protocol import MAX_HEAD_BYTES, bound_to
from core.exposure import check_exposure
from core.settings import Settings
from core.store.control import open_control_store
from core.tokens.key_ring import KeyRing


def run(host: str, port: int, settings: Settings) -> None:
    """Serves until it is told to stop. SettingsError or ControlStoreDamagedError before anything listens."""
    check_exposure(settings, host)
    open_control_store(settings).close()
    KeyRing(settings).secrets()
    log.configure(settings.log_level)
    # The server ends itself and then passes the signal on, which by default would kill the last log lines.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _leave)
    server = uvicorn.Server(config(host, port, settings))
    # What stands now stands as long as the process: looking through it again would only hold up answers.
    gc.collect()
    gc.freeze()
    # An answer makes hundreds of things and hardly one circle: to look for circles every 700 took a 25th of its time.
    gc.set_threshold(20_000, 20, 100)
    try:
        server.run()
    finally:
        # What is frozen at the very end is taken for a leak, and the libraries say so at length.
        gc.unfreeze()


def _leave(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


def config(host: str, port: int, settings: Settings) -> uvicorn.Config:
    """How the server is set up; benchmarks and tests use the same."""
    app: Any = create_app(settings)
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=bound_to(settings),
        ws="none",
        lifespan="on",
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        date_header=True,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=10,
    )
