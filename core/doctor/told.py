"""Findings as lines for people, or as JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from core.doctor.finding import Finding, State


def as_text(found: Sequence[Finding]) -> str:
    """One line each, and how many are which."""
    width = max(len(one.subject) for one in found)
    lines = [f"{one.state:4}  {one.subject:{width}}  {_told(one)}" for one in found]
    return "\n".join([*lines, "", _summary(found)])


def as_json(found: Sequence[Finding]) -> str:
    counts = {state.value: sum(one.state is state for one in found) for state in State}
    return json.dumps({**counts, "findings": [asdict(one) for one in found]}, indent=2, ensure_ascii=False)


def _told(one: Finding) -> str:
    return one.told if one.advice is None else f"{one.told} {one.advice}"


def _summary(found: Sequence[Finding]) -> str:
    failed = sum(one.state is State.FAIL for one in found)
    warned = sum(one.state is State.WARN for one in found)
    if not failed and not warned:
        return "All is well."
    parts = [f"{failed} does not work" if failed == 1 else f"{failed} do not work"] if failed else []
    parts += [f"{warned} to look at"] if warned else []
    return f"{', '.join(parts)}."
