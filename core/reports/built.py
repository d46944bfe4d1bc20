"""What was made of a report: its files, and what mails and webhooks say of it.

How it is made is the site builder's business, where it is kept `archive`'s.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from core.periods import format_instant


@dataclass(frozen=True)
class Headline:
    """A number of the first page, as the page writes it; `change` is empty where nothing is compared."""

    label: str
    value: str
    change: str = ""


@dataclass(frozen=True)
class ReportBrief:
    """A report in few words, already written in the customer's locale; whoever shows them only escapes them."""

    title: str
    customer_name: str
    period_words: str
    locale: str
    brand_colour: str
    portal_id: str
    sentences: tuple[str, ...]
    headlines: tuple[Headline, ...]
    data_as_of: datetime
    snapshot: str

    def to_json(self) -> str:
        plain = {**asdict(self), "data_as_of": format_instant(self.data_as_of)}
        return json.dumps(plain, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "ReportBrief":
        plain = json.loads(text)
        return cls(
            **{
                **plain,
                "sentences": tuple(plain["sentences"]),
                "headlines": tuple(Headline(**headline) for headline in plain["headlines"]),
                "data_as_of": datetime.fromisoformat(plain["data_as_of"]),
            }
        )


@dataclass(frozen=True)
class BuiltReport:
    """`csv` is None where no raw data was asked for; `seconds` is how long it took."""

    pdf: bytes
    csv: bytes | None
    brief: ReportBrief
    pages: int
    seconds: float
