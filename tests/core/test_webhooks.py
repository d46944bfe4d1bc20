"""A webhook adds headers that are its own to add, and signs with a key that nobody can guess."""

import base64

import pytest

from core.webhooks import Webhook, check_header_name, check_header_value, new_signing_secret


@pytest.mark.parametrize("name", ["X-Webhook-Secret", "Authorization", "X-Api-Key", "x", "Tenant_Id"])
def test_a_header_of_ones_own_may_be_added(name: str) -> None:
    assert check_header_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "X Y", "X:Y", "X-\u00dc", "X-A\r\nX-B", "X\n", "X\x00", "x" * 101, "Host", "HOST",
     "Content-Length", "content-type",
     "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect",
     "Proxy-Authorization", "Cookie",
     "Webhook-Id", "webhook-signature", "X-Forwarded-For", "Forwarded", "User-Agent", "Date", ":authority",
     "Sec-Fetch-Mode"],
)  # fmt: skip
def test_a_header_that_the_message_decides_may_not(name: str) -> None:
    with pytest.raises(ValueError, match=r"must|reserved"):
        check_header_name(name)


@pytest.mark.parametrize(
    "value", ["", " ", " a", "a ", "a\r\nX-Evil: 1", "a\nb", "a\x00b", "a\tb", "\u00fc", "\x7f", "x" * 1001]
)
def test_a_value_that_could_end_its_header_is_refused_without_being_said(value: str) -> None:
    with pytest.raises(ValueError, match="printable") as refusal:
        check_header_value(value)
    assert "Evil" not in str(refusal.value)


@pytest.mark.parametrize("value", ["a", "Bearer abc.def", "!", "~", "x" * 1000])
def test_another_value_is_kept(value: str) -> None:
    assert check_header_value(value) == value


def test_a_secret_is_as_long_as_the_standard_asks_and_another_each_time() -> None:
    made = {new_signing_secret() for _ in range(50)}
    assert len(made) == 50
    for secret in made:
        assert secret.startswith("whsec_")
        assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64


def test_header_values_are_in_no_representation() -> None:
    webhook = Webhook("webhook_1", "portal_1", "https://acme.com", (), {"X-Webhook-Secret": "hunter2"})
    assert "hunter2" not in repr(webhook)
