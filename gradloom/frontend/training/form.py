"""The form of the weights: a tree, its leaves in order, and which of them are arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from gradloom.frontend.optim.trees import path_text
from gradloom.frontend.params.tree import ParamDict
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.still import still_leaves
from gradloom.frontend.training.precision import Precision
from gradloom.ir.errors import ArgumentError, DtypeError, ShapeError, StateMismatch
from gradloom.ir.types import is_inexact


@final
@dataclass(frozen=True, slots=True)
class Form:
    """Leaves that are no arrays (settings, names) stay as they are; `still` are arrays that are
    not trained. `is_named`: weights of `gl.params`, which optimizers see as a dict of what is
    trained, by path.
    """

    structure: Any
    paths: tuple[str, ...]
    arrays: tuple[bool, ...]
    still: frozenset[str]
    is_named: bool

    @classmethod
    def of(cls, weights: Any) -> Form:
        """The form of a tree; raises `DtypeError` where nothing in it can be trained."""
        leaves, structure = flatten(weights)
        named = type(weights) is ParamDict
        arrays = tuple([isinstance(x, np.ndarray | np.generic | float) for x in leaves])
        paths = tuple(_paths(weights, structure))
        marks = zip(paths, still_leaves(structure), strict=True)
        still = frozenset(path for path, is_still in marks if is_still)
        if not any(
            array and path not in still and is_inexact(np.asarray(x).dtype)
            for path, x, array in zip(paths, leaves, arrays, strict=True)
        ):
            raise DtypeError(
                f"the weights ({type(weights).__name__}) hold no array of floats to train",
                hint="arrays of float32 or float64, in a dict, a list or a Module",
            )
        return cls(structure, paths, arrays, still, named)

    def tree(self, leaves: Sequence[Any]) -> Any:
        """The weights with these leaves."""
        return unflatten(self.structure, leaves)

    def leaves(self, weights: Any) -> list[Any]:
        """The leaves of weights of this form."""
        return flatten(weights)[0]

    def begun(self, weights: Any, precision: Precision) -> list[Any]:
        """The leaves as a training begins with them: arrays of their own, real floats in the
        precision's dtype.
        """
        return [
            _own(x, precision) if array else x
            for x, array in zip(flatten(weights)[0], self.arrays, strict=True)
        ]

    def seen(self, leaves: Sequence[Any]) -> Any:
        """The weights as an optimizer sees them."""
        if not self.is_named:
            return self.tree(leaves)
        pairs = zip(self.paths, leaves, strict=True)
        return {path: x for path, x in pairs if path not in self.still}

    def gradients(self, grads: Any) -> Any:
        """Gradients structured as the weights, as an optimizer sees them."""
        if not self.is_named:
            return grads
        trained = [path for path in self.paths if path not in self.still]
        return dict(zip(trained, flatten(grads)[0], strict=True))

    def moved(self, leaves: Sequence[Any], seen: Any) -> list[Any]:
        """The leaves, with what an optimizer made of those that it saw."""
        if not self.is_named:
            return flatten(seen)[0]
        return [seen.get(path, x) for path, x in zip(self.paths, leaves, strict=True)]

    def updated(self, leaves: Sequence[Any], aux: Any) -> tuple[list[Any], Any]:
        """The leaves with what `aux` says of those that are not trained, and the rest of `aux`.

        `aux`, or an item of it where it is a tuple, is either the weights themselves as they are
        after the step, or values by the paths of leaves. Trained leaves are not changed by it.
        """
        new, rest = dict(zip(self.paths, leaves, strict=True)), []
        for part in aux if type(aux) is tuple else (aux,):
            given, structure = flatten(part)
            found = dict(zip(_paths(part, structure), given, strict=True))
            # The same kind and paths: the structure itself may hold settings that changed.
            if structure.type is not self.structure.type or tuple(found) != self.paths:
                if not isinstance(part, Mapping):
                    rest.append(part)
                    continue
                rest.append({p: x for p, x in found.items() if p not in new})
                self._require_still(found)
            new.update({p: _like(p, new[p], x) for p, x in found.items() if p in self.still})
        return list(new.values()), rest

    def _require_still(self, found: Mapping[str, Any]) -> None:
        for path in found:
            if path in self.paths and path not in self.still:
                raise ArgumentError(
                    f"aux has a value for {path}, which is trained",
                    hint="values by path are for buffers; call a number of yours otherwise",
                )


def leaves_of(
    form: Form, leaves: list[Any], arrays: Mapping[str, np.ndarray], path: Path
) -> list[Any]:
    """The leaves with the arrays of a checkpoint; raises `StateMismatch`, naming what differs."""
    due = {p: x for p, x, array in zip(form.paths, leaves, form.arrays, strict=True) if array}
    wrong = [f"{p} is missing" for p in due if p not in arrays]
    wrong += [f"{p} is not among the weights" for p in arrays if p not in due]
    wrong += [
        f"{p} has shape {arrays[p].shape} where {np.shape(x)} is due"
        for p, x in due.items()
        if p in arrays and arrays[p].shape != np.shape(x)
    ]
    if wrong:
        raise StateMismatch(
            f"{path} is of other weights: {'; '.join(wrong)}", hint="resume with the same model"
        )
    return [arrays[p] if p in due else x for p, x in zip(form.paths, leaves, strict=True)]


def _paths(tree: Any, structure: Any) -> list[str]:
    """The path of each leaf; those of `gl.params` are texts already."""
    write = ".".join if type(tree) is ParamDict else path_text
    return [write(path) for path in structure.paths()]


def _own(x: Any, precision: Precision) -> np.ndarray:
    array = np.asarray(x)
    real = is_inexact(array.dtype) and array.dtype.kind != "c"
    return np.array(array, precision.weights if real else None)


def _like(path: str, old: Any, new: Any) -> Any:
    """The new value in the old one's dtype."""
    if np.shape(new) != np.shape(old):
        raise ShapeError(f"aux has shape {np.shape(new)} for {path}, which has {np.shape(old)}")
    return new.astype(old.dtype) if getattr(new, "dtype", old.dtype) != old.dtype else new
