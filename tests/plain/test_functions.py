"""Functions of every make: nested, bound, partial, cached, generated, from exec, recursive."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.plain.ways import WAYS, X


def _running_sums(x: Any) -> Any:
    total, out = 0.0, []

    def push(v: Any) -> None:
        nonlocal total
        total = total + v
        out.append(total)

    for v in x:
        push(v * v)
    return np.stack(out)


def _yielded(x: Any) -> Any:
    def inner() -> Iterator[Any]:
        for i in range(3):
            yield x[i] * i
        return x.sum()

    def outer() -> Iterator[Any]:
        rest = yield from inner()
        yield rest

    return np.array(list(outer()))


@dataclasses.dataclass
class Pair:
    a: Any
    b: Any = 2.0


class Layer:
    factor = 3.0

    def __init__(self, w: Any) -> None:
        self.w = w

    def __call__(self, x: Any) -> Any:
        return x * self.w + self.doubled

    def method(self, x: Any) -> Any:
        return x * self.w

    @classmethod
    def of_class(cls, x: Any) -> Any:
        return x * cls.factor

    @staticmethod
    def static(x: Any) -> Any:
        return x * 2

    @property
    def doubled(self) -> Any:
        return self.w * 2

    @functools.cached_property
    def kept(self) -> Any:
        return self.w * 3

    def __add__(self, other: Layer) -> Layer:
        return Layer(self.w + other.w)

    def __enter__(self) -> Layer:
        return self

    def __exit__(self, *error: object) -> bool:
        return False


LAYER = Layer(2.0)


def _with(x: Any) -> Any:
    with Layer(x) as layer, contextlib.suppress(ValueError):
        y = layer.w * 2
        int("no number")
    return y


@contextlib.contextmanager
def _scaled(x: Any) -> Iterator[Any]:
    yield x * 2


def _managed(x: Any) -> Any:
    with _scaled(x) as y:
        return y


def _doubling(f: Any) -> Any:
    @functools.wraps(f)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs) * 2

    return wrapper


@functools.singledispatch
def _by_class(x: Any) -> Any:
    return 0.0


@_by_class.register
def _(x: np.ndarray) -> Any:
    return x * 2


@_by_class.register
def _(x: float) -> Any:
    return x * 3


def _tried(x: Any) -> Any:
    try:
        raise KeyError("a")
    except KeyError:
        y = x * 2
    else:
        y = x
    finally:
        z = x + 1
    return y + z


def _recovered(x: Any) -> Any:
    out = []
    for attempt in (lambda: x.reshape(7), lambda: x @ np.ones((5, 5)), lambda: x[7]):
        try:
            out.append(attempt())
        except (ValueError, IndexError):
            out.append(x * 2)
    return np.stack(out)


def _repeated(x: Any, n: int) -> Any:
    return x if n == 0 else _repeated(x * 2, n - 1)


def _from_exec(x: Any) -> Any:
    names: dict[str, Any] = {}
    exec("import numpy as np\ndef f(x):\n    return np.sin(x) * 2\n", names)
    return names["f"](x)


@gl.compile
def _compiled(x: Any) -> Any:
    return x * 2


async def _waiting(x: Any) -> Any:
    return x * 2


PROGRAMS = {
    "nonlocal": _running_sums,
    "a generator expression": lambda x: sum(v**2 for v in (w + 1 for w in x)),
    "yield from": _yielded,
    "comprehensions": lambda x: np.array([[a * b for a in x] for b in dict(enumerate(x)).values()]),
    "a walrus": lambda x: (y := x * 2) + y,
    "a dataclass": lambda x: dataclasses.replace(Pair(1.0), a=x).a * Pair(x).b,
    "asdict": lambda x: dataclasses.asdict(Pair(x))["a"] * 2,
    "a bound method": LAYER.method,
    "a class method": Layer.of_class,
    "a static method": Layer.static,
    "a callable object": LAYER,
    "partial": functools.partial(lambda a, x, k: x * a * k, 2.0, k=3.0),
    "traced attributes": lambda x: (Layer(x) + Layer(x)).method(x) + Layer(x).kept + Layer(x)(x),
    "with": _with,
    "a context manager": _managed,
    "a decorator": _doubling(lambda x: x),
    "singledispatch": lambda x: _by_class(x) + _by_class(x[0]),
    "try": _tried,
    "errors that are caught": _recovered,
    "recursion": lambda x: _repeated(x, 5),
    "exec": _from_exec,
    "eval": lambda x: eval("lambda v: np.array([v[0], v[1]])")(x),
    "a compiled function inside": lambda x: _compiled(x) + _compiled(x),
    "await inside": lambda x: asyncio.run(_waiting(x)),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_function_is_traced_as_it_runs(name: str, way: str) -> None:
    f: Any = PROGRAMS[name]
    plain = _tried(X) if name == "try" else f(X)
    np.testing.assert_allclose(WAYS[way](f)(X), plain, rtol=1e-12)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_function_has_its_derivative(name: str) -> None:
    f: Any = PROGRAMS[name]
    v, h = np.array([0.3, -0.7, 1.1]), 1e-6
    weights = np.cos(np.arange(np.size(f(X)))).reshape(np.shape(f(X)))
    g = gl.grad(lambda x: np.sum(f(x) * weights))(X)
    near = [np.sum(f(X + s * v) * weights) for s in (h, -h)]
    np.testing.assert_allclose(np.dot(g, v), (near[0] - near[1]) / (2 * h), rtol=1e-6, atol=1e-8)


def test_transforms_close_over_traced_values() -> None:
    assert gl.grad(lambda x: gl.grad(lambda y: x * y**2)(x))(3.0) == 12.0
    assert gl.grad(lambda x: gl.vmap(lambda y: x * y)(np.ones(3)).sum())(2.0) == 3.0
    assert gl.grad(lambda x: gl.compile(lambda y: x * y)(x))(2.0) == 4.0
    assert gl.grad(lambda x: gl.jvp(lambda y: x * y**3, (x,), (1.0,))[1])(2.0) == 36.0
    each = gl.compile(lambda x: np.stack([gl.grad(lambda y: y * v)(v) for v in x]))  # noqa: B023
    np.testing.assert_allclose(each(X), X)


def test_compiled_methods_follow_their_object() -> None:
    class Scaled:
        def __init__(self, k: Any) -> None:
            self.k = k

        @gl.compile
        def of(self, x: Any) -> Any:
            return x * self.k

    one, two = Scaled(2.0), Scaled(np.float64(4.0))
    np.testing.assert_allclose(one.of(X), 2 * X)
    np.testing.assert_allclose(two.of(X), 4 * X)
    one.k = 5.0
    np.testing.assert_allclose(one.of(X), 5 * X)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_returned_must_be_computed_in_the_trace(way: str) -> None:
    run = WAYS[way]
    with pytest.raises(gl.NotSupported, match="_waiting is an async function"):
        run(_waiting)(X)
    for lazy in (lambda x: (v for v in x), lambda x: map(np.sin, x), lambda x: zip(x, x)):  # noqa: B905
        with pytest.raises(gl.TraceError, match="would be computed after its trace"):
            run(lazy)(X)
    for held in (Pair, Layer):
        with pytest.raises(gl.TraceError, match=r"holds a traced value in \.[aw]"):
            run(lambda x, held=held: held(x))(X)
    plain = run(lambda x: ("a", None, 3, {1, 2}, LAYER))(X)
    assert plain == ("a", None, 3, {1, 2}, LAYER)


@pytest.mark.parametrize("file", ["<string>", "<ipython-input-3-abc>"])
def test_errors_of_functions_without_source_name_their_line(file: str) -> None:
    names: dict[str, Any] = {}
    text = "def f(x):\n    if x[0] > 0:\n        return x\n"
    exec(compile(text, file, "exec"), names)
    with pytest.raises(gl.ValueNeeded, match=rf"{file}:2 in f"):
        gl.trace(names["f"], X)


def test_state_that_numbers_left_behind_stays() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(len(calls))
        return x * x

    assert gl.grad(f)(3.0) == 6.0
    assert calls[0] == 0
