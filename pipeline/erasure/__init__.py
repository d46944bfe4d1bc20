"""Erasing customers from all that the pipeline keeps, so that nothing brings them back.

`known` says who was erased and who waits for it, `copies` takes their rows out of the stored copies (`rows`, `traces`
by format), a full rebuild from these gives a warehouse and a snapshot without them, and `finish` removes what was
published before, sites, archives and logs, and signs a record of it. What the control store has is removed when an
erasure is asked for (`core.erasures`). Every step can be done again: a run that dies is healed by the next.
"""

from pipeline.erasure.copies import bring_back, clean_some, erase_from_copies
from pipeline.erasure.finish import finish
from pipeline.erasure.known import Known, covered, is_ready, read, refuse_if_newer

__all__ = [
    "Known",
    "bring_back",
    "clean_some",
    "covered",
    "erase_from_copies",
    "finish",
    "is_ready",
    "read",
    "refuse_if_newer",
]
