"""The stored copies without the rows of erased customers, and how a run finds that new files bring them back."""

import gzip
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from core.contract import OTLP_FOLDER, TABLES
from core.fault import hit
from core.settings import Settings
from core.tombstones import Tombstones
from pipeline.erasure import traces
from pipeline.erasure.known import Known, note_agents, note_removed, without_agents_of_others
from pipeline.erasure.rows import clean_csv, clean_json_lines, clean_parquet
from pipeline.errors import UnreadableError
from pipeline.ingest.opened import opened
from pipeline.ingest.raw_store import RawStore, StoredFile, line_breaks
from pipeline.ingest.run import Options, Told

_CLEAN = {"jsonl": clean_json_lines, "csv": clean_csv, "parquet": clean_parquet}
_SCHEMAS = ("raw", "late")
_GONE = "erased"


Stored = Mapping[str, StoredFile]


def erase_from_copies(
    settings: Settings, store: RawStore, known: Known, options: Options, told: Told
) -> Stored:
    """Takes the customers that wait for it out of every copy, and notes what that was. A file that cannot be read
    cannot be searched, so it is emptied: it was never loaded, and what was delivered lies where it was delivered."""
    known = note_agents(settings, known)
    cleaning = _Cleaning(
        store, known.tombstones, options, told, lambda counts: note_removed(settings, counts)
    )
    return cleaning.clean(list(store.all()))


def clean_some(
    store: RawStore, files: Sequence[StoredFile], known: Known, build: Path, options: Options, told: Told
) -> Stored:
    """Takes erased customers out of files that have just come and, as the database `build` shows, bring them back."""
    with duckdb.connect(str(build), read_only=True) as connection:
        erased = without_agents_of_others(known.tombstones, connection)
    return _Cleaning(store, erased, options, told, None).clean(list(files))


def bring_back(build: Path, known: Known, files: Sequence[StoredFile]) -> list[StoredFile]:
    """Of the new files those that hold rows of an erased customer, or lines that mention one."""
    if not known.tombstones or not files:
        return []
    names = [file.sha256 for file in files]
    with duckdb.connect(str(build), read_only=True) as connection:
        erased = without_agents_of_others(known.tombstones, connection)
        found = set(_naming(connection, erased, names))
    return [f for f in files if f.sha256 in found or erased.mentioned_in(f.relative.replace("/", " "))]


def _naming(connection: duckdb.DuckDBPyConnection, erased: Tombstones, names: list[str]) -> Iterator[str]:
    for query, is_theirs in (
        (_named("customer_id"), erased.names),
        (_named("scope_id"), lambda text: erased.names(text) or erased.names_agent(text)),
        ("SELECT DISTINCT file_id, agent_id FROM raw.agents", erased.names_agent),
        ("SELECT DISTINCT file_id, original FROM raw.rejects", lambda text: erased.mentioned_in(text or "")),
        ("SELECT DISTINCT file_id, folder_customer FROM raw.otlp_spans", erased.names),
        ("SELECT DISTINCT file_id, folder_customer FROM raw.otlp_logs", erased.names),
    ):
        rows = connection.execute(
            f"""SELECT sha256, text FROM ({query}) AS t (file_id, text) JOIN raw.files USING (file_id)
                WHERE list_contains($names, sha256)""",
            {"names": names},
        ).fetchall()
        yield from (sha256 for sha256, text in rows if is_theirs(text))


def _named(column: str) -> str:
    tables = [table.name for table in TABLES.values() if column in table.column_names]
    return " UNION ".join(
        f"SELECT file_id, {column} FROM {schema}.{name}" for name in tables for schema in _SCHEMAS
    )


class _Cleaning:
    """One pass over stored files. `noted` hears of what is taken out; without it unreadable files stay."""

    def __init__(
        self,
        store: RawStore,
        erased: Tombstones,
        options: Options,
        told: Told,
        noted: Callable[[Mapping[str, int]], None] | None,
    ) -> None:
        self._store, self._erased, self._options = store, erased, options
        self._told, self._noted = told, noted

    def clean(self, files: list[StoredFile]) -> Stored:
        """The files as they are afterwards, by name."""
        self._options.rules.work.mkdir(parents=True, exist_ok=True)
        theirs = traces.theirs(_all_traces(self._store, files), self._erased, self._options)
        after = {}
        for done, stored in enumerate(files, start=1):
            self._told("erasing from the stored files", done, len(files))
            after[stored.sha256] = self._clean_one(stored, theirs)
            hit("erasure.after_copy")
        return after

    def _clean_one(self, stored: StoredFile, theirs: traces.Theirs) -> StoredFile:
        try:
            fresh, gone = _cleaned_copy(stored, self._erased, theirs, self._options)
        except UnreadableError:
            return self._emptied(stored)
        after = _keep(self._store, stored, fresh, gone, self._erased)
        if gone:
            self._note({"stored files: rows": gone, "stored files: written anew": 1})
        return after

    def _emptied(self, stored: StoredFile) -> StoredFile:
        if self._noted is None or not stored.bytes:
            return stored
        fresh = self._options.rules.work / f"{_GONE}-{stored.sha256}"
        fresh.write_bytes(b"")
        after = _keep(self._store, stored, fresh, 0, self._erased)
        self._note({"stored files: unreadable, emptied": 1})
        return after

    def _note(self, counts: Mapping[str, int]) -> None:
        if self._noted is not None:
            self._noted(counts)


def _all_traces(store: RawStore, files: list[StoredFile]) -> list[StoredFile]:
    """Whose a span is may stand in any file, so all are read where one of them is to be cleaned."""
    if not any(file.table == OTLP_FOLDER for file in files):
        return []
    return [file for file in store.all() if file.table == OTLP_FOLDER]


def _cleaned_copy(
    stored: StoredFile, erased: Tombstones, theirs: traces.Theirs, options: Options
) -> tuple[Path | None, int]:
    """A new copy in the work folder where anything is to go, and how many rows that is."""
    work = options.rules.work
    plain = opened(stored, work, options.bounds)
    target = work / f"{_GONE}-{stored.sha256}"
    if stored.table == OTLP_FOLDER:
        gone = traces.clean(plain.path, target, stored.folder_customer, theirs)
    else:
        gone = _CLEAN[stored.format](TABLES[stored.table], plain.path, target, erased)
    if plain.path != stored.copy:
        plain.path.unlink(missing_ok=True)
    if not gone:
        target.unlink(missing_ok=True)
        return None, 0
    return _compressed(target, stored.compression), gone


def _compressed(path: Path, compression: str | None) -> Path:
    if compression is None:
        return path
    target = path.with_name(f"{path.name}.{compression}")
    with path.open("rb") as reader, target.open("wb") as writer:
        if compression == "gz":
            with gzip.GzipFile(fileobj=writer, mode="wb", filename="", mtime=0) as packed:
                shutil.copyfileobj(reader, packed)
        else:
            import zstandard

            zstandard.ZstdCompressor().copy_stream(reader, writer)
    path.unlink()
    return target


def _keep(
    store: RawStore, stored: StoredFile, fresh: Path | None, gone: int, erased: Tombstones
) -> StoredFile:
    """The stored file as it is now; what describes it must not name them either."""
    size, lines = _measured(fresh or stored.copy)
    after = replace(
        stored,
        relative=_without_names(stored.relative, erased),
        folder_customer=None if erased.names(stored.folder_customer) else stored.folder_customer,
        bytes=size,
        lines=lines,
        erased=stored.erased + gone,
    )
    if after != stored or fresh is not None:
        store.rewrite(after, fresh)
    return after


def _measured(path: Path) -> tuple[int, int]:
    size, lines, last = 0, 0, b"\n"
    with path.open("rb") as reader:
        while chunk := reader.read(1 << 20):
            size, lines, last = size + len(chunk), lines + line_breaks(chunk), chunk[-1:]
    return size, lines + (last != b"\n")


def _without_names(relative: str, erased: Tombstones) -> str:
    """A file's name without the customer's: the folders and the parts of the name that are their id."""
    parts = [_GONE if erased.names(part) else part for part in relative.split("/")]
    stem, dot, rest = parts[-1].partition(".")
    parts[-1] = f"{_GONE if erased.names(stem) else stem}{dot}{rest}"
    plain = "/".join(parts)
    return f"{parts[0]}/{_GONE}" if erased.mentioned_in(plain.replace("/", " ")) else plain
