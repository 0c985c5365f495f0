"""Values at which numpy raises raise on every backend, by the same class of error."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom import backends
from tests.backends.test_agreement import BACKENDS, installed

X: Final = np.arange(12.0).reshape(3, 4) + 1


def _stored(x: Any, i: Any, j: Any) -> Any:
    y = x.copy()
    y[i, j] = -1.0
    return y


def _put(x: Any, i: Any, j: Any) -> Any:
    y = x.copy()
    np.put(y, i * 4 + j, -1.0)
    return y


def _times(x: Any, i: Any, j: Any) -> Any:
    y = x.copy()
    np.multiply.at(y, (i, j), 2.0)
    return y


def _walked(x: Any, i: Any, j: Any) -> Any:
    def step(total: Any, at: Any) -> Any:
        return total + x[at[0], at[1]], total

    return gl.scan(step, np.zeros(()), (i, j))[0]


def _turned(x: Any, i: Any, j: Any) -> Any:
    def body(state: Any) -> Any:
        turn, total = state
        return turn + 1, total + x[i[turn], j[turn]]

    return gl.while_loop(lambda s: s[0] < 2, body, (np.asarray(0), np.asarray(0.0)))[1]


PROGRAMS: Final[dict[str, Callable[..., Any]]] = {
    "read": lambda x, i, j: x[i, j],
    "one": lambda x, i, j: x[i[0], j[1]],
    "rows": lambda x, i, j: x[i] + np.sum(j),
    "take": lambda x, i, j: np.take(x, i, axis=0) + np.take(x[0], j)[:, None],
    "along": lambda x, i, j: np.take_along_axis(x, i[None, :].repeat(4, 0).T[:2], 0),
    "stored": _stored,
    "put": _put,
    "multiplied": _times,
    "embedded": lambda x, i, j: gl.nn.embedding(x, i),
    "differentiated": lambda x, i, j: gl.grad(lambda y: np.sum(y[i, j] ** 2))(x),
    "pushed": lambda x, i, j: gl.jvp(lambda y: y[i] * y[0], (x,), (x,))[1],
    "mapped": lambda x, i, j: gl.vmap(lambda a, b: x[a, b])(i, j),
    "mapped rows": lambda x, i, j: gl.vmap(lambda row, b: row[b])(x[:2], j),
    "a loop's": _walked,
    "a while's": _turned,
}


@cache
def compiled(name: str, program: str) -> Callable[..., Any]:
    made: Callable[..., Any] = gl.compile(PROGRAMS[program], backend=name)
    return made


def answer(f: Callable[..., Any], *args: Any) -> Any:
    """What it gives, or IndexError."""
    try:
        return f(*args)
    except IndexError:
        return IndexError


places = st.integers(-6, 6)
pairs = st.tuples(places, places)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", BACKENDS)
@settings(max_examples=6, deadline=None)
@given(i=pairs, j=pairs)
@example(i=(0, 2), j=(3, -4))
@example(i=(0, 3), j=(0, 0))
@example(i=(0, -4), j=(0, 0))
@example(i=(0, 0), j=(4, 4))
@example(i=(0, 0), j=(-5, -5))
def test_an_index_that_numpy_refuses_is_an_index_error_and_others_read_what_numpy_does(
    name: str, program: str, i: tuple[int, int], j: tuple[int, int]
) -> None:
    given = (X, np.array(i), np.array(j))
    due = answer(PROGRAMS[program], *given)
    found = answer(compiled(installed(name), program), *given)
    if due is IndexError or found is IndexError:
        assert found is due
    else:
        np.testing.assert_allclose(found, due)


@pytest.mark.parametrize("name", BACKENDS)
def test_only_the_way_that_is_taken_reads(name: str) -> None:
    def f(x: Any, i: Any) -> Any:
        return gl.cond(i < 3, lambda x, i: x[i], lambda x, i: x[0], x, i)

    run = gl.compile(f, backend=installed(name))
    np.testing.assert_allclose(run(X, np.asarray(2)), X[2])
    np.testing.assert_allclose(run(X, np.asarray(7)), X[0])
    assert answer(run, X, np.asarray(-4)) is IndexError


def test_the_error_on_jax_names_the_line_and_what_the_index_is_of() -> None:
    pytest.importorskip("jax")
    run = gl.compile(lambda x, i: x[:, i], backend="jax")
    with pytest.raises(IndexError, match="out of bounds for axis 1 with size 4") as caught:
        run(X, np.asarray(4))
    assert isinstance(caught.value, gl.GradloomError)
    assert "x[:, i]" in str(caught.value)


def test_a_free_size_is_looked_at_as_it_is() -> None:
    pytest.importorskip("jax")
    graph = gl.trace(lambda x, i: x[i], gl.spec("f64[n]"), gl.spec("i64[]"))
    run = backends.get("jax").build(graph).numpy
    assert run(np.arange(5.0), np.asarray(4))[0] == 4
    with pytest.raises(IndexError, match="size n"):
        run(np.arange(4.0), np.asarray(4))


# ---- matrices ------------------------------------------------------------------------------------

SINGULAR: Final = np.array([[1.0, 2], [2, 4]])
FINE: Final = np.array([[2.0, 1], [1, 3]])
INDEFINITE: Final = np.array([[1.0, 2], [2, 1]])
NAN: Final = np.array([[1.0, np.nan], [np.nan, 2]])
MATRICES: Final[dict[str, tuple[Callable[..., Any], np.ndarray]]] = {
    "inv": (np.linalg.inv, SINGULAR),
    "solve": (lambda a: np.linalg.solve(a, np.ones(2)), SINGULAR),
    "solve of 0": (lambda a: np.linalg.solve(a, np.zeros(2)), SINGULAR),
    "cholesky": (np.linalg.cholesky, INDEFINITE),
    "eigvals": (np.linalg.eigvals, NAN),
    "singular values": (lambda a: np.linalg.svd(a)[1], NAN),
    "derivative": (gl.grad(lambda a: np.sum(np.linalg.inv(a))), SINGULAR),
    "mapped": (lambda a: gl.vmap(np.linalg.inv)(np.stack([FINE, a])), SINGULAR),
}


@pytest.mark.parametrize("case", MATRICES)
@pytest.mark.parametrize("name", BACKENDS)
def test_a_matrix_that_numpy_refuses_is_a_linalg_error(name: str, case: str) -> None:
    f, bad = MATRICES[case]
    with pytest.raises(np.linalg.LinAlgError):
        f(bad)
    run = gl.compile(f, backend=installed(name))
    np.testing.assert_allclose(np.sort(run(FINE)), np.sort(f(FINE)), rtol=1e-12)
    with pytest.raises(np.linalg.LinAlgError):
        run(bad)


@pytest.mark.parametrize("name", ["tensorflow", "jax"])
def test_a_result_that_overflows_is_not_taken_for_a_singular_matrix(name: str) -> None:
    run = gl.compile(np.linalg.solve, backend=installed(name))
    tiny, huge = np.diag([1e-200, 1.0]), np.array([1e200, 1.0])
    with np.errstate(all="ignore"):
        assert np.isinf(np.linalg.solve(tiny, huge)[0])
    assert np.isinf(run(tiny, huge)[0])


@pytest.mark.parametrize("name", ["tensorflow", "jax"])
def test_nan_goes_through_cholesky_as_in_numpy(name: str) -> None:
    run = gl.compile(lambda a: np.linalg.cholesky(a), backend=installed(name))
    assert np.isnan(run(NAN)).any()
    assert np.isnan(np.linalg.cholesky(NAN)).any()


# ---- ways out ------------------------------------------------------------------------------------


def test_a_program_inside_jax_raises_where_its_index_has_a_value() -> None:
    jax = pytest.importorskip("jax")
    theirs = gl.to_jax(lambda x, i: np.sum(x[i] ** 2))
    with jax.enable_x64(True):
        x, i = jax.numpy.arange(3.0), jax.numpy.asarray(3)
        for run in (theirs, jax.grad(theirs)):
            with pytest.raises(IndexError, match="index 3 is out of bounds for axis 0 with size 3"):
                run(x, i)
        assert float(jax.jit(theirs)(x, i)) == 4  # where nothing can raise, XLA clamps


def test_stand_alone_source_for_jax_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jax = pytest.importorskip("jax")
    text = gl.export.source(_stored, (X, np.array([0]), np.array([0])), backend="jax")
    (tmp_path / "stand_alone_indices.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    main = importlib.import_module("stand_alone_indices").main
    del sys.modules["stand_alone_indices"]
    x, i, j = (jax.numpy.asarray(a) for a in (X, np.array([2]), np.array([3])))
    assert float(main(x, i, j)[0][2, 3]) == -1
    with pytest.raises(IndexError, match="index 4 is out of bounds for axis 1"):
        main(x, i, j + 1)


def test_onnx_runtime_raises_for_indices_past_the_end(tmp_path: Path) -> None:
    ort = pytest.importorskip("onnxruntime")
    given = (X, np.array([0, 1]), np.array([0, 1]))
    for program in ("read", "stored"):
        gl.export.onnx(PROGRAMS[program], given, tmp_path / "m.onnx")
        options = ort.SessionOptions()
        options.log_severity_level = 4
        session = ort.InferenceSession(tmp_path / "m.onnx", options)
        names = [i.name for i in session.get_inputs()]
        good = dict(zip(names, given, strict=True))
        np.testing.assert_allclose(session.run(None, good)[0], PROGRAMS[program](*given))
        with pytest.raises(Exception, match="invalid ind"):
            session.run(None, {**good, names[2]: np.array([0, 4])})


@pytest.mark.parametrize("program", ["read", "stored", "multiplied"])
def test_torchscript_raises_for_indices_past_the_end(program: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    given = (X, np.array([0, 1]), np.array([0, 1]))
    gl.export.torchscript(PROGRAMS[program], given, tmp_path / "m.pt")
    module = torch.jit.load(tmp_path / "m.pt")
    tensors = [torch.from_numpy(a) for a in given]
    np.testing.assert_allclose(module(*tensors), PROGRAMS[program](*given))
    with pytest.raises((RuntimeError, IndexError), match="out of"):
        module(*tensors[:2], torch.tensor([0, 4]))
