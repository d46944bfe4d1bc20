"""The OpenTelemetry source: OTLP/JSON files into rows of the events contract.

Two steps. `read_file` parses each file once into `raw.otlp_spans` and `raw.otlp_logs`. Then, since the spans
of one trace may be spread over files in any order, `touch` names the traces that new files change, `withdraw`
takes back what was derived from them before, and `contract_rows` derives them anew. Loading and checking
those rows is not done here; see `pipeline.ingest.load`.
"""

from pipeline.ingest.otlp.rows import contract_rows
from pipeline.ingest.otlp.store import ReadSummary, create_tables, read_file
from pipeline.ingest.otlp.touched import touch, withdraw

__all__ = ["ReadSummary", "contract_rows", "create_tables", "read_file", "touch", "withdraw"]
