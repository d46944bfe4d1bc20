"""One metric, one period → value, series, distribution, change. Every number people see comes from here.

    question      what is asked, checked: metric, aggregation, filters
    parts         a metric's sums and counts, and its value from them: divide last
    window        a stretch of time and its buckets
    gather        one pass over the rows per fact
    table         figures of many questions, per bucket and group
    value  series  buckets  distribution  breakdown  change
    burn_rate  daily  noise

All functions are pure: a scoped reader and a question in, frozen values out. Texts, JSON and rounding
belong to whoever shows the numbers.
"""

from core.measures.answer import Answer as Answer
from core.measures.answer import BreakdownPart as BreakdownPart
from core.measures.answer import BudgetState as BudgetState
from core.measures.answer import Distribution as Distribution
from core.measures.answer import Figures as Figures
from core.measures.answer import HistogramBucket as HistogramBucket
from core.measures.answer import Number as Number
from core.measures.answer import Point as Point
from core.measures.answer import Series as Series
from core.measures.breakdown import AgentSpend as AgentSpend
from core.measures.breakdown import ModelSpend as ModelSpend
from core.measures.breakdown import Spending as Spending
from core.measures.breakdown import breakdown as breakdown
from core.measures.breakdown import spending as spending
from core.measures.buckets import over_buckets as over_buckets
from core.measures.buckets import resolved_in_buckets as resolved_in_buckets
from core.measures.change import Change as Change
from core.measures.change import Direction as Direction
from core.measures.change import change as change
from core.measures.change import changes as changes
from core.measures.change import direction as direction
from core.measures.change import relative_change as relative_change
from core.measures.distribution import distribution as distribution
from core.measures.question import Filters as Filters
from core.measures.question import Question as Question
from core.measures.question import find_metric as find_metric
from core.measures.question import known_metrics as known_metrics
from core.measures.question import units_of_outcome as units_of_outcome
from core.measures.series import many_series as many_series
from core.measures.series import series as series
from core.measures.value import value as value
from core.measures.value import values as values
from core.measures.value import values_by_customer as values_by_customer
