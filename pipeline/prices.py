"""List prices as rows of a table: what the price library says of the (provider, model) pairs in the data.

The library's own matching and its own choice by date and time of day are asked, never imitated: time is cut
where the library cuts it, and each piece is looked up once. Contract prices, the precedence between the two
and the pricing of calls live in dbt. A pair the library does not know has no row here, so its calls stay
unpriced.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:  # the library's data is a large module: a command that prices nothing must not load it
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

BEGINNING_OF_TIME = date(1970, 1, 1)

# Names of OpenTelemetry (`gen_ai.provider.name`, and the older `gen_ai.system`) that the library either does
# not know or takes for another provider: `azure.ai.openai` would be priced as openai. All other names are
# left to the library's own matching; ibm.watsonx.ai is in no price list.
LIBRARY_PROVIDERS = {
    "aws.bedrock": "aws",
    "az.ai.inference": "azure",
    "az.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "gemini": "google",
    "mistral_ai": "mistral",
    "moonshot_ai": "moonshotai",
    "vertex_ai": "google",
    "x_ai": "x-ai",
    "xai": "x-ai",
}


@dataclass(frozen=True)
class ListPrice:
    """One list price: when, from how many input tokens, and USD per million tokens of each part.

    `valid_from` and `valid_to` are UTC without offset, as the tables hold them, and half-open like
    `daily_from` and `daily_to` (UTC time of day; None is the day's beginning or end, and a span never
    crosses midnight). Of the rows that hold at an instant, a call is priced by the one with the highest
    `tier_from_tokens` not above its input tokens; that row's prices hold for all its tokens. A part that
    is None costs the input price.
    """

    provider: str | None
    model: str
    valid_from: datetime
    valid_to: datetime | None
    daily_from: time | None
    daily_to: time | None
    tier_from_tokens: int
    input_usd_per_million: Decimal
    output_usd_per_million: Decimal
    cache_read_usd_per_million: Decimal | None
    cache_write_usd_per_million: Decimal | None


class _Parts(NamedTuple):
    input: Decimal
    output: Decimal
    cache_read: Decimal | None
    cache_write: Decimal | None


_T = TypeVar("_T")
_V = TypeVar("_V")
_Span = tuple[_T, _T | None, _V]
_Tiers = tuple[tuple[int, _Parts], ...]
_Day = list[_Span[time, _Tiers]]


def price_list_version() -> str:
    """Which price list the rows come from, for the snapshot to carry."""
    return f"genai-prices {version('genai-prices')}"


def list_prices(pairs: Iterable[tuple[str | None, str]]) -> list[ListPrice]:
    """The list prices of these (provider, model) pairs, in an order that depends on nothing else.

    A provider of None is looked up by the model's name alone.
    """
    in_order = sorted(set(pairs), key=lambda pair: (pair[0] is not None, pair[0] or "", pair[1]))
    return [row for provider, model in in_order for row in _rows(provider, model)]


def _rows(provider: str | None, model: str) -> Iterator[ListPrice]:
    found = _find(provider, model)
    if found is None:
        return
    for first, end, day in _periods(found):
        for daily_from, daily_to, tiers in day:
            for tier_from_tokens, parts in tiers:
                yield ListPrice(
                    provider,
                    model,
                    _midnight(first),
                    None if end is None else _midnight(end),
                    daily_from if daily_from != time() else None,
                    daily_to,
                    tier_from_tokens,
                    *parts,
                )


def _find(provider: str | None, model: str) -> "ModelInfo | None":
    from genai_prices.data_snapshot import get_snapshot

    asked = LIBRARY_PROVIDERS.get(provider.strip().lower(), provider) if provider is not None else None
    try:
        return get_snapshot().find_provider_model(model, None, asked, None)[1]
    except LookupError:
        return None


def _periods(model: "ModelInfo") -> list[_Span[date, _Day]]:
    from genai_prices.types import StartDateConstraint

    starts = {c.start_date for c in _constraints(model) if isinstance(c, StartDateConstraint)}
    hours = _hours(model)
    return _spans([BEGINNING_OF_TIME, *sorted(starts)], lambda day: _day(model, day, hours))


def _day(model: "ModelInfo", day: date, hours: Sequence[time]) -> _Day:
    """The prices of one day, which are those of every day until the next start date."""
    return _spans(hours, lambda hour: _tiers(model.get_prices(datetime.combine(day, hour, UTC))))


def _hours(model: "ModelInfo") -> list[time]:
    from genai_prices.types import TimeOfDateConstraint

    limits = [c for c in _constraints(model) if isinstance(c, TimeOfDateConstraint)]
    return sorted({time(), *(_utc(t) for c in limits for t in (c.start_time, c.end_time))})


def _constraints(model: "ModelInfo") -> list[object]:
    return [c.constraint for c in model.prices] if isinstance(model.prices, list) else []


def _tiers(prices: "ModelPrice") -> _Tiers:
    """One entry for each tier in which any part costs something else; none where tokens alone do not say."""
    # With a fee for each request, the tokens' price would understate what the call cost.
    if prices.input_mtok is None or prices.requests_kcount is not None:
        return ()
    starts = [0, *sorted(_tier_starts(prices))]
    return tuple((start, parts) for start, _, parts in _spans(starts, lambda n: _parts(prices, n)))


def _tier_starts(prices: "ModelPrice") -> set[int]:
    from genai_prices.types import TieredPrices

    parts = (prices.input_mtok, prices.output_mtok, prices.cache_read_mtok, prices.cache_write_mtok)
    # The library's tier holds for more than `start` tokens, a row's from its number on.
    return {tier.start + 1 for part in parts if isinstance(part, TieredPrices) for tier in part.tiers}


def _parts(prices: "ModelPrice", input_tokens: int) -> _Parts:
    fresh = _price(prices.input_mtok, input_tokens)
    output = _price(prices.output_mtok, input_tokens)
    assert fresh is not None
    return _Parts(
        fresh,
        # Embedding models and their like: no price for output, which they have none of.
        fresh if output is None else output,
        _price(prices.cache_read_mtok, input_tokens),
        _price(prices.cache_write_mtok, input_tokens),
    )


def _price(price: "Decimal | TieredPrices | None", input_tokens: int) -> Decimal | None:
    if price is None or isinstance(price, Decimal):
        return price
    reached = [tier.price for tier in price.tiers if tier.start < input_tokens]
    return reached[-1] if reached else price.base


def _spans(starts: Sequence[_T], value_at: Callable[[_T], _V]) -> list[_Span[_T, _V]]:
    """Half-open spans from each start to the next, the last open; neighbours of one value are one span."""
    changes: list[tuple[_T, _V]] = []
    for start in starts:
        value = value_at(start)
        if not changes or changes[-1][1] != value:
            changes.append((start, value))
    ends = [start for start, _ in changes[1:]]
    return [(start, end, value) for (start, value), end in zip(changes, [*ends, None], strict=True)]


def _utc(clock: time) -> time:
    """A time of day in UTC; the library's times without a zone are UTC already."""
    return datetime.combine(BEGINNING_OF_TIME, clock, clock.tzinfo or UTC).astimezone(UTC).time()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
