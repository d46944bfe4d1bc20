"""Alert rules: what is looked at after each publish."""

from typing import Unpack

from .._call import Call, Pages
from .._operation import Mode, Resource, operation, paged
from ..answers.alerts import Alert, AlertPage, RotatedAlertSecret
from ..answers.common import Deleted
from ..params.alerts import AlertChanges, AlertFilters, AlertQuery, NewAlert

_ALL = "/v1/analytics/alerts"
_ONE = "/v1/analytics/alerts/{alert_id}"


class Alerts(Resource[Mode]):
    """Alert rules: what is looked at after each publish."""

    @operation
    def create(self, *, idempotency_key: str | None = None, **body: Unpack[NewAlert]) -> Call[Alert]:
        """A new rule; made with a key of one customer it is that customer's."""
        return Call("POST", _ALL, Alert, body=body, idempotency_key=idempotency_key)

    @operation
    def get(self, alert_id: str) -> Call[Alert]:
        """One rule and its state."""
        return Call("GET", _ONE, Alert, {"alert_id": alert_id})

    @operation
    def list(self, **query: Unpack[AlertQuery]) -> Call[AlertPage]:
        """One page of the rules that this key can see; `iterate` goes through all pages."""
        return Call("GET", _ALL, AlertPage, query=query)

    @paged
    def iterate(self, **query: Unpack[AlertFilters]) -> Pages[Alert]:
        """All rules that this key can see, page by page."""
        return Pages(Call("GET", _ALL, AlertPage, query=query), "alerts", Alert)

    @operation
    def update(
        self, alert_id: str, *, if_match: str | None = None, **changes: Unpack[AlertChanges]
    ) -> Call[Alert]:
        """Changes what is given: the condition is merged, actions and filters are replaced."""
        return Call("PATCH", _ONE, Alert, {"alert_id": alert_id}, body=changes, if_match=if_match)

    @operation
    def delete(self, alert_id: str, *, if_match: str | None = None) -> Call[Deleted]:
        """Deletes a rule."""
        return Call("DELETE", _ONE, Deleted, {"alert_id": alert_id}, if_match=if_match)

    @operation
    def rotate(self, alert_id: str, *, idempotency_key: str | None = None) -> Call[RotatedAlertSecret]:
        """Another secret that signs what the rule's webhooks are sent, told only now; once to learn the first."""
        path = f"{_ONE}/rotate"
        at = {"alert_id": alert_id}
        return Call("POST", path, RotatedAlertSecret, at, idempotency_key=idempotency_key)
