"""The same tensors on a cluster of processes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("zmq")

import gradloom as gl
import gradloom.eager as gt
from gradloom.runtime import current
from gradloom.runtime.launch import Cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with gl.cluster(workers=2, backend="numpy") as made:
        yield made


def test_training_on_a_cluster_is_training_here(cluster: object) -> None:
    def train() -> list[float]:
        x = gt.from_numpy(np.linspace(-1, 1, 12).reshape(4, 3))
        w = gt.from_numpy(np.ones((3, 2)) / 3).requires_grad_()
        losses = []
        for _ in range(5):
            loss = ((x @ w).tanh() - 0.5).pow(2).mean()
            loss.backward()
            with gt.no_grad():
                w -= 0.3 * w.grad
            w.grad.zero_()
            losses.append(loss.item())
        return [*losses, *w.detach().reshape(-1).tolist()]

    there = train()
    with gt.local():
        here = train()
    assert there == here


@pytest.mark.parametrize("axis", [0, 1])
def test_what_is_cut_over_workers_has_the_bits_of_the_same_cut_here(
    cluster: object, axis: int
) -> None:
    name = f"cut {axis}"
    gt.register_config(name, gt.SignalConfig(shard=gt.ShardConfig(axis=axis, workers=[0, 1])))

    def train() -> tuple[list[tuple[int, ...]], np.ndarray]:
        rng = np.random.default_rng(0)
        with gt.signal.context(name):
            x = gt.from_numpy(rng.normal(size=(9, 4)))
        w = gt.from_numpy(rng.normal(size=(4, 5))).requires_grad_()
        for _ in range(3):
            ((x @ w).tanh() - 0.5).pow(2).mean().backward()
            with gt.no_grad():
                w -= 0.3 * w.grad
            w.grad = None
        return [part.shape for part in gt.signal.placement(x)], w.detach().numpy()

    shapes, there = train()
    with gt.local(workers=2):
        same, here = train()
    assert shapes == same == ([(5, 4), (4, 4)], [(9, 2), (9, 2)])[axis]
    assert np.array_equal(there, here)
    with gt.local():
        np.testing.assert_allclose(there, train()[1], rtol=1e-12)


def test_large_values_come_back_whole(cluster: object) -> None:
    x = gt.arange(200_000).reshape(400, 500)
    assert np.array_equal((x.T + 1).numpy(), np.arange(200_000).reshape(400, 500).T + 1)


def test_a_late_choice_of_workers_is_an_error(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current, "_default", [cluster.session])
    with pytest.raises(RuntimeError, match="late"):
        gt.gpu_workers(2)
    with pytest.raises(RuntimeError, match="late"):
        gt.connect(cluster.address)


def test_connecting_to_nothing_ends_in_time() -> None:
    with pytest.raises(gl.RemoteError, match="no dispatcher"):
        gt.connect("127.0.0.1:1", timeout_s=0.2)
