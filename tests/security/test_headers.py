"""The headers of every answer, as they were read in review: of each operation, refusal, page and kind of file."""

import json
import os
import re
from pathlib import Path

from tests.api.test_isolation import MATRIX
from tests.security.stage import A, Answer, Stage
from tests.security.test_matrix import _address, _filled

SNAPSHOT = Path(__file__).with_name("headers.json")
# As each answer has them anew.
_OF_EACH = ("date", "x-request-id", "content-length", "etag", "location", "last-modified")
_PAGES = (
    "",
    "/index.html",
    "/activity.html",
    "/definitions.html",
    "/reports.html",
    "/export.csv",
    "/none.html",
)


def _headers(answer: Answer) -> dict[str, str]:
    kept = {name: value for name, value in answer.headers if name not in _OF_EACH}
    if "set-cookie" in kept:
        kept["set-cookie"] = re.sub(
            r"=[\w.-]+; Path=[^;]+; Max-Age=\d+", "=<session>", kept["set-cookie"], count=1
        )
    if "content-disposition" in kept:
        kept["content-disposition"] = kept["content-disposition"].partition(";")[0]
    return {name: value.replace(A.canary("domain"), "<domain>") for name, value in sorted(kept.items())}


def _shown(stage: Stage) -> dict[str, dict[str, str]]:
    ids, found = stage.made["a"], dict[str, dict[str, str]]()
    for operation, (method, path, body) in MATRIX.items():
        target = _address(_filled(path, ids))
        if method == "GET":
            found[f"{operation} 200"] = _headers(stage.get(target))
        found[f"{operation} 401"] = _headers(
            stage.ask(method, target, None, _filled(body, ids) if body else None)
        )
    for place in ("p", "embed"):
        for file in _PAGES:
            found[f"/{place}{file}"] = _headers(stage.shown(stage.token(), f"/{place}/{A.portal_id}{file}"))
        found[f"/{place} nobody"] = _headers(stage.get(f"/{place}/{A.portal_id}", None))
        found[f"/{place} by link"] = _headers(
            stage.get(f"/{place}/{A.portal_id}?token={stage.token()}", None)
        )
    page = stage.shown(stage.token(), f"/p/{A.portal_id}").text
    for name in sorted(set(re.findall(r"/assets/[\w.-]+", page))):
        found[re.sub(r"\.[0-9a-f]{8,}", "", name)] = _headers(stage.get(name, None))
    for path in ("/health", "/ready", "/metrics", "/docs", "/openapi.json", "/nothing"):
        found[path] = _headers(stage.get(path, None))
    return found


def test_headers_are_as_they_were_read_in_review(stage: Stage) -> None:
    """PROOFLINE_UPDATE_GOLDEN=1 writes them anew."""
    found = _shown(stage)
    # Kinds of answers that have the very same headers stand together.
    groups: dict[str, list[str]] = {}
    for name, headers in found.items():
        groups.setdefault(json.dumps(headers), []).append(name)
    told = [{"answers": names, "headers": json.loads(text)} for text, names in groups.items()]
    written = json.dumps(told, indent=1) + "\n"
    if os.environ.get("PROOFLINE_UPDATE_GOLDEN"):
        SNAPSHOT.write_text(written)
    assert SNAPSHOT.read_text() == written


def test_no_answer_is_guessed_at_kept_by_others_or_passed_on(stage: Stage) -> None:
    for name, headers in _shown(stage).items():
        assert headers["x-content-type-options"] == "nosniff", name
        assert headers["referrer-policy"] == "no-referrer", name
        # Shared files and the reference are the same for everybody.
        is_shared, caching = name.startswith(("/assets/", "/docs")), headers["cache-control"]
        is_kept_by_nobody_else = "private" in caching or "no-store" in caching
        assert is_kept_by_nobody_else is not is_shared and is_shared is ("public" in caching), name
        assert "server" not in headers and "x-powered-by" not in headers


def test_pages_may_do_nothing_but_what_they_need(stage: Stage) -> None:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors "
    )
    for name, headers in _shown(stage).items():
        if name.startswith(("/p", "/embed")):
            assert headers["content-security-policy"].startswith(policy), name
        if name.startswith("/p"):
            assert headers["content-security-policy"] == policy + "'none'", name


def test_generated_files_hold_no_inline_script_style_or_foreign_address(stage: Stage) -> None:
    files = [path for path in stage.settings.sites_dir.rglob("*.html") if path.is_file()]
    assert len(files) > 20
    for path in files:
        text = path.read_text("utf-8")
        scripts = re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)
        assert all(
            "application/json" in attributes or not inside.strip() for attributes, inside in scripts
        ), path
        bare = re.sub(r"<script[^>]*application/json[^>]*>.*?</script>", "", text, flags=re.DOTALL)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", bare), path
        assert not re.search(r'(?:src|href|action|srcset)="(?:https?:)?//', bare), path


def test_shipped_scripts_evaluate_nothing(stage: Stage) -> None:
    """The drawing library holds a compiler that is switched off; ours hold none."""
    own = [p for p in stage.settings.sites_dir.rglob("*.js") if not p.name.startswith("vega")]
    assert own
    for path in own:
        assert not re.search(r"\beval\(|new Function", path.read_text("utf-8")), path.name
