"""Tokens → tree, by binding powers (Pratt). Total: any text gives a tree and the faults found in it.

Only the grammar lives here; whether names exist and numbers stand where numbers belong is decided in `check`.
After a fault reading goes on, so that names and arities further on are judged as well.

    or < and < not < == != < <= > >= < + - < * / % < unary - < ^ (to the right)
"""

from dataclasses import dataclass
from math import isfinite

from core.formula.faults import Fault, shown
from core.formula.nodes import Binary, Call, Node, Number, Unary, Variable
from core.formula.reader import Reader
from core.formula.tokens import Kind, Token, reason_against

MAX_DEPTH = 32

_POWER = {"or": 1, "and": 2, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4}
_POWER |= {"+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "^": 8}
_PREFIX = {"not": 3, "-": 7}
_CLOSING = frozenset({")", ","})
_VALUES = frozenset({Kind.NUMBER, Kind.VARIABLE, Kind.NAME})


@dataclass(frozen=True)
class Parsed:
    """A tree that holds `Missing` where faults are; `node_count` as the limit counts them."""

    tree: Node
    faults: tuple[Fault, ...]
    node_count: int


def parse(text: str, param: str) -> Parsed:
    """The tree of a text and every fault of its grammar. `param` names the text in faults and nodes."""
    parser = _Parser(text, param)
    tree = parser.whole()
    return Parsed(tree, tuple(parser.faults), parser.node_count)


class _Parser(Reader):
    def whole(self) -> Node:
        tree = self.expression(0)
        while not self.is_at_end():
            stray = self.take()
            self.stray(stray)
            if not self.is_at_end():
                tree = self.missing(stray, tree, self.expression(0))
        return tree

    def expression(self, power: int) -> Node:
        """Reads while operators bind tighter than `power`; stops before `)` `,` and the end."""
        left = self.operand()
        while not self.is_at_end() and self.token.text not in _CLOSING:
            token = self.token
            if token.kind is Kind.SYMBOL and token.text in _POWER:
                if _POWER[token.text] <= power:
                    break
                left = self.binary(left, self.take())
            else:
                left = self.juxtaposed(left, token)
        return left

    def binary(self, left: Node, operator: Token) -> Node:
        if operator.text == "^":
            right = self.nested(_POWER["^"] - 1)
        else:
            right = self.expression(_POWER[operator.text])
        return self.counted(Binary(operator.text, left, right, self.place(operator)))

    def juxtaposed(self, left: Node, token: Token) -> Node:
        """Two values side by side. A BAD token in between was reported as such already."""
        if token.kind is Kind.BAD:
            self.bad(self.take())
            if self.is_at_end() or self.token.text in _CLOSING or self.token.text in _POWER:
                return self.missing(token, left)
        else:
            self.unexpected(f"an operator is expected before {shown(token.text)}", token)
        return self.missing(token, left, self.operand())

    def operand(self) -> Node:
        token = self.token
        if token.kind is Kind.NUMBER:
            return self.number(self.take())
        if token.kind is Kind.VARIABLE:
            return self.counted(Variable(self.take().text, self.place(token)))
        if token.kind is Kind.NAME:
            return self.name(self.take())
        if token.kind is Kind.BAD:
            return self.bad_operand(self.take())
        return self.prefixed(token)

    def prefixed(self, token: Token) -> Node:
        if token.text in _PREFIX:
            self.take()
            operand = self.nested(_PREFIX[token.text])
            return self.counted(Unary(token.text, operand, self.place(token)))
        if token.text == "(":
            self.take()
            inner = self.nested(0)
            self.close(token)
            return inner
        what = "the formula ends" if token.kind is Kind.END else f"{shown(token.text)} stands"
        self.unexpected(f"{what} where a value is expected", token)
        return self.missing(token)

    def nested(self, power: int) -> Node:
        """One level deeper. The bound keeps recursion shallow whatever the text is."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            return self.give_up(f"the formula is nested more than {MAX_DEPTH} levels deep")
        node = self.expression(power)
        self.depth -= 1
        return node

    def number(self, token: Token) -> Node:
        value = float(token.text)
        if not isfinite(value):
            self.syntax(f"{shown(token.text)} is too large a number", token)
        elif value == 0 and token.text.lower().partition("e")[0].strip("0.") != "":
            self.syntax(f"{shown(token.text)} is too small a number to be told from 0", token)
        return self.counted(Number(value, self.place(token)))

    def name(self, token: Token) -> Node:
        if self.token.text == "(":
            return self.call(token)
        if not self.is_broken:
            self.syntax(f"{shown(token.text)} is no variable ($…) and no function (…())", token)
        return self.missing(token)

    def call(self, name: Token) -> Node:
        opening = self.take()
        arguments: list[Node] = []
        if self.token.text != ")":
            arguments.append(self.nested(0))
            while self.token.text == ",":
                self.take()
                arguments.append(self.nested(0))
        if not self.close(opening):
            return self.missing(name, *arguments)
        return self.counted(Call(name.text, tuple(arguments), self.place(name)))

    def close(self, opening: Token) -> bool:
        if self.token.text == ")":
            self.take()
            return True
        if self.is_at_end():
            self.unexpected("this ( is never closed", opening)
        else:
            self.stray(self.take())
        return False

    def bad(self, token: Token) -> Node:
        self.syntax(reason_against(token), token)
        return self.missing(token)

    def bad_operand(self, token: Token) -> Node:
        """Right before a value it is taken for a sign of that value: `!$a`, `[$a]`."""
        missing = self.bad(token)
        starts_value = self.token.kind in _VALUES or self.token.text == "("
        return self.missing(token, self.operand()) if starts_value else missing
