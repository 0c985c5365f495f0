"""Types of values: a dtype and a shape, or any Python object."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, final

import numpy as np

from gradloom.ir import dims
from gradloom.ir.dims import Dim as Dim
from gradloom.ir.errors import DtypeError, NoAttribute, ShapeError

Shape = tuple[int | Dim, ...]
DType = np.dtype

_NAMES: Final = {
    "bool": "bool",
    **{
        f"{kind}{bits}": f"{name}{bits}"
        for kind, name in (("i", "int"), ("u", "uint"))
        for bits in (8, 16, 32, 64)
    },
    **{f"f{bits}": f"float{bits}" for bits in (16, 32, 64)},
    **{f"c{bits}": f"complex{bits}" for bits in (64, 128)},
}
_LOW_PRECISION: Final = {"bf16": "bfloat16", "f8_e4m3fn": "float8_e4m3fn", "f8_e5m2": "float8_e5m2"}
_BY_NAME: Final[dict[str, DType]] = {short: np.dtype(full) for short, full in _NAMES.items()}
_BY_DTYPE: Final[dict[DType, str]] = {dtype: short for short, dtype in _BY_NAME.items()}


def dtype_of(name: str) -> DType:
    """The numpy dtype that `name` stands for: `f32`, `i64`, `bool`, `bf16`, or numpy's own
    spelling.

    >>> dtype_of("f32")
    dtype('float32')
    """
    found = _BY_NAME.get(name)
    if found is not None:
        return found
    if name in _LOW_PRECISION or name in _LOW_PRECISION.values():
        import ml_dtypes

        low: DType = np.dtype(getattr(ml_dtypes, _LOW_PRECISION.get(name, name)))
        short = next(s for s, full in _LOW_PRECISION.items() if full == low.name)
        _BY_DTYPE[low] = short
        return low
    # numpy's table of names, not np.dtype(name), which reads any text as the description of one.
    kind: type | None = np.sctypeDict.get(name)
    dtype: DType | None = np.dtype(kind) if kind is not None else None
    if dtype is None or dtype not in _BY_DTYPE:
        known = ", ".join([*_BY_NAME, *_LOW_PRECISION])
        raise DtypeError(f"{_cut(name)} is no dtype of gradloom", hint=f"known dtypes: {known}")
    return dtype


def holds(dtype: DType) -> bool:
    """Whether a graph can hold values of a dtype."""
    try:
        dtype_name(dtype)
    except DtypeError:
        return False
    return True


def dtype_name(dtype: DType) -> str:
    """The short name of a numpy dtype (`f32`); raises `DtypeError` for one that a graph cannot
    hold.
    """
    found = _BY_DTYPE.get(dtype)
    if found is None:
        if dtype.name in _LOW_PRECISION.values():
            return _BY_DTYPE[dtype_of(dtype.name)]
        if dtype.newbyteorder("=") in _BY_DTYPE:
            return _BY_DTYPE[dtype.newbyteorder("=")]
        raise DtypeError(
            f"dtype {dtype} cannot stand in a graph",
            hint="graphs hold bools, integers, floats and complex numbers; convert with astype",
        )
    return found


def is_inexact(dtype: DType) -> bool:
    """Whether a value of this dtype has a derivative: floats (low precision too) and complex."""
    return dtype.kind in "fc" or dtype.name in _LOW_PRECISION.values()


@final
class TensorType:
    """A dtype and a shape; two with equal parts are equal, and `tensor_type` gives the same object
    for both.
    """

    __slots__ = ("_hash", "dtype", "shape")

    def __init__(self, dtype: DType, shape: Shape) -> None:
        self.dtype = dtype
        self.shape = shape
        self._hash = hash((dtype, shape))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, TensorType)
            and self.dtype == other.dtype
            and self.shape == other.shape
        )

    def __str__(self) -> str:
        return f"{dtype_name(self.dtype)}[{','.join(map(str, self.shape)).replace(' ', '')}]"

    __repr__ = __str__

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int | Dim:
        """The number of elements."""
        return size_of(self.shape)

    @property
    def inexact(self) -> bool:
        """Whether values of this type have derivatives."""
        return is_inexact(self.dtype)

    def with_shape(self, shape: Sequence[int | Dim]) -> TensorType:
        """The same dtype with another shape."""
        return tensor_type(self.dtype, tuple(shape))

    def with_dtype(self, dtype: DType) -> TensorType:
        """The same shape with another dtype."""
        return tensor_type(dtype, self.shape)

    def nbytes(self, sizes: Mapping[str, int] | None = None) -> int:
        """Bytes of one value; symbols count as `sizes` says, else as 64 (a guess, for costs
        only).
        """
        size = self.size
        if isinstance(size, Dim):
            sizes = sizes or {}
            size = size.evaluate({name: sizes.get(name, 64) for name in size.symbols})
        return int(size) * self.dtype.itemsize


@final
class ObjectType:
    """The type of a value that is any Python object (the lazy DAG of Python functions)."""

    __slots__ = ("name",)

    def __init__(self, name: str = "object") -> None:
        self.name = name

    def __hash__(self) -> int:
        return hash(("object", self.name))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectType) and self.name == other.name

    def __getattr__(self, name: str) -> Any:
        """Raise `NoAttribute`: what has a shape and a dtype is a tensor."""
        if name.startswith("_"):
            raise AttributeError(name)
        raise NoAttribute(
            f"a value of type {self} has no {name}: it is any Python object, as calls take them",
            hint="G.compile() of gl.dag makes a function of arrays of what is plain numpy",
        )

    def nbytes(self, sizes: Mapping[str, int] | None = None) -> int:
        """Nothing: what an object takes is known only when it is there."""
        return 0

    def __str__(self) -> str:
        return "object" if self.name == "object" else f"object({_quoted(self.name)})"

    __repr__ = __str__


def _quoted(text: str) -> str:
    from gradloom.ir.text import string_text

    return string_text(text)


_OWN: Final[dict[DType, DType]] = {dtype: dtype for dtype in _BY_NAME.values()}
"""numpy has two equal dtypes of 64 bits, `long` and `longlong`; frameworks take the first."""
_interned: dict[tuple[DType, Shape], TensorType] = {}


def tensor_type(dtype: DType, shape: Shape) -> TensorType:
    """The one `TensorType` of these parts, so that comparing types is comparing pointers."""
    key = (dtype, shape)
    found = _interned.get(key)
    if found is None:
        if len(_interned) > 50_000:  # equality is by value, so forgetting some costs only time
            _interned.clear()
        # numpy's integers equal Python's, and would be everyone's from here on
        plain = tuple(dim if isinstance(dim, Dim) else int(dim) for dim in shape)
        own = _OWN.get(dtype, dtype)
        found = _interned[own, plain] = TensorType(own, plain)
    return found


def size_of(shape: Sequence[int | Dim]) -> int | Dim:
    """The product of a shape."""
    size: int | Dim = 1
    for dim in shape:
        size = size * dim
    return size


def type_of(value: object) -> TensorType:
    """The type of a numpy array, numpy scalar or Python scalar."""
    array = value if isinstance(value, np.ndarray) else np.asarray(value)
    dtype = array.dtype
    if dtype not in _BY_DTYPE:
        dtype = dtype_of(dtype_name(dtype))
    return tensor_type(dtype, array.shape)


FOUND: Final = "found"
"""How the names of sizes begin that a program finds while it runs; they may be 0."""

_SPEC: Final = re.compile(r"\s*([a-z]\w*)\s*(?:\[([^\]]*)\])?\s*\Z")
_FACTOR: Final = r"(?:[0-9]+|[^\W\d]\w*)"
_PRODUCT: Final = rf"{_FACTOR}(?:\s*\*\s*{_FACTOR})*"
_TERM: Final = re.compile(rf"\s*([+-]?)\s*({_PRODUCT})")
_MAX_AXES, _MAX_FACTORS, _MAX_SIZE = 64, 32, 2**63
"""numpy's limits; and a bound on the degree of a polynomial, far above any that a program has."""


def parse_type(text: str) -> TensorType:
    """The type that `text` writes: `f32[batch, 784]`; a name is a symbolic dimension, no brackets a
    scalar.

    >>> parse_type("f32[batch, 2*n]")
    f32[batch,2*n]
    """
    match = _SPEC.match(text)
    if match is None:
        raise ShapeError(
            f"{_cut(text)} is no spec", hint='write a dtype and a shape: "f32[batch, 784]"'
        )
    inside = (match[2] or "").strip()
    parts = inside.removesuffix(",").split(",") if inside else []
    if len(parts) > _MAX_AXES:
        raise ShapeError(f"a shape of {len(parts)} axes, where numpy has at most {_MAX_AXES}")
    return tensor_type(dtype_of(match[1]), tuple(parse_dim(part) for part in parts))


def parse_dim(text: str, signed: bool = False) -> int | Dim:
    """The dimension that `text` writes: a sum of products of numbers and names; negative only when
    `signed`.
    """
    total: int | Dim = 0
    position, end = 0, len(text.rstrip())
    if not end:
        raise ShapeError("an empty dimension", hint='write a number or a name: "f32[batch, 784]"')
    while position < end:
        match = _TERM.match(text, position, end)
        if match is None or (position > 0 and not match[1]):
            raise ShapeError(
                f"{_cut(text.strip())} is no dimension", hint="use numbers, names, + - and *"
            )
        product = _product(match[2].split("*"))
        total = total - product if match[1] == "-" else total + product
        position = match.end()
    if isinstance(total, int) and not (-_MAX_SIZE if signed else 0) <= total < _MAX_SIZE:
        raise ShapeError(
            f"dimension {_cut(text.strip())} is {'negative' if total < 0 else 'too large'}"
        )
    return total


def _product(factors: Sequence[str]) -> int | Dim:
    if len(factors) > _MAX_FACTORS or any(len(f) > 100 for f in factors):
        raise ShapeError(f"a product of {len(factors)} factors is no dimension")
    product: int | Dim = 1
    for factor in map(str.strip, factors):
        product = product * (int(factor) if factor.isdecimal() else dims.symbol(factor))
    return product


def _cut(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def symbols_of(types: Sequence[TensorType | ObjectType]) -> tuple[str, ...]:
    """Every symbol in these types, in order of appearance."""
    names = (
        n
        for t in types
        if isinstance(t, TensorType)
        for d in t.shape
        if isinstance(d, Dim)
        for n in d.symbols
    )
    return tuple(dict.fromkeys(names))


def solve_symbols(types: Sequence[TensorType], shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
    """The size of each symbol, from the shapes of the actual arguments; raises `ShapeError` where
    they disagree.
    """
    sizes: dict[str, int] = {}
    pending = [
        (d, n) for t, s in zip(types, shapes, strict=True) for d, n in zip(t.shape, s, strict=True)
    ]
    while pending:
        later = []
        for dim, actual in pending:
            left = (
                substituted if isinstance(substituted := dims.substitute(dim, sizes), int) else None
            )
            if left is not None:
                if left != actual:
                    raise ShapeError(f"a size of {actual} was given where {dim} = {left} is due")
                continue
            solved = _solve_one(substituted, actual)  # type: ignore[arg-type]
            if solved is None:
                later.append((dim, actual))
            else:
                sizes[solved[0]] = solved[1]
        if len(later) == len(pending):
            raise ShapeError(
                f"the sizes of {later[0][0]} cannot be told from the arguments' shapes"
            )
        pending = later
    return sizes


def match_sizes(types: Sequence[TensorType], shapes: Sequence[Shape]) -> dict[str, int | Dim]:
    """What each symbol stands for, where the arguments' own sizes may be named; raises `ShapeError`
    where they do not fit.
    """
    named = {
        dim.symbols[0]: actual
        for type, shape in zip(types, shapes, strict=True)
        for dim, actual in zip(type.shape, shape, strict=True)
        if isinstance(actual, Dim) and isinstance(dim, Dim) and dim == dims.symbol(dim.symbols[0])
    }
    known = [t.with_shape([dims.substitute(d, named) for d in t.shape]) for t in types]
    plain, sizes = [], []
    for type, shape in zip(known, shapes, strict=True):
        for dim, actual in zip(type.shape, shape, strict=True):
            if dim == actual:
                continue
            if isinstance(actual, Dim) or isinstance(dim, int):
                raise ShapeError(f"a size of {actual} was given where {dim} is due")
            plain.append(type.with_shape((dim,)))
            sizes.append((actual,))
    return {**named, **solve_symbols(plain, sizes)}


def _solve_one(dim: Dim, actual: int) -> tuple[str, int] | None:
    constant = sum(coef for mono, coef in dim.terms if not mono)
    rest = [(mono, coef) for mono, coef in dim.terms if mono]
    if len(rest) != 1 or len(set(rest[0][0])) != 1:
        return None
    (mono, coef), total = rest[0], actual - constant
    value = round((total / coef) ** (1 / len(mono))) if total >= coef else 0
    least = 0 if mono[0].startswith(FOUND) else 1
    if value < least or coef * value ** len(mono) != total:
        raise ShapeError(f"a size of {actual} was given where {dim} is due, for no {mono[0]} >= 1")
    return mono[0], value


def check_finite_size(shape: Sequence[int | Dim]) -> None:
    """Raise `ShapeError` for a shape that no array can have."""
    if (
        any(isinstance(d, int) and d < 0 for d in shape)
        or math.prod(d for d in shape if isinstance(d, int)) > 2**62
    ):
        raise ShapeError(f"no array has shape {tuple(shape)}")
