"""Training on a real cluster: workers as processes, and one of them killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.training.problems import class_loss, classes, equal, layers

pytest.importorskip("zmq")


def how() -> dict[str, Any]:
    """What trainings have in common; an optimizer has a state, so that each gets its own."""
    return {"opt": gl.optim.Adam(lr=0.02), "batch_size": 32}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """One worker that computes with numpy, so that numbers can be asked to be the same."""
    with gl.cluster(workers=1, backend="numpy") as made:
        yield made


def fitted(backend: Any, epochs: int = 3, **more: Any) -> Any:
    data = classes(96)
    return gl.fit(layers(), class_loss, *data, epochs=epochs, backend=backend, **how(), **more)


@pytest.mark.parametrize("name", ["the cluster", "its session", "cluster"])
def test_gl_fit_gives_the_losses_and_weights_of_this_process(cluster: Any, name: str) -> None:
    given = {"the cluster": cluster, "its session": cluster.session, "cluster": "cluster"}[name]
    here, there = fitted("numpy"), fitted(given)
    np.testing.assert_allclose(there.losses, here.losses, rtol=1e-6)
    for key, x in here.weights.items():
        np.testing.assert_allclose(there.weights[key], x, rtol=1e-5, atol=1e-7)


def test_everything_that_a_step_may_do_is_done_there_too(cluster: Any) -> None:
    x, y = classes(96)

    def loss(w: Any, x: Any, y: Any, *, key: Any, training: bool) -> Any:
        h = gl.nn.dropout(np.tanh(x @ w["hidden"]), 0.2, training, key=key)
        return gl.nn.cross_entropy(h @ w["out"], y), {"seen": np.sum(x)}

    found = [
        gl.fit(
            layers(), loss, x, y, epochs=2, opt=gl.optim.AdamW(lr=0.02), batch_size=16,
            clip_norm=1.0, accumulate=2, has_aux=True, seed=3, backend=backend,
        )
        for backend in ("numpy", cluster)
    ]  # fmt: skip
    np.testing.assert_allclose(found[0].losses, found[1].losses, rtol=1e-6)
    np.testing.assert_allclose(found[0].norms, found[1].norms, rtol=1e-5)


def test_an_objective_reads_arrays_around_it_anew_at_each_step(cluster: Any) -> None:
    class Growing:
        def __init__(self) -> None:
            self.target = np.zeros(3)

        def loss(self, w: Any) -> Any:
            return np.sum((w - self.target) ** 2)

        def on_step(self, run: Any) -> None:
            self.target = self.target + 1

    def losses(backend: Any) -> Any:
        model = Growing()
        return gl.train(
            np.zeros(3), model.loss, 5, 0.25, backend=backend, callbacks=[model]
        ).losses  # fmt: skip

    here = losses("numpy")
    assert here[1] > here[0] == 0  # the target moved
    np.testing.assert_allclose(losses(cluster), here, rtol=1e-12)


def test_ambient_weights_train_there_and_come_back(cluster: Any) -> None:
    x = np.linspace(-1, 1, 32)

    def trained(backend: Any) -> tuple[list[float], float]:
        weights = gl.params(slope=np.array(0.0), times=gl.frozen(np.array(3.0)))
        with weights:
            made = gl.train(
                weights,
                lambda: np.mean((slope * x * times - 6 * x) ** 2),  # type: ignore[name-defined]  # noqa: F821 (ambient)
                20, 0.1, backend=backend,
            )  # fmt: skip
        return made.losses, float(weights.slope)

    (here, due), (there, found) = trained("numpy"), trained(cluster)
    np.testing.assert_allclose(there, here, rtol=1e-12)
    assert found == pytest.approx(due)
    assert due == pytest.approx(2, abs=0.2)


def test_a_checkpoint_resumes_there_and_here(cluster: Any, tmp_path: Path) -> None:
    fitted(cluster, 1, checkpoint=tmp_path)
    there = fitted(cluster, 3, checkpoint=tmp_path, resume=True)
    whole = fitted(cluster, 3)
    assert there.losses == whole.losses
    assert equal(there.weights, whole.weights)
    fitted(cluster, 1, checkpoint=tmp_path / "moved")
    here = fitted("numpy", 3, checkpoint=tmp_path / "moved", resume=True)
    np.testing.assert_allclose(here.losses, whole.losses, rtol=1e-6)


def test_what_numpy_raises_there_is_raised_here(cluster: Any) -> None:
    x, y = classes(96)
    with pytest.raises(gl.GradloomError, match="class") as caught:
        gl.fit(layers(), class_loss, x, y + 1, epochs=1, backend=cluster, **how())
    assert "step 1" in str(caught.value.__notes__)
    with pytest.raises(gl.GradloomError, match="step 1"):
        gl.fit(layers(), class_loss, x * np.nan, y, epochs=1, backend=cluster, **how())
    assert fitted(cluster, 1).losses  # the cluster goes on


# ---- a worker that dies --------------------------------------------------------------------------


class Kills:
    """Kills the worker after one step."""

    def __init__(self, cluster: Any, step: int) -> None:
        self.cluster, self.step = cluster, step

    def on_step(self, run: Any) -> None:
        if run.step == self.step:
            os.kill(self.cluster.processes[1], signal.SIGKILL)


def test_a_training_goes_on_where_another_worker_takes_over() -> None:
    with gl.cluster(workers=1, backend="numpy", restart=True) as cluster:
        found = fitted(cluster, callbacks=[Kills(cluster, 4)])
    np.testing.assert_allclose(found.losses, fitted("numpy").losses, rtol=1e-6)


@pytest.mark.slow  # a session waits ten seconds for a worker
def test_without_another_worker_it_ends_in_an_error_and_its_checkpoint_goes_on_elsewhere(
    tmp_path: Path,
) -> None:
    def go(backend: Any, **more: Any) -> Any:
        kept = gl.training.Checkpoints(tmp_path, every_steps=1)
        return fitted(backend, checkpoint=kept, **more)

    with (
        gl.cluster(workers=1, backend="numpy") as cluster,
        pytest.raises(gl.GradloomError) as caught,
    ):
        go(cluster, callbacks=[Kills(cluster, 4)])
    assert isinstance(caught.value, gl.WorkerLost | gl.RemoteError)
    assert any("at step 5" in note for note in caught.value.__notes__)
    assert gl.training.load_checkpoint(tmp_path).step == 4
    gone_on = go("numpy", resume=True)
    np.testing.assert_allclose(gone_on.losses, fitted("numpy").losses, rtol=1e-6)
