"""Transposes of linear nodes on cotangents that are zero in some places for certain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from gradloom.ir import ops as o
from gradloom.ir.graph import Node, Operand, Value, literal
from gradloom.ir.op import Op
from gradloom.ir.ops.masks import (
    EVERYWHERE,
    NOWHERE,
    Cotangent,
    Fact,
    Later,
    Mask,
    Masked,
    both,
    computed,
    operand_of,
)
from gradloom.ir.ops.padding import dilated
from gradloom.ir.ops.rules import BOOL
from gradloom.ir.types import tensor_type

Cotangents = Sequence[Cotangent | None]


def transposed(node: Node, ct: Cotangent, linear: tuple[bool, ...]) -> Cotangents:
    """The cotangents of a linear node's operands, given that of its only result."""
    rule: Callable[..., Cotangents] = node.op.transpose  # type: ignore[assignment]
    if not isinstance(ct, Masked):
        made = rule(node, ct, linear)
        return made if node.op not in _PICKS else _moved(node, made, EVERYWHERE)
    if node.op.elementwise:
        return _elementwise(node, ct, rule(node, ct.numbers, linear), linear)
    return _moved(node, rule(node, ct.whole(), linear), ct.support)


def _elementwise(
    node: Node, ct: Masked, made: Cotangents, linear: tuple[bool, ...]
) -> list[Cotangent | None]:
    """The rule's answers for all places, masked as the cotangent was."""
    factors = [x for x, mark in zip(node.operands, linear, strict=True) if not mark]
    pending = ct.support if any(isinstance(x, Value) for x in factors) else ct.pending
    answers: list[Cotangent | None] = []
    for one in made:
        if isinstance(one, Masked):  # from `where`
            support = both(ct.support, one.support)
            inside = Masked(one.numbers, support, both(ct.pending, one.pending))
            answers.append(None if support == NOWHERE else inside)
        elif one is ct.numbers:
            answers.append(ct)
        else:
            answers.append(None if one is None else Masked(one, ct.support, pending))
    return answers


# ---- where a mask goes ---------------------------------------------------------------------------


def _moved(node: Node, made: Cotangents, support: Mask) -> Cotangents:
    """The answers of an op that moves elements, with the mask moved as the elements are."""
    move = _MOVES.get(node.op)
    if move is None:
        return made
    answers: list[Cotangent | None] = []
    for i, one in enumerate(made):
        if one is None or isinstance(one, Masked):
            answers.append(one)
            continue
        mask = move(node, support, i)
        answers.append(one if mask == EVERYWHERE else Masked(one, mask, EVERYWHERE))
    return answers


def _one_by_one(node: Node, support: Mask, position: int) -> Mask:
    """Each condition is moved by itself, so that c and not c stay known as opposites."""
    marks = (True,) * len(node.operands)

    def moved(fact: Fact) -> Fact:
        condition, keep = fact

        def make() -> Operand:
            rule: Callable[..., Any] = node.op.transpose  # type: ignore[assignment]
            found: Operand = rule(node, computed(condition), marks)[position]
            return found

        return Later((node, position, condition), make), keep

    return tuple(tuple(moved(fact) for fact in term) for term in support)


def _at_once(node: Node, support: Mask, position: int, make: Callable[[], Operand]) -> Mask:
    """What `make` makes of the whole mask, as one condition."""
    return (((Later((node, position, support), make), True),),)


def _operand(node: Node, support: Mask) -> Operand:
    """The mask of the node's result, as an operand."""
    everywhere = literal(True, node.result.type.with_dtype(BOOL))
    return everywhere if support == EVERYWHERE else operand_of(support)


def _broadcast(node: Node, support: Mask, position: int) -> Mask:
    """A broadcast element counts where one of its places does."""

    def make() -> Operand:
        given, condition = node.operands[0].type.shape, operand_of(support)
        lead = condition.type.ndim - len(given)
        axes = [i for i, d in enumerate(condition.type.shape) if i < lead or given[i - lead] != d]
        found: Operand = o.any(condition, axes=tuple(axes))
        return found if found.type.shape == given else o.reshape(found, shape=given)

    return _at_once(node, support, position, make)


def _slice(node: Node, support: Mask, position: int) -> Mask:
    """Elements outside a slice do not count; asked only of a slice whose result is masked, because
    a slice alone is too common to pay for it.
    """

    def make() -> Operand:
        attrs: Any = node.attrs
        condition, x = operand_of(support), node.operands[0].type
        interior = tuple(s - 1 for s in attrs.step)
        reached = zip(x.shape, attrs.start, condition.type.shape, interior, strict=True)
        high = tuple(d - (start + dilated(n, i)) for d, start, n, i in reached)
        outside = literal(False, tensor_type(BOOL, ()))
        found: Operand = o.pad(condition, outside, low=attrs.start, high=high, interior=interior)
        return found

    return _at_once(node, support, position, make)


def _gather(node: Node, support: Mask, position: int) -> Mask:
    """Elements that no index names do not count."""
    x, *indices = node.operands
    if support == EVERYWHERE and _is_permutation(indices):
        return EVERYWHERE

    def make() -> Operand:
        nothing = literal(False, x.type.with_dtype(BOOL))
        attrs: Any = node.attrs
        found: Operand = o.scatter(
            nothing, _operand(node, support), *indices, axes=attrs.axes, mode="max"
        )
        return found

    return _at_once(node, support, position, make)


def _is_permutation(indices: Sequence[Operand]) -> bool:
    """Whether the indices are those by which the derivative of `sort` reads."""
    made_by = [x.node.op if isinstance(x, Value) and x.node is not None else None for x in indices]
    return o.argsort in made_by and all(op in (o.argsort, o.iota) for op in made_by)


def _scatter(node: Node, support: Mask, position: int) -> Mask:
    """Elements that are overwritten do not count; an update counts where it is written to."""
    _, updates, *indices = node.operands
    attrs: Any = node.attrs
    if position == 0 and attrs.mode != "set":
        return support
    if position == 1 and support == EVERYWHERE:
        return EVERYWHERE

    def make() -> Operand:
        condition = _operand(node, support)
        if position == 1:
            read: Operand = o.gather(condition, *indices, axes=attrs.axes)
            return read
        gone = literal(False, updates.type.with_dtype(BOOL))
        kept: Operand = o.scatter(condition, gone, *indices, axes=attrs.axes, mode="set")
        return kept

    return _at_once(node, support, position, make)


_MOVES: Final[dict[Op, Callable[[Node, Mask, int], Mask]]] = {
    o.reshape: _one_by_one,
    o.permute_dims: _one_by_one,
    o.flip: _one_by_one,
    o.sum: _one_by_one,
    o.concatenate: _one_by_one,
    o.broadcast_to: _broadcast,
    o.slice: _slice,
    o.gather: _gather,
    o.scatter: _scatter,
}
"""How the mask of a node's cotangent goes to those of its operands; other ops lose it."""

_PICKS: Final = (o.gather, o.scatter)
"""Ops that leave elements out, whose transposes give masks of themselves."""
