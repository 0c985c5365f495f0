"""The state of an optimizer: a dict of arrays, some by the paths of parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gradloom.frontend.optim.rule import Array, Number, Rule, shape_of
from gradloom.frontend.optim.trees import zeros_like
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import CallError, StateMismatch

State = dict[str, Any]


def begun(
    rule: Rule, params: Mapping[str, Array], firsts: Mapping[str, Mapping[str, Number]]
) -> State:
    """The state before the first step; `firsts`: what each kept array begins with."""
    names = list(dict.fromkeys(name for first in firsts.values() for name in first))
    counts = {"count": np.asarray(0), "step": np.zeros(len(params), np.int64)}
    running = {name: np.full(len(params), first) for name, first in rule.running.items()}
    kept = {
        name: {
            path: _full_like(w, firsts[path][name], shape_of(rule, name, w))
            for path, w in params.items()
            if name in firsts[path]
        }
        for name in names
    }
    return {**counts, **running, **kept}


def _full_like(w: Array, first: Number, shape: tuple[Any, ...]) -> Array:
    """An array of a parameter's dtype, full of a number."""
    if type(w) is Tracer or isinstance(w.dtype, np.dtype):
        return np.full_like(w, first, shape=shape)
    return np.full_like(zeros_like(w), first, shape=shape)


def check_state(what: str, rule: Rule, state: Any, params: Mapping[str, Array]) -> None:
    """Raise where a state is not of these parameters."""
    if not isinstance(state, dict) or "count" not in state or "step" not in state:
        raise CallError(
            f"{what}: the state is a {type(state).__name__} without counts",
            hint="update(grads, state, params) takes the state of init(params)",
        )
    if np.shape(state["step"]) != (len(params),):
        raise StateMismatch(
            f"{what}: the state is of {np.size(state['step'])} parameters, and there are "
            f"{len(params)}"
        )
    for name, kept in state.items():
        for path, x in kept.items() if isinstance(kept, dict) else ():
            if path not in params:
                raise StateMismatch(f"{what}: the state's {name} has {path}, which is no parameter")
            if np.shape(x) != shape_of(rule, name, params[path]):
                raise StateMismatch(
                    f"{what}: the state's {name} of {path} has shape {np.shape(x)}, and the "
                    f"parameter {np.shape(params[path])}"
                )


def check_kept(what: str, state: State, names: Mapping[str, Iterable[str]]) -> None:
    """Raise where something that a parameter's rule keeps is not there; `names`: by path."""
    for path, wanted in names.items():
        for name in wanted:
            if path not in state.get(name, ()):
                raise StateMismatch(
                    f"{what}: the state has no {name} of {path}",
                    hint="it is of another optimizer, or of one with other options",
                )


def copied(state: State) -> State:
    """The same state in arrays of numpy's of its own."""
    return {name: copied(x) if isinstance(x, dict) else _copy(x) for name, x in state.items()}


def _copy(x: Array) -> np.ndarray:
    if hasattr(x, "detach"):  # torch's, maybe of another device
        x = x.detach().cpu()
    return np.asarray(x).copy()
