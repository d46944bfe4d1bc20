"""The portal client on the real service: what is asked arrives, what is answered is read, refusals are raised."""

import asyncio
from itertools import count

import pytest

import proofline
from proofline import AsyncPortalClient, ConflictError, InvalidRequestError, NotFoundError
from proofline.answers.portals import Portal
from tests.builders.chance import without_chance
from tests.sdk.service import Service

_number = count(1)


def made(service: Service, who: str = "admin", **more: object) -> Portal:
    with service.portals(who) as client:
        return client.portals.create_quick(
            title=f"Agents {next(_number)}", customer_id="cust_b" if who == "b" else "cust_a", **more
        )


def test_a_portal_lives_from_draft_to_archive(sdk_service: Service) -> None:
    portal = made(sdk_service)
    assert portal.status == "draft" and portal.embed_code.startswith("<iframe")
    with sdk_service.portals() as client:
        assert client.portals.activate(portal.portal_id).status == "active"
        token = client.portals.create_token(portal.portal_id, expires_in=600, permissions=["read:metrics"])
        assert token.portal_url == f"{portal.public_link}?token={token.token}"
        data = client.portals.data(portal.portal_id, metric_ids=["usage.requests.total"])
        assert [card.metric_id for card in data.data] == ["usage.requests.total"]
        assert client.portals.revoke_tokens(portal.portal_id, jti=token.jti).jti == token.jti
        assert client.portals.archive(portal.portal_id).status == "archived"
        with pytest.raises(ConflictError) as refused:
            client.portals.create_token(portal.portal_id)
        assert refused.value.code == "PORTAL_NOT_ACTIVE"


def test_a_portal_token_reads_its_portal_s_data(sdk_service: Service) -> None:
    portal = made(sdk_service)
    with sdk_service.portals() as client:
        client.portals.activate(portal.portal_id)
        token = client.portals.create_token(portal.portal_id)
    with proofline.PortalClient(token.token, base_url=sdk_service.base_url) as holder:
        assert holder.portals.data(portal.portal_id).customer_id == "cust_a"
        with pytest.raises(proofline.AuthenticationError):
            holder.portals.list()


def test_a_draft_s_token_is_one_for_drafts_unless_that_is_not_wanted(sdk_service: Service) -> None:
    portal = made(sdk_service)
    with sdk_service.portals() as client:
        first = client.portals.create_token(portal.portal_id, idempotency_key="k" * 200)
        again = client.portals.create_token(portal.portal_id, idempotency_key="k" * 200)
        assert first.jti == again.jti
        with pytest.raises(ConflictError):
            client.portals.create_token(portal.portal_id, preview=False)


def test_what_was_read_may_be_sent_back(sdk_service: Service) -> None:
    portal_id = made(sdk_service).portal_id
    with sdk_service.portals() as client:
        portal = client.portals.get(portal_id)
        same = client.portals.update(
            portal_id,
            metrics=portal.metrics,
            branding=portal.branding,
            layout=portal.layout,
            comparisons=portal.comparisons,
            access=portal.access,
            if_match=portal.etag,
        )
        assert same == portal
        changed = client.portals.update(
            portal_id,
            metrics=[{**card, "display_name": "Renamed"} for card in portal.metrics],  # type: ignore[misc]
        )
    assert {card.display_name for card in changed.metrics} == {"Renamed"}


def test_a_change_of_what_was_changed_since_is_refused(sdk_service: Service) -> None:
    portal_id = made(sdk_service).portal_id
    with sdk_service.portals() as client:
        read = client.portals.get(portal_id)
        client.portals.update(portal_id, name=f"Another {portal_id}")
        with pytest.raises(proofline.PreconditionFailedError):
            client.portals.update(portal_id, name="Mine", if_match=read.etag)


def test_none_takes_away_and_what_is_left_out_stays(sdk_service: Service) -> None:
    with sdk_service.portals() as client:
        kept = client.customers.update("cust_a", name="Acme Renamed", timezone="Europe/Berlin")
        assert client.customers.update("cust_a", name=None).timezone == kept.timezone == "Europe/Berlin"
        assert client.customers.get("cust_a").name == "Acme"
        client.customers.update("cust_a", timezone=None)


def test_lists_are_gone_through_page_by_page(sdk_service: Service) -> None:
    wanted = [made(sdk_service).portal_id for _ in range(3)]
    with sdk_service.portals() as client:
        page = client.portals.list(limit=2)
        assert len(page.data) == 2 and page.pagination.has_more
        found = [portal.portal_id for portal in client.portals.iterate(limit=2, customer_id="cust_a")]
        assert set(wanted) <= set(found) and len(set(found)) == len(found)
        drafts = client.portals.iterate(status="draft", customer_id="cust_a")
        assert set(wanted) <= {portal.portal_id for portal in drafts}
        assert {"cust_a", "cust_b"} <= {each.customer_id for each in client.customers.iterate(limit=1)}


def test_an_asynchronous_client_has_the_same_operations(sdk_service: Service) -> None:
    async def ask() -> tuple[str, list[str]]:
        async with AsyncPortalClient(sdk_service.keys["a"], base_url=sdk_service.base_url) as client:
            portal = await client.portals.create_quick(title=f"Async {next(_number)}")
            found = [each.portal_id async for each in client.portals.iterate(limit=1)]
            return portal.portal_id, found

    portal_id, found = asyncio.run(ask())
    assert portal_id in found


def test_a_webhook_is_made_changed_and_taken_away(sdk_service: Service) -> None:
    portal = made(sdk_service)
    with sdk_service.portals() as client:
        webhook = client.webhooks.create(
            portal_id=portal.portal_id,
            url="https://api.acme.com/hooks",
            events=["portal.accessed"],
            headers={"X-My-Header": "a", "x_other": "b"},
        )
        assert webhook.signing_secret.startswith("whsec_") and set(webhook.headers) == {
            "X-My-Header",
            "x_other",
        }
        changed = client.webhooks.update(webhook.webhook_id, headers={"x_other": None}, is_enabled=False)
        assert set(changed.headers) == {"X-My-Header"} and not changed.is_enabled
        assert client.webhooks.rotate(webhook.webhook_id).signing_secret != webhook.signing_secret
        listed = [each.webhook_id for each in client.webhooks.iterate(portal_id=portal.portal_id)]
        assert listed == [webhook.webhook_id]
        assert client.webhooks.get(webhook.webhook_id).url == "https://api.acme.com/hooks"
        assert client.webhooks.delete(webhook.webhook_id).deleted
        with pytest.raises(NotFoundError):
            client.webhooks.get(webhook.webhook_id)


def test_a_refusal_says_what_is_wrong_and_where(sdk_service: Service) -> None:
    with sdk_service.portals() as client, pytest.raises(InvalidRequestError) as refused:
        client.portals.create(
            customer_id="cust_a",
            branding={"title": "Agents"},
            metrics=[
                {
                    "metric_id": "cost.nothing",
                    "display_name": "x",
                    "position": {"row": 0, "col": 0},
                    "size": {"width": 6, "height": 2},
                    "chart_type": "number",
                }
            ],
        )
    error = refused.value
    assert (error.status, error.type, error.code) == (400, "validation_error", "INVALID_METRIC_ID")
    assert error.param == "metrics[0].metric_id" and error.param in str(error)
    assert error.documentation_url is not None and error.documentation_url.endswith("/INVALID_METRIC_ID")
    assert error.request_id


def test_ids_with_any_signs_find_their_way(sdk_service: Service) -> None:
    with sdk_service.portals() as client:
        for customer_id in ("cust/of slashes", "cust?x=1#y", "cust_%2F", "Müller & Söhne"):
            assert client.customers.update(customer_id, locale="de-DE").customer_id == customer_id
            assert client.customers.get(customer_id).locale == "de-DE"
        for nothing in ("", ".", ".."):
            with pytest.raises(ValueError, match="portal_id must be an id"):
                client.portals.get(nothing)


def test_one_customer_s_key_sees_nothing_of_another(sdk_service: Service) -> None:
    portal = made(sdk_service, "b")
    with sdk_service.portals("a") as client:
        with pytest.raises(NotFoundError):
            client.portals.get(portal.portal_id)
        seen = str(list(client.portals.iterate())) + str(list(client.customers.iterate()))
    assert "777" not in without_chance(seen)


def test_presets_are_told(sdk_service: Service) -> None:
    with sdk_service.portals() as client:
        presets = client.portals.presets()
    assert "standard_dashboard" in [preset.id for preset in presets.data]
    assert presets.data[0].metrics[0].position.row >= 0
