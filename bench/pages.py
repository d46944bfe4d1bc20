"""`python -m bench --pages`: what the door of the portals answers a second, beside bytes that were ready before.

Pages of the usual sizes, with the check of a session, of a token, and for shared files of nothing; in turns with
`bench.bare` answering as many bytes. Look at the ratios.
"""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench import servers
from bench.client import Load, Took, run
from core.portals.definition import Branding, PortalDefinition, PortalStatus
from core.settings import Settings
from core.sites import INDEX, assets_dir, site_dir
from core.store.control import open_control_store
from core.store.control.portals import add_portal
from core.tokens import Permission, new_claims, session_of, sign
from core.tokens.key_ring import KeyRing

CONNECTIONS = 8
ROUNDS = 3
MOST, SECONDS = 6_000, 4.0
PORTAL_ID = "portal_" + "b" * 22
PAGE_BYTES, DATA_BYTES, ASSET_BYTES = 60_000, 400_000, 900_000
AIM = "(aim: at least 0.60 of ready bytes)"


def measure(home: Path) -> None:
    """Prints a line a kind of file: ours, bare, their ratio, and what is aimed at."""
    settings = Settings(home=home)
    token, session = _portal(settings)
    bearer, cookie = {"Authorization": f"Bearer {token}"}, {"Cookie": f"portal_session={session}"}
    page = f"/p/{PORTAL_ID}"
    print(f"\n{CONNECTIONS} connections, {ROUNDS} rounds")
    with servers.ours(home, is_up="/health") as ours, servers.bare(None) as bare:
        for what, path, headers, size in (
            ("page with a session", page, cookie, PAGE_BYTES),
            ("page with a token", page, bearer, PAGE_BYTES),
            ("a short page with a session", f"{page}/short.html", cookie, 2_000),
            ("the page's data with a session", f"{page}/data.json", cookie, DATA_BYTES),
            ("a shared file", "/assets/charts.1a2b.js", {}, ASSET_BYTES),
        ):
            turns = [(_run(ours, path, headers), _run(bare, f"/bytes/{size}", {})) for _ in range(ROUNDS + 1)]
            # The first turn warms up.
            _tell(f"{what}, {size:,} bytes", turns[1:])


def _portal(settings: Settings) -> tuple[str, str]:
    """A portal with a site; a token and a session for it."""
    now = datetime.now(UTC)
    portal = PortalDefinition(
        PORTAL_ID, "benchmark", "cust_a", PortalStatus.ACTIVE, Branding("Benchmark"), ()
    )
    store = open_control_store(settings)
    with store.writing() as connection:
        add_portal(connection, portal, now=now)
    store.close()
    site, assets = site_dir(settings, PORTAL_ID), assets_dir(settings)
    for folder, name, size in (
        (site, INDEX, PAGE_BYTES),
        (site, "short.html", 2_000),
        (site, "data.json", DATA_BYTES),
        (assets, "charts.1a2b.js", ASSET_BYTES),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(secrets.token_hex(size // 2))
    key = KeyRing(settings).signing_key(now=now)
    claims = new_claims(PORTAL_ID, "cust_a", [Permission.READ_METRICS], seconds=3600, now=now)
    return sign(claims, key), sign(session_of(claims), key)


def _run(port: int, path: str, headers: dict[str, str]) -> Took:
    return run(
        Load(port=port, paths=[path], headers=headers, connections=CONNECTIONS, most=MOST, seconds=SECONDS)
    )


def _tell(what: str, turns: list[tuple[Took, Took]]) -> None:
    ratio = median(ours.per_second / bare.per_second for ours, bare in turns)
    for name, side in (("", [a for a, _ in turns]), ("  bare", [b for _, b in turns])):
        took = sorted(side, key=lambda one: one.per_second)[len(side) // 2]
        line = f"{name or what:<46}{took.per_second:>8,.0f} /s  p50 {took.p50_ms:6.2f}  p99 {took.p99_ms:6.2f} ms"
        print(line)
    print(f"{'  ratio':<46}{ratio:>8.2f}     {AIM}", flush=True)
