"""What the tests of backends share: cases of single ops, batched into one program, compared with
the reference.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradloom import backends
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, NotSupported
from gradloom.ir.graph import Graph, Value
from gradloom.ir.interpret import interpret
from gradloom.ir.op import Op
from gradloom.ir.types import DType, dtype_of, type_of
from tests.ops.samples import SAMPLES

TOLERANCE = {"f8": 1e-12, "c16": 1e-12, "f4": 1e-5, "c8": 1e-5, "f2": 2e-3, "V2": 2e-2}
# Of a positive and a negative zero numpy takes either, depending on dtype and place in the array;
# some frameworks' sums start from a positive one; pivots differ, and with them a zero's sign.
_EITHER_ZERO = (o.maximum, o.minimum, o.max, o.min, o.sum, o.cumulative_sum, o.det, o.adjugate)
# XLA's time to compile grows faster than the program, and every program costs it 0.1 s.
BATCH = 100
# Vectors are told up to a sign or phase.
UP_TO_PHASE = (o.eig, o.eigh, o.svd, o.svd_full)
# Not LAPACK's algorithm: eigenvalues in another order, another basis of what is left free
# (tests/backends/test_spectra.py says what holds all the same).
_OWN_CHOICE = {"tensorflow": (o.eig, o.svd_full)}
NAMES = [
    "bool",
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "u64",
    "f16",
    "bf16",
    "f32",
    "f64",
    "c64",
    "c128",
]


@dataclass(frozen=True)
class Case:
    """One op on these arrays."""

    label: str
    op: Op
    arrays: tuple[Any, ...]
    attrs: Any = None
    regions: tuple[Graph, ...] = ()


def one_graph(cases: Sequence[Case]) -> Graph:
    """Every case's node in one graph, each array a parameter, each result a result."""

    def body(*values: Value) -> list[Any]:
        rest = iter(values)
        results: list[Any] = []
        for case in cases:
            operands = tuple(itertools.islice(rest, len(case.arrays)))
            results.extend(build.emit(case.op, operands, case.attrs, case.regions))
        return results

    return build.graph_of(body, [type_of(a) for case in cases for a in case.arrays])


def differences(name: str, cases: Sequence[Case]) -> list[str]:
    """Where the backend's answers differ from the reference interpreter's, one line per case; []
    when nowhere.
    """
    told = []
    for batch in _batches(cases):
        told += _differences(name, batch)
    return told


def _batches(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    return (cases[i : i + BATCH] for i in range(0, len(cases), BATCH))


def _differences(name: str, cases: Sequence[Case]) -> list[str]:
    backend = backends.get(name)
    own = _OWN_CHOICE.get(name, ())
    cases = [case for case in cases if case.op not in own and _supported(backend, case)]
    graph = one_graph(cases)
    arrays = [a for case in cases for a in case.arrays]
    found = iter(backend.build(graph).numpy(*arrays))
    due = iter(interpret(graph, arrays))
    told = []
    for case in cases:
        count = len(one_graph([case]).results)
        for a, b in zip(itertools.islice(found, count), itertools.islice(due, count), strict=True):
            a, b = (np.abs(a), np.abs(b)) if case.op in UP_TO_PHASE else (a, b)
            if (line := difference(a, b, case.op not in _EITHER_ZERO)) is not None:
                told.append(f"{case.label}: {line}")
    return told


def _supported(backend: Any, case: Case) -> bool:
    try:
        from gradloom.backends.emit import emit

        emit(one_graph([case]), backend)
    except NotSupported:
        return False
    return True


def difference(found: Any, due: Any, zeros: bool = True) -> str | None:
    """None when `found` is `due` within its dtype's tolerance: dtype, shape, NaN, inf, signs of
    zero.
    """
    found, due = np.asarray(found), np.asarray(due)
    if found.dtype != due.dtype or found.shape != due.shape:
        return f"{found.dtype}{found.shape} for {due.dtype}{due.shape}"
    if due.dtype.kind in "biu":
        wrong = found != due
    else:
        tolerance = TOLERANCE[f"{due.dtype.kind}{due.dtype.itemsize}"]
        wide = np.complex128 if due.dtype.kind == "c" else np.float64
        a, b = found.astype(wide), due.astype(wide)
        wrong = _parts_wrong(a, b, tolerance, zeros)
    if not wrong.any():
        return None
    where = tuple(int(i[0]) for i in np.nonzero(wrong)) if wrong.ndim else ()
    pair = f"{found[where]!r} for {due[where]!r}"
    return f"{due.dtype} {int(wrong.sum())} wrong, first at {where}: {pair}"


def _parts_wrong(a: Any, b: Any, tolerance: float, zeros: bool) -> Any:
    with np.errstate(all="ignore"):
        if b.dtype.kind == "c":
            close = np.abs(a - b) <= tolerance * np.abs(b)
            return ~(close | (np.isnan(a) & np.isnan(b)) | (a == b))
        close = (a == b) | (np.abs(a - b) <= tolerance * np.abs(b)) & np.isfinite(b)
        signs = (a == 0) & (b == 0) & (np.signbit(a) != np.signbit(b))
        signs &= (
            zeros and tolerance < 1e-3
        )  # numpy itself is not of one mind about zeros of low precision
        return ~(close | (np.isnan(a) & np.isnan(b))) | signs


# ---- elementwise ------------------------------------------------------------------------------


def values(dtype: DType) -> np.ndarray:
    """Numbers of this dtype where ops differ: signs, zeros, ties of rounding, infinities, NaN."""
    kind = "f" if dtype.kind == "V" else dtype.kind
    numbers: list[Any] = {
        "b": [False, True],
        "i": [-7, -3, -2, -1, 0, 1, 2, 3, 5, 100],
        "u": [0, 1, 2, 3, 5, 100, 200],
        "f": [
            -np.inf,
            -3.5,
            -1.5,
            -1.0,
            -0.5,
            -0.0,
            0.0,
            0.25,
            0.5,
            1.0,
            2.5,
            7.25,
            np.inf,
            np.nan,
        ],
        "c": [1 + 2j, -1.5 + 0.5j, 0.25 - 2j, -2 - 1j, 0.5 + 0.125j, 3.5 - 0.75j],
    }[kind]
    made = np.array(numbers).astype(dtype)
    if dtype.kind in "iu":
        made = np.append(made, np.array([np.iinfo(dtype).max, np.iinfo(dtype).min], dtype))
    return made


def _elementwise_arrays(op: Op, dtype: DType) -> tuple[np.ndarray, ...]:
    x = values(dtype)
    if op.arity == 1:
        return (x[x != 0],) if op is o.reciprocal and dtype.kind in "iu" else (x,)
    a, b = (np.ascontiguousarray(v.ravel()) for v in np.meshgrid(x, x))
    keep = np.ones(a.shape, bool)
    if dtype.kind in "iu":
        if op in (o.floor_divide, o.remainder, o.fmod):
            keep = (b != 0) & ~((b == np.array(-1).astype(dtype)) & (a == np.iinfo(dtype).min))
        elif op is o.power:
            keep = (b >= 0) & (b < 10)
        elif op in (o.left_shift, o.right_shift):
            keep = (b >= 0) & (b < dtype.itemsize * 8)
    if op is o.zeta:
        with np.errstate(invalid="ignore"):
            keep = (a > 1) & (b > 0)
    return a[keep], b[keep]


def elementwise_cases(dtypes: Sequence[str] = NAMES) -> Iterator[Case]:
    """Every elementwise op without attributes on every dtype that its type rule allows, and next to
    numbers that stand inline.
    """
    for op in o.builtin_ops().values():
        if not op.elementwise or op.attrs is not None or op is o.where or op.arity > 2:
            continue
        for name in dtypes:
            arrays = _elementwise_arrays(op, dtype_of(name))
            try:
                op.types(None, tuple(map(type_of, arrays)))
            except DtypeError:
                continue
            yield Case(f"{op.name}[{name}]", op, arrays)
    yield from _where_cases(dtypes)
    yield from _astype_cases(dtypes)


def _where_cases(dtypes: Sequence[str]) -> Iterator[Case]:
    for name in dtypes:
        x = values(dtype_of(name))
        yield Case(f"where[{name}]", o.where, (np.arange(x.size) % 2 == 0, x, x[::-1].copy()))


def _astype_cases(dtypes: Sequence[str]) -> Iterator[Case]:
    small = {
        "b": [False, True],
        "u": [0, 1, 5],
        "f": [0.0, -1.5, 2.75, 1.0],
        "c": [0, 1 - 1j, 2.5 + 0j],
    }
    for given, to in itertools.product(dtypes, dtypes):
        a, b = dtype_of(given), dtype_of(to)
        kind = "f" if a.kind == "V" else a.kind
        numbers = np.array(small.get(kind, [-3, 0, 1, 5]))
        if b.kind == "u":
            numbers = np.abs(numbers)
        yield Case(
            f"astype[{given} to {to}]", o.astype, (numbers.astype(a),), o.astype.attrs(dtype=b)
        )  # type: ignore[misc]


# ---- the samples that every rule is tested on ---------------------------------------------------


def sample_cases() -> Iterator[Case]:
    """The shared samples of all ops."""
    for name, samples in SAMPLES.items():
        op = o.by_name(name)
        for i, sample in enumerate(samples):
            attrs = op.attrs(**sample.attrs) if op.attrs is not None else None
            yield Case(f"{name} sample {i}", op, sample.operands, attrs)
