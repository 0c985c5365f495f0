"""Where the elements of an array lie in the memory that its views share."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from gradloom.frontend.layouts import Strides
from gradloom.frontend.numpy.gathers import take
from gradloom.frontend.numpy.keys import Key, Span
from gradloom.frontend.numpy.spans import take_basic
from gradloom.frontend.numpy.views import strides_of
from gradloom.frontend.tracer import Tracer
from gradloom.ir import build
from gradloom.ir.graph import Graph, Operand, Value
from gradloom.ir.interpret import interpret
from gradloom.ir.types import tensor_type


def part_strides(x: Tracer, key: Key) -> Strides | None:
    """The strides of `x[key]`, a view by slices and whole numbers, where those of x are known."""
    strides = strides_of(x)
    if strides is None or key.ones:
        return None
    found = []
    for entry in key.layout:
        if entry == "index":  # of whole numbers, which leave no axis
            continue
        axis = key.axes[entry] if isinstance(entry, int) else None
        found.append(strides[int(entry)] * axis.step if isinstance(axis, Span) else 0)
    return tuple(found)


def addresses(x: Tracer, key: Key | None = None) -> np.ndarray | None:
    """The bytes from the first element of the root of x to each element of x, or of `x[key]`; None
    where a traced index decides, or memory is not known.
    """
    chain = [x]
    while chain[-1].alias is not None:
        chain.append(chain[-1].alias.base)
    root = chain[-1]
    probe = None if root.reshaped or not _are_read_alike(chain) else _probe(root)
    if probe is None:
        return None
    parameter = Value(tensor_type(probe.dtype, root.shape))
    made: Operand = parameter
    with build.scope(build.Builder()) as builder:
        for view in reversed(chain[:-1]):
            assert view.alias is not None
            made = view.alias.read(view.alias.seen(made))
        if key is not None:
            made = take_basic(made, key) if key.is_basic else take(made, key)
    nodes = tuple(builder.nodes)
    known = {parameter, *(r for node in nodes for r in node.results)}
    if any(isinstance(y, Value) and y not in known for node in nodes for y in node.operands):
        return None
    (found,) = interpret(Graph((parameter,), nodes, (made,)), [probe])
    whole: np.ndarray = np.real(found).astype(np.int64)
    return whole


def _probe(root: Tracer) -> Any:
    """An array that holds the addresses of its own elements; of complex ones, of both parts."""
    strides, shape = strides_of(root), tuple([d for d in root.shape if isinstance(d, int)])
    if strides is None:
        return None
    places = np.zeros(shape)
    for axis, (size, step) in enumerate(zip(shape, strides, strict=True)):
        rows: Any = np.arange(size) * step
        places += rows.reshape(-1, *[1] * (root.ndim - axis - 1))
    return places + 1j * (places + root.itemsize // 2) if root.dtype.kind == "c" else places


def _are_read_alike(chain: list[Tracer]) -> bool:
    """Whether every view has elements of its base, or their real or imaginary parts."""
    return all(
        view.dtype == base.dtype
        or (base.dtype.kind == "c" and view.dtype.kind == "f" and view.ndim == base.ndim)
        for view, base in pairwise(chain)
    )
