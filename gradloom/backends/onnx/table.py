"""All ops in ONNX: rows, ops written in others, and those that are left out with the reason."""

from __future__ import annotations

from typing import Any, Final

from gradloom.backends.onnx import (
    arrays,
    calls,
    control,
    elementwise,
    functions,
    indexing,
    matrices,
    spectral,
    steps,
)
from gradloom.backends.onnx.decomposition import Decomposition
from gradloom.backends.onnx.row import Row, Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def _nonzero(site: Site) -> Any:
    """The positions as a vector; its length is a size from here on."""
    vector = site.w.node("Reshape", site.w.node("NonZero", site.full(0)), site.w.ints(-1))
    site.w.found(site.attrs.size, vector)
    return vector


TABLE: Final[dict[Op, Row]] = {
    **elementwise.ROWS, **arrays.ROWS, **indexing.ROWS, **control.ROWS, **calls.ROWS,
    o.nonzero: Row(_nonzero),
}  # fmt: skip

DECOMPOSED: Final[dict[Op, Decomposition]] = {
    **functions.DECOMPOSED, **matrices.DECOMPOSED, **spectral.DECOMPOSED, **steps.DECOMPOSED,
}  # fmt: skip

_COMPLEX: Final = "onnxruntime computes nothing in complex numbers"
_PEERS: Final = "an ONNX model runs in one process, which has no peers"
_EFFECT: Final = "an ONNX model has no effects"

_REASONS: Final = {
    **dict.fromkeys(("nextafter", "bitcast"), "ONNX cannot look at the bits of a float"),
    **dict.fromkeys(("complex", "real", "imag", "fft", "ifft", "rfft", "irfft"), _COMPLEX),
    "eig": _COMPLEX,
    "custom_vjp_linear": "it stands between differentiation and transposition; nothing can run it",
    **dict.fromkeys(
        ("all_reduce", "all_gather", "reduce_scatter", "all_to_all", "permute", "axis_index"),
        _PEERS
    ),
    "print": _EFFECT,
    "python_call": "an ONNX model calls no Python function",
    "assert": f"{_EFFECT}; an export leaves it out, with a warning",
}  # fmt: skip

ABSENT: Final[dict[Op, str]] = {
    o.by_name(name): why for name, why in _REASONS.items() if name in o.all_ops()
}
