"""A cursor over the tokens of one text, and what was wrong with it so far. The grammar is in `parse`."""

from core.formula.faults import Code, Fault, Place, fault_at, shown
from core.formula.nodes import Missing, Node
from core.formula.tokens import Kind, Token, tokens_of

MAX_NODES = 200
TOO_MANY_NODES = f"more than {MAX_NODES} numbers, variables, operators and calls"


class Reader:
    """`is_broken` after the first unexpected token: what follows one is mostly its echo and not reported."""

    def __init__(self, text: str, param: str) -> None:
        self.param = param
        self.tokens = tokens_of(text)
        self.faults: list[Fault] = []
        self.cursor = 0
        self.depth = 0
        self.node_count = 0
        self.is_broken = False

    @property
    def token(self) -> Token:
        return self.tokens[self.cursor]

    def is_at_end(self) -> bool:
        return self.token.kind is Kind.END

    def take(self) -> Token:
        token = self.token
        self.cursor += token.kind is not Kind.END
        return token

    def missing(self, token: Token, *parts: Node) -> Node:
        return self.counted(Missing(self.place(token), parts))

    def counted(self, node: Node) -> Node:
        self.node_count += 1
        if self.node_count > MAX_NODES:
            return self.give_up(f"the formula has {TOO_MANY_NODES}")
        return node

    def give_up(self, message: str) -> Missing:
        """Goes to the end at once, so that every loop ends."""
        if not any(fault.code is Code.FORMULA_TOO_COMPLEX for fault in self.faults):
            place = self.place(self.token)
            self.faults.append(fault_at(Code.FORMULA_TOO_COMPLEX, message, place))
        self.is_broken = True
        self.cursor = len(self.tokens) - 1
        return Missing(self.place(self.token))

    def stray(self, token: Token) -> None:
        self.unexpected(f"{shown(token.text)} closes or separates nothing", token)

    def unexpected(self, message: str, token: Token) -> None:
        if not self.is_broken:
            self.syntax(message, token)
        self.is_broken = True

    def syntax(self, message: str, token: Token) -> None:
        self.faults.append(fault_at(Code.SYNTAX_ERROR, message, self.place(token)))

    def place(self, token: Token) -> Place:
        return Place(self.param, token.position)
