"""`x[mask]` compiles without the mask's values where the result has a fixed shape."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import ShapeError, ValueNeeded

X = np.array([1.5, -2.0, 3.0, -4.0, 5.0, 3.0])
Y = np.array([0.5, 1.0, -1.0, 2.0, 4.0, -0.5])
M = np.arange(24.0).reshape(2, 3, 4) % 7 - 2
BACKENDS = ("numpy", "torch", "jax", "tensorflow")

REDUCED: dict[str, Any] = {
    "sum": lambda x, y: x[x > 0].sum(),
    "sum of integers": lambda x, y: x.astype(int)[x > 0].sum(),
    "mean": lambda x, y: np.mean(x[x > 0]),
    "std": lambda x, y: x[x > 0].std(ddof=1),
    "max": lambda x, y: x[x < 0].max(),
    "min keeps axes": lambda x, y: np.min(x[x > 0], axis=0, keepdims=True),
    "prod": lambda x, y: x[x > 0].prod(),
    "argmax": lambda x, y: x[y > 0.2].argmax(),
    "median": lambda x, y: np.median(x[x > 0]),
    "percentiles": lambda x, y: np.percentile(x[x > 0], [10, 50, 75]),
    "any": lambda x, y: (np.any(x[y > 0] > 4), np.all(x[y > 0] > 4)),
    "log": lambda x, y: np.log(x[x > 0]).sum(),
    "two": lambda x, y: (x[x > 0] * y[x > 0] - 2).sum(),
    "dot": lambda x, y: x[x > 0] @ y[x > 0],
    "norm": lambda x, y: np.linalg.norm(x[x > 0]),
    "where": lambda x, y: np.where(x[y > 0] > 2, x[y > 0], -1).sum(),
    "size": lambda x, y: x[x > 0].sum() / x[x > 0].size + x[x > 0].shape[0],
    "running": lambda x, y: np.cumsum(x[x > 0]).max(),
    "astype": lambda x, y: x[x > 0].astype("f4").sum(),
    "count": lambda x, y: np.count_nonzero(x[x > 0] > 2),
    "part of a part": lambda x, y: x[x > 0][x[x > 0] < 4].sum(),
    "compress": lambda x, y: np.compress(x > 0, y).sum(),
    "extract": lambda x, y: np.extract(x > 0, y).sum(),
    "add.reduce": lambda x, y: np.add.reduce(x[x > 0]),
}


def _assigned(value: Any) -> Any:
    def f(x: Any, y: Any) -> Any:
        z = y.copy()
        value(z, x, y)
        return z

    return f


def _set(z: Any, x: Any, y: Any) -> None:
    z[x > 0] = x[x > 0] * 2 + y[x > 0]


def _add(z: Any, x: Any, y: Any) -> None:
    z[x > 0] += 1


def _times(z: Any, x: Any, y: Any) -> None:
    z[x < 0] *= 3


def _sums(z: Any, x: Any, y: Any) -> None:
    z[x < 0] -= x[x < 0]


def _values(z: Any, x: Any, y: Any) -> None:
    z[x < 0] = x[:2]


def _scalar(z: Any, x: Any, y: Any) -> None:
    z[x < 0] = x[3]


def _copy(z: Any, x: Any, y: Any) -> None:
    t = x[x > 0]
    t[t > 2] = 0
    t += 1
    z[x > 0] = np.sqrt(t)


WRITTEN: dict[str, Any] = {
    "set": _assigned(_set), "add": _assigned(_add), "times": _assigned(_times),
    "subtract": _assigned(_sums), "values": _assigned(_values), "scalar": _assigned(_scalar),
    "copy": _assigned(_copy),
}  # fmt: skip
MATRIX: dict[str, Any] = {
    "rows": lambda m: m[m[:, 0, 0] > 0].sum(axis=0),
    "rows kept": lambda m: m[m[:, 0, 0] > -9].mean(axis=(0, 2)),
    "all": lambda m: m[m > 0].mean(),
    "columns": lambda m: m[:, m[0, :, 0] > -1].sum(axis=1),
    "last": lambda m: m[..., m[0, 0] > 0].max(axis=-1),
    "per row": lambda m: m[:, m[0, :, 0] > -1].sum(axis=(0, 2)).sum(),
}


def _equal(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, tuple):
        for a, b in zip(ours, theirs, strict=True):
            _equal(a, b)
        return
    assert np.asarray(ours).dtype == np.asarray(theirs).dtype
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_masks_are_compiled_on_every_backend(backend: str) -> None:
    pytest.importorskip(backend)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        both = {**REDUCED, **WRITTEN}
        ours = gl.compile(lambda x, y: {n: f(x, y) for n, f in both.items()}, backend=backend)(X, Y)
        for name, f in both.items():
            _equal(ours[name], f(X, Y))
        found = gl.compile(lambda m: [f(m) for f in MATRIX.values()], backend=backend)(M)
        for one, f in zip(found, MATRIX.values(), strict=True):
            _equal(one, f(M))


@pytest.mark.parametrize("name", [*REDUCED, *WRITTEN])
def test_masks_are_mapped_as_a_loop_does(name: str) -> None:
    f = {**REDUCED, **WRITTEN}[name]
    xs = np.stack([X, X[::-1], np.roll(X, 2)])
    ys = np.stack([Y, Y + 1, Y])
    theirs = [f(x, y) for x, y in zip(xs, ys, strict=True)]
    ours = gl.vmap(f)(xs, ys)
    for i, part in enumerate(theirs):
        one = tuple(p[i] for p in ours) if isinstance(ours, tuple) else ours[i]
        _equal(one, part)


FLOATS = [n for n in REDUCED if n not in ("any", "argmax", "count", "sum of integers", "astype")]


@pytest.mark.parametrize("name", [*FLOATS, *WRITTEN])
def test_masks_have_the_derivative_of_finite_differences(name: str) -> None:
    f = {**REDUCED, **WRITTEN}[name]

    def total(x: Any, y: Any) -> Any:
        return np.sum(f(x, y) ** 2)

    shifted = X + np.arange(6) * 0.01  # no ties
    ours = gl.compile(gl.grad(total, (0, 1)))(shifted, Y)
    direct = gl.grad(total, (0, 1))(shifted, Y)
    for i, (a, b) in enumerate(zip(ours, direct, strict=True)):
        due = np.zeros(6)
        for j in range(6):
            step = np.eye(6)[j] * 1e-6
            high, low = ([shifted, Y] for _ in range(2))
            high[i], low[i] = high[i] + step, low[i] - step
            due[j] = (total(*high) - total(*low)) / 2e-6
        np.testing.assert_allclose(a, due, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(b, due, rtol=1e-5, atol=1e-6)


def test_functions_never_meet_what_the_mask_left_out() -> None:
    x = np.array([4.0, np.nan, -1.0, 0.0, 9.0])
    g = gl.compile(gl.grad(lambda x: np.sum(np.sqrt(x[x > 0]) * 2 / x[x > 0])))(x)
    np.testing.assert_allclose(g, [-(4.0**-1.5), 0, 0, 0, -(9.0**-1.5)])
    nothing = gl.compile(gl.grad(lambda x: np.sum(np.log(x[x > 99]))))(x)
    np.testing.assert_array_equal(nothing, np.zeros(5))


# ---- elements taken out --------------------------------------------------------------------------


def _mixed(x: Any, y: Any) -> Any:
    z = np.zeros((6, 2))
    z[x > 0, 1] = x[x > 0]
    z[x < 0, :] = [1, 2]
    z[:, y[:2] > 0] += 1
    z[np.nonzero(x > 2)] = 7
    return z


def _written(x: Any, y: Any) -> Any:
    t = x[x > 0]
    t[0] = 9
    return t * 2


TAKEN: dict[str, Any] = {
    "elements": lambda x, y: x[x > 0],
    "none": lambda x, y: x[x > 99],
    "first": lambda x, y: x[x > 0][0] * 2,
    "sorted": lambda x, y: np.sort(x[x > 0])[::-1],
    "differences": lambda x, y: np.diff(x[x > 0]),
    "outer": lambda x, y: np.outer(x[x > 0], y[x > 0]),
    "joined": lambda x, y: np.concatenate([x[x > 0], y[x < 0], y]),
    "reshaped": lambda x, y: x[x > 0].reshape(-1, 1) * np.ones(3),
    "unique": lambda x, y: np.unique(x, True, True, True),
    "nonzero": lambda x, y: np.nonzero(x > 0),
    "argwhere": lambda x, y: np.argwhere(x > 0),
    "at positions": lambda x, y: x[np.where(x > 0)],
    "intersect": lambda x, y: np.intersect1d(x, np.array([3.0, 5, 7]), return_indices=True),
    "union": lambda x, y: np.union1d(x, y),
    "difference": lambda x, y: np.setdiff1d(x, y + 1),
    "exclusive": lambda x, y: np.setxor1d(x, y + 1),
    "delete": lambda x, y: np.delete(x, y > 0),
    "compress": lambda x, y: np.compress(y[:4] > 0, x),
    "mixed": _mixed,
    "written": _written,
}  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_program_finds_how_many_elements_there_are(backend: str) -> None:
    pytest.importorskip(backend)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for f in TAKEN.values():
            compiled = gl.compile(f, backend=backend)
            for x in (X, -X[::-1] + 2.5):
                _equal(compiled(x, Y), f(x, Y))


@pytest.mark.parametrize("name", TAKEN)
def test_elements_taken_out_have_the_derivative_that_they_have_with_values(name: str) -> None:
    def total(x: Any, y: Any) -> Any:
        made = TAKEN[name](x, y)
        return sum(np.sum(p * 1.0 * p) for p in (made if isinstance(made, tuple) else (made,)))

    for a, b in zip(
        gl.compile(gl.grad(total, (0, 1)))(X, Y), gl.grad(total, (0, 1))(X, Y), strict=True
    ):
        np.testing.assert_allclose(a, b)


@pytest.mark.parametrize("f", [lambda x: list(x[x > 0]), lambda x: 1 if x[x > 0] else 0])
def test_what_python_itself_asks_needs_values(f: Any) -> None:
    with pytest.raises(ValueNeeded, match="count of True is a shape"):
        gl.trace(f, gl.spec("f64[6]"))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x[x > 0] + x[x < 0],
        lambda x: x[x > 0] + np.ones(3),
        lambda x: x[x > 0].reshape(2, 2),
    ],
)
def test_sizes_that_are_not_known_to_be_equal_do_not_broadcast(f: Any) -> None:
    with pytest.raises(ShapeError, match="found"):
        gl.trace(f, gl.spec("f64[6]"))
