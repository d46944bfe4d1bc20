"""Where the pipeline keeps what: every path below PROOFLINE_HOME that it reads or writes."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The pipeline's part of PROOFLINE_HOME."""

    root: Path

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def lock(self) -> Path:
        return self.root / "pipeline.lock"

    def build(self, run_id: str) -> Path:
        """The database a run builds in; nobody else opens it. It is named as the warehouse it may become,
        since the file's name stands in every view."""
        return self.folder(run_id) / self.warehouse.name

    def work(self, run_id: str) -> Path:
        """A folder for what a run needs only while it runs."""
        return self.folder(run_id) / "work"

    def folder(self, run_id: str) -> Path:
        """All that one run makes, until it is published."""
        return self.root / f"build-{run_id}"
