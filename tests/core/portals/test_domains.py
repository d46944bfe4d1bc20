"""Who may embed a portal: hosts of one's own, and nothing that lets a stranger in with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.portals.definition import Access
from core.portals.domains import allows_origin, check_domain, frame_ancestors


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("acme.com", "acme.com"),
        ("*.acme.com", "*.acme.com"),
        ("ACME.Com", "acme.com"),
        ("acme.com:8443", "acme.com:8443"),
        ("acme.com:443", "acme.com"),
        ("localhost", "localhost"),
        ("localhost:3000", "localhost:3000"),
        ("localhost:80", "localhost"),
        ("localhost:443", "localhost:443"),
        ("acme.co.uk", "acme.co.uk"),
        ("me.github.io", "me.github.io"),
        ("*.me.github.io", "*.me.github.io"),
        ("www.ck", "www.ck"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.bücher.example:8443", "*.xn--bcher-kva.example:8443"),
        ("straße.de", "xn--strae-oqa.de"),
        ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),
        ("1.acme.com", "1.acme.com"),
        ("portal.acme.internal", "portal.acme.internal"),
    ],
)
def test_a_host_of_ones_own_is_kept_as_browsers_write_it(text: str, kept: str) -> None:
    assert check_domain(text) == kept
    assert check_domain(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "*", "*.", "*.*", "*.com", "com", "co.uk", "*.co.uk", "co.uk:443", "github.io", "*.github.io", "foo.ck",
        "acme.com; script-src *", "acme.com acme.org", "acme.com,acme.org", "acme.com\r\nX-Evil: 1", "acme.com\n",
        "https://acme.com", "https://acme.com/path", "//acme.com", "acme.com/", "acme.com?x", "acme.com#x",
        "user@acme.com", "javascript:alert(1)", "data:", "null", "self", "'self'", "'none'", "*acme.com", "a.*.acme.com",
        "*.*.acme.com", "acme.*", "127.0.0.1", "127.1", "0x7f.1", "2130706433", "[::1]", "::1", "*.localhost",
        "localhost.", ".acme.com", "acme..com", "-acme.com", "acme-.com", "a_b.com", "acme.com:",
        "acme.com:0", "acme.com:*",
        "acme.com.", "acme.com:99999", "acme.com:+1", "acme.com:\u0663", "x" * 64 + ".com",
        ".".join(["x" * 60] * 5) + ".com",
        "xn--zzzzzzz99.com", "\u202eacme.com", "ac\u00a0me.com", "％2a.com", "acme.com\\evil.com", "a%2ecom",
    ],
)  # fmt: skip
def test_what_is_no_host_or_nobodys_own_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        check_domain(text)


@given(st.text(max_size=40))
def test_no_text_ends_in_anything_but_a_pattern_or_a_reason(text: str) -> None:
    try:
        kept = check_domain(text)
    except ValueError as reason:
        assert str(reason).startswith("must")
    else:
        assert kept.isascii() and not set(kept) & set(" ;,'\"\r\n/\\")


def _access(*domains: str, embed_enabled: bool = True) -> Access:
    return Access(embed_enabled=embed_enabled, allowed_domains=domains)


def test_a_browser_is_told_the_scheme_of_each_host() -> None:
    access = _access("*.acme.com", "acme.org:8443", "localhost:3000")
    assert frame_ancestors(access) == ("https://*.acme.com", "https://acme.org:8443", "http://localhost:3000")


def test_nobody_may_embed_what_is_switched_off_or_names_nobody() -> None:
    off = _access("acme.com", embed_enabled=False)
    assert frame_ancestors(off) == () and not allows_origin(off, "https://acme.com")
    assert frame_ancestors(_access()) == () and not allows_origin(_access(), "https://acme.com")


@pytest.mark.parametrize(
    ("pattern", "origin"),
    [
        ("acme.com", "https://acme.com"),
        ("*.acme.com", "https://app.acme.com"),
        ("*.acme.com", "https://a.b.acme.com"),
        ("*.acme.com", "https://a_b.acme.com"),
        ("acme.com:8443", "https://acme.com:8443"),
        ("*.acme.com:8443", "https://app.acme.com:8443"),
        ("localhost:3000", "http://localhost:3000"),
        ("localhost", "http://localhost"),
        ("xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_that_is_meant_may_read(pattern: str, origin: str) -> None:
    assert allows_origin(_access("other.org", pattern), origin)


@pytest.mark.parametrize(
    ("pattern", "origin"),
    [
        ("*.acme.com", "https://acme.com"), ("*.acme.com", "https://evilacme.com"), ("acme.com", "https://evilacme.com"),
        ("acme.com", "https://acme.com.evil.example"), ("acme.com", "https://app.acme.com"), ("acme.com", "http://acme.com"),
        ("acme.com", "https://acme.com:8443"), ("acme.com:8443", "https://acme.com"), ("acme.com", "https://acme.com:443"),
        ("acme.com", "https://acme.com/"), ("acme.com", "https://acme.com\n"), ("acme.com", "https://ACME.com"),
        ("acme.com", "https://user@acme.com"), ("acme.com", "null"), ("acme.com", ""), ("acme.com", "*"),
        ("acme.com", "acme.com"), ("acme.com", "https://acme.com https://x.org"), ("*.acme.com", "https://.acme.com"),
        ("*.acme.com", "https://a..acme.com"), ("localhost:3000", "https://localhost:3000"), ("localhost:3000", "http://localhost"),
        ("localhost", "http://127.0.0.1"), ("acme.com", "https://bücher.example"), ("acme.com", "https://acmexcom"),
    ],
)  # fmt: skip
def test_an_origin_that_only_looks_like_it_may_not(pattern: str, origin: str) -> None:
    assert not allows_origin(_access(pattern), origin)
