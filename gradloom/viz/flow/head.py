"""The head of a program: where its last parameters enter, with which the rest is compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

if TYPE_CHECKING:
    from gradloom.viz.flow.flow import GradientFlow


@final
@dataclass(frozen=True, slots=True)
class Head:
    """Where the last parameters enter: a value, and these parameters (all, where none is found)."""

    value: int
    parameters: tuple[int, ...]


def head_of(flow: GradientFlow) -> Head:
    """The head: the last value of more than one number where something made of parameters alone
    meets the batch; the last value of all where there is none.
    """
    values = [i for i, p in enumerate(flow.places) if p.kind == "value"]
    parameters = tuple(i for i, p in enumerate(flow.places) if p.kind == "parameter")
    roots = roots_of(flow)
    heads = [
        (link.target, roots[link.source])
        for link in flow.links
        if link.source in roots and link.target not in roots and flow.places[link.target].size > 1
    ]
    if not heads:
        return Head(values[-1] if values else 0, parameters)
    last = max(i for i, _ in heads)
    return Head(last, tuple(sorted({p for i, found in heads if i == last for p in found})))


def roots_of(flow: GradientFlow) -> dict[int, frozenset[int]]:
    """The parameters behind each place that is one, or one in another shape."""
    roots = {i: frozenset((i,)) for i, p in enumerate(flow.places) if p.kind == "parameter"}
    for link in flow.links:  # in the order of their targets
        if link.source in roots and flow.places[link.target].op in _RESHAPES:
            roots[link.target] = roots.get(link.target, frozenset()) | roots[link.source]
    return roots


_RESHAPES: Final = frozenset({"broadcast_to", "reshape", "permute_dims", "astype", "slice"})
"""Ops that hand a parameter on without anything of the batch."""
