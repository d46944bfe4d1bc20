"""The benchmarks run from the source tree and are not installed: their tests find them there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
