"""A formula as text → a tree of calls; nothing of it is ever run as code.

    sum     = product { ("+" | "-") product }
    product = power { ("*" | "/") power }
    power   = sign [ ("^" | "**") power ]
    sign    = ("-" | "+") sign | atom
    atom    = number | name | "`" name "`" | function "(" sum { "," sum } ")" | "(" sum ")"

Names of metrics hold slashes and dashes of their own (`val/loss`), so the longest known name that stands at a place is
taken; what could be read both ways is a name: `a/b` is the metric a/b if there is one, else a divided by b. Backquotes
mark a name that would be read otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

MAX_LENGTH = 500
MAX_DEPTH = 24
MAX_TOKENS = 200
MAX_NAMES = 16

FUNCTIONS: dict[str, tuple[int, int]] = {
    "log": (1, 1),
    "log2": (1, 1),
    "log10": (1, 1),
    "exp": (1, 1),
    "sqrt": (1, 1),
    "abs": (1, 1),
    "min": (1, 8),
    "max": (1, 8),
    "ema": (1, 2),
    "diff": (1, 1),
    "cummin": (1, 1),
    "cummax": (1, 1),
    "cumsum": (1, 1),
}
"""Least and most arguments of each function."""

_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])")
_FUNCTION = re.compile(r"([A-Za-z_]\w*)\s*\(")
_MARK = re.compile(r"\*\*|[-+*/^(),]")
_WORD = re.compile(r"[^\s()+*^,`]+")
_INSIDE_NAME = re.compile(r"[\w.]")


class FormulaError(ValueError):
    """A formula that cannot be read, and where."""

    def __init__(self, reason: str, position: int, detail: str = "") -> None:
        super().__init__(f"The formula cannot be read at character {position + 1}: {_WORDS[reason].format(detail)}.")
        self.reason = reason
        self.position = position
        """Of the character that it fails at, from 0."""
        self.detail = detail


_WORDS = {
    "empty": "it is empty",
    "too_long": f"it is longer than {MAX_LENGTH} characters",
    "too_deep": f"it is nested deeper than {MAX_DEPTH}",
    "too_many_parts": f"it has more than {MAX_TOKENS} parts",
    "too_many_names": f"it names more than {MAX_NAMES} metrics",
    "unknown_name": "no metric is called {0!r}",
    "unknown_function": "no function is called {0!r}",
    "wrong_count": "{0} takes another number of values",
    "wrong_weight": "the weight of ema is a number from 0 to below 1",
    "unclosed": "what is opened here is never closed",
    "ends_early": "a value is missing at the end",
    "unexpected": "{0!r} was not expected here",
    "no_metric": "it names no metric",
}


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A metric."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an operator (`+ - * / ^`, `negate`) and what it is given."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Name | Call


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that can be worked out."""

    text: str
    tree: Node
    names: tuple[str, ...]
    """Of the metrics in it, each once, in the order of their first place."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """`number`, `name`, `function` (its bracket taken), `mark`, `end`."""
    text: str
    position: int


def parse_formula(text: str, known: Collection[str]) -> Formula:
    """The tree of a formula over metrics with known names.

    Raises:
        FormulaError: it is none, names what is not known, or is beyond the limits.

    Example:
        >>> formula = parse_formula("val/loss - min(train/loss, 2)", {"val/loss", "train/loss"})
        >>> formula.names
        ('val/loss', 'train/loss')
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError("too_long", MAX_LENGTH)
    tokens = list(_tokens(text, known))
    if len(tokens) == 1:
        raise FormulaError("empty", 0)
    if len(tokens) > MAX_TOKENS:
        raise FormulaError("too_many_parts", tokens[MAX_TOKENS].position)
    names = tuple(dict.fromkeys(token.text for token in tokens if token.kind == "name"))
    if len(names) > MAX_NAMES:
        raise FormulaError("too_many_names", 0)
    if not names:
        raise FormulaError("no_metric", 0)
    parser = _Parser(tokens)
    tree = parser.sum()
    parser.expect_end()
    return Formula(text, tree, names)


def _tokens(text: str, known: Collection[str]) -> Iterator[_Token]:
    longest_first = sorted((name for name in known if name and name in text), key=len, reverse=True)
    at = 0
    while at < len(text):
        if found := _SPACE.match(text, at):
            at = found.end()
            continue
        token, at = _token_at(text, at, longest_first)
        yield token
    yield _Token("end", "", len(text))


def _token_at(text: str, at: int, known: list[str]) -> tuple[_Token, int]:
    """The token that begins at a place, and where the next may begin."""
    if text[at] == "`":
        end = text.find("`", at + 1)
        if end < 0:
            raise FormulaError("unclosed", at)
        name = text[at + 1 : end]
        if name not in known:
            raise FormulaError("unknown_name", at, name)
        return _Token("name", name, at), end + 1
    if found := _FUNCTION.match(text, at):
        function = found[1]
        if function in FUNCTIONS:
            return _Token("function", function, at), found.end()
    for name in known:
        end = at + len(name)
        if text.startswith(name, at) and not (_INSIDE_NAME.match(name[-1]) and _INSIDE_NAME.match(text, end)):
            return _Token("name", name, at), end
    if found:
        raise FormulaError("unknown_function", at, found[1])
    if number := _NUMBER.match(text, at):
        return _Token("number", number[0], at), number.end()
    if mark := _MARK.match(text, at):
        return _Token("mark", "^" if mark[0] == "**" else mark[0], at), mark.end()
    word = _WORD.match(text, at)
    if word is None:
        raise FormulaError("unexpected", at, text[at])
    raise FormulaError("unknown_name", at, word[0])


@dataclass(slots=True)
class _Parser:
    """Recursive descent over the tokens; each method takes what it names."""

    tokens: list[_Token]
    at: int = 0
    depth: int = field(default=0)

    @property
    def now(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *marks: str) -> str | None:
        """The mark that stands here, if it is one of these."""
        if self.now.kind == "mark" and self.now.text in marks:
            self.at += 1
            return self.tokens[self.at - 1].text
        return None

    def expect_end(self) -> None:
        if self.now.kind != "end":
            raise FormulaError("unexpected", self.now.position, self.now.text)

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError("too_deep", self.now.position)
        left = self.product()
        while mark := self.take("+", "-"):
            left = Call(mark, (left, self.product()))
        self.depth -= 1
        return left

    def product(self) -> Node:
        left = self.power()
        while mark := self.take("*", "/"):
            left = Call(mark, (left, self.power()))
        return left

    def power(self) -> Node:
        # The sign binds weaker than the power, as on paper: -x^2 is -(x^2).
        if mark := self.take("-", "+"):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise FormulaError("too_deep", self.now.position)
            inner = self.power()
            self.depth -= 1
            return Call("negate", (inner,)) if mark == "-" else inner
        base = self.atom()
        if self.take("^"):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise FormulaError("too_deep", self.now.position)
            exponent = self.power()
            self.depth -= 1
            return Call("^", (base, exponent))
        return base

    def atom(self) -> Node:
        token = self.now
        self.at += 1
        if token.kind == "number":
            return Number(float(token.text))
        if token.kind == "name":
            return Name(token.text)
        if token.kind == "function":
            return self.call(token)
        if token.kind == "mark" and token.text == "(":
            inner = self.sum()
            self.close(token)
            return inner
        self.at -= 1
        if token.kind == "end":
            raise FormulaError("ends_early", token.position)
        raise FormulaError("unexpected", token.position, token.text)

    def close(self, opened: _Token) -> None:
        if self.take(")"):
            return
        if self.now.kind == "end":
            raise FormulaError("unclosed", opened.position)
        raise FormulaError("unexpected", self.now.position, self.now.text)

    def call(self, token: _Token) -> Node:
        arguments = [self.sum()]
        while self.take(","):
            arguments.append(self.sum())
        self.close(token)
        least, most = FUNCTIONS[token.text]
        if not least <= len(arguments) <= most:
            raise FormulaError("wrong_count", token.position, token.text)
        if token.text == "ema" and len(arguments) == 2:
            weight = arguments[1]
            if not (isinstance(weight, Number) and 0 <= weight.value < 1):
                raise FormulaError("wrong_weight", token.position)
        return Call(token.text, tuple(arguments))
