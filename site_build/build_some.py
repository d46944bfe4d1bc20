"""Some portals' sites in one process: gather, render, put in their place. One that fails harms no other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.addresses import Reach
from core.errors import ProoflineError
from core.portal_data.inputs import PortalInputs
from core.settings import Settings
from core.sites import assets_dir, site_dir
from core.store.metric_store import MetricStore
from site_build import archive, portal_site
from site_build.assets import Shared, brands_in
from site_build.gather import Gathered, Ungathered, gather
from site_build.logos import Logos


@dataclass(frozen=True)
class Done:
    """What came of one portal; `reason` says why it could not be built."""

    portal_id: str
    bytes: int = 0
    reason: str | None = None


def logos_of(settings: Settings) -> Logos:
    reach = Reach.of((settings.base_url, settings.page_url), settings.private_targets)
    return Logos(settings.sites_dir, reach)


def build_some(
    settings: Settings, shared: Shared, metrics: MetricStore, inputs: Sequence[PortalInputs], now: datetime
) -> Iterator[Done]:
    """Builds each of them, and tells of each as soon as it is there; their rows are read and held together. Logos are
    those that are here already."""
    logos, brands = logos_of(settings), brands_in(assets_dir(settings))
    for found in gather(metrics, inputs, now):
        yield _one(settings, shared, logos, brands, found)


def _one(
    settings: Settings,
    shared: Shared,
    logos: Logos,
    brands: Callable[[str | None], str],
    found: Gathered | Ungathered,
) -> Done:
    portal_id = found.portal.portal_id
    if isinstance(found, Ungathered):
        return Done(portal_id, reason=_said(found.reason))
    try:
        brand = brands(found.portal.branding.primary_color)
        logo = logos.of(found.portal.branding.logo_url)
        made = portal_site.files(found, replace(shared.links(brand), logo=logo.name if logo else None))
        kept = archive.files(settings, found.inputs.reports)
        return Done(portal_id, portal_site.put(site_dir(settings, portal_id), made, logo, kept))
    except Exception as error:
        return Done(portal_id, reason=_said(error))


def _said(error: Exception) -> str:
    return error.message if isinstance(error, ProoflineError) else f"{type(error).__name__}: {error}"
