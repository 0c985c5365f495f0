"""JAX functions in the gradient debugger: what is refused, carried, edited and shown."""

import functools
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import NotDifferentiable
from gradloom.viz.gradients.debugger import Gradients

pytestmark = [pytest.mark.framework, pytest.mark.usefixtures("narrow")]
jax = pytest.importorskip("jax")
jnp = jax.numpy
X = np.linspace(-1.0, 1.0, 6, dtype=np.float32).reshape(2, 3)


def shown_of(f: Callable[..., Any], x: Any = X, *more: Any, **options: Any) -> Gradients:
    return gl.viz.gradients(f, jnp.asarray(x), *more, **options)


def names(shown: Gradients) -> list[str]:
    return [layer.name for layer in shown.layers]


# ---- what comes in -------------------------------------------------------------------------------


def _reference(x: Any) -> Any:
    cell = jax.new_ref(x)
    cell[...] = jnp.sin(x)
    return cell[...] * x


def _asked_outside(x: Any) -> Any:
    from jax.experimental import io_callback

    return io_callback(np.sin, jax.ShapeDtypeStruct(x.shape, x.dtype), x) * x


@pytest.mark.parametrize(
    ("f", "x", "options", "error", "told"),
    [
        (jnp.tanh, jnp.arange(3), {}, gl.DtypeError, "int32"),
        (jnp.tanh, jnp.ones(3) * 1j, {}, gl.DtypeError, "complex64"),
        (jax.jit(jnp.tanh), [1.0, 2.0], {}, gl.DtypeError, "list"),
        (jnp.tanh, jax.random.key(0), {}, gl.DtypeError, "key"),
        (jnp.tanh, jnp.ones((0, 3)), {}, gl.ShapeError, r"\(0, 3\)"),
        (jnp.tanh, jnp.ones(3), {"argnum": 1}, gl.ArgumentError, "argnum=1"),
        (jax.jit(jnp.tanh), jnp.ones(3), {"backend": "torch"}, gl.CallError, "torch"),
        (lambda x: (x, x), jnp.ones(3), {}, gl.ArgumentError, "2 arrays"),
        (lambda x: 3.0, jnp.ones(3), {}, gl.ArgumentError, "does not depend"),
        (lambda x: x.astype(int), jnp.ones(3), {}, gl.ArgumentError, "does not depend"),
        (jax.lax.stop_gradient, jnp.ones(3), {}, gl.ArgumentError, "does not depend"),
        (jnp.tanh, jnp.ones(3), {"loss": lambda y: y}, gl.ShapeError, r"float32\[3\]"),
        (jnp.tanh, jnp.ones(3), {"loss": lambda y: None}, gl.ArgumentError, "0 arrays"),
        (jnp.tanh, jnp.ones(3), {"target": np.ones(2)}, gl.ShapeError, r"\(2,\)"),
        (lambda x: x * 1j, jnp.ones(3), {}, gl.ShapeError, "complex64"),
        (_reference, jnp.ones(3), {}, gl.NotSupported, "new_ref"),
        (_asked_outside, jnp.ones(3), {}, gl.NotSupported, "io_callback"),
        (lambda x: 1 // 0, jnp.ones(3), {}, ZeroDivisionError, "zero"),
        (lambda x: jax.lax.while_loop(lambda c: c.sum() < 9, lambda c: c * 2, x), jnp.ones(3), {},
         ValueError, "while_loop"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_at_is_told(
    f: Any, x: Any, options: Any, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        gl.viz.gradients(f, x, **options)


def test_traced_values_and_decisions_on_values_are_told() -> None:
    with pytest.raises(gl.ArgumentError, match=r"float32\[2,3\]"):
        jax.jit(lambda x: gl.viz.gradients(jnp.tanh, x))(X)
    with pytest.raises(jax.errors.TracerBoolConversionError) as told:
        shown_of(lambda x: x if x.sum() > 0 else -x)
    assert "traced" in told.value.__notes__[-1]
    with pytest.raises(jax.errors.TracerArrayConversionError) as told:
        shown_of(lambda x: np.tanh(x))
    assert "numpy" in told.value.__notes__[-1]


@pytest.mark.parametrize(
    "dtype",
    [
        "bfloat16",
        *(pytest.param(d, marks=pytest.mark.slow) for d in ("float16", "float8_e4m3fn")),
    ],
)
def test_low_precision_is_computed_as_it_is_and_shown_as_float32(dtype: str) -> None:
    def f(x: Any) -> Any:
        return jnp.tanh(x) * x

    x = jnp.asarray(X, dtype)
    shown = shown_of(f, x)
    tanh = shown.layer("tanh")
    assert tanh.activation is not None
    assert tanh.activation.dtype == np.float32
    np.testing.assert_array_equal(tanh.activation, jnp.tanh(x).astype(np.float32))
    wanted = jax.grad(lambda x: f(x).sum())(x)
    np.testing.assert_allclose(shown.layers[0].gradient, wanted.astype(np.float32), atol=0.15)
    shown.set_cell(0, 0, value=0.3)
    assert shown.layers[0].activation is not None
    assert shown.layers[0].activation[0, 0] == float(jnp.asarray(0.3, dtype))  # rounded


def test_other_arguments_are_what_they_are() -> None:
    @functools.partial(jax.jit, static_argnames="how")
    def f(params: Any, x: Any, key: Any, how: Any) -> Any:
        noise = jax.random.normal(key, x.shape)
        return jnp.tanh(x @ params["w"]) if how == "dense" else noise

    key = jax.random.key(3)
    shown = gl.viz.gradients(f, {"w": np.ones((3, 2))}, X, key, "dense", argnum=1)
    assert names(shown) == ["input", "matmul", "output", "loss"]
    with pytest.raises(gl.ArgumentError, match="does not depend"):
        gl.viz.gradients(f, {"w": np.ones((3, 2))}, X, key, "noise", argnum=1)


def test_numpy_functions_stay_numpys_whatever_runs_them() -> None:
    shown = gl.viz.gradients(lambda x: np.tanh(x), jnp.asarray(X), backend="jax")
    assert shown.graph is not None
    assert shown_of(jnp.tanh).graph is None


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_carried(odd: float) -> None:
    shown = shown_of(lambda x: jnp.tanh(x @ jnp.ones((3, 2)))).set_cell(0, 0, value=odd)
    json.dumps(shown.data(), allow_nan=False)
    assert shown.data()["layers"][0]["activation"][0] in ("NaN", "Infinity", "-Infinity")


# ---- using it ------------------------------------------------------------------------------------


def test_an_edit_is_computed_at_once_and_its_links_are_exact() -> None:
    def f(x: Any) -> Any:
        return jnp.sin(x) * jnp.asarray(X[::-1])

    shown = shown_of(f, target=np.zeros((2, 3))).set_cell(1, 2, value=0.25)
    edited = X.copy()
    edited[1, 2] = 0.25
    assert shown.loss == pytest.approx(float((f(edited) ** 2).sum()) / 2)
    wanted = jax.grad(lambda x: (f(x) ** 2).sum() / 2)(edited)
    np.testing.assert_allclose(shown.layers[0].gradient, wanted, atol=1e-6)
    (links,) = shown.links("input", 5)
    np.testing.assert_allclose(links.values, wanted[1, 2], rtol=1e-5)


def test_links_beyond_what_is_gone_through_are_asked_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from gradloom.viz.gradients import slopes

    monkeypatch.setattr(slopes, "WORK", 3)
    shown = shown_of(lambda x: straight(x @ jnp.ones((3, 2))))
    assert "too many links" in " ".join(shown.data()["notes"])
    (pushed,) = shown.links("input", 4)
    assert (pushed.sources.tolist(), pushed.targets.tolist()) == ([4, 4], [2, 3])
    (pulled,) = shown.links("matmul", 3)  # its derivative only goes back
    assert pulled.slopes is not None
    assert (pulled.targets.tolist(), pulled.slopes.tolist()) == ([3], [2.0])


@jax.custom_vjp
def straight(x: Any) -> Any:
    """Rounds; its derivative is 2."""
    return jnp.round(x)


straight.defvjp(lambda x: (straight(x), None), lambda _, ct: (2.0 * ct,))


def test_a_rule_that_only_goes_back_is_not_pushed_through() -> None:
    from gradloom.viz.gradients.jax.flat import flatten
    from gradloom.viz.gradients.jax.piece import Piece

    scanned = flatten(lambda x: jax.lax.scan(lambda c, _: (straight(c), None), x, None, 2)[0], X)
    piece = Piece(scanned, scanned.results, [scanned.input])
    with pytest.raises(NotDifferentiable):
        piece.push([X], 0, np.ones((1, 2, 3), np.float32))
    np.testing.assert_array_equal(piece.pull([X], np.ones((1, 2, 3), np.float32))[0], 4.0)


def test_a_rule_that_is_not_linear_is_told() -> None:
    @jax.custom_vjp
    def clipped(x: Any) -> Any:
        return x * 2.0

    clipped.defvjp(lambda x: (clipped(x), None), lambda _, ct: (jnp.clip(ct, -0.5, 0.5),))
    notes = shown_of(lambda x: clipped(x) * 3.0, layers=["clipped"]).data()["notes"]
    assert [note.split(":")[0] for note in notes] == [
        "the flows into clipped do not add up to the gradient that comes back"
    ]
    assert not shown_of(lambda x: straight(x) * 3.0).data()["notes"]


def test_render_traces_anew_with_the_weights_of_then() -> None:
    weights = {"w": jnp.full((3, 1), 2.0)}
    shown = shown_of(lambda x: x @ weights["w"], np.ones((1, 3), np.float32))
    weights["w"] = jnp.full((3, 1), 5.0)
    assert shown.set_cell(0, 0, value=2.0).loss == 8.0
    assert shown.render().loss == 15.0


def test_two_checkpoints_are_compared_saved_and_exported(tmp_path: Path) -> None:
    one, other = (
        gl.viz.gradients(lambda w, x: jnp.tanh(x @ w), jnp.full((3, 2), w), X, argnum=1)
        for w in (0.5, 2.0)
    )
    compared = one.compare(other).data()["compare"]
    assert compared["layers"][0]["activation"] == one.data()["layers"][0]["activation"]
    (path,) = one.save(tmp_path / "run.gradients.npz")
    assert gl.viz.gradients(path).data()["flows"] == one.data()["flows"]
    page = one.export(tmp_path / "page.html").read_text()
    assert "jnp.tanh(x @ w)" in page


def test_64_bits_hold_on_other_threads_too() -> None:
    with jax.enable_x64(True):
        shown = shown_of(jnp.sin, np.full((1, 2), 0.1, np.float64))
    made: list[Gradients] = []

    def elsewhere() -> None:
        made.append(shown.set_cell(0, 0, value=1e-12))
        made.append(shown.render())

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert len(made) == 2
    assert shown.layers[0].gradient is not None
    assert shown.layers[0].gradient.dtype == np.float64
    np.testing.assert_allclose(shown.layers[0].gradient, np.cos(np.full((1, 2), 0.1)), atol=1e-15)


def test_pieces_of_a_function_do_not_print_what_it_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def f(x: Any) -> Any:
        jax.debug.print("here {}", x.sum())
        return jnp.sin(x)

    shown_of(f)
    jax.effects_barrier()
    assert capsys.readouterr().out == ""


def test_a_page_edits_a_function_of_jax() -> None:
    client = pytest.importorskip("websockets.sync.client")
    pytest.importorskip("uvicorn")
    with jax.enable_x64(True):
        shown = shown_of(jnp.sin, np.full((1, 2), 0.1, np.float64))
    with shown.serve() as server:
        home = f"http://127.0.0.1:{server.port}"
        address = f"ws://127.0.0.1:{server.port}/{server.token}/socket"
        with client.connect(address, origin=home, proxy=None, max_size=None) as socket:
            socket.send(json.dumps({"do": "set_cell", "cell": 1, "value": 1e-12}))
            told: dict[str, Any] = {}
            while "document" not in told or told["document"]["input"]["values"][1] != 1e-12:
                told = json.loads(socket.recv(timeout=30))
    assert told["document"]["loss"] == pytest.approx(np.sin(0.1) + 1e-12, abs=1e-15)
    assert told["document"]["layers"][1]["op"] == "sin"
