"""A gradient flow by layers: a box per line of the user's program, in the order in which it runs,
and the parameters that enter there.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, final

import numpy as np

from gradloom.viz.flow.troubles import states
from gradloom.viz.motion.lines import stretches, titled

if TYPE_CHECKING:
    from gradloom.viz.flow.flow import GradientFlow

MOST_LAYERS: Final = 24
"""Layers in one picture: so many rows fit on a page, and are read one by one."""


_ROOT: Final = re.compile(r"(\[\d+\]|\.[^.\[]*)$")
"""The last part of a parameter's name: `[1]` of `hidden[0][1]`, `.b` of `first.b`."""


@final
@dataclass(frozen=True, slots=True)
class Layer:
    """Places that are shown as one: `places` are their numbers, of values the last is what the
    line gives; `row` is where parameters enter.
    """

    kind: Literal["value", "parameter"]
    title: str
    where: str
    places: tuple[int, ...]
    row: int


@final
@dataclass(frozen=True, slots=True)
class Wire:
    """Gradients come back from layer `target` to layer `source`; both are numbers of layers."""

    source: int
    target: int


@final
@dataclass(frozen=True)
class Layers:
    """Layers and wires with their numbers by step: `norms` and `states` `[step, layer]` (a state
    is a trouble's number, or -1), `passed` `[step, wire]`.
    """

    rows: int
    layers: tuple[Layer, ...]
    wires: tuple[Wire, ...]
    norms: np.ndarray
    states: np.ndarray
    passed: np.ndarray


def layers_of(flow: GradientFlow, most: int = MOST_LAYERS) -> Layers:
    """The flow by layers: first those of values, from the first line to the loss, then parameters.

    A layer of values has the norm of what it gives, one of parameters the length of all their
    gradients together; its state is the gravest of its places'.
    """
    values = _value_layers(flow, most)
    home = {i: k for k, layer in enumerate(values) for i in layer.places}
    layers = [*values, *_parameter_layers(flow, home)]
    home |= {i: k for k, layer in enumerate(layers) for i in layer.places}
    wires, passed = _wires(flow, home)
    each = states(flow, flow.limits)
    return Layers(
        len(values), tuple(layers), wires,
        np.stack([_norms(flow, layer) for layer in layers], axis=1),
        np.stack([_gravest(each[:, list(layer.places)]) for layer in layers], axis=1),
        passed,
    )  # fmt: skip


def turns_of(flow: GradientFlow, most: int) -> list[tuple[int, ...]]:
    """The numbers of the values' places, by line of the program and turn of a loop."""
    indices = [i for i, p in enumerate(flow.places) if p.kind == "value"]
    places = [flow.places[i] for i in indices]
    found = stretches([(p.file, p.line, p.function) for p in places], [p.op for p in places], most)
    return [tuple(indices[i] for i in run) for run in found]


def _value_layers(flow: GradientFlow, most: int) -> list[Layer]:
    layers = []
    for row, mine in enumerate(turns_of(flow, most)):
        places = [flow.places[i] for i in mine]
        lines = list(dict.fromkeys(p.where for p in places))
        several = f"{lines[0]} to {lines[-1].rpartition(':')[2]}"
        source = places[0].source if len(lines) == 1 else several
        title = titled(source, [p.op for p in places])
        layers.append(Layer("value", title, lines[0] if len(lines) == 1 else several, mine, row))
    return _counted(layers)


def _counted(layers: list[Layer]) -> list[Layer]:
    """The layers, the turns of a line numbered from 0."""
    often = Counter((layer.title, layer.where) for layer in layers)
    seen: Counter[tuple[str, str]] = Counter()
    out = []
    for layer in layers:
        key = layer.title, layer.where
        turn = f"{seen[key]}: {layer.title}"
        out.append(replace(layer, title=turn) if often[key] > 1 else layer)
        seen[key] += 1
    return out


def _parameter_layers(flow: GradientFlow, home: dict[int, int]) -> list[Layer]:
    """Parameters that enter at the same rows, as one each."""
    enters: dict[int, set[int]] = {
        i: set() for i, p in enumerate(flow.places) if p.kind == "parameter"
    }
    for link in flow.links:
        if link.source in enters and link.target in home:
            enters[link.source].add(home[link.target])
    together: dict[tuple[int, ...], list[int]] = {}
    for i, rows in enters.items():
        together.setdefault(tuple(sorted(rows)), []).append(i)
    return [
        Layer("parameter", _title([flow.places[i].name for i in mine]), "", tuple(mine),
              rows[0] if rows else 0)
        for rows, mine in sorted(together.items())
    ]  # fmt: skip


def _title(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    roots = {_ROOT.sub("", name) for name in names}
    if len(roots) == 1:
        return f"{roots.pop()} ({len(names)})"
    return ", ".join(names) if len(names) <= 3 else f"{names[0]}, ... ({len(names)})"


def _wires(flow: GradientFlow, home: dict[int, int]) -> tuple[tuple[Wire, ...], np.ndarray]:
    columns: dict[Wire, list[int]] = {}
    for k, link in enumerate(flow.links):
        if link.source in home and link.target in home and home[link.source] != home[link.target]:
            columns.setdefault(Wire(home[link.source], home[link.target]), []).append(k)
    passed = [_together(flow.passed[:, mine]) for mine in columns.values()]
    empty = np.zeros((len(flow.steps), 0))
    return tuple(columns), np.stack(passed, axis=1) if passed else empty


def _norms(flow: GradientFlow, layer: Layer) -> np.ndarray:
    if layer.kind == "parameter":
        return _together(flow.norms[:, list(layer.places)])
    return flow.norms[:, layer.places[-1]]


def _together(norms: np.ndarray) -> np.ndarray:
    """The length of vectors put one after the other, from their lengths `[step, vector]`."""
    total = norms[:, 0]
    with np.errstate(all="ignore"):
        for k in range(1, norms.shape[1]):
            total = np.hypot(total, norms[:, k])
    return total


def _gravest(states: np.ndarray) -> np.ndarray:
    """The least number that is a trouble, by step; -1 where there is none."""
    return np.where((states >= 0).any(axis=1), np.where(states < 0, 99, states).min(axis=1), -1)
