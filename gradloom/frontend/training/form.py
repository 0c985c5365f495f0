"""The form of the weights: a tree, its leaves in order, and which of them are arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import optree

from gradloom.frontend.growing import NAMESPACE
from gradloom.frontend.optim.trees import path_text
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.training.precision import Precision
from gradloom.ir.errors import DtypeError, StateMismatch
from gradloom.ir.types import is_inexact


@final
@dataclass(frozen=True, slots=True)
class Form:
    """Leaves that are no arrays (settings, names) stay as they are."""

    structure: Any
    paths: tuple[str, ...]
    arrays: tuple[bool, ...]

    @classmethod
    def of(cls, weights: Any) -> Form:
        """The form of a tree; raises `DtypeError` where nothing in it can be trained."""
        leaves, structure = flatten(weights)
        arrays = tuple([isinstance(x, np.ndarray | np.generic | float) for x in leaves])
        if not any(
            a and is_inexact(np.asarray(x).dtype) for x, a in zip(leaves, arrays, strict=True)
        ):
            raise DtypeError(
                f"the weights ({type(weights).__name__}) hold no array of floats to train",
                hint="arrays of float32 or float64, in a dict, a list or a Module",
            )
        return cls(structure, tuple(map(path_text, structure.paths())), arrays)

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

    def updated(self, leaves: Sequence[Any], grads: Any, aux: Any) -> tuple[list[Any], Any]:
        """The leaves with what `aux` says of those that are not trained, and the rest of `aux`.

        `aux`, or an item of it where it is a tuple, is either the weights themselves as they are
        after the step, or values by the paths of leaves. Trained leaves are not changed by it.
        """
        still = self._still(grads)
        new, rest = dict(zip(self.paths, leaves, strict=True)), []
        for part in aux if type(aux) is tuple else (aux,):
            given, structure = flatten(part)
            if structure == self.structure:
                found = dict(zip(self.paths, given, strict=True))
                new.update({path: _like(new[path], found[path]) for path in still})
            elif isinstance(part, Mapping):
                paths = dict(zip(map(path_text, structure.paths()), given, strict=True))
                new.update({p: _like(new[p], x) for p, x in paths.items() if p in still})
                rest.append({p: x for p, x in paths.items() if p not in still})
            else:
                rest.append(part)
        return list(new.values()), rest

    def _still(self, grads: Any) -> list[str]:
        """The paths of leaves that have no gradient."""
        paths, leaves, _ = optree.tree_flatten_with_path(
            grads, none_is_leaf=True, namespace=NAMESPACE
        )
        trained = {path_text(p) for p, x in zip(paths, leaves, strict=True) if x is not None}
        return [p for p, a in zip(self.paths, self.arrays, strict=True) if a and p not in trained]


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


def _own(x: Any, precision: Precision) -> np.ndarray:
    array = np.asarray(x)
    real = is_inexact(array.dtype) and array.dtype.kind != "c"
    return np.array(array, precision.weights if real else None)


def _like(old: Any, new: Any) -> Any:
    """The new value in the old one's dtype."""
    return new.astype(old.dtype) if getattr(new, "dtype", old.dtype) != old.dtype else new
