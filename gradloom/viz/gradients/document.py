"""The debugger's document: what a page shows, in dicts, lists, numbers and texts.

    format      1
    title       text
    live        whether an edit is computed at once; else it is saved, recomputed outside, rendered
    recomputes  whether saving it does all of that
    saves       whether there is a place to save the input to
    stale       whether the input was edited after what is shown was computed
    error       what went wrong last, or ""
    notes       texts: what was left out, and why
    loss        the number whose gradients these are, or null
    layers      in graph order:
      name, shape, op, node     `node` names the graph's node ("%3"), "" where there is none
      activation, gradient      flat lists, row-major, or null
      where                     null, or {file, line, function, text} of the user's line
    flows       between layers:
      source, target            numbers of layers
      kind                      "exact", "given", "pairs", "interpolated" or "reached"
      rows, columns, values     links: element of the source, of the target, gradient over the link
      slopes                    the derivative alone of each link, or null
      entries                   how many links there are, of which those of largest |value| are here
    input       {shape, values, edited}: `edited` lists the elements that were changed
    target      {shape, values}, or null
    thresholds  {low, high, step, start} of the flows' values
    compare     null, or {title, layers, flows} of another run
    state       see `State.data`

`links_data` gives the links of one cell in the same words, those out of it and those into it.

A number that is not finite stands as the text "NaN", "Infinity" or "-Infinity".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradloom.viz.gradients.layer import Flow, Layer
from gradloom.viz.gradients.source import Snapshot

FORMAT: Final = 1
"""Changes with the meaning of what is written here; the page's script reads this one."""
ELEMENTS: Final = 1_000_000
"""Elements of a layer that are sent: about ten megabytes of text. Of larger ones a note tells."""
NUMBERS: Final = 1_000_000
"""Numbers of all layers that are sent, twenty megabytes of text: those of the smaller layers."""
ALL_LINKS: Final = 200_000
"""Links of all flows that are sent, about as many bytes; the same share of each."""
LINKS: Final = 20_000
"""Links of one cell and one flow that are sent: about a megabyte of text."""


def numbers(array: np.ndarray | None) -> list[Any] | None:
    """The array's elements, row-major, as JSON has them; None for None, and for complex numbers
    their absolute values.

    >>> import numpy as np
    >>> numbers(np.array([[1.0, np.nan], [-np.inf, 2.5]]))
    [1.0, 'NaN', '-Infinity', 2.5]
    """
    if array is None or array.size > ELEMENTS:
        return None
    flat: Any = np.abs(array).ravel() if array.dtype.kind == "c" else array.ravel()
    if flat.dtype.kind not in "biuf":  # low precision, as bfloat16, has no numbers of Python's
        flat = flat.astype(np.float64)
    values = flat.tolist()
    if flat.dtype.kind != "f" or bool(np.isfinite(flat).all()):
        return list(values)
    return [number(x) for x in values]


def number(x: float) -> float | str:
    """One number as JSON has it."""
    if math.isfinite(x):
        return x
    if math.isnan(x):
        return "NaN"
    return "Infinity" if x > 0 else "-Infinity"


def snapshot_data(snapshot: Snapshot, top: int) -> dict[str, Any]:
    """`layers` and `flows` of the document."""
    numbered = {layer.name: i for i, layer in enumerate(snapshot.layers)}
    sent, top = _sent(snapshot.layers), _most(top, snapshot.flows)
    return {
        "layers": [_layer(layer, layer.name in sent) for layer in snapshot.layers],
        "flows": [_flow(flow.largest(top), numbered) for flow in snapshot.flows],
    }


def _sent(layers: Sequence[Layer]) -> frozenset[str]:
    """The layers whose numbers are sent: the smallest, as many as `NUMBERS` allows."""
    sent, left = [], NUMBERS
    for layer in sorted(layers, key=lambda layer: layer.size):
        left -= layer.size * sum(x is not None for x in (layer.activation, layer.gradient))
        if layer.size <= ELEMENTS and left >= 0:
            sent.append(layer.name)
    return frozenset(sent)


def _most(top: int, flows: Sequence[Flow]) -> int:
    """How many links of a flow are sent."""
    return min(top, ALL_LINKS // max(len(flows), 1))


def _layer(layer: Layer, is_sent: bool) -> dict[str, Any]:
    where = {
        "file": layer.file, "line": layer.line, "function": layer.function, "text": layer.source,
    }  # fmt: skip
    return {
        "name": layer.name,
        "shape": list(layer.shape),
        "op": layer.op,
        "node": f"%{layer.node}" if layer.node >= 0 else "",
        "activation": numbers(layer.activation) if is_sent else None,
        "gradient": numbers(layer.gradient) if is_sent else None,
        "where": where if layer.file else None,
    }


def _flow(flow: Flow, numbered: dict[str, int]) -> dict[str, Any]:
    return {
        "source": numbered[flow.source],
        "target": numbered[flow.target],
        "kind": flow.kind,
        "unit": "gradient",
        "rows": flow.sources.tolist(),
        "columns": flow.targets.tolist(),
        "values": numbers(flow.values),
        "slopes": numbers(flow.slopes),
        "entries": flow.total,
    }


def links_data(
    snapshot: Snapshot, layer: int, element: int, flows: Sequence[Flow]
) -> dict[str, Any]:
    """`layer`, `cell`, and `flows` of which all links of this cell are given, where `whole` says
    so; else the strongest.
    """
    numbered = {layer.name: i for i, layer in enumerate(snapshot.layers)}
    kept = [flow.largest(LINKS) for flow in flows]
    told = [{**_flow(f, numbered), "whole": f.total == len(f.values)} for f in kept]
    return {"layer": layer, "cell": element, "flows": told}


def picture_data(array: np.ndarray | None, edited: Sequence[int] | None = None) -> Any:
    """`input` or `target` of the document."""
    if array is None:
        return None
    made = {"shape": list(array.shape), "values": numbers(array)}
    return made if edited is None else {**made, "edited": list(edited)}


def thresholds(flows: Sequence[Flow]) -> dict[str, float]:
    """The range of the flows' finite values, a hundredth of it, and where the slider begins: half
    the range's width, inside of it (vnittest begins there too).

    Index pairs count as 0 to 1, and no links at all as -1 to -1, as vnittest has them.
    """
    values = np.concatenate([np.zeros(0), *(np.real(f.values) for f in flows)])
    values = values[np.isfinite(values)]
    if not values.size:
        return {"low": -1.0, "high": -1.0, "step": 0.0, "start": -1.0}
    # An element pair without a link has flow 0.
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    width = high - low
    return {"low": low, "high": high, "step": width / 100, "start": min(max(width / 2, low), high)}


def left_out(snapshot: Snapshot, top: int) -> list[str]:
    """What of a snapshot does not stand in its document."""
    sent, top = _sent(snapshot.layers), _most(top, snapshot.flows)
    notes = [
        f"layer {layer.name} has {layer.size:,} elements, and its numbers are not sent"
        for layer in snapshot.layers
        if layer.name not in sent
    ]
    return [*snapshot.notes, *notes] + [
        f"{flow.source} -> {flow.target}: {min(top, len(flow.values)):,} of {flow.total:,} links"
        for flow in snapshot.flows
        if flow.total > min(top, len(flow.values))
    ]


def error_text(error: BaseException) -> str:
    """An error as a document tells it: its message or kind, then what was noted on the way.

    >>> error = ValueError("no such size")
    >>> error.add_note("in layer 'conv'")
    >>> error_text(error).splitlines()
    ['no such size', "in layer 'conv'"]
    """
    return "\n".join([str(error) or type(error).__name__, *getattr(error, "__notes__", ())])
