"""Tokens that were good and were changed in any way are refused: flipped, spliced, padded, with other claims or keys."""

import base64
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.cache import CachedQuestion
from core.tokens import Claims, Kind, verify
from core.tokens.claims import ISSUER, Permission, new_jti, read_claims, read_object
from tests.builders.tokens import HEADER, KEYS, SECRET, encoded, signed
from tests.security.stage import A, Stage
from tests.security.watch import Seen

FEW, MANY = 4000, 100_000
MOST_SECONDS = 0.005
_NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
_SECRETS = dict(KEYS)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _claims() -> dict[str, Any]:
    now = int(_NOW.timestamp())
    return {
        "iss": ISSUER,
        "aud": A.portal_id,
        "sub": A.customer_id,
        "jti": new_jti(_NOW),
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "permissions": [permission.value for permission in Permission],
    }


GOOD = signed(HEADER, _claims())


def _is_good(text: str) -> bool:
    return isinstance(verify(text, _SECRETS, kind=Kind.TOKEN, now=_NOW, max_seconds=86_400), Claims)


def _flipped(chance: random.Random) -> str:
    """A letter of the token is another one; what decodes to the same bytes is the same token and does not count."""
    place = chance.randrange(len(GOOD))
    return GOOD[:place] + chance.choice(_ALPHABET + ".=+/ ") + GOOD[place + 1 :]


def _cut(chance: random.Random) -> str:
    first, last = sorted(chance.sample(range(len(GOOD) + 1), 2))
    return chance.choice((GOOD[:first] + GOOD[last:], GOOD[first:last], GOOD[:last] + GOOD[first:]))


def _spliced(chance: random.Random) -> str:
    other = signed(
        HEADER, {**_claims(), "aud": "portal_other", "jti": new_jti(_NOW)}, chance.choice((SECRET, "x" * 32))
    )
    pairs = list(zip(GOOD.split("."), other.split("."), strict=True))
    return ".".join(chance.choice(pair) for pair in pairs)


_ODD = (None, True, 0, -1, 1.5, 2**63, "", "x", "null", [], {}, ["*"], "\0", ISSUER, "portal_x")


def _claimed(chance: random.Random) -> str:
    """Signed with the right key, and saying what no token says."""
    claims = _claims()
    name = chance.choice((*claims, "admin", "preview", "scope", "sid"))
    if chance.random() < 0.3:
        claims.pop(name, None)
    else:
        claims[name] = chance.choice(_ODD)
    return signed(HEADER, claims)


def _headed(chance: random.Random) -> str:
    header: dict[str, Any] = dict(HEADER)
    name = chance.choice((*HEADER, "crit", "jwk", "jku", "x5u", "b64", "cty"))
    header[name] = chance.choice((*_ODD, "none", "HS512", "k9", "at+jwt"))
    return signed(header, _claims())


def _resigned(chance: random.Random) -> str:
    key = "".join(chance.choice(_ALPHABET) for _ in range(chance.choice((0, 1, 31, 32, 64))))
    return signed(HEADER, _claims(), key)


_WAYS: tuple[Callable[[random.Random], str], ...] = (_flipped, _cut, _spliced, _claimed, _headed, _resigned)


def _is_the_same(text: str) -> bool:
    """Whether a change changed nothing: the same bytes, signed with the same key."""
    parts = text.split(".")
    if len(parts) != 3:
        return False
    try:
        decoded = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts]
    except ValueError:
        return False
    return all(encoded(plain) == own for plain, own in zip(decoded, GOOD.split("."), strict=True))


def _is_allowed(text: str) -> bool:
    """What is signed with the right key and says what a token says is a token, however it came about."""
    header, body, _ = text.split(".") if text.count(".") == 2 else ("", "", "")
    if header != GOOD.split(".")[0]:
        return False
    try:
        plain = read_object(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return False
    is_read = plain is not None and read_claims(plain, Kind.TOKEN) is not None and plain["iss"] == ISSUER
    return is_read and signed(HEADER, plain) == text


def _try(times: int, seed: int) -> tuple[int, list[str]]:
    chance, accepted, tried = random.Random(seed), list[str](), 0
    for number in range(times):
        text = _WAYS[number % len(_WAYS)](chance)
        if text == GOOD or _is_the_same(text) or _is_allowed(text):
            continue
        tried += 1
        if _is_good(text):
            accepted.append(text)
    return tried, accepted


def test_the_token_that_is_changed_is_good() -> None:
    assert _is_good(GOOD)


def test_no_changed_token_is_accepted() -> None:
    tried, accepted = _try(FEW, seed=1)
    assert accepted == [] and tried > FEW * 0.8


@pytest.mark.nightly
def test_of_a_hundred_thousand_changed_tokens_none_is_accepted(reached: Callable[[str, str], None]) -> None:
    tried, accepted = _try(int(MANY * 1.25), seed=2)
    assert accepted == [] and tried >= MANY
    reached(
        "P4",
        f"{len(accepted)} of {tried:,} changed tokens and of 38 listed forgeries accepted; no statement, no reader",
    )


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_no_text_is_a_token(text: str) -> None:
    assert not _is_good(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from((*_claims(), "preview", "x")), _JSON))
def test_no_claims_but_the_right_ones_are_read(change: dict[str, Any]) -> None:
    text = signed(HEADER, {**_claims(), **change})
    assert _is_allowed(text) or not _is_good(text)


def test_a_forged_token_costs_milliseconds_and_no_statement(stage: Stage, seen: Seen) -> None:
    chance = random.Random(3)
    spent = []
    for number in range(60):
        text = _WAYS[number % 3](chance)
        printable = "".join(c for c in text if c.isalnum() or c in ".-_") or "x.y.z"
        began = time.perf_counter()
        answer = stage.shown(
            printable if "." in printable else f"{printable}.x.y", f"/v1/portal/configs/{A.portal_id}/data"
        )
        spent.append(time.perf_counter() - began)
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
    assert seen.statements == [] and seen.readers == 0
    # Of the refusal itself; a request takes its own time beside it.
    began = time.process_time()
    for text in (_flipped(chance), _spliced(chance), _claimed(chance)) * 20:
        _is_good(text)
    assert (time.process_time() - began) / 60 < MOST_SECONDS


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_ready_answers_are_kept_for_each_identity_by_itself(data: st.DataObject) -> None:
    """Two questions have one key only if customer, address and parameters are the same."""
    customers = st.none() | st.sampled_from(("cust_a", "cust_b", "", "None", "/v1/x")) | st.text(max_size=5)
    paths = st.sampled_from(("/v1/x", "/v1/x/cust_a", "")) | st.text(max_size=5)
    queries = st.dictionaries(st.sampled_from(("a", "b", "customer_id")), st.text(max_size=4), max_size=3)
    one, other = (data.draw(st.tuples(customers, paths, queries)) for _ in range(2))
    assert (CachedQuestion.of(*one) == CachedQuestion.of(*other)) is (one == other)
