"""Emitted source: readable, executable, and never made of a graph's own text."""

from __future__ import annotations

import ast
import time
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom import backends
from gradloom.backends.emit import emit
from gradloom.backends.names import comment, is_identifier
from gradloom.backends.writer import literal_text
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.dims import Dim, symbol
from gradloom.ir.errors import NotSupported, ShapeError
from gradloom.ir.graph import Graph, literal
from gradloom.ir.interpret import interpret
from gradloom.ir.location import Location
from gradloom.ir.types import parse_type, tensor_type

NUMPY = backends.get("numpy")


def graph(f: Callable[..., Any], *types: str, names: tuple[str, ...] = ()) -> Graph:
    return build.graph_of(f, [parse_type(t) for t in types], names)


def test_a_line_per_node_with_the_users_place() -> None:
    def f(x: Any, w: Any) -> Any:
        build.current().location = Location("/home/me/model.py", 19, "forward")
        return o.tanh(o.matmul(x, w))

    text = emit(graph(f, "f32[batch, 3]", "f32[3, 4]", names=("x", "w")), NUMPY).text
    assert text.splitlines()[5:] == [
        '@np.errstate(all="ignore")',
        "def main(x, w):",
        "    batch = x.shape[0]",
        "    v0 = x @ w  # model.py:19",
        "    np.tanh(v0, out=v0)  # model.py:19",
        "    return (v0,)",
    ]


def test_named_sizes_are_solved_from_the_shapes() -> None:
    def f(x: Any, y: Any) -> Any:
        n, m = symbol("n"), symbol("m")
        return [o.dim(size=n), o.dim(size=m), o.reshape(y, shape=(m, 2 * n + 1))]

    program = NUMPY.build(graph(f, "f64[2*n + 1]", "f64[2*n*m + m]"))
    n, m, y = program.numpy(np.zeros(7), np.arange(35.0))
    assert (n, m, y.shape) == (3, 5, (5, 7))


def test_a_size_that_no_argument_tells_is_an_error() -> None:
    with pytest.raises(ShapeError, match=r"m\*n"):
        emit(graph(lambda x: x, "f64[n*m]"), NUMPY)


@given(st.text(max_size=30), st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_hostile_names_never_reach_the_source(name: str, symbol_name: str) -> None:
    type = tensor_type(np.dtype("f8"), (Dim((((symbol_name,), 1),)),))
    where = Location(name, 1, name, name)

    def f(x: Any) -> Any:
        build.current().location = where
        y = o.sin(x)
        y.name = name
        return y

    g = build.graph_of(f, [type], [name], name=name)
    source = emit(g, NUMPY)
    tree = ast.parse(source.text)
    called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    assert called == {"np.errstate", "np.sin"}
    assert np.array_equal(source.function()(np.ones(2))[0], np.sin(np.ones(2)))


@pytest.mark.parametrize(
    "name",
    [
        "import",
        "print",
        "np",
        "main",
        "x\n",
        "ｘ",
        "__import__",
        "a b",
        "",
        "1a",
        "x);exit(",
        "match",
    ],
)
def test_a_name_that_is_no_plain_identifier_is_replaced(name: str) -> None:
    text = emit(graph(o.sin, "f64[2]", names=(name,)), NUMPY).text
    assert "def main(x0):" in text


@given(st.text())
def test_a_comment_stays_on_its_line(text: str) -> None:
    assert len(comment(text).splitlines()) <= 1
    assert is_identifier(text) <= text.isidentifier()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text(),
        lambda inner: st.tuples(inner) | st.tuples(inner, inner),
    )
)
def test_an_attribute_is_written_as_a_literal_of_its_value(value: Any) -> None:
    text = literal_text(value, str)
    assert repr(eval(text, {"__builtins__": {"float": float, "complex": complex}})) == repr(value)


def test_an_attribute_of_a_foreign_type_is_refused() -> None:
    with pytest.raises(NotSupported, match="object"):
        literal_text(object(), str)


def test_constants_travel_inside_stand_alone_source() -> None:
    small, large = np.array([1.5, np.nan, -0.0]), np.arange(300, dtype=np.int32).reshape(3, 100)

    def f(x: Any) -> Any:
        a, b = o.constant(value=Constant(small)), o.constant(value=Constant(large))
        return [x + a, b, a]

    source = emit(graph(f, "f64[3]"), NUMPY)
    namespace: dict[str, Any] = {}
    exec(source.text, namespace)
    results = namespace["main"](np.ones(3))
    assert np.array_equal(results[1], large)
    assert results[1].dtype == np.int32
    assert np.array_equal(results[2], small, equal_nan=True)
    assert np.signbit(results[2][2])


def test_large_constants_are_handed_over_when_executed() -> None:
    large = Constant(np.arange(300.0))
    program = NUMPY.build(graph(lambda x: x * o.constant(value=large), "f64[300]"))
    assert "constants[0]" in program.source
    assert np.array_equal(program(np.ones(300))[0], large.array)


def test_a_traceback_shows_the_emitted_line() -> None:
    main = NUMPY.build(graph(o.sin, "f64[2]", names=("x",))).main
    try:
        main("no array")
    except TypeError:
        assert "v0 = np.sin(x)" in traceback.format_exc()


def test_long_programs_are_emitted_in_linear_time() -> None:
    def chain(x: Any) -> Any:
        for _ in range(10_000):
            x = o.sin(x)
        return x

    g = graph(chain, "f64[2]")
    start = time.process_time()
    program = NUMPY.build(g)
    assert time.process_time() - start < 5
    assert np.array_equal(program.numpy(np.ones(2))[0], interpret(g, [np.ones(2)])[0])


def test_results_that_are_literals_or_arguments_are_returned() -> None:
    g = graph(
        lambda x: [literal(2.5, parse_type("f32[2,2]")), x, literal(True, parse_type("bool[]"))],
        "f64[3]",
    )
    found = NUMPY.build(g).numpy(np.ones(3))
    assert [(r.dtype.name, r.shape) for r in found] == [
        ("float32", (2, 2)),
        ("float64", (3,)),
        ("bool", ()),
    ]


def test_the_wrong_number_of_arrays_is_an_error() -> None:
    with pytest.raises(ShapeError, match="2 arrays were given where 1 are due"):
        NUMPY.build(graph(o.sin, "f64[2]"))(np.ones(2), np.ones(2))


def test_there_is_no_such_backend() -> None:
    with pytest.raises(NotSupported, match="numpi"):
        backends.get("numpi")


def test_a_broadcast_may_stand_in_one_node_twice() -> None:
    def f(x: Any) -> Any:
        wide = o.broadcast_to(x, shape=(2, 3))
        return o.concatenate(wide, o.exp(x), wide, wide, axis=0)

    (found,) = NUMPY.build(graph(f, "f64[1, 3]")).numpy(np.ones((1, 3)))
    np.testing.assert_array_equal(found.shape, (7, 3))
