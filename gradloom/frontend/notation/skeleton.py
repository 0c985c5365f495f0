"""A program in the notation as text that Python can parse, line for line, with its marks.

`x |> f($, 2)` becomes `x |  f(_, 2)`: what replaces a word is as long as the word wherever that is
possible, and where it is not the places are kept (`Skeleton.place`).
"""

from __future__ import annotations

import ast
import keyword
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final, final

from gradloom.frontend.notation.tokens import Token, closing, tokens

FUNCTION: Final = "__function__"
"""The macro that an operator in brackets stands in: `(+)` is `__function__[_ + _]`."""
_SOFT: Final = ("match", "case", "type", "_")
_BARE_BLOCK: Final = re.compile(r"\s*as\s+[^\W\d]\w*\s*:")
_BINARY: Final = (
    "+", "-", "*", "@", "/", "//", "%", "**", "|", "^", "&", "<<", ">>", "<", "<=", ">", ">=",
    "==", "!=", "and", "or", "is", "in", "is not", "not in",
)  # fmt: skip
_UNARY: Final = ("~", "not")
_SECTION: Final = re.compile(
    r"[(\[] *("
    + "|".join(re.escape(op) for op in sorted((*_BINARY, *_UNARY), key=len, reverse=True))
    + r") *[)\]]"
)


class Lines:
    """Places in a text: offsets in characters, and what Python tells (line, column in bytes)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        self._starts += [m.end() for m in re.finditer("\n", text)]

    def offset(self, line: int, column: int) -> int:
        """The offset of a place."""
        start = self._starts[min(line, len(self._starts)) - 1]
        if self.text.isascii():
            return start + column
        stop = self._starts[line] if line < len(self._starts) else len(self.text)
        return start + len(self.text[start:stop].encode()[:column].decode(errors="ignore"))

    def place(self, offset: int) -> tuple[int, int]:
        """The line, from 1, and the column in bytes."""
        line = bisect_right(self._starts, offset)
        return line, len(self.text[self._starts[line - 1] : offset].encode())


@final
@dataclass
class Skeleton:
    """What Python parses, and what stands where: offsets are those in `text`."""

    original: Lines
    text: str = ""
    pipes: dict[int, str] = field(default_factory=dict)
    holds: dict[int, str] = field(default_factory=dict)
    """`$` is "", `$x` is "x"; `$$x` is "$x"."""
    partials: set[int] = field(default_factory=set)
    chains: dict[int, str] = field(default_factory=dict)
    blocks: dict[int, Skeleton] = field(default_factory=dict)
    """Bodies of statements, by the offset of the 0 that stands for them."""
    anchors: list[tuple[int, int]] = field(default_factory=list)
    """(offset here, offset in the original), wherever their distance changes."""

    @property
    def is_plain(self) -> bool:
        """Whether nothing of the notation was found."""
        return not (self.pipes or self.holds or self.partials or self.chains or self.blocks)

    def origin(self, offset: int) -> int:
        """The offset in the original of an offset here."""
        i = bisect_right(self.anchors, (offset, len(self.original.text))) - 1
        here, there = self.anchors[max(i, 0)] if self.anchors else (0, 0)
        limit = self.anchors[i + 1][1] if i + 1 < len(self.anchors) else len(self.original.text)
        return min(there + offset - here, limit)


_TRACE: Final = re.compile(r"[$?]|\|>|\.>|<[|.]|\.\*\*|[^\W\d]\w*\{|" + _SECTION.pattern, re.DOTALL)
"""What a text with a word of the notation has somewhere; many texts without have it too."""


def skeleton(text: str) -> Skeleton:
    """The skeleton of a whole program; raises SyntaxError where a word is misplaced."""
    if _TRACE.search(text) is None:
        return Skeleton(Lines(text), text)
    return _Writer(Lines(text), 0, len(text), indent=0).write()


class _Writer:
    """Copies a part of a program and replaces the words of the notation.

    `indent` characters are left out at the start of each line: a block's statements stand at
    column 0 of a text of their own.
    """

    def __init__(self, original: Lines, start: int, stop: int, indent: int) -> None:
        self._original = original
        self._text = original.text
        self._start, self._stop, self._indent = start, stop, indent
        self._made = Skeleton(original)
        self._out: list[str] = []
        self._length = 0
        self._depth = 0
        self._last: Token | None = None
        self._first = True  # of its line, outside of brackets
        self._closers: dict[int, str] = {}
        self._skip = start

    def write(self) -> Skeleton:
        self._anchor(self._start)
        for token in tokens(self._text, self._start, self._stop):
            if token.start >= self._skip:
                self._token(token)
        self._made.text = "".join(self._out)
        return self._made

    def _token(self, token: Token) -> None:
        write = getattr(self, f"_{token.kind}", None)
        if write is None:
            self._put(token.text, token.start)
        else:
            write(token)
        if token.kind == "newline":
            self._first = self._depth == 0
        elif token.kind not in ("space", "comment"):
            is_whole = self._skip > token.end  # what it opens is written too
            self._last = Token("close", "]", self._skip - 1) if is_whole else token
            self._first = False

    # ---- writing ---------------------------------------------------------------------------------

    def _put(self, text: str, at: int) -> None:
        """Write what stands for the original's text from `at` on."""
        distance = self._length - at
        here, there = self._made.anchors[-1]
        if here - there != distance:
            self._anchor(at)
        self._out.append(text)
        self._length += len(text)

    def _anchor(self, at: int) -> None:
        self._made.anchors.append((self._length, at))

    def _insert(self, text: str, at: int) -> None:
        self._put(text, at)
        self._anchor(at)

    def _space(self, token: Token) -> None:
        text, cut = token.text, 0
        if self._first and self._indent:
            cut = min(self._indent, len(text) - len(text.lstrip(" \t")))
        self._put(text[cut:], token.start + cut)

    # ---- the notation's words --------------------------------------------------------------------

    def _pipe(self, token: Token) -> None:
        operand = self._last is not None and self._last.is_operand
        if not operand and token.text == "|>":
            self._put("lambda:", token.start)
            self._anchor(token.end)
            return
        if not operand:
            raise self._error(f"nothing stands to the left of {token.text}", token.start)
        operator = "**" if token.text == ".**" else "|"
        self._made.pipes[self._length] = token.text
        self._put(operator.ljust(len(token.text)), token.start)

    def _hold(self, token: Token) -> None:
        last = self._last
        if last is not None and last.is_operand and last.end == token.start:
            if token.text == "$" and self._text.startswith("(", token.end):
                self._made.partials.add(self._length)
                return self._put(" ", token.start)
            told = f"{last.text}{token.text}: a name may not touch what stands left of its $"
            raise self._error(told, token.start)
        self._made.holds[self._length] = token.text[1:]
        return self._put(token.text.replace("$", "_"), token.start)

    def _chain(self, token: Token) -> None:
        self._made.chains[self._length] = token.text
        if token.text == "??":
            self._made.chains[self._length + 1] = self._made.chains.pop(self._length)
            self._put(" or ", token.start)
            return self._anchor(token.end)
        rest = token.text.replace("?", "").replace(".", "", int(token.text[-1] in "[("))
        return self._put(rest.rjust(len(token.text)), token.start)

    def _name(self, token: Token) -> None:
        if self._first and self._is_bare_block(token):
            self._insert("with ", token.start)
        self._put(token.text, token.start)

    def _is_bare_block(self, token: Token) -> bool:
        """Whether a line starts with `params{ ... } as weights:`, with no `with`."""
        if not self._text.startswith("{", token.end) or keyword.iskeyword(token.text):
            return False
        close = closing(self._text, token.end)
        return close > 0 and _BARE_BLOCK.match(self._text, close + 1) is not None

    def _open(self, token: Token) -> None:
        section = _SECTION.match(self._text, token.start, self._stop)
        last = self._last
        touches = last is not None and last.is_operand and last.end == token.start
        if section is not None and (not touches or (last is not None and last.kind == "name")):
            return self._section(section, touches)
        if token.text == "{" and touches and last is not None and _may_be_macro(last):
            return self._brace(token)
        self._depth += 1
        return self._put(token.text, token.start)

    def _close(self, token: Token) -> None:
        self._depth -= 1
        self._put(self._closers.pop(token.start, token.text), token.start)

    def _section(self, found: re.Match[str], touches: bool) -> None:
        """`[+]` and `(+)`: the function of two arguments (of one, for `~` and `not`)."""
        operator = found.group(1)
        self._put("[" if touches else f"{FUNCTION}[", found.start())
        if operator not in _UNARY:
            self._made.holds[self._length] = ""
            self._insert("_ ", found.start())
        self._put(operator + " ", found.start())
        self._made.holds[self._length] = ""
        self._insert("_]", found.start())
        self._skip = found.end()
        self._anchor(self._skip)

    # ---- braces ----------------------------------------------------------------------------------

    def _brace(self, token: Token) -> None:
        """`macro{ ... }`: an expression stays where it is, statements get a text of their own."""
        close = closing(self._text, token.start)
        if close < 0 or close >= self._stop:
            raise self._error("this { is never closed", token.start)
        name = self._last.text if self._last is not None else ""
        if name != "params" and _is_expression(self._original, token.end, close):
            self._closers[close] = "]"
            self._depth += 1
            return self._put("[", token.start)
        self._put("[", token.start)
        self._made.blocks[self._length] = _block(self._original, token.end, close)
        self._insert("0", token.end)
        body = self._text[token.end : close]
        self._put("\n" * body.count("\n"), token.end)
        self._put("]", close)
        self._skip = close + 1
        return None

    def _error(self, message: str, at: int) -> SyntaxError:
        return error_at(self._original, message, at)


def _may_be_macro(token: Token) -> bool:
    return token.kind == "name" and not keyword.iskeyword(token.text) and token.text not in _SOFT


def _block(original: Lines, start: int, stop: int) -> Skeleton:
    """The statements between two braces, the first of which says where column 0 is."""
    text = original.text[start:stop]
    blank = re.match(r"(?:[ \t\f]*(?:\#[^\n]*)?\n)*", text)
    first = start + (blank.end() if blank is not None else 0)
    indent = len(original.text[first:stop]) - len(original.text[first:stop].lstrip(" \t"))
    if blank is None or blank.end() == 0:  # it stands on the brace's own line
        begin = first + indent
        return _Writer(original, begin, stop, _inner_indent(original.text[begin:stop])).write()
    return _Writer(original, first, stop, indent).write()


def _inner_indent(text: str) -> int:
    """How far the lines below the first are indented, where the first stands beside the brace."""
    if text.partition("\n")[0].partition("#")[0].rstrip().endswith(":"):
        return 0  # they are the first one's own
    below = [
        line for line in text.split("\n")[1:] if line.strip() and not line.lstrip().startswith("#")
    ]
    return min((len(line) - len(line.lstrip(" \t")) for line in below), default=0)


def _is_expression(original: Lines, start: int, stop: int) -> bool:
    try:
        inner = _Writer(original, start, stop, indent=0).write()
        ast.parse(f"_[{inner.text}\n]", mode="eval")
    except SyntaxError:
        return False
    return True


def error_at(original: Lines, message: str, at: int) -> SyntaxError:
    """The error that points at an offset of the original."""
    line, _ = original.place(at)
    text = original.text.split("\n")[line - 1]
    column = at - original.offset(line, 0)
    return SyntaxError(message, (None, line, column + 1, text))
