"""Steps of training, in place."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.params.layout import Branch, Slot, joined, parts_of
from gradloom.frontend.params.tree import ParamDict, form_of, param_values, store_of, values_of
from gradloom.ir.errors import ArgumentError, DtypeError, MissingKey, ShapeError, TraceError

_SET: Final = "weights"
"""What writes a value into parameters of any role, for its errors."""


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
    elif callable(getattr(optimizer, "step", None)):
        new = optimizer.step(arrays, given)
    else:
        raise ArgumentError(
            f"weights.step takes a learning rate or an optimizer, not {optimizer!r}",
            hint="give a number, or an optimizer such as gl.optim.Adam(1e-3)",
        )
    for path, array in arrays.items():
        if path in new and new[path] is not None:
            _write(array, new[path], path)


def update_buffers(weights: ParamDict, values: Any) -> None:
    """Change buffers in place: all of them, or none where this raises."""
    if store_of(weights).is_given:
        raise TraceError(
            "weights.update_buffers inside a function that is traced",
            hint="return the new values, say with has_aux=True, and update outside",
        )
    pairs: list[tuple[Any, np.ndarray]] = []
    _pair("update_buffers", form_of(weights), values, store_of(weights).now(), pairs)
    for array, new in pairs:
        array[...] = new


def put(weights: ParamDict, key: Any, value: Any) -> None:
    """Write numbers into what stands under a key, frozen or not: all of them, or none where this
    raises.
    """
    found = form_of(weights).child(key)
    assert found is not None  # it has been read before
    if store_of(weights).is_given:
        raise TraceError(
            f"the parameter {key!r} is set inside a function that is traced",
            hint="return the new values, and write them outside",
        )
    pairs: list[tuple[Any, np.ndarray]] = []
    _pair(_SET, found, value, store_of(weights).now(), pairs)
    for array, new in pairs:
        array[...] = new


def _pair(what: str, node: Branch | Slot, given: Any, arrays: list[Any], pairs: list[Any]) -> None:
    """Each array that is given a value, and the value; raises for anything else."""
    if isinstance(node, Slot):
        if what != _SET and not node.mutable:
            raise ArgumentError(
                f"{what}: {node.path!r} is no buffer",
                hint="mark it with gl.buffer, or train it with weights.step",
            )
        pairs.append((arrays[node.index], _fitting(what, node.path, given, arrays[node.index])))
        return
    parts = parts_of(param_values(given))
    if parts is None:
        raise ShapeError(
            f"{what}: {node.path!r} is a {node.kind.__name__} of parameters, and the value "
            f"{type(given).__name__}"
            if node.path
            else f"{what} takes a dict of values, and got {type(given).__name__}"
        )
    for key, value in zip(parts[1], parts[2], strict=True):
        child = node.child(key)
        if child is None:
            raise MissingKey(f"{what}: there is no parameter {joined(node.path, key)!r}")
        _pair(what, child, value, arrays, pairs)


def _fitting(what: str, path: str, given: Any, array: np.ndarray) -> np.ndarray:
    """The value as an array of the parameter's dtype."""
    try:
        new = np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DtypeError(f"{what}: {path!r} takes an array of numbers: {error}") from error
    if new.shape != array.shape:
        raise ShapeError(f"{what}: {path!r} has shape {array.shape}, and the value {new.shape}")
    if not np.can_cast(new.dtype, array.dtype, "same_kind"):
        raise DtypeError(f"{what}: {path!r} is {array.dtype}, and the value {new.dtype}")
    return new.astype(array.dtype)


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
    if not (np.isfinite(value) and value >= 0):
        raise ArgumentError(
            f"weights.step: the learning rate is {value}",
            hint="a rate is at least 0; uphill goes by the gradient of the objective's negative",
        )
    return value


def _gradients(weights: ParamDict, grads: Any) -> dict[str, Any]:
    """The gradient of every trained array, by path."""
    ours = form_of(weights).alone
    if type(grads) is not ParamDict:
        found = _of_plain(ours, grads)
    else:
        theirs = form_of(grads).alone
        if ours != theirs:
            raise ShapeError(
                _parting("step", "gradient", ours.owners, theirs.owners),
                hint="step with its own gradients",
            )
        found = dict(zip([slot.path for slot in ours.owners], values_of(grads), strict=True))
    arrays = trainable(weights)
    return {path: _checked(path, array, found[path]) for path, array in arrays.items()}


def _of_plain(form: Branch, grads: Any) -> dict[str, Any]:
    """The gradients of a dict (with dicts, lists, modules in it) by the path of their array."""
    found: dict[int, Any] = {}
    _gather(form, grads, found)
    for slot in form.owners:
        if slot.trainable and slot.index not in found:
            raise ShapeError(
                f"weights.step: there is no gradient for {slot.path!r}",
                hint="None stands for a parameter that is not to be moved",
            )
    return {slot.path: found.get(slot.index) for slot in form.owners}


def _gather(node: Branch | Slot, given: Any, found: dict[int, Any]) -> None:
    """The gradients in a tree, by the numbers of their arrays."""
    if isinstance(node, Slot):
        if found.get(node.index) is None:
            found[node.index] = given
        elif given is not None and given is not found[node.index]:
            raise ShapeError(
                f"weights.step: there are two gradients for {node.path!r}, which is tied",
                hint="give their sum at one of its places, and None at the others",
            )
        return
    if given is None:
        for slot in node.slots:
            found.setdefault(slot.index, None)
        return
    parts = parts_of(given)
    if parts is None:
        where = f"the gradient of {node.path!r} is" if node.path else "the gradients are"
        raise ShapeError(
            f"weights.step: {where} {type(given).__name__}, and the parameters are a "
            f"{node.kind.__name__}",
            hint="step with what weights.grad gives, or a dict of the same names",
        )
    for key, value in zip(parts[1], parts[2], strict=True):
        child = node.child(key)
        if child is None:
            path = joined(node.path, key)
            raise ShapeError(
                f"weights.step: there is a gradient for {path!r}, which is no parameter"
            )
        _gather(child, value, found)


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
