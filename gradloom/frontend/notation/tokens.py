"""The words of a program in the notation: Python's, and the notation's own."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, final

Kind = Literal[
    "string", "comment", "number", "name", "space", "newline", "pipe", "chain", "hold",
    "open", "close", "other",
]  # fmt: skip

_FORWARD: Final = ("|>", "$>", "?>", ".>")
_BACKWARD: Final = ("<|", "<$", "<?", "<.")
PIPES: Final = frozenset(
    {stars + op for op in _FORWARD for stars in ("", "*", "**")}
    | {op + stars for op in _BACKWARD for stars in ("", "*", "**")}
    | {"|>>", ".**"}
)
"""The operators between a value and a function, as pipescript has them."""

_CHAINS: Final = ("?.?[", "?.[", "?.(", ".?[", "?.", ".?", "??")
_PYTHON: Final = (
    "**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "->", ":=", "==", "!=", "<=", ">=",
    "+=", "-=", "*=", "/=", "%=", "@=", "&=", "|=", "^=",
)  # fmt: skip
_QUOTES: Final = (
    r"'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\""
)


def _any_of(words: Iterator[str] | tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in words)


_TOKEN: Final = re.compile(
    rf"(?P<string>(?:[rRbBuUfF]{{1,2}})?(?:{_QUOTES}))"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<number>(?:\d|\.\d)(?:[eE][+-]|[\w.])*)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<space>[ \t\f]+|\\\n)"
    r"|(?P<newline>\n)"
    # `x <.5` compares with a half
    rf"|(?P<pipe>(?!<\.\d)(?:{_any_of(iter(sorted(PIPES, key=len, reverse=True)))}))"
    rf"|(?P<chain>{_any_of(_CHAINS)})"
    rf"|(?P<python>{_any_of(_PYTHON)})"
    r"|(?P<hold>\$\$?(?:[^\W\d]\w*|\d+)?)"
    r"|(?P<open>[(\[{])"
    r"|(?P<close>[)\]}])"
    r"|(?P<other>.)",
    re.DOTALL,
)
_CLOSERS: Final = {"(": ")", "[": "]", "{": "}"}
_SILENT: Final = ("comment", "space", "newline")
_VALUES: Final = frozenset({"None", "True", "False"})


@final
@dataclass(frozen=True, slots=True)
class Token:
    """A word and where it starts in the text."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the next one starts."""
        return self.start + len(self.text)

    @property
    def is_operand(self) -> bool:
        """Whether an expression may end with it, so that an operator may follow."""
        if self.kind == "name":
            return not keyword.iskeyword(self.text) or self.text in _VALUES
        return self.kind in ("number", "string", "close", "hold")


def tokens(text: str, start: int = 0, stop: int | None = None) -> Iterator[Token]:
    """The words of a text one after the other; together they are the text."""
    stop = len(text) if stop is None else stop
    last: Token | None = None
    while start < stop:
        token = _next(text, start, last)
        yield token
        last = last if token.kind in _SILENT else token
        start = token.end


def _next(text: str, start: int, last: Token | None) -> Token:
    found = _TOKEN.match(text, start)
    assert found is not None  # the last alternative takes any character
    kind, word = found.lastgroup, found.group()
    operand = last is not None and last.is_operand
    if kind == "pipe" and word == "$>" and not operand:  # `[$>0]` compares what stands for `$`
        return Token("hold", "$", start)
    made: Kind = "other" if kind == "python" else kind  # type: ignore[assignment]  # the groups' names
    return Token(made, word, start)


def closing(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed; -1 where it is not, or by another kind."""
    opened: list[str] = []
    for token in tokens(text, start):
        if token.kind == "open":
            opened.append(token.text)
        elif token.kind == "close":
            if _CLOSERS[opened.pop()] != token.text:
                return -1
            if not opened:
                return token.start
    return -1
