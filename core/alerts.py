"""Alert rules: what one is, and which durations and targets it may have.

A rule is looked at after each publish, over the complete buckets of its duration; that, and sending, live
elsewhere. Whether its metric exists is for whoever can see the metrics.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from core.addresses import ANYWHERE_PUBLIC, MAX_URL_CHARACTERS, Reach, check_url
from core.errors import InvalidParameter
from core.text import line

MIN_DURATION = timedelta(minutes=1)
MAX_DURATION = timedelta(days=31)
MAX_ACTIONS = 10

_DURATION = re.compile(r"([1-9][0-9]{0,4})([mhd])", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+", re.ASCII)


class Operator(StrEnum):
    GT = "gt"
    LT = "lt"
    GTE = "gte"
    LTE = "lte"
    EQ = "eq"


class ActionType(StrEnum):
    WEBHOOK = "webhook"
    EMAIL = "email"
    SLACK = "slack"


@dataclass(frozen=True)
class AlertAction:
    """Where word of a crossing goes: an https address, or a mail address."""

    type: ActionType
    target: str


@dataclass(frozen=True)
class AlertRule:
    """`customer_id` is whose rule it is; None is a rule over everybody's numbers."""

    id: str
    name: str
    metric_id: str
    operator: Operator
    threshold: float
    duration: str
    actions: tuple[AlertAction, ...]
    is_enabled: bool = True
    filters: Mapping[str, str] = field(default_factory=dict)
    customer_id: str | None = None


def parse_duration(text: str, *, param: str = "condition.duration") -> timedelta:
    """`5m`, `1h`, `7d`: from one minute to 31 days."""
    match = _DURATION.fullmatch(text)
    duration = int(match[1]) * _UNITS[match[2]] if match else timedelta(0)
    if not MIN_DURATION <= duration <= MAX_DURATION:
        raise InvalidParameter("The duration must be from 1m to 31d, such as 5m, 1h or 7d", param=param)
    return duration


def check_action(action: AlertAction, *, param: str, reach: Reach = ANYWHERE_PUBLIC) -> AlertAction:
    """The action, if its target can be one; where names lead is looked at when it is sent."""
    try:
        target = line(action.target, most=MAX_URL_CHARACTERS)
    except ValueError as reason:
        raise InvalidParameter(f"The target {reason}", param=param) from None
    if action.type is ActionType.EMAIL:
        if len(target) > 254 or ".." in target or not _MAIL.fullmatch(target):
            raise InvalidParameter("The target must be one mail address", param=param)
    else:
        _check_url(target, param, reach)
    return AlertAction(action.type, target)


def _check_url(target: str, param: str, reach: Reach) -> None:
    try:
        check_url(target, reach)
    except ValueError as reason:
        raise InvalidParameter(f"The target {reason}", param=param) from None
