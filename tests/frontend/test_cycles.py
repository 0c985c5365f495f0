"""Trees that hold themselves, and tensors of a framework, are told by name and path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.cycles import refuse_endless
from gradloom.ir.errors import ArgumentError, CallError, DtypeError


def ring() -> dict[str, Any]:
    tree: dict[str, Any] = {"w": np.ones(2), "inner": {"b": np.ones(1)}}
    tree["inner"]["back"] = tree["inner"]
    return tree


def loop() -> list[Any]:
    tree: list[Any] = [np.ones(2)]
    tree.append(tree)
    return tree


def test_a_dict_or_list_that_holds_itself_is_named_with_its_path(tmp_path: Path) -> None:
    for call in (gl.params, lambda tree: gl.save_params(tree, tmp_path / "w")):
        with pytest.raises(ArgumentError, match=r"\['inner'\] is a dict that holds .* \['back'\]"):
            call(ring())  # type: ignore[no-untyped-call]
    assert list(tmp_path.iterdir()) == []
    for made in (gl.grad, gl.compile, gl.vmap):
        with pytest.raises(ArgumentError, match="argument 1 is a list that holds itself, at"):
            made(lambda tree: np.sum(tree[0]))(loop())
    with pytest.raises(ArgumentError, match=r"argument 2\['inner'\] is a dict"):
        gl.trace(lambda x, tree: x, np.ones(2), ring())
    with pytest.raises(ArgumentError, match="argument 'tree' is a list"):
        gl.compile(lambda x, tree: x)(np.ones(2), tree=loop())
    with pytest.raises(ArgumentError, match="holds itself"):
        gl.train(ring(), lambda w: np.sum(w["w"]), 1, 0.1)


def test_one_that_is_only_deep_is_told_apart() -> None:
    deep: Any = np.ones(1)
    for _ in range(3000):
        deep = [deep]
    with pytest.raises(ArgumentError, match="nested too deeply"):
        gl.compile(lambda tree: 1.0)(deep)


def test_a_list_that_stands_in_two_places_is_no_cycle() -> None:
    shared = [np.ones(2)]
    assert gl.compile(lambda tree: np.sum(tree["a"][0]))({"a": shared, "b": shared}) == 2
    with pytest.raises(ArgumentError, match="nested too deeply"):
        refuse_endless({"a": shared, "b": shared})  # what is asked about was endless


@pytest.mark.parametrize("framework", ["torch", "jax", "tensorflow"])
def test_a_tensor_among_the_arguments_is_refused_by_its_path(framework: str) -> None:
    from gradloom import backends

    pytest.importorskip(framework)
    tensor = backends.get(framework).from_numpy(np.ones(2))
    tree = {"a": np.ones(2), "b": tensor}
    for made in (gl.grad, gl.value_and_grad, gl.compile):
        with pytest.raises(DtypeError, match="argument p_b is a") as caught:
            made(lambda p: np.sum(p["a"] * p["b"]))(tree)
        assert f"gl.to_{framework}" in str(caught.value)
    weights = gl.params(tree)  # which copies both
    assert type(weights.b) is np.ndarray
    assert np.array_equal(weights.grad(lambda p: np.sum(p.a * p.b))[1].a, np.ones(2))


def test_paths_may_be_bytes_and_are_no_numbers(tmp_path: Path) -> None:
    path = bytes(tmp_path / "w.safetensors")
    gl.save_params({"w": np.ones(2)}, path)
    assert np.array_equal(gl.load_params(path)["w"], np.ones(2))
    graph = gl.trace(np.sin, np.ones(2))
    gl.save(graph, bytes(tmp_path / "g.gir"))
    assert gl.load(bytes(tmp_path / "g.gir")) == graph
    for call in (gl.load, gl.load_params, gl.training.load_checkpoint):
        for wrong in (3, None, ["x"]):
            with pytest.raises(CallError, match="names no file"):
                call(wrong)
