"""Types, numbers, constants and attributes read from a graph's text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, final

import numpy as np

from gradloom.ir.attributes import Hint, any_item, conforms, described, is_tuple, item_hints
from gradloom.ir.callee import Callee
from gradloom.ir.constants import Constant, find_constant
from gradloom.ir.errors import GradloomError, ParseError
from gradloom.ir.graph import Literal
from gradloom.ir.scalars import MAX_DIGITS, ScalarText, read_scalar
from gradloom.ir.tokens import Words
from gradloom.ir.types import Dim, ObjectType, TensorType, dtype_of, parse_dim, parse_type

MAX_DEPTH: Final = 100
"""Tuples inside tuples, lists inside lists."""
_DIMENSION: Final = re.compile(r"[\w*+\- ]{1,2000}")


Find = Callable[[str], np.ndarray | Constant | None]
"""The array of a hash, when it is at hand."""

NONE: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType({})
"""No Python functions."""


@final
class Reader:
    """Reads the parts of a text that stand between names; `words` is its cursor."""

    def __init__(
        self, words: Words, find: Find, callables: Mapping[str, Callable[..., Any]] = NONE
    ) -> None:
        self.words = words
        self._callables = callables
        self._find = find
        self._types: dict[str, TensorType] = {}

    # ---- types and numbers ---------------------------------------------------------------------

    def type(self) -> Any:
        """A type such as `f64[3,n]`, or `object`."""
        words = self.words
        found = self._types.get(words.text)
        if found is None:
            if words.kind == "name" and words.text == "object":
                return self._object_type()
            if words.kind != "type":
                raise words.expected("a type such as f64[3]")
            found = self._types[words.text] = self._new_type()
        words.advance()
        return found

    def _new_type(self) -> TensorType:
        try:
            return parse_type(self.words.text)
        except GradloomError as error:
            raise self.words.placed(error, self.words.start) from error

    def _object_type(self) -> ObjectType:
        self.words.advance()
        if not self.words.skip("("):
            return ObjectType()
        name = self.words.string()
        self.words.take(")")
        return ObjectType(name)

    def whole_number(self, what: str) -> int:
        """A number such as 3, without a sign."""
        words = self.words
        if words.kind != "number" or not words.text.isdecimal() or len(words.text) > 18:
            raise words.expected(what)
        return int(words.take("number"))

    def scalar(self) -> ScalarText:
        """A number's text, or the two parts of a complex one."""
        words = self.words
        if not words.skip("("):
            return self._real()
        real = self._real()
        words.take(",")
        imag = self._real()
        words.take(")")
        return real, imag

    def _real(self) -> str:
        words = self.words
        sign = "-" if words.skip("-") else ""
        if words.kind not in ("number", "name"):
            raise words.expected("a number")
        return sign + words.take(words.kind)

    def literal(self, text: ScalarText, type: Any, start: int) -> Literal:
        """The literal of this type that `text` writes."""
        return Literal(self._scalar_of(text, type, start), type)

    def _scalar_of(self, text: ScalarText, type: Any, start: int) -> np.generic:
        if not isinstance(type, TensorType):
            raise self.words.error(f"a number cannot be {type}", start)
        try:
            return read_scalar(text, type.dtype)
        except ParseError as error:
            raise self.words.placed(error, start) from error

    # ---- constants -----------------------------------------------------------------------------

    def constant(self) -> Constant:
        """A constant: its elements, or its hash; and its type."""
        start = self.words.start
        if self.words.kind == "hash":
            return self._stored(self.words.take("hash")[1:], start)
        elements: list[tuple[ScalarText, int]] = []
        shape = self._elements(elements, 0)
        self.words.take(":", "':' and the constant's type")
        type = self.type()
        due = type.shape if isinstance(type, TensorType) else ()
        if shape != due and not (shape == (0,) and 0 in due):
            listed = "x".join(map(str, shape)) or "one number"
            raise self.words.error(f"the constant lists {listed}, and its type is {type}", start)
        data = b"".join([self._scalar_of(text, type, at).tobytes() for text, at in elements])
        return Constant(np.frombuffer(data, type.dtype).reshape(due))

    def _elements(self, out: list[tuple[ScalarText, int]], depth: int) -> tuple[int, ...]:
        """The shape of nested lists, whose numbers are added to `out`."""
        words, start = self.words, self.words.start
        if words.kind != "[":
            out.append((self.scalar(), start))
            return ()
        self._limit(depth)
        words.advance()
        count, inner = 0, None
        while not words.skip("]"):
            if count:
                words.take(",", "',' or ']'")
            at = words.start
            shape = self._elements(out, depth + 1)
            if inner is not None and shape != inner:
                raise words.error("the rows of a constant differ in shape", at)
            inner, count = shape, count + 1
        return (count, *(inner or ()))

    def _limit(self, depth: int) -> None:
        if depth >= MAX_DEPTH:
            raise self.words.error(f"more than {MAX_DEPTH} levels of nesting")

    def _stored(self, digest: str, start: int) -> Constant:
        self.words.take(":", "':' and the constant's type")
        type = self.type()
        given = self._find(digest)
        found = (
            find_constant(digest)
            if given is None
            else given
            if isinstance(given, Constant)
            else Constant(np.asarray(given))
        )
        if found is None:
            hint = f'give it: parse(text, constants={{"{digest}": array}}), or load it from a file'
            raise self.words.error(
                f"the constant #{digest[:12]}... of type {type} is not at hand", start, hint
            )
        if found.digest != digest:
            raise self.words.error(
                f"the array given for #{digest[:12]}... has other content: #{found.digest[:12]}...",
                start,
            )
        if found.type != type:
            raise self.words.error(
                f"the constant #{digest[:12]}... is {found.type}, not {type}", start
            )
        return found

    # ---- attributes ----------------------------------------------------------------------------

    def attribute(self, owner: str, hints: tuple[Hint, ...]) -> Any:
        """A value that is one of `hints`; `owner` names it in errors."""
        start = self.words.start
        value = self._value(hints, 0)
        if not conforms(value, hints):
            raise self.words.error(f"{owner} is due as {described(hints)}", start)
        return value

    def _value(self, hints: tuple[Hint, ...], depth: int) -> Any:
        words = self.words
        match words.kind:
            case "(" if Constant not in hints:
                return self._tuple(hints, depth)
            case "string" if Callee in hints:
                return self._callee()
            case "string":
                return words.string()
            case "type":
                return self.type()
            case "[" | "hash" | "(":
                return self.constant()
            case "name" | "number" | "-":
                return self.constant() if Constant in hints else self._word(hints)
        raise words.expected(described(hints))

    def _callee(self) -> Callee:
        start, symbol = self.words.start, self.words.string()
        function = self._callables.get(symbol)
        if function is None:
            hint = f"give it: parse(text, callables={{{symbol!r}: function}})"
            raise self.words.error(f"the Python function {symbol!r} is not at hand", start, hint)
        if isinstance(function, Callee) and function.symbol == symbol:
            return function
        return Callee(symbol, function)

    def _tuple(self, hints: tuple[Hint, ...], depth: int) -> tuple[Any, ...]:
        self._limit(depth)
        hint = next((h for h in hints if is_tuple(h)), tuple)
        each, rest = item_hints(hint), any_item(hint)
        items: list[Any] = []
        self.words.take("(")
        while not self.words.skip(")"):
            due = rest if each is None else each[len(items)] if len(items) < len(each) else (Any,)
            items.append(self._value(due, depth + 1))
            if self.words.kind != ")":
                self.words.take(",", "',' or ')'")
        return tuple(items)

    def _word(self, hints: tuple[Hint, ...]) -> Any:
        """A bool, none, float, dtype or dimension, as the alternatives decide."""
        words = self.words
        text, open = words.text, Any in hints
        if text in ("true", "false") and (open or bool in hints):
            words.advance()
            return text == "true"
        if text == "none" and (open or type(None) in hints):
            words.advance()
            return None
        if words.kind == "name" and np.dtype in hints:
            return self._dtype()
        if float in hints or (words.kind == "number" and not text.isdecimal()):
            return self._float()
        return self._dimension()

    def _dtype(self) -> np.dtype:
        try:
            dtype = dtype_of(self.words.text)
        except GradloomError as error:
            raise self.words.placed(error, self.words.start) from error
        self.words.advance()
        return dtype

    def _float(self) -> float:
        start = self.words.start
        try:
            return float(read_scalar(self._real(), np.dtype("float64")))
        except ParseError as error:
            raise error if error.line else self.words.placed(error, start) from error

    def _dimension(self) -> int | Dim:
        words, start = self.words, self.words.start
        match = _DIMENSION.match(words.source, start)
        assert match is not None  # the word is a name, a number or a sign
        text = match[0].rstrip()
        try:
            value = parse_dim(text, signed=True)
        except GradloomError as error:
            raise words.placed(error, start) from error
        words.jump(start + len(text))
        return value


def close_to(name: str, known: Iterable[str]) -> str:
    """A hint with the names that `name` may have meant, or ""."""
    found = (
        difflib.get_close_matches(name, list(known)[:10_000], 3)
        if len(name) <= MAX_DIGITS // 10
        else []
    )
    return f"did you mean {' or '.join(found)}?" if found else ""
