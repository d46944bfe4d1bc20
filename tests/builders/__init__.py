"""Builds published snapshots from plain event lists, for tests of everything that reads one.

    events = Events(llm_requests=[call(customer_id="cust_a", cost_usd="1.777")], sessions=[session()])
    directory = publish(tmp_path, events)          # …/published with CURRENT, for MetricStore.open
    snapshot = snapshot_of(events)                 # the same in memory
    with reader_of(snapshot, "cust_a") as reader: ...

Nothing here asserts anything.
"""

from tests.builders.events import NOON as NOON
from tests.builders.events import Events as Events
from tests.builders.events import Row as Row
from tests.builders.events import agent as agent
from tests.builders.events import baseline as baseline
from tests.builders.events import budget as budget
from tests.builders.events import call as call
from tests.builders.events import customer as customer
from tests.builders.events import evaluation as evaluation
from tests.builders.events import outcome as outcome
from tests.builders.events import price as price
from tests.builders.events import session as session
from tests.builders.events import tool_call as tool_call
from tests.builders.portals import before_after as before_after
from tests.builders.portals import card as card
from tests.builders.portals import keep_portal as keep_portal
from tests.builders.portals import portal as portal
from tests.builders.tables import fill as fill
from tests.builders.tables import publish as publish
from tests.builders.tables import published_tables as published_tables
from tests.builders.tables import reader_of as reader_of
from tests.builders.tables import snapshot_of as snapshot_of
