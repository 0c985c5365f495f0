"""Graph text read back: the exact inverse of `gradloom/ir/text.py`.

    text      = note* "func" "@" name parameters "->" "(" types ")" body
    body      = "{" node* "return" operands "}"
    node      = [%result ":" type, ... "="] op ["@" copy] "(" operands, attributes ")" [regions]
    regions   = "{" ("region" ["@" name] parameters body)* "}"
    operand   = %value | number [":" type]
    attribute = name "=" value

Nothing in a text is ever executed, and nothing is allocated by what a text claims: only by what it
lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.attributes import hints_of, required
from gradloom.ir.errors import GradloomError, ParseError
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.location import Location
from gradloom.ir.op import Attrs, Op
from gradloom.ir.readers import MAX_DEPTH, NONE, Find, Reader, close_to
from gradloom.ir.scalars import ScalarText, shown
from gradloom.ir.tokens import Words, string_of
from gradloom.ir.types import TensorType
from gradloom.ir.verify import inferred, wrong_counts

_NOTE: Final = re.compile(r"[ \t\r]*(?:# ?([^\n]*))?\n")
_QUOTED: Final = r'"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"'
_PLACE: Final = re.compile(
    rf"# @ ({_QUOTED}):([0-9]{{1,9}})(?: ({_QUOTED}))?(?: ({_QUOTED}))?\s*\Z"
)

Parsed = tuple[tuple[Node, ...], tuple[Operand, ...]]


def parse(
    text: str,
    *,
    constants: Mapping[str, np.ndarray] | None = None,
    callables: Mapping[str, Callable[..., Any]] | None = None,
) -> Graph:
    """The graph that `text` writes; raises `ParseError` with line and column where it writes none.

    Large constants stand in a text as their hash. They are taken from `constants` (hash -> array),
    else from those that this process still holds. The Python functions that a
    text calls are taken from `callables` (symbol -> function).

    >>> print(parse("func @f(%x: f64[3]) -> (f64[3]) { %0: f64[3] = tanh(%x) return %0 }"), end="")
    func @f(%x: f64[3]) -> (f64[3]) {
      %0: f64[3] = tanh(%x)
      return %0
    }
    """
    if not isinstance(text, str):
        raise ParseError(
            f"a graph is read from a str, not {type(text).__name__}",
            hint="files: gradloom.load(path)",
        )
    return parse_lines(text, 1, (constants or {}).get, callables or {})


def parse_lines(
    text: str, first_line: int, find: Find, callables: Mapping[str, Callable[..., Any]] = NONE
) -> Graph:
    """`parse`, for a text whose first line is called `first_line` in errors."""
    notes, start = [], 0
    while (match := _NOTE.match(text, start)) is not None:
        notes += [match[1].rstrip()] if match[1] is not None else []
        start = match.end()
    reader = Reader(Words(text, start, first_line), find, callables)
    return _GraphReader(reader).graph(tuple(notes))


@final
class _Scope:
    """The values of one graph by name; `outer` serves a helpful error only."""

    __slots__ = ("outer", "values")

    def __init__(self, outer: _Scope | None) -> None:
        self.values: dict[str, Value] = {}
        self.outer = outer


@final
class _GraphReader:
    """Recursive descent over a text: a method per rule of the grammar."""

    def __init__(self, reader: Reader) -> None:
        self.read = reader
        self.words = reader.words
        self.places: dict[str, Location | None] = {}

    # ---- graphs and regions --------------------------------------------------------------------

    def graph(self, notes: tuple[str, ...]) -> Graph:
        """The whole text's graph."""
        words = self.words
        if words.text != "func":
            raise self._no_graph()
        words.advance()
        words.take("@", "'@' and the graph's name")
        name, scope = self._graph_name(), _Scope(None)
        parameters = self._parameters(scope)
        words.take("->", "'->' and the types of the results")
        start = words.start
        promised = self._types()
        nodes, results = self._body(scope, 0)
        given = [r.type for r in results]
        if promised != given:
            says, gives = (shown(", ".join(map(str, types))) for types in (promised, given))
            raise words.error(
                f"the results are promised as ({says}) and returned as ({gives})", start
            )
        if words.kind != "end":
            raise words.expected("the end, after one graph")
        return Graph(parameters, nodes, results, name, notes)

    def _no_graph(self) -> ParseError:
        if self.words.source.startswith("gradloom-ir"):
            return self.words.error(
                "this is a whole file, not a graph's text", hint="read it with gradloom.load(path)"
            )
        return self.words.expected("'func', with which a graph begins")

    def _graph_name(self) -> str:
        return (
            self.words.string()
            if self.words.kind == "string"
            else self.words.take("name", "the graph's name")
        )

    def _parameters(self, scope: _Scope) -> tuple[Value, ...]:
        words = self.words
        parameters: list[Value] = []
        words.take("(")
        while not words.skip(")"):
            if parameters:
                words.take(",", "',' or ')'")
            start = words.start
            name = words.take("value", "a parameter such as %x")[1:]
            words.take(":")
            parameters.append(Value(self.read.type(), name=name))
            self._define(scope, name, start, parameters[-1])
        return tuple(parameters)

    def _types(self) -> list[TensorType]:
        types: list[TensorType] = []
        self.words.take("(")
        while not self.words.skip(")"):
            if types:
                self.words.take(",", "',' or ')'")
            types.append(self.read.type())
        return types

    def _body(self, scope: _Scope, depth: int) -> Parsed:
        words = self.words
        words.take("{")
        nodes = []
        while words.text != "return":
            nodes.append(self._node(scope, depth))
        words.advance()
        results: list[Operand] = []
        while not words.skip("}"):
            if results:
                words.take(",", "',' or '}'")
            results.append(self._result(scope))
        return tuple(nodes), tuple(results)

    def _result(self, scope: _Scope) -> Operand:
        words = self.words
        if words.kind == "value":
            return self._value(scope)
        start, text = words.start, self.read.scalar()
        words.take(":", "':' and the number's type")
        return self.read.literal(text, self.read.type(), start)

    def _regions(self, scope: _Scope, depth: int) -> tuple[Graph, ...]:
        words = self.words
        if depth > MAX_DEPTH:
            raise words.error(f"more than {MAX_DEPTH} levels of regions")
        regions = []
        while not words.skip("}"):
            if words.text != "region":
                raise words.expected("'region' or '}'")
            words.advance()
            name = self._graph_name() if words.skip("@") else "main"
            inner = _Scope(scope)
            parameters = self._parameters(inner)
            regions.append(Graph(parameters, *self._body(inner, depth), name))
        return tuple(regions)

    # ---- nodes ---------------------------------------------------------------------------------

    def _node(self, scope: _Scope, depth: int) -> Node:
        words = self.words
        declared = self._declared() if words.kind == "value" else []
        start, op = words.start, self._op()
        copy = self._copy() if words.kind == "@" else 0
        words.place = ""
        words.take("(")
        operands = self._operands(scope)
        attrs = self._attributes(op, start)
        words.take(")", "',' or ')'")
        if words.kind == "{" and not op.regions:
            raise words.expected(f"the next line: {op.name} has no regions")
        opened = words.skip("{")
        location = self._location(words.place) if words.place else None
        regions = self._regions(scope, depth + 1) if opened else ()
        types = self._inferred(op, attrs, operands, regions, start)
        self._agree(declared, types, start)
        node = Node(op, operands, attrs, types, regions, location, copy)
        for (name, at, _), value in zip(declared, node.results, strict=True):
            self._define(scope, name, at, value)
        return node

    def _declared(self) -> list[tuple[str, int, TensorType]]:
        """Name, place and type of each result that a line declares."""
        words = self.words
        declared = []
        while True:
            start = words.start
            name = words.take("value", "a result such as %0")[1:]
            words.take(":")
            declared.append((name, start, self.read.type()))
            if not words.skip(","):
                break
        words.take("=", "',' or '='")
        return declared

    def _op(self) -> Op:
        words, start = self.words, self.words.start
        name = words.take("name", "an op, 'return', or a result such as %0")
        try:
            return o.by_name(name)
        except ParseError as error:
            raise words.error(
                f"there is no op called {shown(name)}", start, close_to(name, o.all_ops())
            ) from error

    def _copy(self) -> int:
        self.words.advance()
        start = self.words.start
        number = self.read.whole_number("the number of a copy")
        if number == 0:
            raise self.words.error("copies count from 1", start)
        return number

    def _operands(self, scope: _Scope) -> tuple[Operand, ...]:
        """The operands before `)` or the first attribute."""
        words = self.words
        found: list[Any] = []
        while words.kind != ")" and not words.before_equals():
            found.append(self._value(scope) if words.kind == "value" else self._number())
            if words.kind != ")":
                words.take(",", "',' or ')'")
        inline = next((x.type for x in found if isinstance(x, Value)), None)
        return tuple(
            [self._inline(x[0], x[1], inline) if isinstance(x, tuple) else x for x in found]
        )

    def _number(self) -> Literal | tuple[int, ScalarText]:
        """A literal, or its place and text when it does not say its type."""
        start, text = self.words.start, self.read.scalar()
        if self.words.skip(":"):
            return self.read.literal(text, self.read.type(), start)
        return start, text

    def _inline(self, start: int, text: ScalarText, type: TensorType | None) -> Literal:
        if type is None:
            raise self.words.error(
                "a number needs a type where no operand is computed", start, "write 2.0: f64[]"
            )
        return self.read.literal(text, type, start)

    def _value(self, scope: _Scope) -> Value:
        words = self.words
        name = words.text[1:]
        found = scope.values.get(name)
        if found is None:
            raise self._undefined(name, scope)
        words.advance()
        return found

    def _undefined(self, name: str, scope: _Scope) -> ParseError:
        outer = scope.outer
        while outer is not None:
            if name in outer.values:
                hint = "a region captures nothing: make it an operand and a parameter of the region"
                return self.words.error(
                    f"%{shown(name)} is defined outside of this region", hint=hint
                )
            outer = outer.outer
        hint = close_to(name, scope.values)
        return self.words.error(f"%{shown(name)} is not defined before it is used", hint=hint)

    def _define(self, scope: _Scope, name: str, start: int, value: Value) -> None:
        if name in scope.values:
            raise self.words.error(
                f"%{shown(name)} is defined twice", start, "give it another name"
            )
        scope.values[name] = value

    # ---- what belongs to an op -----------------------------------------------------------------

    def _attributes(self, op: Op, start: int) -> Attrs | None:
        words = self.words
        hints = hints_of(op.attrs) if op.attrs is not None else {}
        found: dict[str, Any] = {}
        while words.kind != ")":
            at, name = words.start, words.take("name", "an attribute")
            if name not in hints:
                raise words.error(f"{op.name} has no attribute {shown(name)}", at, _has(op, hints))
            if name in found:
                raise words.error(f"attribute {name} is given twice", at)
            words.take("=")
            found[name] = self.read.attribute(f"{op.name}: {name}", hints[name])
            if words.kind != ")":
                words.take(",", "',' or ')'")
        if op.attrs is None:
            return None
        if lacking := required(op.attrs) - found.keys():
            raise words.error(
                f"{op.name} lacks {' and '.join(sorted(lacking))}", start, _has(op, hints)
            )
        return self._made(op, found, start)

    def _made(self, op: Op, found: dict[str, Any], start: int) -> Attrs:
        try:
            made: Attrs = op.attrs(**found)  # type: ignore[misc]
        except (GradloomError, TypeError, ValueError) as error:
            raise self.words.error(f"{op.name}: {shown(str(error), 200)}", start) from error
        return made

    def _inferred(
        self,
        op: Op,
        attrs: Attrs | None,
        operands: tuple[Operand, ...],
        regions: tuple[Graph, ...],
        start: int,
    ) -> tuple[TensorType, ...]:
        if problem := wrong_counts(op, len(operands), len(regions)):
            raise self.words.error(f"{op.name}: {problem}", start)
        try:
            return inferred(op, attrs, [x.type for x in operands], regions)
        except GradloomError as error:
            raise self.words.placed(error, start) from error

    def _agree(
        self, declared: list[tuple[str, int, TensorType]], types: tuple[TensorType, ...], start: int
    ) -> None:
        if len(declared) != len(types):
            raise self.words.error(f"{len(types)} results due, {len(declared)} named", start)
        for (name, at, given), due in zip(declared, types, strict=True):
            if given != due:
                raise self.words.error(
                    f"%{shown(name)} is declared {given}, and its type is {due}", at
                )

    def _location(self, text: str) -> Location | None:
        if text not in self.places:
            self.places[text] = read_location(text)
        return self.places[text]


def _has(op: Op, hints: Mapping[str, Any]) -> str:
    return f"its attributes: {', '.join(hints)}" if hints else f"{op.name} has none"


def read_location(text: str) -> Location | None:
    """The location that `# @ "model.py":19 "function" "note"` writes; None for other comments."""
    match = _PLACE.match(text)
    if match is None:
        return None
    try:
        return Location(
            string_of(match[1]),
            int(match[2]),
            string_of(match[3] or '""'),
            string_of(match[4] or '""'),
        )
    except ParseError:
        return None
