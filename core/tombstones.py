"""Who was erased, told from everybody else without knowing who they were.

An erased customer leaves a digest behind: enough to refuse their rows for ever, and nothing that names them.
When that happens and what is removed lives in `core.erasures` and in the pipeline.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# Texts in quotes, as JSON has them, and words between whatever else separates them.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SIGN = re.compile(r"[.:]")
_WORD = re.compile(r"[^\s\"'\\,;=<>(){}\[\]|/&?`]+")


def digest_of(customer_id: str) -> str:
    """What is kept of an erased customer's id."""
    return _digest("customer", customer_id)


def agent_digest_of(agent_id: str) -> str:
    """What is kept of the id of an agent that worked for nobody but an erased customer."""
    return _digest("agent", agent_id)


@dataclass(frozen=True)
class Tombstones:
    """The digests of all erased customers, and of agents that worked for none but them."""

    customers: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    _known: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.customers)

    def names(self, text: object) -> bool:
        """Whether this is the id of an erased customer."""
        if not self.customers or text is None:
            return False
        known = self._known.get(str(text))
        if known is None:
            known = self._known[str(text)] = digest_of(str(text)) in self.customers
        return known

    def names_agent(self, text: object) -> bool:
        """Whether this is the id of an agent that worked for nobody but an erased customer."""
        return bool(self.agents) and text is not None and agent_digest_of(str(text)) in self.agents

    def mentioned_in(self, text: str) -> bool:
        """Whether any word, or any text in quotes, is the id of an erased customer."""
        if not self.customers:
            return False
        return any(map(self.names, _QUOTED.findall(text))) or any(
            self.names(word[:end]) for word in _WORD.findall(text) for end in _ends(word)
        )

    def among(self, texts: Iterable[object]) -> list[str]:
        """Those of the texts that are ids of erased customers."""
        return [str(text) for text in texts if self.names(text)]


def _ends(word: str) -> Iterator[int]:
    """Where an id may end in a word: at its end, or before what follows a dot or colon, as in `<id>.jsonl:3`."""
    yield len(word)
    yield from (found.start() for found in _SIGN.finditer(word))


def _digest(kind: str, text: str) -> str:
    plain = unicodedata.normalize("NFC", text.strip())
    return hashlib.sha256(f"erased {kind}\0{plain}".encode("utf-8", "surrogatepass")).hexdigest()
