"""What is wrong with an installation, and what to do about it: `examine` asks everything and changes nothing.

Each module looks at one part. Repairing is the operator's; what is written to the control store, the warehouse or
the portals is never touched here.
"""

from core.doctor.case import Case
from core.doctor.examine import examine
from core.doctor.finding import Finding, State
from core.doctor.told import as_json, as_text

__all__ = ["Case", "Finding", "State", "as_json", "as_text", "examine"]
