"""Cases of indexing, windows, order, linear algebra and loops for the tests of ONNX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import literal
from gradloom.ir.types import parse_type
from tests.backends.array_cases import numbers
from tests.backends.cases import Case

DTYPES = ["i8", "i32", "i64", "u8", "u16", "u32", "u64", "f16", "f32", "f64"]


def _attrs(op: Any, **fields: Any) -> Any:
    return op.attrs(**fields)


def index_cases() -> Iterator[Case]:
    i, j = np.array([[2, 0, 1], [1, 1, 0]]), np.array([[0, 3, 3], [1, 0, 2]], np.int32)
    for name in ["bool", *DTYPES]:
        x = numbers(name, (3, 5, 4))
        for axes, indices in (((0,), (i,)), ((2, 0), (j.astype(np.int64), i)), ((1,), (j,))):
            yield Case(
                f"gather[{name}{axes}]", o.gather, (x, *indices), _attrs(o.gather, axes=axes)
            )
        for mode in ("set", "add", "multiply", "max", "min"):
            if name == "bool" and mode != "set":
                continue
            updates = (
                numbers(name, (3, 5, 4), 1) if mode == "set" else numbers(name, (2, 3, 5, 4), 1)
            )
            index = np.array([2, 0, 1]) if mode == "set" else i
            attrs = _attrs(o.scatter, axes=(0,), mode=mode)
            yield Case(f"scatter[{name} {mode}]", o.scatter, (x, updates, index), attrs)
            far = updates if mode == "set" else numbers(name, (2, 3, 3, 5), 1)
            if mode != "set":
                attrs = _attrs(o.scatter, axes=(2,), mode=mode)
                yield Case(f"scatter[{name} {mode} 2]", o.scatter, (x, far, j), attrs)
    empty = np.zeros((0,), np.int64)
    yield Case(
        "gather[none]", o.gather, (numbers("f64", (3, 2)), empty), _attrs(o.gather, axes=(0,))
    )


def window_cases() -> Iterator[Case]:
    for name in ["bool", *DTYPES]:
        x = numbers(name, (5, 4))
        for a, b in ((1, 2), (-3, 9), (4, 0)):
            starts = (np.int64(a), np.int64(b))
            yield Case(
                f"dynamic_slice[{name}{a}]",
                o.dynamic_slice,
                (x, *starts),
                _attrs(o.dynamic_slice, sizes=(2, 3)),
            )
            update = numbers(name, (2, 3), 1)
            yield Case(
                f"dynamic_update_slice[{name}{a}]", o.dynamic_update_slice, (x, update, *starts)
            )
        value = numbers(name, (), 3)
        for low, high, interior in (
            ((1, 0), (0, 2), (1, 2)),
            ((-1, 2), (2, -1), (0, 1)),
            ((-2, 0), (-1, -3), (0, 0)),
        ):
            attrs = _attrs(o.pad, low=low, high=high, interior=interior)
            yield Case(f"pad[{name}{low}]", o.pad, (x, value), attrs)


def order_cases() -> Iterator[Case]:
    for name in DTYPES:
        x = numbers(name, (4, 7, 3))
        if name.startswith("f"):
            x[1, 2, 0], x[1, 4, 0], x[2, 2, 1], x[2, 3, 1] = np.nan, np.inf, -np.inf, np.nan
        for axis in range(3):
            for op in (o.sort, o.argsort):
                yield Case(f"{op.name}[{name}{axis}]", op, (x,), _attrs(op, axis=axis))
        if name.startswith("f"):
            for op in (o.max, o.min):
                yield Case(f"{op.name}[{name} nan]", op, (x,), _attrs(op, axes=(0, 2)))
            for op in (o.argmax, o.argmin):
                yield Case(f"{op.name}[{name} nan]", op, (x,), _attrs(op, axis=1))


def matrix_cases() -> Iterator[Case]:
    rng = np.random.default_rng(0)
    for name in ("f64",):
        for lead in ((), (3,), (2, 2)):
            a = rng.normal(size=(*lead, 5, 5)).astype(parse_type(name).dtype)
            b = rng.normal(size=(*lead, 5, 2)).astype(a.dtype)
            spd = (a @ np.swapaxes(a, -1, -2) + 5 * np.eye(5)).astype(a.dtype)
            yield Case(f"cholesky[{name}{lead}]", o.cholesky, (spd,))
            yield Case(f"solve[{name}{lead}]", o.solve, (a, b))
            yield Case(f"inv[{name}{lead}]", o.inv, (a,))
            yield Case(f"det[{name}{lead}]", o.det, (a,))
            yield Case(f"slogdet[{name}{lead}]", o.slogdet, (a,))
            for lower in (True, False):
                for flip in (True, False):
                    for unit in (True, False):
                        attrs = _attrs(
                            o.triangular_solve, lower=lower, transpose_a=flip, unit_diagonal=unit
                        )
                        yield Case(
                            f"triangular_solve[{lower}{flip}{unit}{lead}]",
                            o.triangular_solve,
                            (a, b),
                            attrs,
                        )
    zero = np.zeros((3, 3))
    yield Case("det[singular]", o.det, (np.ones((3, 3)),))
    yield Case("slogdet[zero]", o.slogdet, (zero,))


def loop_cases() -> Iterator[Case]:
    t = parse_type
    xs, c = numbers("f64", (4, 3)), numbers("f64", (3,), 1)
    body = build.graph_of(
        lambda k, c, x: (c * o.broadcast_to(k, shape=(3,)) + x, o.sum(c, axes=(0,)), x),
        [t("f64[]"), t("f64[3]"), t("f64[3]")],
    )
    for reverse in (False, True):
        attrs = _attrs(o.scan, consts=1, carry=1, length=4, reverse=reverse)
        yield Case(f"scan[{reverse}]", o.scan, (np.float64(0.5), c, xs), attrs, (body,))
    attrs = _attrs(o.scan, consts=1, carry=1, length=0)
    yield Case("scan[none]", o.scan, (np.float64(0.5), c, xs[:0]), attrs, (body,))
    bare = build.graph_of(lambda c: (c + 1.0, c), [t("f64[3]")])
    yield Case(
        "scan[count alone]", o.scan, (c,), _attrs(o.scan, consts=0, carry=1, length=3), (bare,)
    )
    inside = build.graph_of(lambda n, x: o.less(o.sum(x, axes=(0,)), n), [t("f64[]"), t("f64[3]")])
    twice = build.graph_of(lambda n, x: (x * 2.0 + 0.25,), [t("f64[]"), t("f64[3]")])
    for limit in (-100.0, 50.0):
        arrays = (np.float64(limit), c)
        yield Case(f"while[{limit}]", o.while_, arrays, _attrs(o.while_, consts=1), (inside, twice))
    yes = build.graph_of(lambda x: (x, literal(1.0, t("f64[2]"))), [t("f64[3]")])
    no = build.graph_of(lambda x: (o.tanh(x), literal(2.0, t("f64[2]"))), [t("f64[3]")])
    for p in (True, False):
        yield Case(f"cond[{p}]", o.cond, (np.bool_(p), c), None, (yes, no))
