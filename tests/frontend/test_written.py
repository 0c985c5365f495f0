"""Arguments that a compiled function changes in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.signature import flatten
from gradloom.ir.errors import GradloomError, NotSupported, TraceError

Change = Callable[[Any, Any], Any]


def _added(x: Any, y: Any) -> None:
    x += y


def _row_scaled(x: Any, y: Any) -> None:
    x[1] *= y[0]


def _shifted(x: Any, y: Any) -> None:
    x[1:] = x[:-1]


def _masked(x: Any, y: Any) -> None:
    x[x > 0] = 0
    y[::-1, 1] = x[:, 0]


def _swapped(x: Any, y: Any) -> None:
    x[:], y[:] = y.copy(), x.copy()


def _trapped(x: Any, y: Any) -> None:
    x[0], x[1] = x[1], x[0]


def _turned(x: Any, y: Any) -> None:
    view = x.T[1:, ::-1]
    view -= y.T[1:]
    np.multiply(view, 2, out=view)


def _sorted(x: Any, y: Any) -> None:
    x.sort(axis=0)
    y.fill(3)
    np.copyto(y, x, where=x > 0)


def _at(x: Any, y: Any) -> None:
    np.add.at(x, [0, 0, 1], y[0])
    for row in x:
        row[...] = row[::-1]


CHANGES: list[Change] = [
    _added, _row_scaled, _shifted, _masked, _swapped, _trapped, _turned, _sorted, _at,
]  # fmt: skip
SQUARES = st.lists(st.integers(-4, 4), min_size=9, max_size=9).map(
    lambda xs: np.array(xs, float).reshape(3, 3)
)


def _backends() -> list[str]:
    return ["numpy", "torch", "jax", "tensorflow"]


@settings(max_examples=25, deadline=None)
@given(SQUARES, SQUARES, st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3))
def test_random_changes_of_arguments_leave_what_numpy_leaves(
    x: np.ndarray, y: np.ndarray, changes: list[Change]
) -> None:
    def f(x: Any, y: Any) -> Any:
        for change in changes:
            change(x, y)
        return x.sum() + y[0]

    plain, ours = [x.copy(), y.copy()], [x.copy(), y.copy()]
    expected = f(*plain)
    np.testing.assert_array_equal(gl.compile(f)(*ours), expected)
    for a, b in zip(ours, plain, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("backend", _backends())
@pytest.mark.parametrize("change", CHANGES, ids=lambda f: f.__name__)
def test_every_backend_changes_the_callers_arrays(backend: str, change: Change) -> None:
    pytest.importorskip(backend)
    x = np.array([[1.0, -2, 3], [4, 5, -6], [0, 8, 9]])
    y = np.arange(9.0).reshape(3, 3)[:, ::-1].copy()
    plain, ours = [x.copy(), y.copy()], [x.copy(), y.copy()]
    change(*plain)
    compiled = gl.compile(change, backend=backend)
    assert compiled(*ours) is None
    for a, b in zip(ours, plain, strict=True):
        np.testing.assert_allclose(a, b)
    change(*plain)
    compiled(*ours)  # again, by the program that is there
    for a, b in zip(ours, plain, strict=True):
        np.testing.assert_allclose(a, b)


def test_arrays_in_lists_and_dicts_and_views_of_the_callers_are_changed() -> None:
    def f(state: dict[str, Any], rows: list[Any]) -> Any:
        state["w"] += rows[0]
        rows[1][0] = 7
        return state["w"]

    base = np.zeros((3, 2))
    state, rows = {"w": base[:, 0]}, [np.ones(3), np.zeros(2)]
    result = gl.compile(f)(state, rows)
    assert result is state["w"]
    np.testing.assert_array_equal(base, [[1, 0], [1, 0], [1, 0]])
    np.testing.assert_array_equal(rows[1], [7, 0])


def test_an_argument_that_is_returned_is_the_callers_own_array() -> None:
    def f(x: Any) -> Any:
        x *= 2
        return x, x + 1

    x = np.arange(3.0)
    same, other = gl.compile(f)(x)
    assert same is x
    np.testing.assert_array_equal(x, [0, 2, 4])
    np.testing.assert_array_equal(other, [1, 3, 5])


def test_arguments_that_share_memory_are_refused_where_one_is_changed() -> None:
    compiled = gl.compile(_added)
    x = np.zeros((3, 3))
    with pytest.raises(TraceError, match="argument 'x' is changed in place, and argument 2 shares"):
        compiled(x, x)
    with pytest.raises(TraceError, match="shares its memory"):
        compiled(x[1:], x[:-1])
    base = np.zeros(6)
    compiled(base[::2], np.ones(3) + 0 * base[1::2])
    np.testing.assert_array_equal(base, [1, 0, 1, 0, 1, 0])


def test_arguments_that_cannot_be_written_are_refused_and_nothing_is_changed() -> None:
    fixed = np.zeros((3, 3))
    fixed.setflags(write=False)
    with pytest.raises(ValueError, match="assignment destination is read-only"):
        gl.compile(_added)(fixed, np.ones((3, 3)))
    y = np.zeros((3, 3))
    with pytest.raises(GradloomError, match="read-only"):
        gl.compile(_swapped)(y, fixed)
    assert not y.any()
    with pytest.raises(GradloomError, match="argument 'x'"):
        gl.compile(_added)(np.broadcast_to(1.0, (3, 3)), y)


def test_an_argument_that_is_given_another_shape_in_place_has_it_afterwards() -> None:
    def f(x: Any) -> Any:
        x.shape = (3, 2)
        x[0] = 7
        return x

    x = np.zeros((2, 3))
    assert gl.compile(f)(x) is x
    np.testing.assert_array_equal(x, [[7, 7], [0, 0], [0, 0]])
    with pytest.raises(AttributeError, match="incompatible shape for in-place modification"):
        gl.compile(f)(np.zeros((3, 2)).T)


def test_changes_are_refused_by_option() -> None:
    def f(x: Any) -> Any:
        x *= 2
        return x.sum()

    x = np.ones(2)
    with pytest.raises(TraceError, match="argument 'x' is changed in place"):
        gl.compile(f, mutation="refuse")(x)
    np.testing.assert_array_equal(x, [1, 1])
    with pytest.raises(GradloomError, match="mutation is"):
        gl.compile(f, mutation="ignore")


def test_derivatives_take_the_values_given_and_leave_the_arguments_alone() -> None:
    def f(x: Any, y: Any) -> Any:
        x[1:] *= x[:-1]
        y += x
        return np.sum(x * y)

    def pure(x: Any, y: Any) -> Any:
        return f(x.copy(), y.copy())

    x, y = np.array([2.0, 3, 5]), np.array([1.0, -1, 4])
    for transform in (gl.grad, gl.jacfwd, gl.jacrev, gl.hessian, gl.value_and_grad):
        ours, plain = transform(f, (0, 1))(x, y), transform(pure, (0, 1))(x, y)
        for a, b in zip(flatten(ours)[0], flatten(plain)[0], strict=True):
            np.testing.assert_allclose(a, b)
    ones = (np.ones(3), np.ones(3))
    np.testing.assert_allclose(gl.jvp(f, (x, y), ones), gl.jvp(pure, (x, y), ones))
    np.testing.assert_allclose(gl.vjp(f, x, y)[1](1.0), gl.vjp(pure, x, y)[1](1.0))
    np.testing.assert_allclose(gl.compile(gl.grad(f))(x, y), gl.grad(pure)(x, y))
    np.testing.assert_array_equal(x, [2, 3, 5])
    np.testing.assert_array_equal(y, [1, -1, 4])


@pytest.mark.parametrize("axis", [0, 1])
def test_a_mapped_function_changes_the_batch_as_a_loop_would(axis: int) -> None:
    def f(row: Any, by: Any) -> Any:
        row[1:] += by * row[:-1]
        return row.sum()

    x = np.arange(12.0).reshape(3, 4)
    plain = x.copy()
    expected = [f(row, 2.0) for row in (plain if axis == 0 else plain.T)]
    compiled, traced = x.copy(), x.copy()
    mapped = gl.vmap(f, in_axes=(axis, None))
    np.testing.assert_array_equal(mapped(traced, 2.0), expected)
    np.testing.assert_array_equal(traced, plain)
    np.testing.assert_array_equal(gl.compile(mapped)(compiled, 2.0), expected)
    np.testing.assert_array_equal(compiled, plain)
    with pytest.raises(TraceError, match="'by' is changed in place, and is the same array for all"):
        gl.vmap(lambda row, by: by.fill(0), in_axes=(0, None))(x, np.ones(2))


def test_a_mapped_function_that_returns_its_argument_returns_the_batch() -> None:
    def f(row: Any) -> Any:
        row *= 2
        return row

    x = np.ones((2, 2))
    assert gl.vmap(f)(x) is x
    other = gl.vmap(f, out_axes=1)(x)
    assert other is not x
    np.testing.assert_array_equal(x, np.full((2, 2), 4.0))


def test_an_array_of_the_trace_around_is_not_changed_from_within_a_derivative() -> None:
    def f(x: Any) -> Any:
        kept = np.zeros(2)

        def inner(y: Any) -> Any:
            kept[0] = y[0]
            return (kept * y).sum()

        return gl.grad(inner)(x)

    with pytest.raises(TraceError, match="of the function around is changed in place"):
        gl.compile(f)(np.ones(2))


def test_a_trace_gives_the_changes_beside_the_result_and_says_so() -> None:
    def f(x: Any) -> Any:
        x *= 2
        return x.sum()

    graph = gl.trace(f, np.ones(2))
    assert "argument 'x' is changed in place: its new content is result 2" in str(graph)
    total, changed = graph(np.array([1.0, 2.0]))
    assert total == 6
    np.testing.assert_array_equal(changed["x"], [2, 4])
    assert gl.eval_shape(f, np.ones(2)).shape == ()


def test_torch_tensors_are_changed_and_jax_arrays_are_refused() -> None:
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    x, y = torch.zeros(3, 3, dtype=torch.float64), torch.ones(3, 3, dtype=torch.float64)
    gl.compile(_added, backend="torch")(x, y)
    assert bool((x == 1).all())
    with pytest.raises(TraceError, match="shares its memory"):
        gl.compile(_added, backend="torch")(x, x.T)
    with pytest.raises(NotSupported, match="cannot be"):
        gl.compile(_added, backend="jax")(jax.numpy.zeros((3, 3)), np.ones((3, 3)))


def test_an_onnx_file_gives_the_changes_as_further_outputs(tmp_path: Any) -> None:
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx_ir")

    def f(x: Any) -> Any:
        x[0] = 5
        return x.sum()

    path = tmp_path / "f.onnx"
    gl.export.onnx(f, (np.zeros(3),), path)
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    total, changed = session.run(None, {"x": np.ones(3)})
    assert total == 7
    np.testing.assert_array_equal(changed, [5, 1, 1])


BUFFER = np.zeros(3)


def test_a_store_into_an_array_from_outside_is_told_by_line_and_name() -> None:
    def one(x: Any) -> None:
        BUFFER[0] = x[0]

    def whole(x: Any) -> None:
        BUFFER[:] = x

    def added(x: Any) -> None:
        np.add(x, 1, out=BUFFER)

    for f in (one, whole):
        for run in (lambda f, x: gl.compile(f, mutation="refuse")(x), gl.trace):
            with pytest.raises(TraceError, match="neither made nor received: BUFFER") as told:
                run(f, np.ones(3))
            assert "BUFFER[" in str(told.value)
    with pytest.raises(TraceError, match="neither made nor received: BUFFER"):
        gl.compile(added, mutation="refuse")(np.ones(3))
    assert not BUFFER.any()
