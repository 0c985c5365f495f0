"""Compiled signatures: their keys, whether they still fit, and why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, is_dataclass
from enum import Enum
from typing import Any, final

import numpy as np

from gradloom.frontend.contents import Contents
from gradloom.frontend.environment import Environment
from gradloom.frontend.guards import failed
from gradloom.frontend.layouts import Layout, of_array
from gradloom.frontend.purity import PLAIN
from gradloom.frontend.record import Recorded, leaf_names
from gradloom.frontend.run import owned
from gradloom.frontend.signature import Leaf
from gradloom.frontend.values import settings_in
from gradloom.ir.graph import Graph
from gradloom.ir.types import TensorType, dtype_of, tensor_type


@final
@dataclass(slots=True)
class Entry:
    """One compiled signature."""

    key: tuple[Any, ...]
    leaves: tuple[Leaf, ...]
    environment: Environment
    holds: Callable[[], bool]
    hidden: Callable[[], tuple[Any, ...]]
    contents: Contents
    recorded: Recorded
    graph: Graph
    history: tuple[Any, ...]
    program: Any
    run: Callable[..., Any]
    reason: str
    layouts: tuple[Layout, ...] | None
    """How the arguments and hidden inputs lay in memory, where the program depends on it."""

    def keys(self) -> tuple[np.ndarray, ...]:
        """Keys for one call, drawn from numpy's generators."""
        return tuple([source.key() for source in self.recorded.draws])

    def fits(self) -> bool:
        """Whether everything that the function reaches is as it was traced."""
        return self.holds() and self.contents.same()

    def lies(self, leaves: Sequence[Any]) -> bool:
        """Whether these arguments lie in memory as those did that were traced."""
        return self.layouts is None or self.layouts == layouts_of((*leaves, *self.hidden()))


def layouts_of(arrays: Sequence[Any]) -> tuple[Layout, ...]:
    """How arrays lie in memory."""
    return tuple([of_array(x) for x in arrays])


def why(entry: Entry) -> str:
    """Why an entry of the same signature does not fit any more."""
    if not entry.holds():
        return failed(entry.environment)
    changed = entry.contents.changed()
    if changed and hidden_fit(entry):
        return f"{', '.join(changed)} changed, and numpy had computed from it in the trace"
    if hidden_fit(entry):
        return "the arrays lie otherwise in memory, which decides what is a view"
    return "a hidden input changed its shape or dtype"


def hidden_fit(entry: Entry) -> bool:
    """Whether the hidden inputs still have the types they were traced with."""
    return all(
        isinstance(now, np.ndarray) and now.dtype == then.dtype and now.shape == then.shape
        for now, then in zip(entry.hidden(), _arrays(entry), strict=True)
    )


def _arrays(entry: Entry) -> tuple[Any, ...]:
    """The arrays among the hidden inputs."""
    return entry.recorded.extras[: len(entry.recorded.parts)]


def foreign_type(x: Any) -> TensorType:
    """The type of a framework's tensor."""
    name = getattr(x.dtype, "name", None) or str(x.dtype).rpartition(".")[2]
    return tensor_type(dtype_of(name), tuple(int(d) for d in x.shape))


def leaf_key(leaf: Leaf) -> tuple[Any, ...]:
    """What a leaf adds to a signature."""
    if leaf.type is not None:
        return (leaf.kind, leaf.type)
    return ("static", type(leaf.static), _by_value(leaf.static) or id(leaf.static))


def _by_value(x: Any) -> tuple[Any, ...]:
    """A key for a static value that can't change; empty for one that is watched by identity."""
    if isinstance(x, slice):
        return (x.start, x.stop, x.step)
    frozen = is_dataclass(x) and getattr(type(x), "__dataclass_params__").frozen  # noqa: B009
    if isinstance(x, (*PLAIN, np.dtype, Enum)) or frozen:
        try:
            hash(x)
        except TypeError:
            return ()
        return (x,)
    return ()


def static_objects(f: Any, args: Any, kwargs: Any, inputs: Sequence[Leaf]) -> dict[str, Any]:
    """The static arguments that hold more than a plain value: `self`, a configuration, a
    function; and such settings of modules among the arguments.
    """
    names = leaf_names(f, args, kwargs)
    pairs = zip(names, inputs, strict=True)
    own = {n: leaf.static for n, leaf in pairs if leaf.type is None and not _by_value(leaf.static)}
    return own | settings_in((args, kwargs))


def key_of(tree: Any, inputs: Sequence[Leaf]) -> tuple[Any, ...]:
    """The signature of a call."""
    return (tree, tuple([leaf_key(leaf) for leaf in inputs]))


def described(leaf: Leaf) -> str:
    """A leaf as `explain` tells it."""
    return str(leaf.type) if leaf.type is not None else repr(leaf.static)


class Miss(Exception):
    """The fast path does not fit this call."""


def fast_call(entry: Entry, wrap: Callable[[Any], Any]) -> Callable[[tuple[Any, ...]], Any]:
    """A call with the least checking; raises `Miss` where it does not fit."""
    ndarray, count, run, fits = np.ndarray, len(entry.leaves), entry.run, entry.fits
    guarded = bool(entry.environment.guards or entry.environment.arrays)
    wanted = [(leaf.type.dtype, leaf.type.shape) for leaf in entry.leaves if leaf.type is not None]
    arrays = _arrays(entry)
    wanted += [(x.dtype, x.shape) for x in arrays]
    hidden = entry.hidden if arrays else None
    keys = entry.keys if entry.recorded.draws else None

    def call(args: tuple[Any, ...]) -> Any:
        if len(args) != count or (guarded and not fits()):
            raise Miss
        given = args if hidden is None else (*args, *hidden())
        for x, (dtype, shape) in zip(given, wanted, strict=True):
            if type(x) is not ndarray or x.dtype != dtype or x.shape != shape:
                raise Miss
        if keys is not None:  # last, when nothing can miss any more
            given = (*given, *keys())
        return wrap(owned(run(*given), given))

    return call
