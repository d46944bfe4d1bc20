"""Writes types.ts, which has every type, and shapes.ts, by which names are changed on the way to the wire and back."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, is_typeddict

from proofline import Answer

from .kinds import hints_of, is_optional, literal_text, literals, named_types, parts_of, text
from .names import camel, camel_words

_QUOTED = re.compile(r"`[^`]+`")
MADE = "// Written by `make sdk` from the Python SDK. Change that, not this."


def types_ts() -> str:
    """All words and interfaces."""
    blocks = [
        MADE,
        "/** ISO 8601, or a Date; without an offset it is read in the question's timezone. */\n"
        "export type Instant = string | Date;",
        "/** An object whose fields are not declared. */\nexport type Undeclared = Record<string, unknown>;",
        "\n".join(f"export type {name} = {literal_text(hint)};" for name, hint in literals().items()),
        *(_interface(kind) for kind in named_types()),
    ]
    return "\n\n".join(blocks) + "\n"


def shapes_ts() -> str:
    """The fields of every type: "" is left as it is, "A" is an A or a list of them, "{A}" a map of them.

    "{}" is a map whose names and values are the caller's own; "*" is an object of the API's, undeclared.
    """
    lines = [MADE, 'import type { Shape } from "./wire.js";', ""]
    lines.append("export const SHAPES: Readonly<Record<string, Shape>> = {")
    for kind in named_types():
        fields = ", ".join(f'{name}: "{_shape(hint)}"' for name, hint in hints_of(kind).items())
        lines.append(f"  {kind.__name__}: {{ {fields} }},")
    return "\n".join([*lines, "};", ""])


def _shape(hint: Any) -> str:
    form, kinds = parts_of(hint)
    # Where an answer may be sent back, both are the same object with the same names.
    sent = [kind for kind in kinds if is_typeddict(kind)] or list(kinds)
    (name,) = (kind.__name__ for kind in sent) if sent else ("",)
    return {"map": f"{{{name}}}", "undeclared": "*"}.get(form, name)


def _interface(kind: Any) -> str:
    said = doc(_own_doc(kind))
    words = _field_words(kind)
    lines = [f"{said}export interface {kind.__name__} {{"]
    for name, hint in hints_of(kind).items():
        mark = "?" if is_optional(kind, name) else ""
        kind_text = text(hint, is_sent=is_typeddict(kind))
        lines.append(f"{doc(words.get(name, ''), '  ')}  {camel(name)}{mark}: {kind_text};")
    # Metadata says more than is declared: which filters held, which budget it was.
    if kind.__name__.endswith("Metadata"):
        lines.append("  [more: string]: string | number | boolean | null | undefined;")
    return "\n".join([*lines, "}"])


def doc(words: str, indent: str = "") -> str:
    """The words as a comment, with what TypeScript calls differently in its words."""
    said = _QUOTED.sub(lambda found: camel_words(found[0]), words.replace("None", "null"))
    return f"{indent}/** {said} */\n" if said else ""


def _own_doc(kind: Any) -> str:
    return "" if kind.__doc__ in (None, Answer.__doc__, dict.__doc__) else " ".join(kind.__doc__.split())


def _field_words(kind: Any) -> dict[str, str]:
    """The strings that stand under the fields."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__) if isinstance(kind, type) else ():
        if isinstance(each, type) and each.__module__.startswith("proofline"):
            found |= dict(_words_in(each))
    return found


def _words_in(kind: type) -> Iterator[tuple[str, str]]:
    (declared,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(declared, ast.ClassDef)
    for field, below in pairwise(declared.body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                yield name, " ".join(words.split())
