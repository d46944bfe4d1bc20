"""OpenTelemetry files without the spans and log records of erased customers.

Whose a span is may stand on a span above it, in another file: all files are read once, as ingest reads them, and what
that resolves decides. A span that names nobody, in a trace that is theirs alone, is theirs.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from core.tombstones import Tombstones
from pipeline.errors import UnreadableError
from pipeline.ingest import tables
from pipeline.ingest.opened import opened
from pipeline.ingest.otlp import create_tables, read_file, touch
from pipeline.ingest.otlp.tree import resolve
from pipeline.ingest.raw_store import StoredFile
from pipeline.ingest.run import Options

_DATABASE = "erasing.duckdb"


@dataclass(frozen=True)
class Theirs:
    """Which spans and traces are theirs, and under which attributes customers are named."""

    erased: Tombstones = field(default_factory=Tombstones)
    attributes: tuple[str, ...] = ()
    default_customer: str | None = None
    spans: frozenset[tuple[str, str]] = frozenset()
    others: frozenset[tuple[str, str]] = frozenset()
    traces: frozenset[str] = frozenset()

    def has_span(self, span: Mapping[str, Any], resource: Mapping[str, str], folder: str | None) -> bool:
        place = (_hex(span.get("traceId"), 16), _hex(span.get("spanId"), 8))
        if place in self.spans or place[0] in self.traces:
            return True
        return place not in self.others and self._says(_attributes(span), resource, folder)

    def has_record(self, record: Mapping[str, Any], resource: Mapping[str, str], folder: str | None) -> bool:
        said = _attributes(record)
        named = said.get("customer_id") or self._named(said, resource)
        if named:
            return self.erased.names(named)
        place = (_hex(record.get("traceId"), 16), _hex(record.get("spanId"), 8))
        if place in self.spans or place[0] in self.traces:
            return True
        return place not in self.others and self.erased.names(folder)

    def _says(self, said: Mapping[str, str], resource: Mapping[str, str], folder: str | None) -> bool:
        return self.erased.names(self._named(said, resource) or folder)

    def _named(self, said: Mapping[str, str], resource: Mapping[str, str]) -> str | None:
        for name in self.attributes:
            prefixed = f"traceloop.association.properties.{name}"
            for spelling in (name, prefixed, prefixed.replace(".", "_")):
                if found := said.get(spelling) or resource.get(spelling):
                    return found
        return None


def theirs(files: Sequence[StoredFile], erased: Tombstones, options: Options) -> Theirs:
    """What of these files is theirs."""
    if not files or not erased:
        return Theirs(erased)
    path = options.rules.work / _DATABASE
    path.unlink(missing_ok=True)
    try:
        with options.resources.connect(path) as connection:
            _read(connection, files, options)
            rows = connection.execute("SELECT trace_id, span_id, customer_id FROM otlp_resolved").fetchall()
    finally:
        path.unlink(missing_ok=True)
    spans = {(trace, span) for trace, span, customer in rows if erased.names(customer)}
    others = {(trace, span) for trace, span, customer in rows if customer and not erased.names(customer)}
    alone = {trace for trace, _ in spans} - {trace for trace, _ in others}
    return Theirs(
        erased,
        options.otlp_customer_attributes,
        options.otlp_customer,
        frozenset(spans),
        frozenset(others),
        frozenset(alone),
    )


def clean(source: Path, target: Path, folder: str | None, theirs: Theirs) -> int:
    """Writes the file without what is theirs, and says how many spans and records that is."""
    folder = folder or theirs.default_customer
    text = source.read_bytes()
    if text.strip()[:1] in (b"{", b"[") and text.lstrip()[1:2] in (b"\n", b"\r", b" "):
        gone, kept = _clean_document(text.replace(b"\n", b" "), folder, theirs)
        target.write_bytes(kept)
        return gone
    count = 0
    with target.open("wb") as writer:
        for line in text.splitlines(keepends=True):
            gone, kept = _clean_document(line, folder, theirs)
            writer.write(kept)
            count += gone
    return count


def _read(connection: duckdb.DuckDBPyConnection, files: Sequence[StoredFile], options: Options) -> None:
    tables.create(connection)
    create_tables(connection)
    for number, stored in enumerate(files, start=1):
        try:
            plain = opened(stored, options.rules.work, options.bounds)
            customer = stored.folder_customer or options.otlp_customer
            read_file(connection, plain.path, file_id=number, folder_customer=customer)
        except UnreadableError:
            continue
    touch(connection, list(range(1, len(files) + 1)))
    resolve(connection, options.otlp_customer_attributes)


def _clean_document(line: bytes, folder: str | None, theirs: Theirs) -> tuple[int, bytes]:
    """The line as it was where nothing goes; a line that is no document goes where it mentions them."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        is_theirs = bool(line.strip()) and theirs.erased.mentioned_in(line.decode("utf-8", "replace"))
        return (1, b"") if is_theirs else (0, line)
    if not isinstance(document, dict):
        return 0, line
    gone = _take_out(document, "resourceSpans", "scopeSpans", "spans", folder, theirs.has_span)
    gone += _take_out(document, "resourceLogs", "scopeLogs", "logRecords", folder, theirs.has_record)
    if not gone:
        return 0, line
    left = any(document.get(name) for name in ("resourceSpans", "resourceLogs"))
    return gone, json.dumps(document, ensure_ascii=False).encode() + b"\n" if left else b""


def _take_out(
    document: dict[str, Any],
    resources: str,
    scopes: str,
    things: str,
    folder: str | None,
    is_theirs: Callable[[Mapping[str, Any], Mapping[str, str], str | None], bool],
) -> int:
    """Removes what is theirs, and the resources that nothing is left of: they say whose they were."""
    gone, kept = 0, []
    for resource in _dicts(document.get(resources)):
        said = _attributes(resource.get("resource") or {})
        for scope in _dicts(resource.get(scopes)):
            before = scope.get(things)
            if isinstance(before, list):
                scope[things] = [
                    one for one in before if not (isinstance(one, dict) and is_theirs(one, said, folder))
                ]
                gone += len(before) - len(scope[things])
        resource[scopes] = [s for s in _dicts(resource.get(scopes)) if s.get(things)]
        if resource[scopes]:
            kept.append(resource)
    if gone:
        document[resources] = kept
    return gone


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _attributes(owner: Any) -> dict[str, str]:
    """Attributes that are texts or numbers, by key; of one that comes twice the smaller, as ingest has it."""
    found: dict[str, str] = {}
    for one in _dicts(owner.get("attributes") if isinstance(owner, dict) else None):
        value = one.get("value")
        text = next(iter(value.values()), None) if isinstance(value, dict) else None
        if isinstance(text, str | int | float) and str(text).strip():
            key = str(one.get("key"))
            found[key] = min(found.get(key, str(text).strip()), str(text).strip())
    return found


def _hex(value: Any, length: int) -> str:
    """An identifier in lower-case hexadecimal, whichever way it is written; empty for none."""
    text = str(value or "")
    if len(text) == 2 * length:
        return text.lower()
    try:
        return base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "==").hex()
    except (ValueError, binascii.Error):
        return ""
