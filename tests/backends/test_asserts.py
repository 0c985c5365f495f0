"""What fails when a program runs raises our typed error, on every backend and in every region."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom import backends
from gradloom.backends.outlet import ChecksLeftOut
from gradloom.ir.errors import AssertFailed
from tests.asserting import GOOD, PROGRAMS, Program, straight
from tests.backends.test_agreement import BACKENDS, installed

IDS = [p.f.__name__ for p in PROGRAMS]


def raises(f: Any, x: Any, program: Program) -> None:
    message = program.f.__name__.replace("_", " ").replace("straight", "positive")
    with pytest.raises(AssertFailed, match=message) as caught:
        f(x)
    assert isinstance(caught.value, AssertionError)
    assert "assert_that(" in str(caught.value)  # the user's line


@pytest.mark.parametrize("program", PROGRAMS, ids=IDS)
@pytest.mark.parametrize("name", BACKENDS)
def test_a_failing_assert_raises_wherever_it_stands(name: str, program: Program) -> None:
    f, bad = program.f, np.array(program.bad, float)
    compiled = gl.compile(f, backend=installed(name))
    for x in (GOOD, np.array(program.spared, float)):
        np.testing.assert_allclose(compiled(x), f(x))
    raises(compiled, bad, program)
    np.testing.assert_allclose(compiled(GOOD), f(GOOD))  # nothing is left of the failure


@pytest.mark.parametrize("program", PROGRAMS, ids=IDS)
@pytest.mark.parametrize("name", BACKENDS)
def test_one_failing_member_fails_a_batch_and_one_that_is_not_reached_does_not(
    name: str, program: Program
) -> None:
    compiled = gl.compile(gl.vmap(program.f), backend=installed(name))
    rows = np.stack([GOOD, np.array(program.spared, float)])
    np.testing.assert_allclose(compiled(rows), [program.f(x) for x in rows])
    raises(compiled, np.stack([GOOD, np.array(program.bad, float)]), program)


@pytest.mark.parametrize("program", PROGRAMS[1:5], ids=IDS[1:5])
@pytest.mark.parametrize("name", BACKENDS)
def test_derivatives_assert_what_the_function_does(name: str, program: Program) -> None:
    mapped = gl.vmap(gl.grad(program.f))
    compiled = gl.compile(mapped, backend=installed(name))
    rows = np.stack([GOOD, np.array(program.spared, float)])
    np.testing.assert_allclose(compiled(rows), mapped(rows))
    raises(compiled, np.stack([GOOD, np.array(program.bad, float)]), program)


def test_forward_mode_of_a_while_asserts_what_it_does() -> None:
    for program in PROGRAMS[5:]:
        pushed = gl.compile(lambda x, f=program.f: gl.jvp(f, (x,), (x,))[1])
        assert pushed(GOOD) == pytest.approx(3 * 216)
        raises(pushed, np.array(program.bad, float), program)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_program_without_asserts_is_run_by_nothing_of_ours(name: str) -> None:
    program = backends.get(installed(name)).build(gl.trace(lambda x: x + 1, GOOD))
    assert "raise" not in program.source
    assert program.function.__module__ != "gradloom.backends.claims"
    checked = backends.get(name).build(gl.trace(straight, GOOD))
    assert checked.function.__module__ == "gradloom.backends.claims"


@pytest.mark.parametrize("name", BACKENDS)
def test_a_program_that_finds_a_size_tells_its_own_error_first(name: str) -> None:
    f = gl.compile(lambda x: np.sort(x[x > 2]).max(), backend=installed(name))
    assert f(GOOD) == 3
    with pytest.raises(ValueError, match="zero-size array") as caught:
        f(-GOOD)
    assert isinstance(caught.value, gl.GradloomError)


# ---- ways out ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BACKENDS)
def test_stand_alone_source_raises_a_builtin_error(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = f"stand_alone_{installed(name)}"
    (tmp_path / f"{module}.py").write_text(gl.export.source(straight, (GOOD,), backend=name))
    monkeypatch.syspath_prepend(tmp_path)
    main = importlib.import_module(module).main
    del sys.modules[module]
    give = backends.get(name).from_numpy
    assert float(main(give(GOOD))[0]) == 14
    with pytest.raises(AssertionError, match=r"positive \(asserting.py:"):
        main(give(-GOOD))


def test_onnx_and_stablehlo_leave_asserts_out_with_a_warning(tmp_path: Path) -> None:
    ort = pytest.importorskip("onnxruntime")
    pytest.importorskip("jax")
    with pytest.warns(ChecksLeftOut, match="ONNX .* the first is: positive") as told:
        gl.export.onnx(straight, (GOOD,), tmp_path / "m.onnx")
    assert told[0].filename == __file__
    session = ort.InferenceSession(tmp_path / "m.onnx")
    assert session.run(None, {"x": GOOD})[0] == 14
    with pytest.warns(ChecksLeftOut, match="StableHLO") as told:
        assert "callback" not in gl.export.stablehlo(straight, (GOOD,))
    assert told[0].filename == __file__


def test_every_torch_module_raises(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    gl.export.torchscript(straight, (GOOD,), tmp_path / "m.pt")
    modules = [
        torch.jit.load(tmp_path / "m.pt"),
        gl.export.torch_module(straight, (GOOD,)),
        gl.export.exported_program(straight, (GOOD,)).module(),
    ]
    for module in modules:
        assert float(np.ravel(module(torch.from_numpy(GOOD)))[0]) == 14
        with pytest.raises((AssertionError, RuntimeError, torch.jit.Error), match="positive"):
            module(torch.from_numpy(-GOOD))


def test_a_saved_model_raises(tmp_path: Path) -> None:
    tf = pytest.importorskip("tensorflow")
    gl.export.saved_model(straight, (GOOD,), tmp_path / "m")
    run = tf.saved_model.load(str(tmp_path / "m")).run
    assert float(run(tf.constant(GOOD))["result"]) == 14
    with pytest.raises(tf.errors.InvalidArgumentError, match="positive"):
        run(tf.constant(-GOOD))


def test_a_framework_that_runs_our_function_raises_in_its_own_way() -> None:
    jax, torch = pytest.importorskip("jax"), pytest.importorskip("torch")
    ours = gl.to_jax(straight)
    np.testing.assert_allclose(jax.grad(ours)(jax.numpy.asarray(GOOD)), 2 * GOOD, rtol=1e-6)
    with pytest.raises(AssertionError, match="positive"):
        ours(jax.numpy.asarray(-GOOD))
    theirs = gl.to_torch(straight)
    rows = torch.from_numpy(np.stack([GOOD, GOOD]))
    np.testing.assert_allclose(torch.func.vmap(torch.func.grad(theirs))(rows), 2 * rows)
    with pytest.raises(AssertionError, match="positive"):
        torch.func.vmap(theirs)(-rows)
