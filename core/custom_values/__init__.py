"""What custom metrics are worth: inputs over a period or over its buckets, then the one formula evaluator.

    columns   the inputs of a formula as numbers by place (a bucket and a group, or neither)
    rows      a checked formula over many rows at once
    answers   the value and the series
    buckets   many customers at once, in buckets of any widths

Which definitions there are is the caller's to say; whether they may be used was judged when they were kept.
"""

from core.custom_values.answers import CustomPoint as CustomPoint
from core.custom_values.answers import CustomSeries as CustomSeries
from core.custom_values.answers import CustomValue as CustomValue
from core.custom_values.answers import SeenInput as SeenInput
from core.custom_values.answers import custom_series as custom_series
from core.custom_values.answers import custom_value as custom_value
from core.custom_values.buckets import BucketNumbers as BucketNumbers
from core.custom_values.buckets import CustomBuckets as CustomBuckets
from core.custom_values.buckets import custom_buckets as custom_buckets
from core.custom_values.columns import standard_questions as standard_questions
