"""What can be wrong with a portal's configuration: a code, words, and where."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """In the order in which they are told: a card without a metric makes most of the rest moot."""

    INVALID_METRIC_ID = "INVALID_METRIC_ID"
    INVALID_LAYOUT = "INVALID_LAYOUT"
    INVALID_PARAMETER = "INVALID_PARAMETER"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong; `param` is its path in the configuration, e.g. `metrics[2].size.width`."""

    code: Code
    message: str
    param: str
