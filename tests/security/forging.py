"""Makes the tokens that the list of hostile inputs describes: a valid one, changed as an entry says."""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

from tests.builders.tokens import HEADER, SECRET, encoded, signed

_NOW = re.compile(r"now([+-]\d+(?:\.\d+)?)")
_NOT_HERE = "uJ4nXe7sQv2ZbT9wLc5RmK8yHd3GfP6a"


def forged(change: dict[str, Any], claims: dict[str, Any]) -> str:
    """The token of an entry, beginning with these good claims."""
    if "raw" in change:
        return _RAW[change["raw"]](claims)
    header = _changed(HEADER, change.get("header", {}), claims["iat"])
    body = _changed(claims, change.get("claims", {}), claims["iat"])
    token = _signed_with(change["signed_with"], header, body)
    return _SIGNATURES[change["signature"]](token) if "signature" in change else token


def _changed(before: dict[str, Any], change: dict[str, Any], now: int) -> dict[str, Any]:
    given = {name: _instant(value, now) for name, value in change.items() if name != "remove"}
    return {
        name: value for name, value in {**before, **given}.items() if name not in change.get("remove", ())
    }


def _instant(value: Any, now: int) -> Any:
    found = _NOW.match(value) if isinstance(value, str) else None
    if found is None:
        return value
    return now + (float(found[1]) if "." in found[1] else int(found[1]))


def _signed_with(key: str | None, header: dict[str, Any], claims: dict[str, Any]) -> str:
    said = f"{encoded(header)}.{encoded(claims)}"
    if key is None:
        return f"{said}."
    if key in _STRANGE_SIGNATURE_BYTES:
        # With a key of which nothing is known here a signature is so many bytes, whichever they are.
        made = hashlib.shake_256(said.encode()).digest(_STRANGE_SIGNATURE_BYTES[key])
        return f"{said}.{encoded(made)}"
    if header.get("alg") == "HS512":
        return f"{said}.{encoded(hmac.new(SECRET.encode(), said.encode(), hashlib.sha512).digest())}"
    return signed(header, claims, _SECRETS[key])


_STRANGE_SIGNATURE_BYTES = {"attacker RSA": 256, "attacker EC": 64}
_SECRETS = {
    "ACTIVE_KEY": SECRET,
    "empty string": "",
    "a retired signing key (kid removed from key ring)": _NOT_HERE,
    "the key given in the header": base64.urlsafe_b64decode("YWFh").decode(),
}


def _flipped(token: str) -> str:
    head, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    return f"{head}.{encoded(raw[:-1] + bytes((raw[-1] ^ 1,)))}"


_SIGNATURES = {
    "empty": lambda token: token.rpartition(".")[0] + ".",
    "removed (two segments)": lambda token: token.rpartition(".")[0],
    "last byte of signature flipped": _flipped,
}


def _with_payload(payload: bytes) -> str:
    return signed(HEADER, payload)


def _many_digits(claims: dict[str, Any]) -> str:
    plain = json.dumps({**claims, "exp": "EXP"}).replace('"EXP"', "1" * 5000)
    # Such a token is longer than any may be; one that only just fits has fewer digits and is as wrong.
    return _with_payload(plain.encode())


_RAW = {
    'four segments: token + ".x"': lambda claims: signed(HEADER, claims) + ".x",
    "five segments a.b.c.d.e (JWE shape)": lambda _: ".".join(encoded(part) for part in "abcde"),
    "payload is a JSON list": lambda _: _with_payload(b"[1,2]"),
    "payload is invalid UTF-8 (ff fe)": lambda _: _with_payload(b"\xff\xfe"),
    "exp is a 5000 digit integer": _many_digits,
}
