"""Which fields of a module are parts that hold arrays, and which are settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, get_args

import numpy as np

from gradloom.frontend.signature import flatten
from gradloom.frontend.spec import ShapeDtypeStruct
from gradloom.frontend.tracer import is_tracer
from gradloom.ir.types import is_inexact

Array = Annotated[Any, "Array"]
"""A field that holds an array (or None), which is trained."""
Buffer = Annotated[Any, "Buffer"]
"""A field that holds an array which no gradient is taken of: running statistics, positions."""
Frozen = Annotated[Any, "Frozen"]
"""A field that holds an array which is not trained."""

Kind = Literal["trained", "still", "setting", ""]
_SETTINGS: Final = frozenset(
    {"int", "float", "bool", "str", "complex", "bytes", "None", "NoneType", "Optional", "Literal"}
)


def declared(cls: type) -> dict[str, Kind]:
    """What the annotations of a class and its bases say of each field; "" where they do not."""
    found: dict[str, Kind] = {}
    for base in reversed(cls.__mro__):
        for name, annotation in vars(base).get("__annotations__", {}).items():
            found[name] = _kind(set(_words(annotation)))
    return found


def _kind(words: set[str]) -> Kind:
    if words & {"Buffer", "Frozen"}:
        return "still"
    if "Array" in words:
        return "trained"
    return "setting" if words and words <= _SETTINGS else ""


def _words(annotation: Any) -> list[str]:
    """The names in an annotation, be it text or what it stands for."""
    if isinstance(annotation, str):
        return re.findall(r"[^\W\d]\w*", annotation)
    inner = [word for part in get_args(annotation) for word in _words(part)]
    own = getattr(annotation, "__metadata__", None) or getattr(annotation, "__name__", None)
    return inner + ([own] if isinstance(own, str) else [])


def is_array(x: Any) -> bool:
    """Whether `x` is an array: numpy's, a traced one, an abstract one or a framework's."""
    if is_tracer(x) or isinstance(x, ShapeDtypeStruct):
        return True
    if isinstance(x, np.ndarray | np.generic):
        return x.dtype.kind not in "OUSmM"
    return hasattr(x, "shape") and hasattr(x, "dtype") and hasattr(x, "ndim")


def holds_arrays(x: Any, node: type) -> bool:
    """Whether a value is an array or a module (a `node`), or a container of some."""
    if isinstance(x, node) or is_array(x):
        return True
    if isinstance(x, tuple | list):
        return any(holds_arrays(item, node) for item in x)
    if isinstance(x, Mapping):
        return any(holds_arrays(item, node) for item in x.values())
    leaves = flatten(x)[0]
    return any(is_array(leaf) for leaf in leaves if leaf is not x)


def has_no_derivative(x: Any) -> bool:
    """Whether a value holds arrays, and none of them is of floats."""
    leaves = [leaf for leaf in flatten(x)[0] if is_array(leaf)]
    return bool(leaves) and not any(is_inexact(np.dtype(leaf.dtype)) for leaf in leaves)


def settled(x: Any) -> Any:
    """The value with tuples in the place of lists, which cannot change unseen."""
    if type(x) in (list, tuple):
        return tuple([settled(item) for item in x])
    return {key: settled(item) for key, item in x.items()} if type(x) is dict else x
