"""Parameters by their paths, and the gradients that belong to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, final

import numpy as np
import optree

from gradloom.frontend.signature import NAMESPACE, flatten, unflatten
from gradloom.ir.errors import ArgumentError, DtypeError, ShapeError

Array = Any
_WHOLE: Final = "params"
"""The path of parameters that are one array."""
_INEXACT: Final = re.compile(r"bfloat16|float\d+|complex\d+")
"""What names of frameworks' dtypes have in common."""
_FRAMEWORKS: Final = {"torch": "torch", "jax": "jax", "jaxlib": "jax", "tensorflow": "tensorflow"}
_NUMBERS: Final[dict[type, str]] = {bool: "b", int: "i", float: "f", complex: "c"}


def path_text(path: Sequence[Any], *, exact: bool = False) -> str:
    """A leaf's path as text: names, numbers and paths by dots, other keys as Python's.

    With `exact`, a key that has dots itself is told from several keys.

    >>> path_text(("layers", 0, "w")), path_text(("layers.0.w",)), path_text(("my layer", "w"))
    ('layers.0.w', 'layers.0.w', "['my layer'].w")
    """
    text = "".join(f".{key}" if _is_plain(key, exact) else f"[{key!r}]" for key in path)
    return text.removeprefix(".") or _WHOLE


def _is_plain(key: Any, exact: bool) -> bool:
    if not isinstance(key, str):
        return type(key) is int
    parts = [key] if exact else key.split(".")
    return all(part.isidentifier() or (part.isdecimal() and not exact) for part in parts)


def texts(paths: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    """The paths of a tree's leaves as texts, no two of them the same."""
    made = tuple([path_text(path) for path in paths])
    if len(set(made)) < len(made):
        made = tuple([path_text(path, exact=True) for path in paths])
    return made


@final
@dataclass(frozen=True, slots=True)
class Tree:
    """A pytree's leaves by their paths, in order, and its structure."""

    leaves: dict[str, Array]
    structure: Any

    @classmethod
    def of(cls, tree: Any) -> Tree:
        """The pytree's leaves; None is no leaf."""
        leaves, structure = flatten(tree)
        return cls(dict(zip(_paths(structure), leaves, strict=True)), structure)

    def with_leaves(self, leaves: Mapping[str, Array]) -> Any:
        """The same pytree with these in place of its leaves."""
        return unflatten(self.structure, [leaves.get(p, x) for p, x in self.leaves.items()])

    def trained(self) -> dict[str, Array]:
        """The leaves that have gradients: those of floats and complex numbers."""
        return {path: _array(x) for path, x in self.leaves.items() if kind(x) in "fc"}


@lru_cache(maxsize=256)
def _paths(structure: Any) -> tuple[str, ...]:
    return texts(structure.paths())


def kind(x: Array) -> str:
    """A leaf's kind of dtype, low precision being 'f' too; 'O' for what is no array."""
    if type(x) in _NUMBERS:
        return _NUMBERS[type(x)]
    dtype = getattr(x, "dtype", None)
    if isinstance(dtype, np.dtype):
        return "f" if dtype.kind == "V" and dtype.names is None else dtype.kind
    found = _INEXACT.search(str(dtype))
    return "O" if found is None else "c" if found[0].startswith("c") else "f"


def zeros_like(x: Array) -> np.ndarray:
    """Zeros of numpy's like an array or a framework's tensor."""
    if isinstance(x.dtype, np.dtype):
        return np.zeros_like(x)
    import ml_dtypes

    found = _INEXACT.search(str(x.dtype))
    assert found is not None, x.dtype
    return np.zeros(tuple(x.shape), getattr(ml_dtypes, found[0], found[0]))


def framework(leaves: Iterable[Array]) -> str | None:
    """The framework whose tensors are among the leaves; None where all are numpy's or traced."""
    for x in leaves:
        root = type(x).__module__.partition(".")[0]
        if root in _FRAMEWORKS:
            return _FRAMEWORKS[root]
    return None


def gradients(params: Tree, grads: Any) -> dict[str, Array]:
    """The gradient of each parameter that has one, by its path; None is no gradient, and stands
    for whole parts too.

    Raises `ArgumentError` for a path that only one of both has, `ShapeError` and `DtypeError` for
    a gradient that is not its parameter's.
    """
    leaves, structure = flatten(grads)
    if structure == params.structure:
        pairs = zip(params.leaves.items(), leaves, strict=True)
        return {path: _fitting(path, w, g) for (path, w), g in pairs}
    found = dict(_walked(grads))
    missing = {p for p, g in found.items() if g is None}
    out: dict[str, Array] = {}
    for path, w in params.leaves.items():
        if path in found and found[path] is not None:
            out[path] = _fitting(path, w, found.pop(path))
        elif (
            path not in found
            and kind(w) in "fc"
            and not any(_inside(path, part) for part in missing)
        ):
            raise ArgumentError(
                f"parameter {path} has no gradient: the gradients have {_named(found)}",
                hint="None in its place leaves it as it is",
            )
    extra = [p for p, g in found.items() if g is not None and p not in params.leaves]
    if extra:
        raise ArgumentError(
            f"gradient {extra[0]} is of no parameter: the parameters are {_named(params.leaves)}",
            hint="give gradients of the same structure as the parameters",
        )
    return out


def _walked(tree: Any) -> Iterator[tuple[str, Array]]:
    paths, leaves, _ = optree.tree_flatten_with_path(tree, none_is_leaf=True, namespace=NAMESPACE)
    return zip(texts(paths), leaves, strict=True)


def _inside(path: str, part: str) -> bool:
    return part == _WHOLE or path == part or path.startswith((f"{part}.", f"{part}["))


def _named(paths: Mapping[str, Any]) -> str:
    shown = list(paths)[:4]
    return ", ".join(shown) + (", ..." if len(paths) > len(shown) else "") or "none"


def _fitting(path: str, w: Array, g: Array) -> Array:
    if np.shape(w) != np.shape(g):
        raise ShapeError(
            f"gradient {path} has shape {np.shape(g)}, and its parameter {np.shape(w)}"
        )
    kinds = kind(w), kind(g)
    if kinds[0] not in "fc" or kinds[1] not in "fc" or kinds == ("f", "c"):
        raise DtypeError(
            f"gradient {path} is of {_dtype(g)}, and its parameter of {_dtype(w)}",
            hint="None in place of a gradient leaves a parameter as it is",
        )
    return _array(g)


def _array(x: Array) -> Array:
    return np.asarray(x) if type(x) in _NUMBERS else x


def _dtype(x: Array) -> str:
    return str(getattr(x, "dtype", type(x).__name__))
