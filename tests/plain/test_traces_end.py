"""The end of a trace: what leaks, what a cache may keep, and that nothing stays behind."""

from __future__ import annotations

import contextlib
import functools
import math
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.trace import current_trace
from tests.plain.ways import WAYS, X

# ---- leaks ---------------------------------------------------------------------------------------


def _leaking(x: Any) -> Any:
    _sink.put(x * 2)
    _sink.put(x[x > 0])
    return x.sum()


_sink: queue.SimpleQueue[Any] = queue.SimpleQueue()  # what is put into lists is refused at once
gl.trace(_leaking, X)
kept = [_sink.get(), _sink.get()]
USES = {
    "add": lambda t: t + 1, "an array's product": lambda t: X * t, "a ufunc": lambda t: np.sin(t),
    "a method": lambda t: t.sum(), "an attribute": lambda t: t.T, "an item": lambda t: t[0],
    "a store": lambda t: t.__setitem__(0, 1.0), "in place": lambda t: t.__iadd__(1),
    "truth": lambda t: bool(t), "iteration": lambda t: list(t), "an array": lambda t: np.asarray(t),
    "a function": lambda t: np.concatenate([t, X]), "equality": lambda t: t == 1,
    "a list": lambda t: t.tolist(), "a copy": lambda t: t.copy(),
    "an argument": lambda t: gl.grad(lambda x: x.sum())(t),
    "another trace": lambda t: gl.trace(lambda x: x + t, X),
}  # fmt: skip


@pytest.mark.parametrize("use", USES)
def test_a_leaked_value_names_where_it_was_made(use: str) -> None:
    if use == "truth":
        with pytest.raises(ValueError, match="ambiguous"):
            USES[use](kept[0])
        return
    made = (
        r"\(f64\[3\]\) is used after its trace.*it was made at test_traces_end.py:\d+ in _leaking"
    )
    with pytest.raises(gl.LeakedTracer, match=made):
        USES[use](kept[0])


def test_a_leaked_value_still_tells_its_type() -> None:
    assert kept[0].shape == (3,)
    assert repr(kept[0]).startswith("<traced f64[3] from test_traces_end.py:")
    with pytest.raises(gl.LeakedTracer, match="made at"):
        kept[1].sum()


def test_a_value_of_an_inner_function_cannot_be_used_outside() -> None:
    def f(x: Any) -> Any:
        inner: list[Any] = []
        slope = gl.grad(lambda y: inner.append(y * 2) or y * y)(x)
        return inner[0] + slope

    with pytest.raises(gl.LeakedTracer, match="made at"):
        gl.compile(f)(2.0)


@pytest.mark.parametrize(
    "write",
    [
        lambda b, y: b.__setitem__(0, y), lambda b, y: b.__iadd__(y), lambda b, y: b.sort(),
        lambda b, y: b[1:].__setitem__(0, y), lambda b, y: np.add(b, y, out=b),
    ],
)  # fmt: skip
def test_an_inner_function_cannot_change_arrays_of_the_one_around_it(write: Any) -> None:
    def f(x: Any) -> Any:
        b = np.zeros(3)
        slope = gl.grad(lambda y: write(b, y) or y * y)(x)
        return b * slope

    with pytest.raises(gl.TraceError, match="is changed in place"):
        gl.compile(f)(2.0)


# ---- caches --------------------------------------------------------------------------------------


def _weights(n: int) -> Any:
    w = np.zeros(n)
    w[:] = np.arange(n) + 1.0
    return np.linspace(0, 1, n) + w


class Table:
    memo: dict[int, Any]

    def __init__(self) -> None:
        self.memo = {}

    @functools.cached_property
    def ones(self) -> Any:
        return np.ones(3) * 2

    def of(self, n: int) -> Any:
        if n not in self.memo:
            self.memo[n] = np.eye(n)[::-1]
        return self.memo[n]


@pytest.mark.parametrize("way", WAYS)
def test_cached_constants_outlive_the_trace_that_made_them(way: str) -> None:
    cached, table = functools.lru_cache(_weights), Table()

    def f(x: Any) -> Any:
        return table.of(3) @ x * table.ones + cached(3)

    expected = X[::-1] * 2 + _weights(3)
    for _ in range(2):
        np.testing.assert_allclose(WAYS[way](f)(X), expected)
        np.testing.assert_allclose(gl.grad(lambda x: f(x).sum())(X), np.full(3, 2.0))
    np.testing.assert_allclose(f(X), expected)
    assert float(cached(3)[0]) == 1.0
    np.testing.assert_allclose(np.sort(cached(3)), _weights(3))
    assert [float(v) for v in cached(3)] == list(_weights(3))
    if way == "compile":  # a compiled function leaves numpy's own arrays in its objects
        return
    with pytest.raises(gl.LeakedTracer):
        table.of(3)[0] = 1.0
    with pytest.raises(gl.LeakedTracer):
        gl.trace(lambda x: table.of(3).__setitem__(0, x), 1.0)


def test_a_kept_graph_sees_the_cache_it_was_traced_with() -> None:
    table = Table()
    slope = gl.grad(lambda x: (x * table.ones).sum())
    for _ in range(3):
        np.testing.assert_allclose(slope(X), np.full(3, 2.0))
    table.__dict__["ones"] = np.ones(3) * 5
    np.testing.assert_allclose(slope(X), np.full(3, 5.0))


# ---- nothing stays behind ------------------------------------------------------------------------


def _broken(x: Any) -> Any:
    raise RuntimeError("broken")


TRANSFORMS = {
    "trace": lambda f: gl.trace(f, X), "compile": lambda f: gl.compile(f)(X),
    "grad": lambda f: gl.grad(f)(X), "vmap": lambda f: gl.vmap(f)(X),
    "jvp": lambda f: gl.jvp(f, (X,), (X,)), "vjp": lambda f: gl.vjp(f, X),
    "linearize": lambda f: gl.linearize(f, X), "hessian": lambda f: gl.hessian(f)(X),
    "eval_shape": lambda f: gl.eval_shape(f, X),
    "checkpoint": lambda f: gl.grad(gl.checkpoint(f))(X),
    "vmap in grad": lambda f: gl.grad(lambda x: gl.vmap(f)(x).sum())(X),
    "scan in compile": lambda f: gl.compile(lambda x: gl.scan(lambda c, y: f(y), 0.0, x))(X),
}  # fmt: skip


@pytest.mark.parametrize("name", TRANSFORMS)
def test_an_exception_leaves_nothing_behind(name: str) -> None:
    before = (np.zeros, np.array, math.sin, np.random.rand, np.vectorize.__call__, np.r_)
    with pytest.raises(RuntimeError, match="broken"):
        TRANSFORMS[name](_broken)
    assert (np.zeros, np.array, math.sin, np.random.rand, np.vectorize.__call__, np.r_) == before
    assert current_trace() is None


def test_an_exception_of_an_inner_function_may_be_caught() -> None:
    def f(x: Any) -> Any:
        with contextlib.suppress(RuntimeError):
            gl.grad(_broken)(x)
        return x * 2

    np.testing.assert_allclose(gl.compile(f)(X), 2 * X)


# ---- threads -------------------------------------------------------------------------------------


def _filled(x: Any, a: Any) -> Any:
    b = np.zeros(3)
    for i in range(3):
        b[i] = math.sin(x[i]) * a
    return np.sum(b)


def test_threads_trace_at_once_without_seeing_each_other() -> None:
    def work(a: float) -> bool:
        slope = gl.grad(_filled)
        for k in range(8):
            x = X + k
            if not np.allclose(slope(x, a), a * np.cos(x)):
                return False
            if not np.allclose(gl.compile(_filled)(x, a), a * np.sin(x).sum()):
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, [1.0, 2.0, 3.0, 4.0])) == [True] * 4
    assert current_trace() is None


def test_a_traced_value_belongs_to_its_thread() -> None:
    errors: list[BaseException] = []

    def f(x: Any) -> Any:
        def use() -> None:
            try:
                x * 2
            except gl.LeakedTracer as error:
                errors.append(error)

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        return x

    gl.trace(f, X)
    assert "used in another thread" in str(errors[0])
