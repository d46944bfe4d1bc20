"""What may be written to is on the public internet, however an address is dressed."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.addresses import Reach, check_url, is_public

OWN = Reach.of(["https://api.example.com", "http://127.0.0.1:8000"])
INSIDE = Reach.of(["https://api.example.com"], ["127.0.0.2/32", "10.1.0.0/16"])


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.acme.com/", "https://hooks.acme.com", "https://hooks.acme.com:8443/a/b?c=d#e",
        "https://8.8.8.8/x",
        "https://[2606:4700::1111]/", "https://a_b.acme.com/", "https://hooks.acme.com./",
        "https://xn--bcher-kva.example/",
        "HTTPS://hooks.acme.com/", "https://hooks.acme.com/%2e%2e/",
    ],
)  # fmt: skip
def test_a_public_https_address_is_kept_as_it_is(url: str) -> None:
    assert check_url(url, OWN) == url


_HOSTS = [
    "127.0.0.1", "127.1", "0177.0.0.1", "0x7f000001", "0x7f.1", "2130706433", "127.0.0.1.", "0", "0.0.0.0",
    "localhost",
    "LOCALHOST.", "sub.localhost", "intranet", "printer.local", "foo.internal", "metadata.google.internal",
    "10.0.0.1",
    "192.168.0.1", "172.16.0.1", "100.64.0.1", "169.254.169.254", "169.254.43518", "192.88.99.1", "224.0.0.1",
    "255.255.255.255", "240.0.0.1", "168.63.129.16", "198.18.0.1", "192.0.2.1", "[::1]", "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]",
    "[64:ff9b::7f00:1]",
    "[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[fc00::1]", "[ff02::1]", "[5f00::1]", "[3fff::1]",
    "[2001:db8::1]",
    "[127.0.0.1]", "①②⑦.⓪.⓪.①", "０x7f.1", "api.example.com", "API.EXAMPLE.COM.", "a..acme.com", "-.acme.com",
]  # fmt: skip


@pytest.mark.parametrize("host", _HOSTS)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_host_that_is_here_or_inside_or_disguised_is_accepted(scheme: str, host: str) -> None:
    with pytest.raises(ValueError, match="must"):
        check_url(f"{scheme}://{host}/latest", OWN)


@pytest.mark.parametrize(
    "url",
    [
        "", "https://", "https:///x", "https:hooks.acme.com", "http://hooks.acme.com", "ftp://hooks.acme.com",
        "//hooks.acme.com",
        "file:///etc/passwd", "gopher://x.org:25/_HELO", "dict://x.org", "data:text/plain,x", "javascript:x",
        "http+unix://%2Fvar",
        "https://user:pw@hooks.acme.com/", "https://hooks.acme.com@127.0.0.1/",
        "https://127.0.0.1\\@hooks.acme.com/",
        "https://hooks.acme.com\t.127.0.0.1/", "https://hooks.acme.com/\r\nX: y", "ht\ntps://hooks.acme.com/",
        "https://ex ample.com/",
        "https://hooks.acme.com:99999/", "https://hooks.acme.com:0/", "https://hooks.acme.com:/",
        "https://hooks.acme.com:8o/",
        "https://[::1", "https://b\u00fccher.example/", "https://hooks.acme.com/\u202e",
        "https://hooks.acme.com/" + "x" * 2000,
        "https://%31%32%37.0.0.1/", "https://hooks.acme.com/<script>",
    ],
)  # fmt: skip
def test_what_readers_of_addresses_disagree_about_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        check_url(url, OWN)


def test_a_setting_lets_messages_into_the_networks_that_it_names_and_no_others() -> None:
    assert check_url("http://127.0.0.2:9000/hook", INSIDE) == "http://127.0.0.2:9000/hook"
    assert check_url("https://10.1.2.3/hook", INSIDE)
    for refused in ("http://127.0.0.3/", "https://10.2.0.1/", "http://hooks.acme.com/", "ftp://127.0.0.2/"):
        with pytest.raises(ValueError, match="must"):
            check_url(refused, INSIDE)


def test_a_connection_is_judged_by_the_address_itself() -> None:
    assert INSIDE.allows(ip_address("127.0.0.2")) and INSIDE.allows(ip_address("::ffff:127.0.0.2"))
    assert INSIDE.allows(ip_address("8.8.8.8"))
    for text in ("127.0.0.3", "::1", "10.2.0.1", "169.254.169.254", "::ffff:10.2.0.1"):
        assert not INSIDE.allows(ip_address(text))


@given(st.ip_addresses())
def test_an_address_that_is_not_global_is_never_public(address: object) -> None:
    if is_public(address):
        assert address.is_global and not address.is_multicast and not address.is_loopback


@given(st.ip_addresses(v=4))
def test_an_address_means_the_same_in_the_newer_form(address: object) -> None:
    assert is_public(ip_address(f"::ffff:{address}")) == is_public(address)


@given(st.text(max_size=30))
def test_no_text_ends_in_anything_but_an_address_or_a_reason(text: str) -> None:
    try:
        assert check_url("https://" + text, OWN)
    except ValueError as reason:
        assert str(reason).startswith("must")
