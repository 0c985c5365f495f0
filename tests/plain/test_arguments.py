"""Arguments of every kind: by place and name, static ones, and what cannot be an argument."""

from __future__ import annotations

import collections
import dataclasses
import enum
import functools
import types
from typing import Any

import numpy as np
import optree
import pytest

import gradloom as gl
from tests.plain.ways import X


def _many(a: Any, /, b: Any, *args: Any, c: Any = 2.0, **more: Any) -> Any:
    return (a * b).sum() * c + sum(args) + sum(more.values())


def test_every_kind_of_parameter_is_passed_on() -> None:
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((X, X), {}), ((X, X, 1.0, 2.0), {"c": 3.0, "z": 5.0}), ((X,), {"b": X, "z": 1.0}),
    ]  # fmt: skip
    compiled = gl.compile(_many)
    for args, kwargs in calls:
        plain = _many(*args, **kwargs)
        assert compiled(*args, **kwargs) == plain
        assert gl.trace(_many, *args, **kwargs)(*args, **kwargs) == plain
    np.testing.assert_allclose(gl.grad(_many)(X, X, 1.0, c=3.0, z=5.0), 3 * X)
    np.testing.assert_allclose(gl.grad(_many, 1)(X, X, c=3.0), 3 * X)


def _power(x: Any, n: Any = 3.0, /, mode: str = "power", *, scale: Any = 1.0) -> Any:
    return (x**n if mode == "power" else x * n) * scale


def _inputs(compiled: Any, *args: Any, **kwargs: Any) -> int:
    return len(compiled.graph(*args, **kwargs).inputs)


def test_a_static_argument_is_static_by_place_and_by_name() -> None:
    def f(x: Any, n: Any, scale: Any = 1.0) -> Any:
        return x**n * scale

    for static in ({"static_argnums": 1}, {"static_argnums": -2}, {"static_argnames": "n"}):
        compiled = gl.compile(f, **static)
        assert _inputs(compiled, X, 2.0) == _inputs(compiled, X, n=2.0) == 1
        assert _inputs(compiled, X, 2.0, scale=3.0) == 2
        np.testing.assert_allclose(compiled(X, n=2.0), X**2)
    both = gl.compile(f, static_argnums=(1, 2))
    assert _inputs(both, X, 2.0, scale=3.0) == 1
    named = gl.compile(_power, static_argnums=1, static_argnames=("scale", "mode"))
    assert _inputs(named, X, 2.0, "times", scale=3.0) == 1
    np.testing.assert_allclose(named(X, 2.0, mode="times", scale=3.0), 6 * X)


def test_static_arguments_that_are_not_there_are_refused() -> None:
    with pytest.raises(gl.ArgumentError, match=r"f\(x\) has no argument 3"):
        gl.compile(_f, static_argnums=3)
    with pytest.raises(gl.ArgumentError, match=r"f\(x\) has no argument 'y'"):
        gl.compile(_f, static_argnames="y")
    with pytest.raises(gl.CallError, match="static_argnums"):
        gl.compile(_f, static_argnums="x")
    gl.compile(lambda *args: args[0], static_argnums=3)
    gl.compile(lambda **kwargs: kwargs["x"], static_argnames="y")


def _f(x: Any) -> Any:
    return x


def test_changed_static_containers_are_seen() -> None:
    compiled = gl.compile(lambda x, scales: x * scales[0], static_argnums=1)
    scales = [2.0]
    np.testing.assert_allclose(compiled(X, scales), 2 * X)
    scales[0] = 3.0
    np.testing.assert_allclose(compiled(X, scales), 3 * X)
    by_array = gl.compile(lambda x, a: x if a[0] > 0 else -x, static_argnums=1)
    a = np.array([1.0])
    np.testing.assert_allclose(by_array(X, a), X)
    a[0] = -1
    np.testing.assert_allclose(by_array(X, a), -X)
    np.testing.assert_allclose(by_array(X, np.array([2.0])), X)


class Mode(enum.Enum):
    DOUBLE = 2
    TRIPLE = 3


def test_values_that_are_no_arrays_decide_the_program() -> None:
    cases: list[tuple[Any, Any, Any]] = [
        (lambda x, mode: x * mode.value, Mode.TRIPLE, 3 * X),
        (lambda x, name: x if name == "a" else -x, "b", -X),
        (lambda x, dtype: x.astype(dtype), np.float32, X.astype(np.float32)),
        (lambda x, mask: x if mask is None else x * mask, None, X),
        (lambda x, flag: -x if flag else x, True, -X),
        (lambda x, n: x.reshape(n, -1), 3, X[:, None]),
        (lambda x, at: x[at], slice(1, 3), X[1:]),
        (lambda x, f: f(x), np.sin, np.sin(X)),
        (lambda x, o: x * o.k, types.SimpleNamespace(k=X), X * X),
    ]
    for f, value, expected in cases:
        np.testing.assert_allclose(gl.compile(f)(X, value), expected)


@dataclasses.dataclass
class Plain:
    w: Any
    k: Any = 2.0


@optree.register_pytree_node_class(namespace="gradloom")
class Known:
    def __init__(self, w: Any, k: float) -> None:
        self.w, self.k = w, k

    def tree_flatten(self) -> tuple[tuple[Any, ...], float]:
        return (self.w,), self.k

    @classmethod
    def tree_unflatten(cls, k: float, children: tuple[Any, ...]) -> Known:
        return cls(*children, k)


def test_containers_and_registered_classes_are_pytrees() -> None:
    def loss(p: Any) -> Any:
        return (p["w"] ** 2).sum()

    for make in (dict, collections.OrderedDict, functools.partial(collections.defaultdict, list)):
        g = gl.grad(loss)(make(w=X))
        assert isinstance(g, dict)
        np.testing.assert_allclose(g["w"], 2 * X)
    g = gl.grad(lambda p: (p.w**2).sum() * p.k)(Known(X, 3.0))
    assert isinstance(g, Known)
    np.testing.assert_allclose(g.w, 6 * X)
    np.testing.assert_allclose(gl.compile(lambda x: Known(x * 2, 1.0))(X).w, 2 * X)
    point = collections.namedtuple("point", "x y")
    assert gl.grad(lambda p: p.x * p.y)(point(2.0, 3.0)) == point(3.0, 2.0)


def test_objects_that_are_no_pytrees_are_read_and_not_differentiated() -> None:
    np.testing.assert_allclose(gl.compile(lambda p: p.w * p.k)(Plain(X)), 2 * X)
    slope = gl.grad(lambda w, p: (w * p.w * p.k).sum())(X, Plain(X))
    np.testing.assert_allclose(slope, 2 * X)
    with pytest.raises(gl.DtypeError, match=r"holds no number.*\n?.*"):
        gl.grad(lambda p: p.w.sum())(Plain(X))
    with pytest.raises(gl.DtypeError, match="register"):
        gl.grad(lambda p: p.w.sum())(Plain(X))


def test_what_is_no_function_is_refused() -> None:
    for transform in (gl.compile, gl.grad, gl.vmap):
        with pytest.raises(TypeError, match="wants a function"):
            transform(3)
    with pytest.raises(gl.CallError, match="wants a function"):
        gl.trace(3, X)
