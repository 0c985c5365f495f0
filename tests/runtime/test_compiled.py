"""Programs that a framework's compiler made faster: only the same numbers count."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("msgspec")

import gradloom as gl
from gradloom import backends
from gradloom.ir.graph import Graph
from gradloom.runtime import messages as m
from gradloom.runtime.compiled import Checked, agree, identical
from gradloom.runtime.engine import HOT, Engine
from gradloom.runtime.wiring import COMPILED, pack


def checked(compiled, calls):
    def plain(x):
        calls.append("plain")
        return (x * 2,)

    def fast(x):
        calls.append("compiled")
        return compiled(x)

    return Checked(plain, lambda: fast, np.asarray)


def test_the_compiled_function_is_taken_once_its_results_were_the_same():
    calls = []
    f = checked(lambda x: (x + x,), calls)
    for _ in range(3):
        assert f(np.arange(3.0))[0].tolist() == [0, 2, 4]
    assert calls == ["plain", "compiled", "compiled", "compiled"]


@pytest.mark.parametrize("wrong", [lambda x: (x * 2 + 1e-3,), lambda x: (x[:1],), lambda x: 1 / 0])
def test_a_compiled_function_that_gives_anything_else_is_never_used(wrong, caplog):
    calls = []
    f = checked(wrong, calls)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert f(np.arange(3.0))[0].tolist() == [0, 2, 4]
    assert calls == ["plain", "compiled", "plain", "plain"]
    assert "runs uncompiled" in caplog.text


@given(st.sampled_from(["f4", "f8", "c8", "c16", "f2"]), st.integers(0, 2**20), st.integers(-3, 3))
def test_roundings_agree_and_more_does_not(dtype, seed, power):
    a = np.random.default_rng(seed).normal(size=9).astype(dtype) * np.array(10.0**power, dtype)
    a[0] = np.nan
    wide = np.float64 if a.dtype.kind == "f" else np.complex128
    near = (a.astype(wide) * (1 + 2 * np.finfo(dtype).eps)).astype(dtype)
    assert agree(a, near)
    far = a.copy()
    far[np.nanargmax(np.abs(a[1:])) + 1] *= 1.5
    assert not agree(a, far)


def test_integers_agree_only_where_they_are_equal():
    assert agree(np.array([1, 2]), np.array([1, 2]))
    assert not agree(np.array([1, 2]), np.array([1, 3]))
    assert not agree(np.array([1, 2]), np.array([1.0, 2.0]))


def run(engine: Engine, graph: Graph, *arrays: np.ndarray) -> list[np.ndarray]:
    define = pack(graph).define
    engine.learn(m.Prepare(define.digest, define.text))
    values = [engine.accept(a, str(a.dtype).replace("float", "f")) for a in arrays]
    out = engine.run(m.Run(0, 0, define.digest, (), ()), values)
    assert out.failure is None, out
    return [engine.give(x) for x in out.results]


@pytest.mark.framework
@pytest.mark.slow
def test_torchs_compiler_gives_the_same_numbers():
    pytest.importorskip("torch")
    x = np.linspace(-1, 1, 12).reshape(3, 4)
    plain = gl.trace(lambda x: (np.tanh(x @ x.T) * 3 + 1).sum(axis=0), x)
    graph = Graph(plain.parameters, plain.nodes, plain.results, plain.name, (COMPILED,))
    engine = Engine(backends.get("torch"))
    first, second = run(engine, graph, x), run(engine, graph, x)
    np.testing.assert_allclose(first[0], np.tanh(x @ x.T).sum(axis=0) * 3 + 3, rtol=1e-12)
    np.testing.assert_allclose(first[0], second[0], rtol=1e-10)
    (program,) = engine._programs.values()
    assert program.function._chosen is not program.function._plain


def engine_of(f, *arrays):
    """An engine that knows a program, and what runs it on arrays."""
    graph = gl.trace(f, *arrays)
    packed = pack(graph)
    engine = Engine(backends.get("numpy"))
    engine.learn(m.Prepare(packed.define.digest, packed.define.text, packed.define.constants))
    run = m.Run(0, 0, packed.define.digest, (0,), (1,))

    def call(*given):
        held = [engine.accept(np.asarray(x), "float64") for x in given]
        return engine.give(engine.run(run, held).results[0])

    return engine, packed.define.digest, call


def test_a_program_that_is_called_often_does_nothing_twice_and_gives_the_same_bits():
    def f(x):
        return np.tanh(x) * np.tanh(x) + np.negative(np.negative(x))

    x = np.random.default_rng(0).normal(size=5)
    engine, digest, call = engine_of(f, x)
    results = [call(x) for _ in range(HOT + 3)]
    assert all(r.tobytes() == f(x).tobytes() for r in results)
    function = engine._programs[digest].function
    assert isinstance(function, Checked)
    assert function._chosen not in (None, function._plain)


def test_an_optimized_program_with_other_bits_is_dropped_with_a_warning(caplog):
    calls = []

    def plain(x):
        calls.append("plain")
        return (x + 0.1,)

    f = Checked(plain, lambda: lambda x: (x + 0.1 + 1e-17 + 1e-16,), np.asarray, 2, identical)
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            assert f(np.arange(3.0))[0].tolist() == (np.arange(3.0) + 0.1).tolist()
    assert calls == ["plain"] * 4
    assert "came out differently" in caplog.text
