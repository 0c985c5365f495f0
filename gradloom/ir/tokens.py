"""The words of a graph's text, one at a time, and errors that show where they stand."""

from __future__ import annotations

import re
from typing import Final, final

from gradloom.ir.errors import GradloomError, ParseError
from gradloom.ir.names import NAME
from gradloom.ir.scalars import shown

# A type is one word, so that each distinct one is read once. No repeat here can back up over
# itself, so that no text takes more than linear time; the bound on a type's length is far above any
# real one.
_WORD: Final = re.compile(
    rf"""[ \t\r\n]*(?:
      (?P<value>%\w[\w.]*)
    | (?P<type>[^\W\d]\w*\[[^\]\n]{{0,4000}}\])
    | (?P<name>{NAME})
    | (?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)
    | (?P<string>"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*")
    | (?P<place>\#\ @\ [^\n]*)
    | (?P<hash>\#[0-9a-f]{{64}}(?!\w))
    | (?P<comment>\#[^\n]*)
    | (?P<sign>->|[()\[\]{{}}=:,@*+-])
    | (?P<end>\Z)
    | (?P<bad>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_EQUALS: Final = re.compile(r"[ \t\r\n]*=")
_ESCAPE: Final = re.compile(r"\\(?:u\{([0-9a-f]{1,6})\}|(.))", re.DOTALL)
_ESCAPED: Final = {"\\": "\\", '"': '"', "n": "\n", "r": "\r", "t": "\t"}
_SHOWN_BEFORE, _SHOWN_AFTER = 90, 30


@final
class Words:
    """A cursor: `kind` and `text` of the current word, which starts at `start`.

    Signs are their own kind. `place` is the last location comment that was passed, for who has
    reset it.
    """

    __slots__ = ("_match", "_stop", "first_line", "kind", "place", "source", "start", "text")

    def __init__(self, source: str, start: int = 0, first_line: int = 1) -> None:
        self.source = source
        self.first_line = first_line
        self._match = _WORD.match
        self._stop = start
        self.place = ""
        self.advance()

    def advance(self) -> None:
        """Go to the next word."""
        while True:
            match = self._match(self.source, self._stop)
            assert match is not None  # some alternative takes any character, and the end
            kind = match.lastgroup
            self._stop = match.end()
            if kind == "comment":
                continue
            text = match[kind]  # type: ignore[index]
            if kind != "place":
                break
            self.place = text
        self.start = self._stop - len(text)
        self.text = text
        self.kind = text if kind == "sign" else str(kind)

    def jump(self, position: int) -> None:
        """Go to the word at or after `position`."""
        self._stop = position
        self.advance()

    def take(self, kind: str, what: str = "") -> str:
        """The text of the current word, which must be of this kind; goes to the next one."""
        if self.kind != kind:
            raise self.expected(what or f"'{kind}'")
        text = self.text
        self.advance()
        return text

    def skip(self, kind: str) -> bool:
        """Whether the current word is of this kind; goes past it if so."""
        if self.kind != kind:
            return False
        self.advance()
        return True

    def before_equals(self) -> bool:
        """Whether the current word is a name and `=` follows: an attribute."""
        return self.kind == "name" and _EQUALS.match(self.source, self._stop) is not None

    def string(self) -> str:
        """The string that the current word writes; goes to the next one."""
        start = self.start
        try:
            return string_of(self.take("string", "a string in double quotes"))
        except ParseError as error:
            raise error if error.line else self.error(error.message, start) from None

    def expected(self, what: str) -> ParseError:
        """The error that another word should stand here."""
        if self.kind == "end":
            return self.error(f"the text ends where {what} is due", hint="is it complete?")
        found = (
            "a string that does not end on its line" if self.text == '"' else repr(shown(self.text))
        )
        return self.error(f"expected {what}, found {found}")

    def error(self, message: str, start: int | None = None, hint: str = "") -> ParseError:
        """A `ParseError` that shows the line, a caret below `start` (the current word)."""
        at = self.start if start is None else start
        before = self.source.rfind("\n", 0, at) + 1
        after = self.source.find("\n", at)
        after = len(self.source) if after < 0 else after
        line, column = self.source.count("\n", 0, at) + self.first_line, at - before + 1
        left = self.source[max(before, at - _SHOWN_BEFORE) : at]
        right = self.source[at : min(after, at + _SHOWN_AFTER)]
        excerpt = "".join(c if c.isprintable() else " " for c in left + right).rstrip()
        picture = f"    {excerpt}\n    {' ' * len(left)}^"
        return ParseError(
            f"line {line}, column {column}: {message}\n{picture}",
            hint=hint,
            line=line,
            column=column,
        )

    def placed(self, error: GradloomError, start: int) -> ParseError:
        """What an error of another part says, as an error of the word at `start`."""
        placed = self.error(error.message, start, error.hint)
        placed.__cause__ = error
        return placed


def string_of(text: str) -> str:
    """The string that a quoted text writes."""
    inside = text[1:-1]
    return _ESCAPE.sub(_unescape, inside) if "\\" in inside else inside


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        code = int(match[1], 16)
        if code > 0x10FFFF:
            raise ParseError(f"\\u{{{match[1]}}} is no character")
        return chr(code)
    try:
        return _ESCAPED[match[2]]
    except KeyError:
        raise ParseError(
            f"\\{shown(match[2])} is no escape", hint='write \\\\, \\", \\n, \\r, \\t or \\u{1f600}'
        ) from None
