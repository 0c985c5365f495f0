"""All ops, listed by hand; one file per family, every rule of an op beside it."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from gradloom.ir.errors import ParseError
from gradloom.ir.op import Op
from gradloom.ir.ops import contract, elementwise, factor, linalg
from gradloom.ir.ops.contract import (
    matmul as matmul,
    einsum as einsum,
)
from gradloom.ir.ops.elementwise import (
    negative as negative,
    conj as conj,
    abs as abs,
    sign as sign,
    square as square,
    reciprocal as reciprocal,
    sqrt as sqrt,
    cbrt as cbrt,
    exp as exp,
    exp2 as exp2,
    expm1 as expm1,
    log as log,
    log2 as log2,
    log10 as log10,
    log1p as log1p,
    sin as sin,
    cos as cos,
    tan as tan,
    asin as asin,
    acos as acos,
    atan as atan,
    sinh as sinh,
    cosh as cosh,
    tanh as tanh,
    asinh as asinh,
    acosh as acosh,
    atanh as atanh,
    floor as floor,
    ceil as ceil,
    trunc as trunc,
    round as round,
    isnan as isnan,
    isinf as isinf,
    isfinite as isfinite,
    logical_not as logical_not,
    bitwise_invert as bitwise_invert,
    erf as erf,
    real as real,
    imag as imag,
    complex as complex,
    add as add,
    subtract as subtract,
    multiply as multiply,
    divide as divide,
    floor_divide as floor_divide,
    remainder as remainder,
    fmod as fmod,
    power as power,
    maximum as maximum,
    minimum as minimum,
    atan2 as atan2,
    hypot as hypot,
    logaddexp as logaddexp,
    copysign as copysign,
    nextafter as nextafter,
    equal as equal,
    not_equal as not_equal,
    less as less,
    less_equal as less_equal,
    greater as greater,
    greater_equal as greater_equal,
    logical_and as logical_and,
    logical_or as logical_or,
    logical_xor as logical_xor,
    bitwise_and as bitwise_and,
    bitwise_or as bitwise_or,
    bitwise_xor as bitwise_xor,
    left_shift as left_shift,
    right_shift as right_shift,
    where as where,
    astype as astype,
    stop_gradient as stop_gradient,
)
from gradloom.ir.ops.factor import (
    qr as qr,
    eigh as eigh,
    svd as svd,
)
from gradloom.ir.ops.linalg import (
    cholesky as cholesky,
    triangular_solve as triangular_solve,
    solve as solve,
    inv as inv,
    det as det,
    slogdet as slogdet,
)

FAMILIES: tuple[ModuleType, ...] = (
    elementwise,
    contract,
    linalg,
    factor,
)

_builtin: dict[str, Op] = {v.name: v for family in FAMILIES for v in vars(family).values() if isinstance(v, Op)}
_user: dict[str, Op] = {}


def all_ops() -> Mapping[str, Op]:
    """Every op by name, users' own included."""
    return {**_builtin, **_user}


def by_name(name: str) -> Op:
    """The op called `name`; raises `ParseError` when there is none."""
    found = _builtin.get(name) or _user.get(name)
    if found is None:
        raise ParseError(f"there is no op called {name!r}")
    return found


def register(op: Op) -> Op:
    """Add a user's own op, so that graphs that hold it print, parse and lower."""
    if op.name in _builtin:
        raise ValueError(f"{op.name} is an op of gradloom")
    _user[op.name] = op
    return op
