"""Trees of parameters: attributes, roles, ties, gradients, steps."""

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import ArgumentError, DtypeError, MissingKey, NoAttribute, ShapeError


def small() -> object:
    return gl.params(
        w=np.ones((3, 2)),
        b=gl.frozen(np.zeros(2)),
        emb=gl.tied("e", np.full(2, 2.0)),
        head=gl.tied("e", np.full(2, 2.0)),
        blocks=[{"a": np.ones(2)}, {"a": np.full(2, 3.0)}],
    )


def test_names_are_attributes_and_keys_at_every_depth() -> None:
    weights = small()
    assert weights.w is weights["w"]
    assert weights.blocks[1].a[0] == weights["blocks"][1]["a"][0] == 3.0
    assert list(weights) == ["w", "b", "emb", "head", "blocks"]
    with pytest.raises(NoAttribute, match="no parameter 'missing'"):
        _ = weights.missing
    with pytest.raises(MissingKey, match="no parameter 'missing'"):
        weights["missing"]


def test_the_gradient_of_a_tied_array_is_the_sum_over_its_places() -> None:
    weights = small()
    value, grads = weights.grad(
        lambda p: np.sum(p.emb * 3 + p.head**2),
    )
    assert value == 20.0
    np.testing.assert_array_equal(grads.emb, [7.0, 7.0])
    assert grads.emb is grads.head
    assert grads.b is None


def test_a_step_changes_arrays_in_place_and_tied_ones_once() -> None:
    weights = small()
    before = weights.emb
    _, grads = weights.grad(lambda p: np.sum(p.emb * 3 + p.head**2))
    weights.step(grads, 0.1)
    assert weights.emb is before is weights.head
    np.testing.assert_allclose(before, 1.3)
    np.testing.assert_array_equal(weights.b, 0.0)


def test_an_integer_does_not_train() -> None:
    with pytest.raises(DtypeError, match="'n' is i64, which has no derivative"):
        gl.params(n=3)
    assert gl.params(n=gl.frozen(3)).n == 3


def test_ties_to_nothing_and_to_other_shapes_are_refused() -> None:
    with pytest.raises(ArgumentError, match="'a' is tied to 'nobody'"):
        gl.params(a=gl.tied["nobody"])
    with pytest.raises(ShapeError, match=r"'b'.*is tied to 'a'"):
        gl.params(a=gl.tied("k", np.ones(2)), b=gl.tied("k", np.ones(3)))


def test_an_objective_that_is_no_scalar_is_refused() -> None:
    with pytest.raises(ShapeError, match="scalar"):
        small().grad(lambda p: p.w)
