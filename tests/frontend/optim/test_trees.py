"""Parameters by their paths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend import optim
from gradloom.frontend.optim.trees import Tree


@pytest.mark.parametrize("tree", [
    {"a.b": 1.0, "a": {"b": 2.0}}, {"a": {"0": 1.0}, "a.0": 2.0}, [{"x": 1.0}, {"x": 2.0}],
    {"['a']": {"b": 1.0}, "a": {"b": 2.0}}, {"0": 1.0, "[0]": 2.0},
])  # fmt: skip
def test_no_two_leaves_have_the_same_path(tree: Any) -> None:
    assert sorted(Tree.of(tree).leaves.values()) == [1.0, 2.0]
    zeros: Any = optim.SGD(1.0).step(tree, tree)
    assert [float(x) for x in Tree.of(zeros).leaves.values()] == [0.0, 0.0]


def test_groups_are_chosen_by_the_paths_of_parameters_too() -> None:
    weights = gl.params(layers=[{"w": np.ones(2), "bias": np.ones(2)}])
    opt = optim.SGD(1.0, groups={"*.bias": {"lr": 0.0}})
    grads = gl.grad(lambda p: np.sum(p["layers"][0]["w"] + p["layers"][0]["bias"]))(weights)
    weights.step(grads, opt)
    np.testing.assert_array_equal(weights["layers"][0]["w"], 0)
    np.testing.assert_array_equal(weights["layers"][0]["bias"], 1)


def test_gradients_may_stand_in_another_kind_of_container() -> None:
    made = optim.SGD(1.0).step({"a": (np.ones(2), np.ones(1))}, {"a": [np.ones(2), None]})
    assert isinstance(made["a"], tuple)
    np.testing.assert_array_equal(made["a"][0], 0)
