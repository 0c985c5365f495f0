"""The derivatives of what is recorded: each op's linear part, kept beside it until `backward`.

A value that depends on a leaf has a tangent, and the nodes between tangents are the tape. They are
made by the same rules as every derivative of gradloom, as soon as an op is recorded. What the rules
compute besides (residuals) are nodes of the program like others; of those, `later` remembers how
they were made, so that they have tangents themselves where second derivatives are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, final

from gradloom.eager import scopes
from gradloom.ir import build
from gradloom.ir.build import Builder
from gradloom.ir.graph import Node, Operand, Value
from gradloom.ir.op import Zero
from gradloom.ir.ops.masks import Cotangent, whole
from gradloom.passes.linearize import push, tangent_note

FREED: Final[tuple[Operand, ...]] = (Value.__new__(Value),)
"""The operands of a tape's node that `backward` has let go."""


@final
class Tape:
    """Tangents by value, and the nodes between them."""

    def __init__(self) -> None:
        self.tangents: dict[Operand, Value] = {}
        self.later: dict[Operand, Node] = {}
        self.linear: set[Operand] = set()
        self.places: dict[Operand, scopes.Places] = {}  # of tangents
        self.log: list[Node] | None = None  # nodes of the tape, as they are made
        self._coming: set[Operand] = set()  # results whose tangents are being made

    def follow(self, nodes: Sequence[Node], program: list[Node]) -> None:
        """These nodes are part of the program: their results get tangents where their operands have
        some; what that needs besides is added to the program.
        """
        builder = Builder(lambda node: self._sort(node, program))
        with build.scope(builder):
            for node in nodes:
                if not isinstance(node.op.jvp, Zero):
                    self._push(node)

    def _sort(self, node: Node, program: list[Node]) -> None:
        """Put what a rule has made where it belongs: on the tape, or in the program."""
        if not self.linear.isdisjoint(node.operands):
            self.linear.update(node.results)
            if scopes.stack.placed is not None:
                self.places.update((r, scopes.stack.placed) for r in node.results)
            if self.log is not None:
                self.log.append(node)
            return
        program.append(node)
        if not isinstance(node.op.jvp, Zero) and any(
            x in self.tangents or x in self.later or x in self._coming for x in node.operands
        ):
            self.later.update((r, node) for r in node.results if r.type.inexact)

    def leaf(self, value: Value) -> Value:
        """The tangent of a value that is differentiated by, from now on."""
        tangent = Value(value.type)
        self.linear.add(tangent)
        self.tangents[value] = tangent
        return tangent

    def tangent(self, value: Operand) -> Value | None:
        """The tangent of a value; None where it has none."""
        found = self.tangents.get(value)
        if found is None and value in self.later:
            self._push(self.later.pop(value))
            found = self.tangents.get(value)
        return found

    def _push(self, node: Node) -> None:
        given = [self.tangent(x) if isinstance(x, Value) else None for x in node.operands]
        if all(t is None for t in given):
            return
        builder = build.current()
        location = builder.location
        self._coming.update(node.results)
        builder.location = tangent_note(node) or location
        if node.op.split is not None:
            pushed: Sequence[Cotangent | None] = node.op.split(node, node.operands, given)[1]
        else:
            pushed = push(node, given)
        made = [None if t is None else whole(t) for t in pushed]
        builder.location = location
        self._coming.difference_update(node.results)
        for result, tangent in zip(node.results, made, strict=True):
            if isinstance(tangent, Value) and tangent in self.linear:
                self.tangents[result] = tangent

    # ---- what is still needed --------------------------------------------------------------------

    def sweep(self, tangents: Iterable[Value], values: Iterable[Operand]) -> set[Operand]:
        """Every value of the program that is needed where these tangents and values are; what
        nobody can reach any more is forgotten.
        """
        needed: set[Operand] = set()
        reached: set[Operand] = set()
        seen: set[int] = set()
        ahead: list[Operand] = [*tangents, *values]
        while ahead:
            x = ahead.pop()
            if x in reached or not isinstance(x, Value):
                continue
            reached.add(x)
            if x in self.linear:
                node = x.node
                if node is not None and id(node) not in seen and node.operands is not FREED:
                    seen.add(id(node))
                    ahead.extend(node.operands)
                    reached.update(node.results)
                continue
            needed.add(x)
            if x in self.later:
                ahead.extend(self.later[x].operands)
            if x in self.tangents:
                ahead.append(self.tangents[x])
        self.linear &= reached
        self.places = {t: p for t, p in self.places.items() if t in reached}
        self.tangents = {v: t for v, t in self.tangents.items() if v in reached}
        self.later = {v: n for v, n in self.later.items() if v in reached}
        return needed

    def order(self, tangents: Iterable[Value]) -> list[Node]:
        """The tape's nodes that lead to these tangents, each after those that it uses."""
        done: set[int] = set()
        out: list[Node] = []
        ahead: list[tuple[Node, Iterator[Operand]]] = []

        def enter(value: Operand) -> None:
            node = value.node if isinstance(value, Value) and value in self.linear else None
            if node is not None and id(node) not in done:
                done.add(id(node))
                ahead.append((node, iter(node.operands if node.operands is not FREED else ())))

        for tangent in tangents:
            enter(tangent)
            while ahead:
                node, operands = ahead[-1]
                following = next(operands, None)
                if following is None:
                    out.append(node)
                    ahead.pop()
                else:
                    enter(following)
        return out
