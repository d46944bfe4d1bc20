"""Two tenants with a canary in every field: a text of 24 random characters that is nowhere else, and numbers of nine
places that nobody else's rows come to. Nothing here asserts anything."""

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from core.alerts import AlertRule
from core.portals.definition import (
    Access,
    Branding,
    Layout,
    PortalDefinition,
    PortalStatus,
    Position,
    Section,
    Size,
    Target,
)
from tests.builders import (
    NOON,
    Events,
    baseline,
    before_after,
    budget,
    call,
    card,
    customer,
    evaluation,
    outcome,
    portal,
    session,
    tool_call,
)

__all__ = ["AlertRule", "Tenant", "events_of"]
_CHARACTERS = string.ascii_lowercase + string.digits
_ROWS = 36


@dataclass
class Tenant:
    """Whoever sees one of `canaries` and is not this tenant has seen what is not theirs."""

    letter: str
    canaries: dict[str, str] = field(default_factory=dict)

    def canary(self, name: str) -> str:
        """This tenant's canary in the field of that name; always the same one."""
        if name not in self.canaries:
            chance = random.Random(f"{self.letter}/{name}")
            self.canaries[name] = "zq" + "".join(chance.choice(_CHARACTERS) for _ in range(22))
        return self.canaries[name]

    @property
    def customer_id(self) -> str:
        return f"cust_{self.canary('customer_id')}"

    @property
    def portal_id(self) -> str:
        return f"portal_{self.canary('portal_id')}"

    @property
    def draft_id(self) -> str:
        return f"portal_{self.canary('draft_id')}"

    @property
    def public_id(self) -> str:
        return f"portal_{self.canary('public_id')}"

    @property
    def metric_id(self) -> str:
        """Of the outcomes that this tenant alone counts."""
        return f"custom.{self.canary('outcome')}"

    @property
    def custom_metric_id(self) -> str:
        return f"cm_{self.canary('custom_metric_id')}"

    def numbers(self) -> Iterator[Decimal]:
        """Amounts of nine places, as many as are asked for."""
        chance = random.Random(f"{self.letter}/numbers")
        while True:
            yield Decimal(chance.randrange(10**9, 10**10)).scaleb(-9)

    def portals(self) -> tuple[PortalDefinition, ...]:
        """One with everything, a draft, and one that opens without a token."""
        shown = portal(
            card("cost.total", "line", display_name=self.canary("card"), compare="previous"),
            card(
                self.metric_id,
                "number",
                display_name=self.canary("card_2"),
                target=Target(5, self.canary("target")),
            ),
            card(
                self.custom_metric_id,
                "number",
                display_name=self.canary("card_3"),
                position=Position(20, 0),
                size=Size(6, 2),
            ),
            card("cost.by_agent", "pie", display_name=self.canary("card_4")),
            card("cost.by_model", "table", display_name=self.canary("card_5")),
            customer_id=self.customer_id,
            portal_id=self.portal_id,
            name=self.canary("portal_name"),
            branding=Branding(self.canary("title")),
            comparisons=(replace(before_after(), display_name=self.canary("comparison")),),
            access=Access(embed_enabled=True, allowed_domains=(f"{self.canary('domain')}.example.com",)),
        )
        shown = replace(shown, layout=Layout(12, (Section(("cost.total",), self.canary("section")),)))
        draft = replace(
            shown,
            portal_id=self.draft_id,
            name=self.canary("draft"),
            branding=Branding(self.canary("draft_title")),
            status=PortalStatus.DRAFT,
        )
        opened = replace(
            shown,
            portal_id=self.public_id,
            name=self.canary("public"),
            branding=Branding(self.canary("public_title")),
            access=Access(public=True),
        )
        return shown, draft, opened


def events_of(*tenants: Tenant) -> Events:
    """Nine days of each of them."""
    made = Events()
    for one in tenants:
        _add(made, one)
    return made


def _add(made: Events, one: Tenant) -> None:
    numbers, who = one.numbers(), {"customer_id": one.customer_id, "agent_id": one.canary("agent_id")}
    for number in range(_ROWS):
        at, name = NOON - timedelta(hours=6 * number), f"{one.canary('session_id')}-{number}"
        made.sessions.append(
            session(
                **who,
                session_id=name,
                started_at=at,
                intent=one.canary("intent"),
                handoff=number % 4 == 0,
                handoff_reason=one.canary("handoff_reason"),
                channel=one.canary("channel"),
            )
        )
        made.llm_requests.append(
            call(
                **who,
                session_id=name,
                started_at=at,
                model=one.canary("model"),
                provider=one.canary("provider"),
                error_type=one.canary("error_type"),
                cost_usd=str(next(numbers)),
                latency_ms=float(next(numbers)),
                input_tokens=int(next(numbers) * 1000),
            )
        )
        made.outcomes.append(
            outcome(**who, occurred_at=at, name=one.canary("outcome"), value=str(next(numbers)), unit="hours")
        )
        made.tool_calls.append(
            tool_call(
                **who,
                session_id=name,
                started_at=at,
                tool_name=one.canary("tool"),
                latency_ms=float(next(numbers)),
            )
        )
        made.evaluations.append(
            evaluation(
                **who,
                session_id=name,
                evaluated_at=at,
                evaluator=one.canary("evaluator"),
                label=one.canary("label"),
                score=float(next(numbers)) / 10,
            )
        )
    made.customers.append(
        customer(customer_id=one.customer_id, name=one.canary("customer_name"), plan=one.canary("plan"))
    )
    made.budgets.append(
        budget(
            budget_id=one.canary("budget"),
            scope="customer",
            scope_id=one.customer_id,
            limit_usd=str(next(numbers)),
        )
    )
    made.baselines.append(
        baseline(customer_id=one.customer_id, label=one.canary("baseline"), value=str(next(numbers)))
    )
