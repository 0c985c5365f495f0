"""Filters of comprehensions that traced values decide, and what takes a part of some items."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import NotSupported, TraceError, ValueNeeded
from tests.frontend.staging import sifting
from tests.frontend.staging.agreement import assert_compiled, assert_same, leaves

X = np.array([0.3, -0.8, 1.7, 0.9, -0.1])
DRAWS = [(X, np.float64(c)) for c in (0.2, -1.0, 1.0)]


@pytest.mark.parametrize("f", sifting.PROGRAMS, ids=lambda f: f.__name__)
def test_a_program_sifts_as_python_does(f: Any) -> None:
    assert_compiled(f, DRAWS)


def total(f: Callable[..., Any]) -> Callable[..., Any]:
    """A number made of all that a program gives."""

    def made(x: Any, c: Any) -> Any:
        out = 0.0
        for i, part in enumerate(f(x, c)):
            out = out + (i + 1.0) * (sum(v * v for v in part) if isinstance(part, list) else part)
        return out

    return made


DIFFERENTIATED = pytest.mark.parametrize(
    "f",
    [
        lambda x, c: sifting.adds_squares(x, c) * c,
        lambda x, c: sifting.finds_the_first(x, c) * sifting.finds_none(x, c),
        lambda x, c: sifting.sits_in_a_loop(x * 1.0, c),
        total(sifting.takes_extremes),
        total(sifting.has_two_filters),
        total(sifting.filters),
        total(sifting.names_a_value),
        total(sifting.sits_in_a_branch),
    ],
    ids=["squares", "first", "loop", "extremes", "two", "filters", "named", "branch"],
)


@DIFFERENTIATED
def test_gradients_are_those_with_values_at_hand(f: Any) -> None:
    compiled = gl.compile(gl.grad(f, argnums=(0, 1)))
    for x, c in DRAWS:
        due = gl.grad(f, argnums=(0, 1))(x, c)
        assert_same(compiled(x, c), due)
        steps = [(f(x + d, c) - f(x - d, c)) / 2e-6 for d in np.eye(5) * 1e-6]
        np.testing.assert_allclose(due[0], steps, rtol=1e-6, atol=1e-7)


@DIFFERENTIATED
def test_a_batch_is_a_loop_over_its_examples(f: Any) -> None:
    rows = np.stack([X, X * 2.0, -X])
    made = gl.compile(gl.vmap(lambda x: f(x, 0.25)))(rows)
    np.testing.assert_allclose(made, [f(x, 0.25) for x in rows])


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_other_backends_sift_too(backend: str) -> None:
    pytest.importorskip(backend)
    for f in (total(sifting.has_two_filters), total(sifting.takes_extremes)):
        run, slope = gl.compile(f, backend), gl.compile(gl.grad(f), backend)
        for x, c in DRAWS:
            np.testing.assert_allclose(np.asarray(run(x, c)), f(x, c), rtol=1e-9)
            np.testing.assert_allclose(np.asarray(slope(x, c)), gl.grad(f)(x, c), rtol=1e-9)


def test_it_is_exported_to_onnx(tmp_path: Path) -> None:
    ort = pytest.importorskip("onnxruntime")
    f = total(sifting.has_two_filters)
    gl.export.onnx(f, DRAWS[0], tmp_path / "f.onnx")
    session = ort.InferenceSession(tmp_path / "f.onnx")
    names = [given.name for given in session.get_inputs()]
    for x, c in DRAWS:
        made = session.run(None, dict(zip(names, (x, np.asarray(c)), strict=True)))[0]
        np.testing.assert_allclose(made, f(x, c))


def test_what_is_known_is_sifted_by_python() -> None:
    graph = gl.trace(lambda x: [x[i] for i in range(4) if i % 2 == 0], X)
    assert not {"cond", "while"} & {node.op.name for node in graph.nodes}


def test_the_next_of_none_is_an_error_when_the_program_runs() -> None:
    run = gl.compile(lambda x, c: next(v for v in x if v > c))
    assert run(*DRAWS[2]) == 1.7
    with pytest.raises(RuntimeError, match="there is no item"):
        run(X, np.float64(9.0))


def of_a_dict(x: Any, c: Any) -> Any:
    return {i: v for i, v in enumerate(x) if v > c}


def of_lists(x: Any, c: Any) -> Any:
    return [[v] for v in x if v > c]


def that_raises(x: Any, c: Any) -> Any:
    return [{"a": 1.0}["b"] for v in x if v > c]


def without_bound(x: Any, c: Any) -> Any:
    return [i for i in range(np.sum(x > c)) if x[i] > 0.0]


def asked_by_hand(x: Any, c: Any) -> Any:
    kept = (v for v in x if v > c)
    return next(kept), next(kept)


def growing_on_the_way(x: Any, c: Any) -> Any:
    kept = [c]

    def grow(v: Any) -> Any:
        if v > c and len(kept) < 4:
            kept.append(v)
        return v

    return [grow(v) for v in kept]


@pytest.mark.parametrize(
    ("f", "kind", "told"),
    [
        (of_a_dict, ValueNeeded, "the `if` of a dict's or set's comprehension"),
        (of_lists, TraceError, "a list of 1 .* and an empty list"),
        (that_raises, TraceError, "KeyError is raised in a comprehension"),
        (without_bound, NotSupported, "how many turns it has"),
        (asked_by_hand, ValueNeeded, "a `yield` under a traced condition"),
        (growing_on_the_way, TraceError, "a traced length while a comprehension goes through it"),
    ],
)
def test_it_is_refused(f: Any, kind: type[Exception], told: str) -> None:
    with pytest.raises(kind, match=told) as caught:
        gl.compile(f)(*DRAWS[0])
    assert f" in {f.__name__}" in str(caught.value)


def test_what_python_gives_is_kept_apart_from_what_it_raises() -> None:
    def f(x: Any, c: Any) -> Any:
        rest = iter([1.0, 2.0])
        try:
            return [next(rest) * v for v in x]
        except StopIteration:
            return c

    assert list(leaves(gl.compile(f)(*DRAWS[0]))) == [0.2]
