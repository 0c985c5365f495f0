"""All ops, listed by hand; one file per family, every rule of an op beside it."""

# ruff: noqa: I001 (names stand several to a line, which the sorter would undo)

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from gradloom.ir.errors import ParseError
from gradloom.ir.names import is_name
from gradloom.ir.op import Op
from gradloom.ir.ops import (
    binary,
    called,
    choice,
    collective,
    complete,
    contract,
    control,
    custom,
    determinant,
    dynamic,
    eigen,
    elementwise,
    factor,
    found,
    host,
    index,
    linalg,
    linear,
    loops,
    padding,
    quantile,
    random,
    reduce,
    shape,
    source,
    special,
    window,
)
from gradloom.ir.ops import fft as fourier
from gradloom.ir.ops import sort as sorting
from gradloom.ir.ops import scan as scanning

# fmt: off
from gradloom.ir.ops.binary import (
    add as add, atan2 as atan2, bitwise_and as bitwise_and, bitwise_or as bitwise_or,
    bitwise_xor as bitwise_xor, copysign as copysign, divide as divide, equal as equal,
    floor_divide as floor_divide, fmod as fmod, greater as greater, greater_equal as greater_equal,
    hypot as hypot, left_shift as left_shift, less as less, less_equal as less_equal,
    logaddexp as logaddexp, logical_and as logical_and, logical_or as logical_or,
    logical_xor as logical_xor, maximum as maximum, minimum as minimum, multiply as multiply,
    nextafter as nextafter, not_equal as not_equal, power as power, remainder as remainder,
    right_shift as right_shift, subtract as subtract,
)
from gradloom.ir.ops.choice import (
    astype as astype, bitcast as bitcast, stop_gradient as stop_gradient, where as where,
)
from gradloom.ir.ops.collective import (
    all_gather as all_gather, all_reduce as all_reduce, all_to_all as all_to_all,
    axis_index as axis_index, permute as permute, reduce_scatter as reduce_scatter,
)
from gradloom.ir.ops.called import python_call as python_call
from gradloom.ir.ops.complete import qr_complete as qr_complete, svd_full as svd_full
from gradloom.ir.ops.contract import einsum as einsum, matmul as matmul
from gradloom.ir.ops.control import call as call, cond as cond
from gradloom.ir.ops.custom import (
    custom_jvp as custom_jvp, custom_vjp as custom_vjp, custom_vjp_linear as custom_vjp_linear,
)
from gradloom.ir.ops.determinant import adjugate as adjugate, det as det, slogdet as slogdet
from gradloom.ir.ops.dynamic import (
    dynamic_slice as dynamic_slice, dynamic_update_slice as dynamic_update_slice,
)
from gradloom.ir.ops.eigen import eig as eig
from gradloom.ir.ops.elementwise import (
    abs as abs, acos as acos, acosh as acosh, asin as asin, asinh as asinh, atan as atan,
    atanh as atanh, bitwise_invert as bitwise_invert, cbrt as cbrt, ceil as ceil,
    complex as complex, conj as conj, cos as cos, cosh as cosh, erf as erf, exp as exp,
    exp2 as exp2, expm1 as expm1, floor as floor, imag as imag, isfinite as isfinite,
    isinf as isinf, isnan as isnan, log as log, log10 as log10, log1p as log1p, log2 as log2,
    logical_not as logical_not, negative as negative, real as real, reciprocal as reciprocal,
    round as round, sign as sign, sin as sin, sinh as sinh, sqrt as sqrt, square as square,
    tan as tan, tanh as tanh, trunc as trunc, undetermined as undetermined,
)
from gradloom.ir.ops.factor import eigh as eigh, qr as qr, svd as svd
from gradloom.ir.ops.fft import fft as fft, ifft as ifft, irfft as irfft, rfft as rfft
from gradloom.ir.ops.found import nonzero as nonzero
from gradloom.ir.ops.host import assert_ as assert_, print as print
from gradloom.ir.ops.index import gather as gather, scatter as scatter
from gradloom.ir.ops.linalg import (
    cholesky as cholesky, inv as inv, solve as solve, triangular_solve as triangular_solve,
)
from gradloom.ir.ops.linear import linear_call as linear_call
from gradloom.ir.ops.loops import while_ as while_
from gradloom.ir.ops.padding import pad as pad
from gradloom.ir.ops.quantile import erfinv as erfinv
from gradloom.ir.ops.random import random_bits as random_bits, threefry as threefry
from gradloom.ir.ops.reduce import (
    all as all, any as any, argmax as argmax, argmin as argmin, cumulative_prod as cumulative_prod,
    cumulative_sum as cumulative_sum, max as max, min as min, prod as prod, sum as sum,
)
from gradloom.ir.ops.scan import scan as scan
from gradloom.ir.ops.shape import (
    broadcast_to as broadcast_to, concatenate as concatenate, flip as flip,
    permute_dims as permute_dims, reshape as reshape, slice as slice,
)
from gradloom.ir.ops.sort import argsort as argsort, sort as sort
from gradloom.ir.ops.source import constant as constant, dim as dim, iota as iota
from gradloom.ir.ops.special import (
    bessel_ie as bessel_ie, bessel_j as bessel_j, bessel_ke as bessel_ke, bessel_y as bessel_y,
    betainc as betainc, betaln as betaln, digamma as digamma, erfc as erfc, erfcinv as erfcinv,
    erfcx as erfcx, exp1 as exp1, expi as expi, expn as expn, gamma as gamma,
    gammainc as gammainc, gammaincc as gammaincc, lgamma as lgamma, polygamma as polygamma,
    spence as spence, zeta as zeta,
)
from gradloom.ir.ops.window import conv as conv
# fmt: on

FAMILIES: tuple[ModuleType, ...] = (
    elementwise,
    binary,
    choice,
    reduce,
    shape,
    padding,
    source,
    index,
    dynamic,
    sorting,
    contract,
    window,
    linalg,
    fourier,
    control,
    linear,
    loops,
    scanning,
    custom,
    collective,
    host,
    called,
    complete,
    determinant,
    eigen,
    factor,
    found,
    special,
    quantile,
    random,
)

_builtin: dict[str, Op] = {
    v.name: v for family in FAMILIES for v in vars(family).values() if isinstance(v, Op)
}
_user: dict[str, Op] = {}


def all_ops() -> Mapping[str, Op]:
    """Every op by name, users' own included."""
    return {**_builtin, **_user}


def builtin_ops() -> Mapping[str, Op]:
    """Gradloom's own ops by name."""
    return _builtin


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
    if not is_name(op.name) or op.name in ("return", "region"):
        raise ValueError(f"{op.name!r} cannot name an op: use words joined by dots")
    _user[op.name] = op
    return op
