"""Time as people ask for it: periods in a zone, their buckets, the period before.

    zones      zone names, wall-clock time ↔ instants, days that do not begin at midnight
    instants   ISO 8601 text ↔ UTC instants
    period     a half-open period, and the ways to ask for one
    buckets    minutes, hours, days, weeks and months of a period
    previous   what a period is compared with

Instants are aware `datetime`s in UTC throughout; a wall-clock time is a naive one.
"""

from core.periods.buckets import Granularity as Granularity
from core.periods.buckets import auto_granularity as auto_granularity
from core.periods.buckets import bucket_edges as bucket_edges
from core.periods.buckets import chosen_granularity as chosen_granularity
from core.periods.instants import format_instant as format_instant
from core.periods.instants import parse_instant as parse_instant
from core.periods.period import Period as Period
from core.periods.period import default_now as default_now
from core.periods.period import named_period as named_period
from core.periods.period import period_between as period_between
from core.periods.period import point_in_time as point_in_time
from core.periods.period import requested_period as requested_period
from core.periods.period import requested_point as requested_point
from core.periods.previous import Compared as Compared
from core.periods.previous import Comparison as Comparison
from core.periods.previous import compared_periods as compared_periods
from core.periods.zones import day_start as day_start
from core.periods.zones import first_instant as first_instant
from core.periods.zones import wall_clock as wall_clock
from core.periods.zones import zone as zone
