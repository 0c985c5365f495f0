"""The choices between what two ways through a piece of Python leave: the results of a `cond`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

from gradloom.frontend.growing import Growing, Grown
from gradloom.frontend.staging.ends import MADE, Ends, Leaf, as_type, common, is_same, zeros
from gradloom.frontend.staging.places import CONTENT, Place
from gradloom.frontend.staging.regions import Region, captured, graph_of, needed
from gradloom.frontend.staging.sharing import Family
from gradloom.frontend.staging.structure import Why, put_together
from gradloom.frontend.staging.twins import note_twins
from gradloom.frontend.staging.unequal import unequal
from gradloom.frontend.staging.united import fits, narrowed, united
from gradloom.frontend.staging.unset import LATER
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Operand, Value
from gradloom.ir.types import TensorType
from gradloom.passes.effects import has_effect

Maker = Callable[[Sequence[Operand]], Any]
"""Makes a value from the results of the `cond`."""


@final
class Choices:
    """The pairs of operands that a `cond` chooses between, in one type each."""

    def __init__(self, condition: Operand, true: Region, false: Region) -> None:
        self.condition = condition
        self.regions = (true, false)
        self.pairs: list[tuple[Operand, Operand]] = []
        self.family = Family()

    def leaf(self, a: Leaf, b: Leaf, is_result: bool = False) -> Maker | None:
        """What makes one leaf; None where the two disagree."""
        if is_same(a, b):
            return lambda chosen: a.raw
        agreed = common(a, b)
        if agreed is None or a.operand is None or b.operand is None:
            return None
        number = self.add(a.operand, b.operand, agreed[0])
        return lambda chosen: self.family.made(chosen[number], agreed[1], (a, b), is_result)

    def add(self, a: Operand, b: Operand, type: TensorType) -> int:
        """The number of the result that chooses between these."""
        self.pairs.append((self._typed(0, a, type), self._typed(1, b, type)))
        return len(self.pairs) - 1

    def _typed(self, which: int, operand: Operand, type: TensorType) -> Operand:
        with build.scope(self.regions[which].builder):
            return as_type(operand, type)

    def value(
        self, a: Ends, b: Ends, why: Why, is_result: bool = False, keeps: bool = False
    ) -> Maker | None:
        """What makes a value; None where the two disagree, of which `why` makes the error. `keeps`:
        it is what a list holds that keeps its length.
        """
        if a.raw is LATER or b.raw is LATER:
            a, b = _filled(a, b), _filled(b, a)
        if a.raw is b.raw and type(a.raw) is not Tracer:
            return lambda chosen: a.raw
        if not keeps and (a.tree != b.tree or a.state is not None or b.state is not None):
            made = unequal(self, a, b, is_content=False)
            if made is not None or a.state is not None or b.state is not None:
                return made
        if not fits(a, b):
            trace = require_trace()
            a, b = (narrowed(x, self.condition, way, trace) for x, way in ((a, True), (b, False)))
            pair = united(a, b, trace, why)
            if pair is None:
                return None
            a, b = pair
        makers = [self.leaf(x, y, is_result) for x, y in zip(a.leaves, b.leaves, strict=True)]
        present = [maker for maker in makers if maker is not None]
        if len(present) < len(makers):
            return None
        if a.tree is None:
            return present[0]
        return lambda chosen: note_twins(
            put_together(a.tree, [maker(chosen) for maker in present]), (a.raw, b.raw)
        )

    def content(self, place: Place, a: Ends, b: Ends, why: Why) -> Maker | None:
        """What makes the content of a place; None where the two disagree."""
        may_grow = place.key[1] == CONTENT and isinstance(place.owner, Growing | Grown)
        if may_grow and (a.tree != b.tree or a.state is not None or b.state is not None):
            made = unequal(self, a, b, is_content=True)
            if made is not None or a.tree is None or b.tree is None:
                return made
            if a.tree.num_children != b.tree.num_children:
                return None
        return self.value(
            a, b, why, keeps=isinstance(place.owner, list) and place.key[1] == CONTENT
        )

    def emit(self) -> Sequence[Operand]:
        """Add the `cond`; one result per pair."""
        bodies = [needed(r.builder.nodes, [p[i] for p in self.pairs])
                  for i, r in enumerate(self.regions)]  # fmt: skip
        settled = [self._settled(a, b, bodies) for a, b in self.pairs]
        left = [i for i, x in enumerate(settled) if x is None]
        if left or any(has_effect(node) for body in bodies for node in body):
            results = [[self.pairs[i][side] for i in left] for side in (0, 1)]
            outs = emit_cond(self.condition, bodies, results)
            for i, out in zip(left, outs, strict=True):
                settled[i] = out
        return [x for x in settled if x is not None]

    def _settled(self, a: Operand, b: Operand, bodies: Sequence[Any]) -> Operand | None:
        """The choice where no branch is needed: both are one value, or the condition itself."""
        if isinstance(a, Literal) and isinstance(b, Literal):
            if a == b:
                return a
            if a.type == b.type == self.condition.type:
                return self.condition if a.value else o.logical_not(self.condition)
        if a is b and not any(a in node.results for body in bodies for node in body):
            return a
        return None


def _filled(a: Ends, like: Ends) -> Ends:
    """`a`, or zeros like the other way's result where its own comes later."""
    return Ends(MADE, zeros(like.leaves), like.tree, like.state) if a.raw is LATER else a


def emit_cond(
    condition: Operand, bodies: Sequence[Sequence[Any]], results: Sequence[Sequence[Operand]]
) -> tuple[Operand, ...]:
    """Add a `cond` of these nodes."""
    outside: dict[Value, None] = {}
    for body, outs in zip(bodies, results, strict=True):
        outside.update(dict.fromkeys(captured(body, outs)))
    regions = tuple(
        graph_of(body, outs, list(outside), name)
        for body, outs, name in zip(bodies, results, ("true", "false"), strict=True)
    )
    return build.emit(o.cond, (condition, *outside), None, regions)
