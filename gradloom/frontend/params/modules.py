"""Parameters as a module of torch, which torch trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.frontend.native import to_torch
from gradloom.frontend.params.objective import Pure
from gradloom.frontend.params.tree import ParamDict, form_of, tree_of, values_of


def to_torch_module(weights: ParamDict, forward: Callable[..., Any], dtype: Any = None) -> Any:
    """A `torch.nn.Module` whose `forward(*tensors)` is `forward` with the module's parameters for
    the weights; traced at the first call with inputs of new shapes. Names are paths with "_" for
    ".".
    """
    from gradloom.backends import get

    _ = get("torch").module
    from gradloom.backends.torch.module import module_around

    tree = weights.copy() if dtype is None else weights.astype(dtype)
    form = form_of(tree)
    call = to_torch(Pure(weights, forward))

    def run(tensors: list[Any], args: tuple[Any, ...]) -> Any:
        return call(tree_of(form, tensors), *args)

    def collect(arrays: list[np.ndarray]) -> ParamDict:
        return tree_of(form, [np.array(x) for x in arrays])

    pairs = zip(form.owners, values_of(tree), strict=True)
    arrays = [(slot.path, value, slot.trainable) for slot, value in pairs]
    return module_around(getattr(forward, "__name__", "Model").strip("<>"), run,
                         _named(arrays), collect)  # fmt: skip


def _named(arrays: list[tuple[str, Any, bool]]) -> list[tuple[str, Any, bool]]:
    """The same with names that torch takes, each its own."""
    out: list[tuple[str, Any, bool]] = []
    taken: set[str] = set()
    for i, (path, value, is_trained) in enumerate(arrays):
        name = "".join(c if c.isalnum() else "_" for c in path)
        name = f"{name}_{i}" if name in taken or not name.isidentifier() else name
        taken.add(name)
        out.append((name, value, is_trained))
    return out
