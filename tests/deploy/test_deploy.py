"""Files of a deployment agree with the code: settings, commands, addresses and what the pipeline reads."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from core.exposure import exposure_faults
from core.settings import SETTINGS, load
from pipeline.ingest.landing import LandingFile, classify
from tests.deploy.commands import check
from tests.pipeline.ingest.warehouse import Warehouse

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
PROGRAM = "/opt/proofline/.venv/bin/proofline"
# Compose's own: which image to start.
NO_SETTINGS = {"PROOFLINE_VERSION"}


def read(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def of_yaml(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load(read(name)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    named = set(re.findall(r"PROOFLINE_[A-Z_]+", path.read_text(encoding="utf-8")))
    assert named - {setting.env for setting in SETTINGS.values()} - NO_SETTINGS == set()


def _environment() -> dict[str, str]:
    lines = [line for line in read("proofline.env.example").splitlines() if re.match(r"[A-Z_]+=", line)]
    return dict(line.split("=", 1) for line in lines)


def test_the_example_of_an_environment_is_fit_for_production_once_it_has_keys() -> None:
    given = _environment()
    assert [f.setting for f in exposure_faults(load(given), "0.0.0.0")] == ["PROOFLINE_SIGNING_KEYS"]
    given["PROOFLINE_SIGNING_KEYS"] = "k1:Zq8vR2mX5tLw9KcB3nHs7JdF6gYp4TaE"
    assert list(exposure_faults(load(given), "0.0.0.0")) == []


def test_every_setting_that_the_example_leaves_commented_can_be_read() -> None:
    commented = dict(re.findall(r"^#(PROOFLINE_[A-Z_]+)=(.+)$", read("proofline.env.example"), re.MULTILINE))
    load(commented)
    assert commented


def _compose() -> dict[str, Any]:
    return of_yaml("compose.yaml")


def _ours() -> dict[str, dict[str, Any]]:
    return {name: s for name, s in _compose()["services"].items() if s["image"].startswith("proofline:")}


def test_the_containers_run_commands_that_exist() -> None:
    assert set(_ours()) == {"api-1", "api-2", "daemon", "ui"}
    for service in _ours().values():
        check(list(service["command"]))


def test_only_the_proxy_is_reached_from_outside_and_nothing_of_ours_has_rights_to_lose() -> None:
    services = _compose()["services"]
    assert {name for name, s in services.items() if "ports" in s and "profiles" not in s} == {"proxy"}
    for service in _ours().values():
        assert service["read_only"] and service["cap_drop"] == ["ALL"]


def test_the_proxy_is_believed_and_nobody_else() -> None:
    (network,) = _compose()["networks"]["default"]["ipam"]["config"]
    for service in _ours().values():
        assert service["environment"]["PROOFLINE_TRUSTED_PROXIES"] == network["subnet"]


def test_what_the_containers_name_is_there() -> None:
    compose = _compose()
    for service in compose["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (DEPLOY / source).is_file() if source.startswith(".") else source in compose["volumes"]
    asked = set(re.findall(r"\$\{([A-Z_]+)(?::[?-])?[a-z]*\}", read("compose.yaml")))
    assert asked - {"PROOFLINE_VERSION", "OTLP_TOKEN"} <= set(_environment())


def test_the_proxy_is_given_every_variable_it_reads() -> None:
    read_there = set(re.findall(r"\{\$([A-Z_]+)[:}]", read("Caddyfile")))
    assert read_there == set(_compose()["services"]["proxy"]["environment"])
    assert read("Caddyfile").count("{") == read("Caddyfile").count("}")


def test_the_image_has_everything_that_runs_and_runs_as_nobody_of_rights() -> None:
    text = read("Containerfile")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    lines = [line.split() for line in text.splitlines() if line.startswith("COPY ")]
    copied = {name for line in lines for name in line[1:-1] if not line[1].startswith("--from")}
    assert packages | {"cli.py", "dbt", "pyproject.toml"} <= copied
    assert all((ROOT / name).exists() for name in copied)
    assert "--require-hashes" in text and "--no-index" in text
    assert [line for line in text.splitlines() if line.startswith("USER ")] == ["USER proofline"]
    kept = {line[1:] for line in read("Containerfile.dockerignore").splitlines() if line.startswith("!")}
    assert kept == copied


def test_the_image_has_the_libraries_and_typefaces_that_the_machine_needs() -> None:
    needed = (ROOT / ".ci" / "system-packages").read_text(encoding="utf-8")
    libraries = set(re.findall(r":(lib[a-z0-9.-]+)", needed)) | {"fonts-inter", "fonts-droid-fallback"}
    assert len(libraries) == 5
    assert libraries <= set(read("Containerfile").split())


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_can_be_read(unit: Path) -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit.read_text(encoding="utf-8"))
    assert parser["Unit"]["Description"]
    if unit.suffix == ".timer":
        assert unit.with_suffix(".service").is_file()
        return
    service = parser["Service"]
    assert service["User"] == "proofline" and service["ProtectSystem"] == "strict"
    assert service["EnvironmentFile"] == "/etc/proofline/proofline.env"


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_units_run_commands_that_exist(unit: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    words = shlex.split(line)
    if words[0] == "/bin/sh":
        words = [*shlex.split(words[2])[1:3], "FOLDER"]
    assert words[0] == PROGRAM
    check([word.replace("%i", "8001") for word in words[1:]])


if shutil.which("systemd-analyze"):

    def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path) -> None:
        for unit in UNITS:
            (tmp_path / unit.name).write_text(unit.read_text().replace(PROGRAM, "/bin/true"))
        names = [str(tmp_path / unit.name.replace("@", "@8001")) for unit in UNITS]
        (tmp_path / "proofline-api@8001.service").symlink_to("proofline-api@.service")
        told = subprocess.run(
            ["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False
        )
        assert (told.returncode, told.stderr) == (0, "")


def test_commands_that_do_not_exist_would_be_noticed() -> None:
    for words in (["serv"], ["serve", "--hots", "x"], ["ui", "extra"], ["serve", "--port", "many"]):
        with pytest.raises((click.UsageError, AssertionError)):
            check(words)


def _exporters() -> dict[str, dict[str, Any]]:
    return dict(of_yaml("collector.yaml")["exporters"])


def test_the_collector_uses_only_what_it_declares() -> None:
    told = of_yaml("collector.yaml")
    assert set(told["service"]["extensions"]) == set(told["extensions"])
    for pipeline in told["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= set(told[kind])


@pytest.mark.parametrize("name", ["file/traces", "file/logs"])
def test_the_collectors_files_are_ones_that_the_pipeline_reads_rotated_or_not(
    tmp_path: Path, name: str
) -> None:
    exporter = _exporters()[name]
    # Compressed or as protobuf its files would have no lines.
    assert set(exporter) == {"path", "rotation"}
    landing = tmp_path / "landing"
    live = Path(exporter["path"].replace("${env:PROOFLINE_HOME}", str(tmp_path)))
    live.parent.mkdir(parents=True)
    for path in (live, live.with_stem(f"{live.stem}-2026-11-19T23-02-14.173")):
        path.write_text("")
        found = classify(landing, path)
        assert isinstance(found, LandingFile) and (found.table, found.format) == ("otlp", "otlp")


def _written(kind: str, scope: str, what: str, entry: dict[str, Any]) -> str:
    """One line as the file exporter writes it: compact, ids in hexadecimal, 64-bit numbers as text."""
    resource = {"attributes": [_attribute("service.name", {"stringValue": "support"})]}
    scoped = {"scope": {"name": "agent", "version": "1.0.0"}, what: [entry]}
    return json.dumps({kind: [{"resource": resource, scope: [scoped]}]}, separators=(",", ":")) + "\n"


def _attribute(key: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "value": value}


_START = 1_795_000_000_000_000_000  # 2026-11-18T10:26:40Z
_TRACE = "5b8efff798038103d269b633813fc60c"
_SPAN = {
    "traceId": _TRACE, "spanId": "eee19b7ec3c1b174", "parentSpanId": "", "flags": 256, "name": "chat gpt-4o",
    "kind": 3, "startTimeUnixNano": str(_START), "endTimeUnixNano": str(_START + 1_500_000_000),
    "attributes": [
        _attribute("customer.id", {"stringValue": "cust_a"}),
        _attribute("gen_ai.operation.name", {"stringValue": "chat"}),
        _attribute("gen_ai.provider.name", {"stringValue": "openai"}),
        _attribute("gen_ai.response.model", {"stringValue": "gpt-4o"}),
        _attribute("gen_ai.agent.id", {"stringValue": "support"}),
        _attribute("gen_ai.conversation.id", {"stringValue": "ses_1"}),
        _attribute("gen_ai.usage.input_tokens", {"intValue": "1200"}),
        _attribute("gen_ai.usage.output_tokens", {"intValue": "80"}),
    ],
    "status": {},
}  # fmt: skip
_EVENT = {
    "timeUnixNano": str(_START + 2_000_000_000), "observedTimeUnixNano": str(_START + 2_000_000_000),
    "body": {}, "eventName": "gen_ai.evaluation.result", "traceId": _TRACE, "spanId": "eee19b7ec3c1b174",
    "attributes": [
        _attribute("customer.id", {"stringValue": "cust_a"}),
        _attribute("gen_ai.agent.id", {"stringValue": "support"}),
        _attribute("gen_ai.evaluation.name", {"stringValue": "groundedness"}),
        _attribute("gen_ai.evaluation.score.value", {"doubleValue": 0.9}),
    ],
}  # fmt: skip


def test_what_the_collector_writes_becomes_rows_also_while_it_still_writes(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    first = _written("resourceSpans", "scopeSpans", "spans", _SPAN)
    second = first.replace("eee19b7ec3c1b174", "eee19b7ec3c1b175")
    warehouse.land_bytes("otlp/traces.jsonl", first.encode())
    warehouse.land_bytes(
        "otlp/logs.jsonl", _written("resourceLogs", "scopeLogs", "logRecords", _EVENT).encode()
    )
    warehouse.run()
    # The live file has grown, then it is full and gets its rotated name: every line counts once.
    warehouse.land_bytes("otlp/traces.jsonl", (first + second).encode())
    warehouse.run()
    grown = warehouse.landing / "otlp" / "traces.jsonl"
    grown.rename(grown.with_stem("traces-2026-11-18T10-30-00.000"))
    warehouse.run()
    assert warehouse.rejects() == []
    calls = warehouse.rows(
        "SELECT customer_id, agent_id, session_id, provider, model, status, input_tokens, output_tokens, latency_ms"
        " FROM raw.llm_requests"
    )
    assert calls == [("cust_a", "support", "ses_1", "openai", "gpt-4o", "ok", 1200, 80, 1500.0)] * 2
    assert warehouse.rows("SELECT customer_id, name, score FROM raw.evaluations") == [
        ("cust_a", "groundedness", 0.9)
    ]
    warehouse.connection.close()


def test_every_command_in_the_guide_exists() -> None:
    blocks = re.findall(
        r"`proofline ([^`]+)`|(?:exec daemon proofline|\bproofline) (doctor)$", read("README.md")
    )
    commands = [shlex.split(quoted or plain) for quoted, plain in blocks]
    assert len(commands) > 8
    for words in commands:
        check(words)


def test_every_file_in_the_guide_is_there() -> None:
    for name in re.findall(r"^\| `([^`]+)` \|", read("README.md"), re.MULTILINE):
        assert (DEPLOY / name).exists(), name
