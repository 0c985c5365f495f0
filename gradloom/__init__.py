"""gradloom: plain numpy programs as graphs that you can read, transform and run anywhere.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> def loss(w, x):
    ...     return np.sum(np.tanh(x @ w) ** 2)
    >>> g = gl.grad(loss)(np.ones((3, 2)), np.ones((4, 3)))
    >>> g.shape
    (3, 2)

Every name is loaded when first used; importing gradloom loads numpy and little else.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from gradloom.ir import hooks

__version__ = "0.1.0"

hooks.fill({
    "jvp": "gradloom.passes.linearize:jvp",
    "split": "gradloom.passes.linearize:split",
    "transpose_linear": "gradloom.passes.transpose:transpose_linear",
    "vmap": "gradloom.passes.batch:vmap",
    "cost": "gradloom.passes.cost:cost",
    "call": "gradloom.frontend.run:call_graph",
    "dim_divide": "gradloom.frontend.numpy.ufuncs:divide",
    "ufunc": "gradloom.frontend.numpy.ufuncs:call_ufunc",
    "to_dot": "gradloom.viz.dot:graph_dot",
    "show": "gradloom.viz.show:show",
    "mimebundle": "gradloom.viz.show:mimebundle",
})  # fmt: skip

_NAMES: dict[str, str] = {}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"gradloom has no name {name!r}")
    module, _, attribute = _NAMES[name].partition(":")
    found = import_module(module)
    value = getattr(found, attribute) if attribute else found
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_NAMES])
