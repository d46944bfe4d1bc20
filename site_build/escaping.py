"""How templates escape what they put out: as markupsafe does, at a third of its price.

A portal's pages put out two thousand texts, nearly all of them short and harmless. Should the template engine ever stop
asking this class, it escapes by markupsafe itself.
"""

from jinja2 import Environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr
from markupsafe import Markup, escape


def escaped(value: object) -> str:
    """The value with everything that means something in HTML written out; Markup as it is."""
    if type(value) is Markup:
        return value
    # Subclasses of str may have a form in HTML of their own.
    if type(value) is not str:
        return escape(value)
    text = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("'", "&#39;").replace('"', "&#34;")


class _Generator(CodeGenerator):
    def _output_child_pre(self, node: Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        is_plain = frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None
        if is_plain:
            self.write("environment.escaped(")
        else:
            super()._output_child_pre(node, frame, finalize)


class EscapingEnvironment(Environment):
    """An environment whose templates escape by `escaped`, where they escape."""

    code_generator_class = _Generator
    escaped = staticmethod(escaped)
