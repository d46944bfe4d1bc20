"""Custom metrics as a table: `custom_metric_daily`, a value per metric, customer and local day of the customer.

    definitions   which metrics there are, from the control store, and what makes their numbers old
    known         what the build says: customers, zones, touched days, and what earlier runs have computed
    due           which days of which metrics are to be computed
    passes        computing them, by the engine that also answers the API
    table         the table and its ledger in the build's database
    run           these steps in order, and what came of them

A day is worth what the API answers for that day in the customer's zone. It stands here so that the warehouse says
the same as the API, for whoever works with the published file.
"""

from pipeline.custom_metrics.definitions import fingerprint as fingerprint
from pipeline.custom_metrics.run import Failure as Failure
from pipeline.custom_metrics.run import Report as Report
from pipeline.custom_metrics.run import compute as compute
