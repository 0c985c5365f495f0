"""What a function changes besides the arrays among its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.errors import TraceError

X = np.array([1.0, 2.0])


@dataclass
class Body:
    """An object with arrays, numbers and lists."""

    v: Any = field(default_factory=lambda: np.array([3.0, 4.0]))
    w: Any = field(default_factory=lambda: np.eye(2))
    count: int = 0
    seen: list[Any] = field(default_factory=list)
    named: dict[str, Any] = field(default_factory=lambda: {"a": np.ones(2)})

    def replaced(self, x: Any) -> Any:
        self.v = 0.9 * self.v + x
        return self.v.sum()

    def added(self, x: Any) -> Any:
        self.v += x
        return self.v * 2

    def stored(self, x: Any) -> Any:
        self.w[0] = x
        self.w[:, 1] *= self.w[0, 0]
        return self.w.sum() + self.w[1, 1]

    def counted(self, x: Any) -> Any:
        self.count += 1
        return x * self.count

    def listed(self, x: Any) -> Any:
        self.seen.append(x * 2)
        if len(self.seen) > 2:
            self.seen.pop(0)
        return self.seen[0]

    def entered(self, x: Any) -> Any:
        self.named["a"] = self.named["a"] * x
        self.named["last"] = x
        return self.named["a"]

    def swapped(self, x: Any) -> Any:
        self.v, self.named["a"] = self.named["a"], self.v
        return self.v + x

    def in_place(self, x: Any) -> Any:
        np.add.at(self.v, [0, 0, 1], x.sum())
        np.copyto(self.named["a"], self.v, where=self.v > 5)
        self.w.T[1:] -= x
        self.w.sort(axis=0)
        return self.v @ self.w


STEPS = [name for name in vars(Body) if callable(vars(Body)[name]) and not name.startswith("_")]


def _same(a: Any, b: Any) -> None:
    """Both objects hold the same."""
    if isinstance(a, Body):
        a, b = vars(a), vars(b)
    if isinstance(a, dict | list):
        assert len(a) == len(b)
        for key in a if isinstance(a, dict) else range(len(a)):
            _same(a[key], b[key])
        return
    assert type(a) is type(b)
    np.testing.assert_allclose(a, b)


@pytest.mark.parametrize("name", STEPS)
def test_a_compiled_method_leaves_its_object_as_the_plain_one_does(name: str) -> None:
    ours, plain = Body(), Body()
    step = gl.compile(getattr(ours, name))
    for i in range(4):
        np.testing.assert_allclose(step(X + i), getattr(plain, name)(X + i))
        _same(ours, plain)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(STEPS), min_size=1, max_size=4))
def test_random_steps_in_one_program_leave_what_they_leave_one_by_one(names: list[str]) -> None:
    def run(body: Body, x: Any) -> Any:
        return [getattr(body, name)(x) for name in names]

    ours, plain = Body(), Body()
    compiled = gl.compile(run)
    for i in range(2):
        for a, b in zip(compiled(ours, X + i), run(plain, X + i), strict=True):
            np.testing.assert_allclose(a, b)
        _same(ours, plain)


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_other_backends_change_the_object_too(backend: str) -> None:
    pytest.importorskip(backend)
    ours, plain = Body(), Body()
    for name in ("replaced", "stored"):
        step = gl.compile(getattr(ours, name), backend=backend)
        np.testing.assert_allclose(step(X), getattr(plain, name)(X))
    _same(ours, plain)


def _entry(state: dict[str, Any], x: Any) -> Any:
    state["w"] = state["w"] + x
    state["new"] = [x, state["w"]]
    state["steps"] += 1
    return state["w"].sum()


def _removed(state: dict[str, Any], x: Any) -> Any:
    old = state.pop("w")
    state["inner"]["w"] = old * x
    state["inner"], state["other"] = {"x": x}, state["inner"]
    return old


def _items(state: list[Any], x: Any) -> None:
    state[0], state[1] = state[1], state[0] * x
    state.append(state[0] + 1)
    state[0] += 5
    del state[2]


@pytest.mark.parametrize(
    ("f", "make"),
    [
        (_entry, lambda: {"w": np.ones(2), "steps": 3}),
        (_removed, lambda: {"w": np.ones(2), "inner": {}}),
        (_items, lambda: [np.ones(2), np.arange(2.0), 7]),
    ],
)
def test_containers_among_the_arguments_hold_afterwards_what_numpy_leaves(
    f: Callable[..., Any], make: Callable[[], Any]
) -> None:
    compiled = gl.compile(f)
    for _ in range(2):
        ours, plain = make(), make()
        assert np.array_equal(compiled(ours, X), f(plain, X))
        _same(ours, plain)


def test_what_is_put_away_is_the_callers_own_array() -> None:
    def keep(body: Body, x: Any) -> Any:
        body.v = x
        body.seen = [x, body.w]
        return x + 1

    body, x = Body(), X.copy()
    w = body.w
    gl.compile(keep)(body, x)
    assert body.v is x
    assert body.seen[0] is x
    assert body.seen[1] is w


BUFFER = np.zeros(3)
TOTAL = np.zeros(2)


def _buffered(x: Any) -> Any:
    BUFFER[0] = x[0]
    BUFFER[1:] += x * BUFFER[0]
    return BUFFER[0] + BUFFER.sum()


def _totalled(x: Any) -> Any:
    global TOTAL
    TOTAL = TOTAL + x
    return TOTAL * 2


def test_globals_are_changed_in_place_and_replaced() -> None:
    BUFFER[:] = 0
    expected, plain = [], np.zeros(3)
    compiled = gl.compile(_buffered)
    for i in range(3):
        plain[0] = X[0] + i
        plain[1:] += (X + i) * plain[0]
        expected.append(plain[0] + plain.sum())
        assert compiled(X + i) == expected[-1]
        np.testing.assert_array_equal(BUFFER, plain)
    before = TOTAL
    np.testing.assert_array_equal(gl.compile(_totalled)(X), (before + X) * 2)
    np.testing.assert_array_equal(TOTAL, before + X)


def test_closures_are_changed_in_place_and_replaced() -> None:
    def made() -> tuple[Any, Any, Any]:
        kept, last = np.zeros(2), np.ones(2)

        def f(x: Any) -> Any:
            nonlocal last
            kept[:] = kept + x
            last = last * x
            return kept.sum()

        return f, lambda: kept, lambda: last

    f, kept, last = made()
    compiled = gl.compile(f)
    assert [compiled(X), compiled(X)] == [3, 6]
    np.testing.assert_array_equal(kept(), 2 * X)
    np.testing.assert_array_equal(last(), X * X)


TRANSFORMS: dict[str, Callable[[Any], Any]] = {
    "trace": lambda f: gl.trace(f, X),
    "grad": lambda f: gl.grad(f)(X),
    "jvp": lambda f: gl.jvp(f, (X,), (X,)),
    "vjp": lambda f: gl.vjp(f, X),
    "vmap": lambda f: gl.vmap(f)(np.ones((3, 2))),
    "refuse": lambda f: gl.compile(f, mutation="refuse")(X),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_elsewhere_the_object_is_left_alone_and_the_attribute_is_named(name: str) -> None:
    body = Body()
    with pytest.raises(TraceError, match=r"self\.v is set to a traced value"):
        TRANSFORMS[name](body.replaced)
    _same(body, Body())


def test_an_object_is_left_alone_where_the_trace_fails() -> None:
    body = Body()

    def f(x: Any) -> Any:
        body.replaced(x)
        body.seen.append(x)
        raise KeyError("the user's own")

    with pytest.raises(KeyError):
        gl.compile(f)(X)
    _same(body, Body())


def test_derivatives_forget_what_becomes_of_containers_among_the_arguments() -> None:
    def f(state: dict[str, Any]) -> Any:
        state["w"] = state["w"] ** 2
        return state["w"].sum()

    state = {"w": X}
    np.testing.assert_allclose(gl.grad(f)(state)["w"], 2 * X)
    assert state["w"] is X
    with pytest.raises(TraceError, match=r"argument 1\['w'\] is set"):
        gl.compile(f, mutation="refuse")(state)


def test_a_new_object_that_holds_traced_values_is_refused() -> None:
    body = Body()

    def f(x: Any) -> None:
        body.v = Body(v=x * 2)

    with pytest.raises(TraceError, match=r"body\.v is set to a new Body that holds traced values"):
        gl.compile(f)(X)


def test_arrays_from_outside_that_share_memory_are_refused_where_one_is_changed() -> None:
    body = Body()
    body.named["a"] = body.v

    def f(x: Any) -> Any:
        body.v[0] = x[0]
        return x

    step = gl.compile(f)
    step(X)
    assert body.v is body.named["a"]
    assert body.v[0] == X[0]
    with pytest.raises(TraceError, match=r"body\.v is changed in place, and argument 1 shares"):
        step(body.v)


class Pair(NamedTuple):
    """Two arrays that cannot be replaced."""

    w: Any
    rest: list[Any]


TOTALS = (np.zeros(3), Pair(np.ones(2), [np.zeros(2)]))


def _in_tuples(x: Any) -> Any:
    TOTALS[0][:] += x
    TOTALS[1].w[0] = x[1]
    TOTALS[1].rest[0][1] = TOTALS[0].sum()
    return TOTALS[0] * 2


def _in_defaults(
    x: Any, total: Any = np.zeros(3), *, last: Any = (np.zeros(3), "k")  # noqa: B008
) -> Any:  # fmt: skip
    total += x
    last[0][1:] = total[:-1]
    return total.sum()


def _called_in_turn(x: Any) -> Any:
    return _in_defaults(x) - _in_defaults(2 * x)


@pytest.mark.parametrize("f", [_in_tuples, _in_defaults, _called_in_turn])
def test_arrays_in_tuples_and_default_arguments_are_changed(f: Any) -> None:
    defaults: Any = (_in_defaults.__defaults__, _in_defaults.__kwdefaults__)
    arrays = [
        TOTALS[0], TOTALS[1].w, TOTALS[1].rest[0], defaults[0][0], defaults[1]["last"][0],
    ]  # fmt: skip
    x, left = np.array([1.0, 2.0, 4.0]), []
    for run in (f, gl.compile(f)):
        for array in arrays:
            array[...] = 1
        results = [run(x) for _ in range(3)]
        left.append([*results, *[array.copy() for array in arrays]])
    for ours, theirs in zip(*left, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert _in_defaults.__defaults__ is defaults[0]
    assert type(TOTALS[0]) is np.ndarray
