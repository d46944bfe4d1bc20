"""Nothing but a token that was signed here, says exactly what tokens say, and is good now, is taken for one."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tokens import (
    Claims,
    Kind,
    Permission,
    Reason,
    Refused,
    SigningKey,
    new_claims,
    session_of,
    sign,
    verify,
)
from tests.builders.tokens import HEADER, KEYS, decoded
from tests.builders.tokens import signed as signed_parts

NOW = datetime(2026, 11, 20, 12, 0, 0, 250_000, tzinfo=UTC)
SECOND = int(NOW.timestamp())
KEY, OLD = (SigningKey(kid, secret) for kid, secret in KEYS)
SECRETS = {KEY.kid: KEY.secret, OLD.kid: OLD.secret}
CLAIMS = new_claims("portal_a777", "cust_a", [Permission.READ_METRICS], seconds=60, now=NOW)
PLAIN = CLAIMS.to_plain()


def read(
    text: str, *, now: datetime = NOW, kind: Kind = Kind.TOKEN, max_seconds: int = 86_400
) -> Claims | Refused:
    return verify(text, SECRETS, kind=kind, now=now, max_seconds=max_seconds)


def signed(header: Any = HEADER, claims: Any = PLAIN, secret: str = KEY.secret) -> str:
    return signed_parts(header, claims, secret)


def reason(found: Claims | Refused) -> Reason:
    assert isinstance(found, Refused)
    assert found.sentence and "eyJ" not in found.sentence
    return found.reason


def without(part: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != name}


def test_a_token_says_what_it_said_when_it_was_signed() -> None:
    assert read(sign(CLAIMS, KEY)) == CLAIMS
    assert read(signed()) == CLAIMS
    assert read(sign(CLAIMS, OLD)) == CLAIMS


def test_the_claims_are_those_that_are_promised() -> None:
    assert CLAIMS.to_plain() == {
        "iss": "proofline",
        "aud": "portal_a777",
        "sub": "cust_a",
        "jti": CLAIMS.jti,
        "iat": SECOND,
        "nbf": SECOND,
        "exp": SECOND + 60,
        "permissions": ["read:metrics"],
    }
    assert decoded(sign(CLAIMS, KEY), 0) == HEADER


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({**HEADER, "alg": "none"}, Reason.WRONG_ALGORITHM),
        ({**HEADER, "alg": "NoNe"}, Reason.WRONG_ALGORITHM),
        ({**HEADER, "alg": ""}, Reason.WRONG_ALGORITHM),
        ({**HEADER, "alg": None}, Reason.WRONG_ALGORITHM),
        ({**HEADER, "alg": ["HS256"]}, Reason.WRONG_ALGORITHM),
        ({**HEADER, "alg": {}}, Reason.WRONG_ALGORITHM),
        ({**HEADER, "alg": "hs256"}, Reason.WRONG_ALGORITHM),
        ({**HEADER, "alg": "HS512"}, Reason.WRONG_ALGORITHM),
        ({**HEADER, "alg": "RS256"}, Reason.WRONG_ALGORITHM),
        ({**HEADER, "alg": "ES256"}, Reason.WRONG_ALGORITHM),
        (without(HEADER, "alg"), Reason.WRONG_HEADER),
        (without(HEADER, "typ"), Reason.WRONG_HEADER),
        (without(HEADER, "kid"), Reason.WRONG_HEADER),
        ({}, Reason.WRONG_HEADER),
        ({**HEADER, "typ": "jwt"}, Reason.WRONG_KIND),
        ({**HEADER, "typ": "at+jwt"}, Reason.WRONG_KIND),
        ({**HEADER, "typ": "portal-session+jwt"}, Reason.WRONG_KIND),
        ({**HEADER, "typ": 5}, Reason.WRONG_KIND),
        ({**HEADER, "kid": 5}, Reason.UNKNOWN_KEY),
        ({**HEADER, "kid": None}, Reason.UNKNOWN_KEY),
        ({**HEADER, "kid": ["k1"]}, Reason.UNKNOWN_KEY),
        ({**HEADER, "kid": "../../dev/null"}, Reason.UNKNOWN_KEY),
        ({**HEADER, "kid": "k1' OR '1'='1"}, Reason.UNKNOWN_KEY),
        ({**HEADER, "kid": ""}, Reason.UNKNOWN_KEY),
        ({**HEADER, "crit": ["b64"], "b64": False}, Reason.WRONG_HEADER),
        ({**HEADER, "crit": ["exp"]}, Reason.WRONG_HEADER),
        ({**HEADER, "b64": False}, Reason.WRONG_HEADER),
        ({**HEADER, "jwk": {"kty": "oct", "k": "YWFh"}}, Reason.WRONG_HEADER),
        ({**HEADER, "jku": "http://127.0.0.1:9/jwks"}, Reason.WRONG_HEADER),
        ({**HEADER, "x5u": "file:///etc/passwd"}, Reason.WRONG_HEADER),
        ({**HEADER, "zip": "DEF"}, Reason.WRONG_HEADER),
        ({**HEADER, "cty": "JWT"}, Reason.WRONG_HEADER),
        (b'{"alg":"none","alg":"HS256","kid":"k1","typ":"JWT"}', Reason.MALFORMED),
        (b"[]", Reason.MALFORMED),
        (b"null", Reason.MALFORMED),
        (b"\xff\xfe", Reason.MALFORMED),
        (b"[" * 2500, Reason.MALFORMED),
    ],
)
def test_a_header_that_is_not_ours_is_refused_though_the_signature_fits(header: Any, why: Reason) -> None:
    assert reason(read(signed(header))) is why


WRONG_CLAIMS: list[Any] = [
    *(without(PLAIN, name) for name in PLAIN),
    *({**PLAIN, name: None} for name in PLAIN),
    *({**PLAIN, name: True} for name in PLAIN),
    *({**PLAIN, name: [PLAIN[name]]} for name in PLAIN),
    *({**PLAIN, name: str(SECOND)} for name in ("exp", "iat", "nbf")),
    *({**PLAIN, name: SECOND + 0.5} for name in ("exp", "iat", "nbf")),
    *({**PLAIN, name: float(SECOND)} for name in ("exp", "iat", "nbf")),
    *({**PLAIN, name: -1} for name in ("exp", "iat", "nbf")),
    {**PLAIN, "aud": ["portal_a777", "portal_b777"]},
    {**PLAIN, "aud": "analytics-api"},
    {**PLAIN, "aud": "portal_"},
    {**PLAIN, "aud": "portal_a777 "},
    {**PLAIN, "aud": "*"},
    {**PLAIN, "aud": {}},
    {**PLAIN, "sub": 5},
    {**PLAIN, "sub": ""},
    {**PLAIN, "sub": "*"},
    {**PLAIN, "sub": "all"},
    {**PLAIN, "sub": "cust_a\x00"},
    {**PLAIN, "sub": "x" * 201},
    {**PLAIN, "jti": 5},
    {**PLAIN, "jti": ""},
    {**PLAIN, "jti": "a b"},
    {**PLAIN, "jti": "x" * 129},
    {**PLAIN, "permissions": "read:metrics"},
    {**PLAIN, "permissions": []},
    {**PLAIN, "permissions": ["*"]},
    {**PLAIN, "permissions": ["READ:METRICS"]},
    {**PLAIN, "permissions": ["read:metrics", "read:metrics"]},
    {**PLAIN, "permissions": ["read:metrics", 5]},
    {**PLAIN, "permissions": {"read:metrics": True}},
    {**PLAIN, "permissions": [["read:metrics"]]},
    {**PLAIN, "role": "admin"},
    {**PLAIN, "customer_id": "cust_b"},
    {**PLAIN, "preview": False},
    {**PLAIN, "preview": "true"},
    {**PLAIN, "sid": "0" * 32},
    {**PLAIN, "pwd": "0" * 32},
    {**PLAIN, "public": True},
]


@pytest.mark.parametrize("claims", WRONG_CLAIMS, ids=range(len(WRONG_CLAIMS)))
def test_claims_that_are_not_ours_are_refused_though_the_signature_fits(claims: Any) -> None:
    assert reason(read(signed(claims=claims))) in {Reason.WRONG_CLAIMS, Reason.WRONG_ISSUER, Reason.MALFORMED}


@pytest.mark.parametrize(
    "issuer", ["proof", "prooflin", "proofline ", "Proofline", "aden", "", "proofline,x"]
)
def test_only_the_very_issuer_is_ours(issuer: str) -> None:
    assert reason(read(signed(claims={**PLAIN, "iss": issuer}))) is Reason.WRONG_ISSUER


def _raw(change: Any) -> bytes:
    text: bytes = change(json.dumps(PLAIN).encode())
    return text


@pytest.mark.parametrize(
    "claims",
    [
        _raw(lambda text: text.replace(b'"exp"', b'"exp": 9999999999, "exp"')),
        _raw(lambda text: text.replace(b'"sub"', b'"sub": "cust_b", "sub"')),
        _raw(lambda text: text.replace(str(SECOND + 60).encode(), b"NaN")),
        _raw(lambda text: text.replace(str(SECOND + 60).encode(), b"Infinity")),
        _raw(lambda text: text.replace(str(SECOND + 60).encode(), b"1e400")),
        _raw(lambda text: text + b"x"),
        _raw(lambda text: text.replace(b"cust_a", b"\xff\xfe")),
        b"[]",
        b"5",
        b'"x"',
        b"null",
        b"{}",
        b"",
        b"[" * 2500,
    ],
)
def test_a_payload_that_two_readers_could_read_differently_is_refused(claims: bytes) -> None:
    assert reason(read(signed(claims=claims))) in {Reason.MALFORMED, Reason.WRONG_CLAIMS}


@pytest.mark.parametrize("digits", [17, 30, 5000 // 2])
def test_a_token_for_the_next_million_years_is_refused(digits: int) -> None:
    raw = json.dumps(PLAIN).replace(str(SECOND + 60), "9" * digits).encode()
    assert isinstance(read(signed(claims=raw)), Refused)


@pytest.mark.parametrize(
    "secret", ["", " ", "secret", "None", KEY.secret[:-1], KEY.secret + "=", KEY.secret.swapcase()]
)
def test_a_signature_by_another_key_does_not_fit(secret: str) -> None:
    assert reason(read(signed(secret=secret))) is Reason.WRONG_SIGNATURE


def test_a_key_s_name_belongs_to_its_key_and_a_retired_one_verifies_nothing() -> None:
    assert reason(read(signed({**HEADER, "kid": "k0"}))) is Reason.WRONG_SIGNATURE
    text = sign(CLAIMS, SigningKey("k9", KEY.secret))
    assert reason(read(text)) is Reason.UNKNOWN_KEY


FORMS = [
    lambda t: "",
    lambda t: ".",
    lambda t: "..",
    lambda t: "null",
    lambda t: t.rsplit(".", 1)[0],
    lambda t: t.rsplit(".", 1)[0] + ".",
    lambda t: "." + t.split(".", 1)[1],
    lambda t: t + ".x",
    lambda t: t + ".x.y",
    lambda t: t + "=",
    lambda t: t + "==",
    lambda t: t + "\n",
    lambda t: " " + t,
    lambda t: "Bearer " + t,
    lambda t: t.replace(".", "..", 1),
    lambda t: t.replace(".", "%2e", 1),
    lambda t: "é.é.é",
    lambda t: "\x00.\x00.\x00",
    lambda t: t.replace("e", "\u0435", 1),
    lambda t: json.dumps({"payload": t.split(".")[1], "signature": t.split(".")[2]}),
    lambda t: t + "A" * 4096,
    lambda t: "A" * 100_000,
]


@pytest.mark.parametrize("change", FORMS)
def test_what_has_not_the_form_of_a_token_is_refused(change: Any) -> None:
    assert isinstance(read(change(sign(CLAIMS, KEY))), Refused)


def test_a_token_is_at_most_four_kibibytes() -> None:
    long = signed(claims={**PLAIN, "x": "y" * 4096})
    assert reason(read(long)) is Reason.TOO_LONG


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        (-31, Reason.NOT_YET_VALID),
        (-29, None),
        (0, None),
        (58.9, None),
        (59.7, None),
        (59.75, Reason.EXPIRED),
    ],
)
def test_there_is_no_leeway_at_the_end_and_half_a_minute_at_the_beginning(
    moment: float, why: Reason | None
) -> None:
    found = read(sign(CLAIMS, KEY), now=NOW + timedelta(seconds=moment))
    assert (found == CLAIMS) if why is None else (reason(found) is why)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": SECOND + 86_401}, Reason.TOO_LONG_LIVED),
        ({"exp": SECOND}, Reason.TOO_LONG_LIVED),
        ({"exp": SECOND - 1}, Reason.TOO_LONG_LIVED),
        ({"iat": SECOND - 86_400}, Reason.TOO_LONG_LIVED),
        ({"iat": SECOND + 40}, Reason.NOT_YET_VALID),
        ({"nbf": SECOND + 40}, Reason.NOT_YET_VALID),
        ({"nbf": SECOND + 61}, Reason.TOO_LONG_LIVED),
        ({"iat": SECOND - 100, "nbf": SECOND - 100, "exp": SECOND - 1}, Reason.EXPIRED),
    ],
)
def test_a_life_that_is_too_long_turned_around_or_in_the_future_is_refused(
    claims: dict[str, int], why: Reason
) -> None:
    assert reason(read(signed(claims={**PLAIN, **claims}))) is why


def test_an_expired_token_says_of_which_portal_it_was_and_a_forged_one_does_not() -> None:
    expired = read(sign(CLAIMS, KEY), now=NOW + timedelta(hours=1))
    assert isinstance(expired, Refused)
    assert (expired.reason, expired.portal_id) == (Reason.EXPIRED, "portal_a777")
    assert read(signed(secret="x" * 32)) == Refused(Reason.WRONG_SIGNATURE, None)


def test_the_maximum_of_the_installation_counts() -> None:
    month = new_claims("portal_a777", "cust_a", Permission, seconds=30 * 86_400, now=NOW)
    assert reason(read(sign(month, KEY))) is Reason.TOO_LONG_LIVED
    assert read(sign(month, KEY), max_seconds=30 * 86_400) == month


def test_a_session_is_no_token_and_a_token_no_session() -> None:
    session = session_of(CLAIMS, password_mark="0" * 32)
    text = sign(session, KEY)
    assert read(text, kind=Kind.SESSION) == session
    assert reason(read(text)) is Reason.WRONG_KIND
    assert reason(read(sign(CLAIMS, KEY), kind=Kind.SESSION)) is Reason.WRONG_KIND
    assert (session.jti, session.expires_at, session.issued_at) == (
        CLAIMS.jti,
        CLAIMS.expires_at,
        CLAIMS.issued_at,
    )


def test_a_session_without_a_visit_is_refused() -> None:
    header = {**HEADER, "typ": Kind.SESSION.value}
    assert reason(read(signed(header), kind=Kind.SESSION)) is Reason.WRONG_CLAIMS


def test_every_visit_gets_a_session_of_its_own() -> None:
    assert session_of(CLAIMS).session_id != session_of(CLAIMS).session_id


def test_tokens_of_one_second_have_an_order() -> None:
    later = new_claims("portal_a777", "cust_a", Permission, seconds=60, now=NOW + timedelta(microseconds=1))
    assert CLAIMS.issued_microsecond == SECOND * 1_000_000 + 250_000
    assert later.issued_microsecond == CLAIMS.issued_microsecond + 1
    assert replace(CLAIMS, jti="made-elsewhere").issued_microsecond == SECOND * 1_000_000
    assert replace(CLAIMS, issued_at=SECOND - 5).issued_microsecond == (SECOND - 5) * 1_000_000


def test_a_key_does_not_show_its_secret() -> None:
    assert KEY.secret not in repr(KEY) + str([KEY])


TEXT = sign(CLAIMS, KEY)


@settings(max_examples=1500, deadline=None)
@given(place=st.integers(0, len(TEXT) - 1), new=st.characters(min_codepoint=0x20, max_codepoint=0x7E))
def test_no_character_can_be_another(place: int, new: str) -> None:
    changed = TEXT[:place] + new + TEXT[place + 1 :]
    assert (read(changed) == CLAIMS) is (changed == TEXT)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from([*TEXT.split("."), *sign(CLAIMS, OLD).split("."), "e30", ""]), max_size=5))
def test_no_other_order_of_parts_is_a_token(parts: list[str]) -> None:
    text = ".".join(parts)
    assert isinstance(read(text), Refused) or text in (TEXT, sign(CLAIMS, OLD))


@settings(max_examples=600, deadline=None)
@given(
    header=st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "jku"]),
        st.sampled_from(["HS256", "none", "k1", "JWT", None, 1, [], {}]),
    ),
    claims=st.dictionaries(
        st.sampled_from([*PLAIN, "x"]),
        st.one_of(
            st.sampled_from(list(PLAIN.values())),
            st.integers(),
            st.floats(allow_nan=False),
            st.text(max_size=8),
            st.booleans(),
            st.none(),
        ),
    ),
)
def test_whatever_is_signed_only_our_own_form_passes(header: dict, claims: dict) -> None:
    found = read(signed({**HEADER, **header}, {**PLAIN, **claims}))
    if isinstance(found, Claims):
        assert {**HEADER, **header} == HEADER
        assert found.to_plain().keys() == PLAIN.keys()
        assert 0 < found.expires_at - found.issued_at <= 86_400
