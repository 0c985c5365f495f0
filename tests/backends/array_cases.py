"""Cases of reductions, shapes, indexing and control flow for the tests of backends."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, literal
from gradloom.ir.op import Op
from gradloom.ir.types import dtype_of, parse_type
from tests.backends.cases import Case

KINDS = {
    "b": ["bool"],
    "i": ["i8", "i32", "i64"],
    "u": ["u8", "u16", "u32", "u64"],
    "f": ["f16", "bf16", "f32", "f64"],
}
KINDS["c"] = ["c64", "c128"]


def numbers(name: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Small random numbers of a dtype, with ties."""
    rng = np.random.default_rng(seed)
    dtype = dtype_of(name)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.kind in "iu":
        return rng.integers(0 if dtype.kind == "u" else -4, 5, shape).astype(dtype)
    made = rng.integers(-6, 7, shape) / 4
    return (made + 1j * rng.integers(-6, 7, shape) / 4 if dtype.kind == "c" else made).astype(dtype)


def _attrs(op: Op, **fields: Any) -> Any:
    assert op.attrs is not None
    return op.attrs(**fields)


def _names(kinds: str) -> Iterator[str]:
    return itertools.chain.from_iterable(KINDS[k] for k in kinds)


def reduction_cases() -> Iterator[Case]:
    for op, kinds in (
        (o.sum, "iufc"),
        (o.prod, "iufc"),
        (o.max, "biuf"),
        (o.min, "biuf"),
        (o.any, "b"),
        (o.all, "b"),
    ):
        for name, axes in itertools.product(_names(kinds), ((), (0,), (1,), (0, 2), (0, 1, 2))):
            yield Case(
                f"{op.name}[{name}{axes}]", op, (numbers(name, (2, 3, 2)),), _attrs(op, axes=axes)
            )
        if op not in (o.max, o.min):
            yield Case(
                f"{op.name}[empty]",
                op,
                (numbers(KINDS[kinds[0]][0], (0, 3)),),
                _attrs(op, axes=(0,)),
            )
        yield Case(
            f"{op.name}[rank 0]", op, (numbers(KINDS[kinds[0]][0], ()),), _attrs(op, axes=())
        )
    for op, name, axis in itertools.product((o.argmax, o.argmin), _names("biuf"), (0, 1)):
        yield Case(f"{op.name}[{name} {axis}]", op, (numbers(name, (4, 5)),), _attrs(op, axis=axis))
    for op, bits in itertools.product((o.max, o.min, o.argmax, o.argmin), (16, 64)):
        x = np.array([[1, 2**bits - 1], [2**bits - 2, 0]], f"uint{bits}")
        attrs = _attrs(op, axes=(1,)) if op in (o.max, o.min) else _attrs(op, axis=1)
        yield Case(f"{op.name}[u{bits} extremes]", op, (x,), attrs)
    with_nan = np.array([[1.0, np.nan, 3.0, np.nan], [np.inf, 2.0, -np.inf, np.inf]])
    for op in (o.argmax, o.argmin):
        yield Case(f"{op.name}[nan]", op, (with_nan,), _attrs(op, axis=1))
    for op in (o.max, o.min, o.sum, o.prod):
        yield Case(f"{op.name}[nan]", op, (with_nan,), _attrs(op, axes=(0,)))
    for op, name, reverse in itertools.product(
        (o.cumulative_sum, o.cumulative_prod), _names("iufc"), (False, True)
    ):
        yield Case(
            f"{op.name}[{name} {reverse}]",
            op,
            (numbers(name, (3, 4)),),
            _attrs(op, axis=1, reverse=reverse),
        )


def shape_cases() -> Iterator[Case]:
    for name in _names("biufc"):
        x = numbers(name, (2, 3, 4))
        yield Case(f"reshape[{name}]", o.reshape, (x,), _attrs(o.reshape, shape=(6, 4)))
        yield Case(
            f"permute_dims[{name}]", o.permute_dims, (x,), _attrs(o.permute_dims, perm=(2, 0, 1))
        )
        yield Case(
            f"broadcast_to[{name}]",
            o.broadcast_to,
            (x[:, :1],),
            _attrs(o.broadcast_to, shape=(5, 2, 3, 4)),
        )
        yield Case(
            f"concatenate[{name}]",
            o.concatenate,
            (x, x[:, :1], x[:, :0]),
            _attrs(o.concatenate, axis=1),
        )
        pad = _attrs(o.pad, low=(1, -1, 0), high=(0, 2, -1), interior=(0, 1, 2))
        yield Case(f"pad[{name}]", o.pad, (x, numbers(name, (), 1)[()]), pad)
        cut = _attrs(o.slice, start=(0, 1, 0), stop=(2, 3, 4), step=(1, 1, 3))
        yield Case(f"slice[{name}]", o.slice, (x,), cut)
        yield Case(f"flip[{name}]", o.flip, (x,), _attrs(o.flip, axes=(0, 2)))
        iota = _attrs(o.iota, dtype=dtype_of(name), shape=(2, 2, 3), axis=1)
        if name != "bool":
            yield Case(f"iota[{name}]", o.iota, (), iota)
    yield Case(
        "permute_dims[2-d]",
        o.permute_dims,
        (numbers("f32", (2, 3)),),
        _attrs(o.permute_dims, perm=(1, 0)),
    )
    yield Case("reshape[rank 0]", o.reshape, (np.float32(3),), _attrs(o.reshape, shape=(1, 1)))
    yield Case(
        "slice[rank 0]", o.slice, (np.float32(3),), _attrs(o.slice, start=(), stop=(), step=())
    )
    yield Case(
        "pad[rank 0]",
        o.pad,
        (np.float32(3), np.float32(1)),
        _attrs(o.pad, low=(), high=(), interior=()),
    )
    yield Case("dim", o.dim, (), _attrs(o.dim, size=7))


def index_cases() -> Iterator[Case]:
    i, j = np.array([[0, 2], [1, 1]]), np.array([[3, 0], [0, 3]])
    for name in _names("biufc"):
        x = numbers(name, (3, 2, 4))
        for axes, indices in (
            ((0,), (i,)),
            ((2,), (j,)),
            ((0, 2), (i, j)),
            ((2, 0), (j, i)),
            ((1,), (np.array(1),)),
        ):
            label, attrs = f"[{name} {axes}]", _attrs(o.gather, axes=axes)
            yield Case(f"gather{label}", o.gather, (x, *indices), attrs)
            rest = tuple(n for a, n in enumerate(x.shape) if a not in axes)
            updates = numbers(name, indices[0].shape + rest, 1)
            for mode in ("add", "multiply", "max", "min"):
                if x.dtype.kind in ("b" if mode in ("add", "multiply") else "c"):
                    continue
                attrs = _attrs(o.scatter, axes=axes, mode=mode)
                yield Case(f"scatter[{mode}]{label}", o.scatter, (x, updates, *indices), attrs)
        once = (np.array([2, 0], np.uint8), np.array([1, 3], np.uint8))
        attrs = _attrs(o.scatter, axes=(0, 2), mode="set")
        yield Case(f"scatter[set {name}]", o.scatter, (x, numbers(name, (2, 2), 2), *once), attrs)
        starts = (np.int64(2), np.int64(-3), np.int64(1))
        window = _attrs(o.dynamic_slice, sizes=(2, 1, 2))
        yield Case(f"dynamic_slice[{name}]", o.dynamic_slice, (x, *starts), window)
        update = numbers(name, (2, 1, 2), 3)
        yield Case(f"dynamic_update_slice[{name}]", o.dynamic_update_slice, (x, update, *starts))
    wide = np.array([2**64 - 1, 1], np.uint64)
    for mode in ("max", "min", "add", "multiply"):
        given = (wide, wide[::-1].copy(), np.array([0, 1]))
        attrs = _attrs(o.scatter, axes=(0,), mode=mode)
        yield Case(f"scatter[{mode} u64 extremes]", o.scatter, given, attrs)
    for name in _names("biuf"):
        for op, axis in itertools.product((o.sort, o.argsort), (0, 1)):
            yield Case(f"{op.name}[{name} {axis}]", op, (_unordered(name),), _attrs(op, axis=axis))


def _unordered(name: str) -> np.ndarray:
    """Numbers with ties, extremes and NaN."""
    x = numbers(name, (5, 6), 4)
    if x.dtype.kind in "iu":
        x[1, 2], x[3, 4] = np.iinfo(x.dtype).max, np.iinfo(x.dtype).min
    elif x.dtype.kind != "b":
        x[1, 2], x[3, 4], x[2, 2], x[4, 2], x[3, 1] = np.nan, np.inf, np.inf, -np.inf, np.nan
    return x


def conv_cases() -> Iterator[Case]:
    plain: dict[str, Any] = {"strides": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1)}
    plain |= {"input_dilation": (1, 1), "groups": 1}
    others: tuple[dict[str, Any], ...] = (
        {}, {"padding": ((1, 1), (2, 2)), "strides": (2, 1)}, {"padding": ((2, -1), (0, 3)),
        "dilation": (2, 1)},
        {"groups": 2}, {"input_dilation": (2, 3), "padding": ((-1, 2), (1, 0))},
        {"strides": (2, 2), "dilation": (1, 2), "groups": 4}, {"dilation": (9, 1)},
    )  # fmt: skip
    for name, changes in itertools.product(("f32", "f64", "bf16", "i64", "u16", "c64"), others):
        attrs = plain | changes
        w = numbers(name, (4, 4 // attrs["groups"], 2, 3), 1)
        label = f"conv[{name} {changes}]"
        yield Case(label, o.conv, (numbers(name, (2, 4, 5, 6)), w), _attrs(o.conv, **attrs))
    for axes in (0, 1, 3):
        attrs = {
            key: value[:1] * axes if isinstance(value, tuple) else value
            for key, value in plain.items()
        }
        x, w = numbers("f64", (2, 3, *(4,) * axes)), numbers("f64", (2, 3, *(2,) * axes), 1)
        yield Case(f"conv[{axes} axes]", o.conv, (x, w), _attrs(o.conv, **attrs))


def fft_cases() -> Iterator[Case]:
    for name, n in itertools.product(("complex64", "complex128"), (1, 4, 5)):
        x = matrices(name, (2, n))
        attrs = _attrs(o.fft, n=n)
        real = x.real.copy()
        yield Case(f"fft[{name} {n}]", o.fft, (x,), attrs)
        yield Case(f"ifft[{name} {n}]", o.ifft, (x,), attrs)
        yield Case(f"rfft[{name} {n}]", o.rfft, (real,), attrs)
        yield Case(f"irfft[{name} {n}]", o.irfft, (x[:, : n // 2 + 1].copy(),), attrs)


def contraction_cases() -> Iterator[Case]:
    for name in _names("iufc"):
        x, y = numbers(name, (2, 3, 4)), numbers(name, (2, 4, 2), 1)
        yield Case(f"matmul[{name}]", o.matmul, (x, y))
        letters = _attrs(o.einsum, lhs="aij", rhs="jka", out="ka")
        yield Case(f"einsum[{name}]", o.einsum, (x, numbers(name, (4, 5, 2), 2)), letters)


def matrices(name: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Well-conditioned random matrices."""
    rng = np.random.default_rng(seed)
    made = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    made = made + 3 * np.eye(*shape[-2:])
    return made.astype(name) if np.dtype(name).kind == "c" else made.real.astype(name)


def linalg_cases() -> Iterator[Case]:
    for name in ("float32", "float64", "complex64", "complex128"):
        a, b = matrices(name, (2, 3, 3)), matrices(name, (2, 3, 2), 1)
        hermitian = (a @ np.conj(np.swapaxes(a, -1, -2)) + np.eye(3)).astype(name)
        garbage = np.triu(np.full((3, 3), 100), 1).astype(name)  # the triangle that is not read
        yield Case(f"cholesky[{name}]", o.cholesky, (hermitian + garbage,))
        yield Case(f"eigh[{name}]", o.eigh, (hermitian + garbage,))
        for op in (o.inv, o.det, o.slogdet):
            yield Case(f"{op.name}[{name}]", op, (a,))
        yield Case(f"solve[{name}]", o.solve, (a, b))
        for flags in itertools.product((False, True), repeat=3):
            fields = dict(zip(("lower", "transpose_a", "unit_diagonal"), flags, strict=True))
            attrs = _attrs(o.triangular_solve, **fields)
            yield Case(f"triangular_solve[{name} {flags}]", o.triangular_solve, (a, b), attrs)
        for op, x in itertools.product((o.qr, o.svd), (a, b, matrices(name, (2, 4), 2))):
            yield Case(f"{op.name}[{name} {x.shape}]", op, (x,))


def _graph(f: Callable[..., Any], *types: str) -> Graph:
    return build.graph_of(f, [parse_type(t) for t in types])


def control_cases() -> Iterator[Case]:
    def step(k: Any, c: Any, x: Any) -> list[Any]:
        wide = o.broadcast_to(k, shape=(2,))
        return [c * wide + x, o.sum(c, axes=(0,)), x]

    body = _graph(step, "f64[]", "f64[2]", "f64[2]")
    k, c, xs = np.float64(0.5), np.array([1.0, -2.0]), np.arange(8.0).reshape(4, 2)
    for reverse in (False, True):
        attrs = _attrs(o.scan, consts=1, carry=1, length=4, reverse=reverse)
        yield Case(f"scan[{reverse}]", o.scan, (k, c, xs), attrs, (body,))
    empty = _attrs(o.scan, consts=1, carry=1, length=0)
    yield Case("scan[nothing]", o.scan, (k, c, xs[:0]), empty, (body,))
    less = _graph(lambda n, i, x: [o.less(i, n)], "i64[]", "i64[]", "f32[3]")
    double = _graph(lambda n, i, x: [i + 1, x + x], "i64[]", "i64[]", "f32[3]")
    start = (np.int64(5), np.int64(0), np.ones(3, np.float32))
    yield Case("while", o.while_, start, _attrs(o.while_, consts=1), (less, double))
    yes = _graph(lambda x: [o.sin(x), literal(1.0, parse_type("f64[2]"))], "f64[2]")
    no = _graph(lambda x: [x, x * x], "f64[2]")
    for p in (True, False):
        yield Case(f"cond[{p}]", o.cond, (np.bool_(p), c), None, (yes, no))
    yield Case("call", o.call, (c,), _attrs(o.call, name="piece"), (yes,))


def array_cases() -> Iterator[Case]:
    yield from reduction_cases()
    yield from shape_cases()
    yield from contraction_cases()
    yield from index_cases()
    yield from fft_cases()
    yield from conv_cases()
    yield from linalg_cases()
    yield from control_cases()
