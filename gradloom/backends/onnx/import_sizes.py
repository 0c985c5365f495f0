"""ONNX's arithmetic of sizes, done while reading: object arrays of numbers and named dimensions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from gradloom.backends.onnx.importer import ImportSite

Sizes = np.ndarray | None


def _objects(values: Any, ndim: int) -> np.ndarray:
    made = np.empty(len(values) if ndim else (), object)
    if ndim:
        made[:] = values
    else:
        made[()] = values[0]
    return made


def _shape(site: ImportSite) -> Sizes:
    shape = site.x().type.shape
    return _objects(shape[site.attr("start", 0) : site.attr("end", len(shape))], 1)


def _size(site: ImportSite) -> Sizes:
    return _objects([site.x().type.size], 0)


def _constant(site: ImportSite) -> Sizes:
    """Constants are not sizes only: they are kept as arrays too."""
    from gradloom.backends.onnx.import_rows import constant_array

    array = constant_array(site)
    site.reader.fix(site.node.outputs[0].name, array)
    return site.reader.sizes.get(site.node.outputs[0].name)


def _all_known(site: ImportSite) -> list[np.ndarray] | None:
    found = [site.known(i) for i in range(len(site.node.inputs))]
    return None if any(f is None for f in found) else found  # type: ignore[return-value]


def _pairwise(f: Callable[[Any, Any], Any]) -> Callable[[ImportSite], Sizes]:
    def row(site: ImportSite) -> Sizes:
        found = _all_known(site)
        if found is None:
            return None
        a, b = np.broadcast_arrays(*found)
        return _objects([f(x, y) for x, y in zip(a.flat, b.flat, strict=True)], a.ndim)

    return row


def _concat(site: ImportSite) -> Sizes:
    found = _all_known(site)
    return None if found is None else np.concatenate(found)


def _gather(site: ImportSite) -> Sizes:
    found = _all_known(site)
    if found is None or found[0].ndim != 1:
        return None
    if found[1].ndim == 0:
        return _objects([found[0][int(found[1].item())]], 0)
    made: np.ndarray = found[0][found[1].astype(np.int64)]
    return made


def _slice(site: ImportSite) -> Sizes:
    found = _all_known(site)
    if found is None or found[0].ndim != 1:
        return None
    step = found[4][0] if len(found) > 4 else 1
    made: np.ndarray = found[0][found[1][0] : found[2][0] : step]
    return made


def _reshaped(shape: tuple[int, ...]) -> Callable[[ImportSite], Sizes]:
    def row(site: ImportSite) -> Sizes:
        found = site.known(0)
        return None if found is None or found.size != 1 else found.reshape(shape)

    return row


def _same(site: ImportSite) -> Sizes:
    return site.known(0)


def _cast(site: ImportSite) -> Sizes:
    return site.known(0) if site.attr("to") == 7 else None  # to i64


SIZES: Final[dict[str, Callable[[Any], Sizes]]] = {
    "Shape": _shape, "Size": _size, "Constant": _constant, "Concat": _concat, "Gather": _gather,
    "Slice": _slice,
    "Add": _pairwise(operator.add), "Sub": _pairwise(operator.sub), "Mul": _pairwise(operator.mul),
    "Div": _pairwise(operator.floordiv), "Squeeze": _reshaped(()), "Unsqueeze": _reshaped((1,)),
    "Identity": _same,
    "Cast": _cast,
}  # fmt: skip
