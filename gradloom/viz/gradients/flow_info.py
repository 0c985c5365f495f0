"""vnittest's `flow_info.pkl`: gradients of layers and flows between them, as an adapter wrote them.

    activation_gradients   {layer: array [H, W], or of more axes}
    gradient_flows         {(source, target): array [source elements, target elements]
                                              | None
                                              | {"indices_in": ..., "indices_out": ...}}

Index pairs say which elements are connected: flat indices, or a tuple of one list per axis. Layers
may stand in flows alone; their gradient is then the sum of what leaves them, or, where nothing
does, of what comes in, as vnittest has it.

In its explicit mode, which an input of nine channels turns on, layers are [9, H, W] too, and a flow
that is None links neighbours: see `neighbours`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import FileError
from gradloom.viz.gradients.interpolation import interpolated, reached
from gradloom.viz.gradients.layer import Flow, Layer, flow_of_matrix
from gradloom.viz.gradients.neighbours import CHANNELS, neighbours

Rule = Callable[[Layer, Layer, np.ndarray, np.ndarray], Flow]
RULES: Final[Mapping[str, Rule]] = {"interpolated": interpolated, "reached": reached}
_KEYS: Final = ("activation_gradients", "gradient_flows")
ELEMENTS: Final = 50_000_000
"""Links that a made-up flow may have: 400 MB of numbers."""


def layers_and_flows(
    info: Any, rule: str, is_explicit: bool = False
) -> tuple[tuple[Layer, ...], tuple[Flow, ...]]:
    """The layers, in the order of the flows, and the flows; raises `FileError` for what does not
    fit. `rule` makes up the flows that are None; in explicit mode they link neighbours.
    """
    gradients, given = _parts(info)
    layers = _layers(gradients, given)
    made_up = neighbours if is_explicit else RULES[rule]
    flows = [_flow(layers[a], layers[b], value, made_up) for (a, b), value in given.items()]
    return tuple(layers[name] for name in _ordered(gradients, given)), tuple(flows)


def _parts(info: Any) -> tuple[dict[str, np.ndarray], dict[tuple[str, str], Any]]:
    if not isinstance(info, dict) or set(info) != set(_KEYS):
        found = sorted(map(str, info)) if isinstance(info, dict) else type(info).__name__
        raise FileError(f"its keys are {found!s:.200}, and {list(_KEYS)} are due")
    gradients, flows = info[_KEYS[0]], info[_KEYS[1]]
    if not isinstance(gradients, dict) or not isinstance(flows, dict):
        raise FileError("its gradients and flows are no dicts")
    for name, array in gradients.items():
        _require_numbers(array, f"the gradient of layer {name!r:.100}")
        if not isinstance(name, str):
            raise FileError(f"a layer is called {name!r:.100}, and a text is due")
    for key in flows:
        if not (isinstance(key, tuple) and len(key) == 2 and all(isinstance(k, str) for k in key)):
            raise FileError(f"a flow is called {key!r:.100}, and (source, target) is due")
    return gradients, flows


def _require_numbers(array: Any, what: str) -> None:
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
        kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise FileError(f"{what} is of {kind}, and an array of real numbers is due")


def _layers(
    gradients: dict[str, np.ndarray], flows: dict[tuple[str, str], Any]
) -> dict[str, Layer]:
    layers = {name: Layer(name, x.shape, gradient=x) for name, x in gradients.items()}
    for number, axis in ((0, 1), (1, 0)):  # what leaves a layer tells more than what comes in
        for key, value in flows.items():
            if key[number] not in layers and isinstance(value, np.ndarray) and value.ndim == 2:
                total = value.sum(axis=axis)
                layers[key[number]] = Layer(key[number], total.shape, gradient=total)
    for key in flows:
        missing = next((name for name in key if name not in layers), None)
        if missing is not None:
            raise FileError(
                f"the flow {key[0]!r} -> {key[1]!r} names layer {missing!r}, of which neither a "
                "gradient nor a flow in numbers is there",
                hint="store the layer's gradient in activation_gradients",
            )
    return layers


def _ordered(gradients: dict[str, Any], flows: dict[tuple[str, str], Any]) -> list[str]:
    """Layers in the order of the flows; those that no flow orders, as they were stored."""
    names = list(dict.fromkeys([*(n for key in flows for n in key), *gradients]))
    before: dict[str, list[str]] = {name: [] for name in names}
    for a, b in flows:
        before[b].append(a)
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError:
        return names


def _flow(source: Layer, target: Layer, value: Any, rule: Rule) -> Flow:
    where = f"the flow {source.name!r} -> {target.name!r}"
    if isinstance(value, dict):
        return _pairs(source, target, value, where)
    if value is None:
        links = source.size * (CHANNELS if rule is neighbours else target.size)
        if links > ELEMENTS:
            raise FileError(
                f"{where} is None, and making it up would take {links:,} links",
                hint=f"store it as index pairs; {ELEMENTS:,} links are the most",
            )
        assert source.gradient is not None
        assert target.gradient is not None
        s, t = (np.asarray(x.gradient, np.float64).ravel() for x in (source, target))
        return rule(source, target, s, t)
    _require_numbers(value, where)
    if value.shape != (source.size, target.size):
        raise FileError(
            f"{where} has shape {value.shape}, and layers of shapes {source.shape} and "
            f"{target.shape} need ({source.size}, {target.size})"
        )
    return flow_of_matrix(source.name, target.name, value, "given")


def _pairs(source: Layer, target: Layer, value: dict[Any, Any], where: str) -> Flow:
    if set(value) != {"indices_in", "indices_out"}:
        raise FileError(
            f"{where} has keys {sorted(map(str, value))!s:.200}",
            hint="indices_in and indices_out are due",
        )
    rows = _flat(value["indices_in"], source, where)
    columns = _flat(value["indices_out"], target, where)
    if len(rows) != len(columns):
        raise FileError(f"{where} names {len(rows)} sources and {len(columns)} targets")
    return Flow(source.name, target.name, rows, columns, np.ones(len(rows)), "pairs")


def _flat(indices: Any, layer: Layer, where: str) -> np.ndarray:
    """Flat indices of elements, of flat ones or of one list per axis."""
    parts = indices if isinstance(indices, tuple | list) else None
    by_axis = parts is not None and bool(parts) and isinstance(parts[0], np.ndarray | list | tuple)
    try:
        made: Any
        if by_axis and parts is not None and len(parts) == len(layer.shape):
            made = np.ravel_multi_index(tuple(np.asarray(p) for p in parts), layer.shape)
        elif isinstance(parts, tuple) and len(parts) == len(layer.shape) == 2:
            made = np.ravel_multi_index(parts, layer.shape)  # one row, one column
        else:
            made = np.asarray(indices)
    except (TypeError, ValueError) as error:
        raise FileError(f"{where}: its indices do not fit {layer.shape}: {error}") from error
    made = np.atleast_1d(made)
    if made.size == 0:
        return np.zeros(0, np.int64)
    if made.ndim != 1 or made.dtype.kind not in "iu":
        raise FileError(f"{where}: its indices are an array {made.shape} of {made.dtype}")
    if int(made.min()) < 0 or int(made.max()) >= layer.size:
        raise FileError(
            f"{where} names element {int(made.max())} of layer {layer.name!r}, which has "
            f"{layer.size}"
        )
    flat: np.ndarray = made.astype(np.int64)
    return flat
