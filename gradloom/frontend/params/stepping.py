"""Steps of training, in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.params.layout import Branch, Slot, joined
from gradloom.frontend.params.tree import ParamDict, form_of, store_of, values_of
from gradloom.ir.errors import ArgumentError, DtypeError, MissingKey, ShapeError, TraceError


def step(weights: ParamDict, grads: Any, optimizer: Any) -> None:
    """Change the trained arrays in place, tied ones once: by `-lr * gradient` for a number, else to
    what `optimizer.step(arrays, gradients)` gives for dicts by path.

    A None gradient leaves its array as it is. Raises `ShapeError`, naming the path, where the
    gradients are those of another tree, before anything is changed.
    """
    if store_of(weights).is_given:
        raise TraceError(
            "weights.step inside a function that is traced",
            hint="step outside of it, or compute new trees with optimizer.update",
        )
    arrays = trainable(weights)
    given = _gradients(weights, grads)
    if isinstance(optimizer, int | float | np.number | np.ndarray):
        new = {path: x - _number(optimizer) * given[path] for path, x in arrays.items()
               if given[path] is not None}  # fmt: skip
    elif isinstance(optimizer, Optimizer):
        optimizer.step(arrays, given, inplace=True)
        return
    else:
        new = optimizer.step(arrays, given)
    for path, array in arrays.items():
        if path in new and new[path] is not None:
            _write(array, new[path], path)


def update_buffers(weights: ParamDict, values: Mapping[str, Any]) -> None:
    """Change buffers in place: all of them, or none where this raises."""
    if store_of(weights).is_given:
        raise TraceError(
            "weights.update_buffers inside a function that is traced",
            hint="return the new values, say with has_aux=True, and update outside",
        )
    pairs: list[tuple[Any, np.ndarray]] = []
    _pair(form_of(weights), values, store_of(weights).now(), pairs)
    for array, new in pairs:
        array[...] = new


def _pair(node: Branch | Slot, given: Any, arrays: list[Any], pairs: list[Any]) -> None:
    """Each buffer that is given a value, and the value; raises for anything else."""
    if isinstance(node, Slot):
        if not node.mutable:
            raise ArgumentError(
                f"update_buffers: {node.path!r} is no buffer",
                hint="mark it with gl.buffer, or train it with weights.step",
            )
        array, new = arrays[node.index], np.asarray(given)
        if new.shape != array.shape:
            raise ShapeError(
                f"update_buffers: {node.path!r} has shape {array.shape}, and the value {new.shape}"
            )
        if not np.can_cast(new.dtype, array.dtype, "same_kind"):
            raise DtypeError(
                f"update_buffers: {node.path!r} is {array.dtype}, and the value {new.dtype}"
            )
        pairs.append((array, new.astype(array.dtype)))
        return
    items = given.items() if isinstance(given, Mapping) else enumerate(given)
    for key, value in items:
        child = node.child(key)
        if child is None:
            raise MissingKey(f"update_buffers: there is no parameter {joined(node.path, key)!r}")
        _pair(child, value, arrays, pairs)


def assign(weights: ParamDict, tree: Any) -> None:
    """Write the numbers of another tree of the same form into the arrays of this."""
    if store_of(weights).is_given:
        raise TraceError("weights.assign inside a function that is traced", hint="assign outside")
    if type(tree) is not ParamDict:
        raise ShapeError(
            f"weights.assign takes a tree of parameters, and got {type(tree).__name__}",
            hint="gl.load_params(path, like=weights) gives one",
        )
    ours, theirs = form_of(weights).alone, form_of(tree).alone
    if ours != theirs:
        raise ShapeError(_parting("assign", "value", ours.owners, theirs.owners))
    found = [(slot.path, a, np.asarray(b)) for slot, a, b in
             zip(ours.owners, values_of(weights), values_of(tree), strict=True)]  # fmt: skip
    for path, array, new in found:
        if new.shape != array.shape or new.dtype != array.dtype:
            raise ShapeError(
                f"weights.assign: {path!r} is {new.dtype}{list(new.shape)}, and the parameter "
                f"{array.dtype}{list(array.shape)}"
            )
    for _, array, new in found:
        array[...] = new


def trainable(weights: ParamDict) -> dict[str, Any]:
    """The arrays that are trained, by path; tied ones once."""
    slots = form_of(weights).alone.owners
    pairs = zip(slots, values_of(weights), strict=True)
    return {slot.path: value for slot, value in pairs if slot.trainable}


def _number(rate: Any) -> float:
    value = float(rate)
    if not np.isfinite(value):
        raise ArgumentError(f"weights.step: the learning rate is {value}")
    return value


def _gradients(weights: ParamDict, grads: Any) -> dict[str, Any]:
    """The gradient of every trained array, by path."""
    if type(grads) is not ParamDict:
        raise ShapeError(
            f"weights.step takes the gradients of weights.grad, and got {type(grads).__name__}"
        )
    ours, theirs = form_of(weights).alone, form_of(grads).alone
    if ours != theirs:
        raise ShapeError(
            _parting("step", "gradient", ours.owners, theirs.owners),
            hint="step with its own gradients",
        )
    found = dict(zip([slot.path for slot in ours.owners], values_of(grads), strict=True))
    arrays = trainable(weights)
    return {path: _checked(path, array, found[path]) for path, array in arrays.items()}


def _checked(path: str, array: Any, gradient: Any) -> Any:
    if gradient is None:
        return None
    gradient = np.asarray(gradient)
    if gradient.shape != array.shape:
        raise ShapeError(
            f"weights.step: the gradient of {path!r} has shape {gradient.shape}, "
            f"and the parameter {array.shape}"
        )
    return gradient


def _parting(what: str, thing: str, ours: tuple[Slot, ...], theirs: tuple[Slot, ...]) -> str:
    """Where two trees part."""
    own, other = {s.path: s for s in ours}, {s.path: s for s in theirs}
    for path in own:
        if path not in other:
            return f"weights.{what}: there is no {thing} for {path!r}"
    for path in other:
        if path not in own:
            return f"weights.{what}: there is a {thing} for {path!r}, which is no parameter"
    path = next((p for p in own if own[p] != other[p]), "")
    return f"weights.{what}: {path!r} has another role in the {thing}s than in the weights"


def _write(array: Any, new: Any, path: str) -> None:
    value = np.asarray(new)
    if value.shape != array.shape:
        raise ShapeError(
            f"weights.step: the new {path!r} has shape {value.shape}, and the parameter "
            f"{array.shape}"
        )
    array[...] = value.astype(array.dtype, copy=False)
