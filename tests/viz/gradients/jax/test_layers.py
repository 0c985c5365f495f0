"""Which values of a JAX program are layers, what they are called, and where they are made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl

pytestmark = [pytest.mark.framework, pytest.mark.usefixtures("narrow")]
jax = pytest.importorskip("jax")
jnp = jax.numpy
X = np.linspace(-1.0, 1.0, 6, dtype=np.float32).reshape(2, 3)


def steps_of(f: Callable[..., Any], layers: Any = "auto") -> dict[str, Any]:
    """The layers' steps by name; None for the input."""
    from gradloom.viz.gradients.jax.flat import flatten
    from gradloom.viz.gradients.jax.layers import chosen_variables

    def whole(x: Any) -> Any:
        y = f(x)
        return y.sum(), y

    flat = flatten(whole, X, f.__name__)
    made = {v: step for step in flat.steps for v in step.equation.outvars}
    return {name: made.get(v) for name, v in chosen_variables(flat, layers).items()}


@jax.jit
def block(x: Any) -> Any:
    with jax.named_scope("mixing"):
        h = jnp.einsum("ij,jk->ik", x, jnp.ones((3, 3)))
    return jax.nn.relu(h)


def nested(x: Any) -> Any:
    h = block(jnp.sin(x))
    y = jax.nn.softplus(h * 2.0)
    return jnp.where(y > 1.0, y, 0.5)


def test_layers_are_named_by_scopes_and_functions() -> None:
    assert list(steps_of(nested)) == [
        "input", "sin", "block/mixing/matmul", "block/relu", "logaddexp", "output", "loss",
    ]  # fmt: skip
    assert list(steps_of(block)) == ["input", "mixing/matmul", "output", "loss"]  # not its own name


def test_layers_know_their_lines() -> None:
    places = {name: step.place for name, step in steps_of(nested).items() if step is not None}
    lines = {name: (at.function, at.source()) for name, at in places.items()}
    assert lines["sin"] == ("nested", "h = block(jnp.sin(x))")
    assert lines["block/relu"] == ("block", "return jax.nn.relu(h)")
    assert lines["output"] == ("nested", "return jnp.where(y > 1.0, y, 0.5)")
    assert {Path(at.file).name for at in places.values()} == {"test_layers.py"}


def test_what_is_ours_has_no_line_of_the_users() -> None:
    shown = gl.viz.gradients(jnp.sin, jnp.asarray(X))
    assert [layer.file for layer in shown.layers] == ["", "", ""]


@pytest.mark.parametrize(
    ("layers", "wanted"),
    [
        ("lines", ["input", "sin", "block/mixing/matmul", "block/relu", "logaddexp"]),
        ("values", ["input", "sin", "block/mixing/matmul", "block/relu", "multiply", "logaddexp"]),
        (["block/relu", "sin"], ["input", "sin", "block/relu"]),
        ("sin", ["input", "sin"]),
        (lambda e: e.primitive.name == "dot_general", ["input", "block/mixing/matmul"]),
    ],
    ids=["lines", "values", "names", "name", "question"],
)
def test_layers_are_chosen(layers: Any, wanted: list[str]) -> None:
    assert list(steps_of(nested, layers)) == [*wanted, "output", "loss"]


def test_unknown_layers_are_told_with_the_known_ones() -> None:
    with pytest.raises(gl.ArgumentError, match="'relu'") as told:
        steps_of(nested, ["relu"])
    assert "block/relu" in str(told.value)


def test_loops_branches_and_rules_of_ones_own_are_one_layer_each() -> None:
    @jax.custom_vjp
    def straight(x: Any) -> Any:
        return jnp.round(x)

    straight.defvjp(lambda x: (straight(x), None), lambda _, ct: (ct,))

    def f(x: Any) -> Any:
        h, sums = jax.lax.scan(lambda c, w: (jnp.tanh(c * w), c.sum()), x, jnp.arange(3.0))
        h = jax.lax.cond(sums[0] > 0, jnp.sin, jnp.cos, h) * sums[1]
        return jax.checkpoint(lambda h: straight(jnp.exp(h)))(h) * 2.0

    assert list(steps_of(f)) == [
        "input", "scan[0]", "scan[1]", "cond", "exp", "straight", "output", "loss",
    ]  # fmt: skip


def test_no_derivative_leads_through_stop_gradient() -> None:
    names = list(steps_of(lambda x: jnp.sin(x) * jax.lax.stop_gradient(jnp.exp(x))))
    assert names == ["input", "sin", "output", "loss"]


def test_transforms_within_the_function_are_in_the_names() -> None:
    def inner(row: Any) -> Any:
        with jax.named_scope("inner"):
            return jnp.sum(jnp.sin(row))

    names = list(steps_of(jax.vmap(jax.grad(inner))))
    assert names == ["input", "vmap(jvp(inner))/cos", "output", "loss"]
