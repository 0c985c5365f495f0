"""Training of weights of `gl.params`: ambient names, roles, changes in place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.training.problems import lines

a: Any = None  # what weights of these names stand in front of
b: Any = None


def ambient(x: Any, y: Any) -> Any:
    return np.mean((a * x + b - y) ** 2)


def made() -> Any:
    return gl.params(a=np.zeros(()), b=np.zeros(1))


@pytest.mark.parametrize("backend", [None, "numpy", "torch", "jax", "tensorflow"])
def test_named_weights_train_in_place(backend: str | None) -> None:
    if backend not in (None, "numpy"):
        pytest.importorskip(backend)
    weights = made()
    array = weights.b
    first, last = gl.train(weights, ambient, 60, gl.optim.Adam(lr=0.1), *lines(), backend=backend)
    assert last < 0.01 * first
    assert weights.b is array
    np.testing.assert_allclose([float(weights.a), weights.b[0]], [2, 1], atol=0.2)


def test_steps_are_those_of_grad_and_step() -> None:
    x, y = lines()
    weights, other = made(), made()
    opt = gl.optim.Adam(lr=0.1)
    due = []
    for _ in range(5):
        value, grads = other.grad(ambient, x, y)
        other.step(grads, opt)
        due.append(float(value))
    trained = gl.train(weights, ambient, 5, gl.optim.Adam(lr=0.1), x, y)
    np.testing.assert_allclose(trained.losses, due, rtol=1e-12)
    np.testing.assert_allclose(weights.b, other.b, rtol=1e-12)
    assert trained.weights is weights


def test_an_optimizer_serves_step_and_train_in_turn() -> None:
    x, y = lines()
    weights, opt = gl.params(a=np.zeros(1), b=gl.frozen(np.ones(1))), gl.optim.Adam(lr=0.1)
    _, grads = weights.grad(ambient, x, y)
    weights.step(grads, opt)
    gl.train(weights, ambient, 2, opt, x, y)
    _, grads = weights.grad(ambient, x, y)
    weights.step(grads, opt)
    assert int(opt.state["count"]) == 4


def test_what_is_frozen_stays_and_what_is_tied_moves_as_one() -> None:
    weights = gl.params(
        a=np.zeros(1), b=gl.frozen(np.full(1, 0.5)), deep={"u": gl.tied("k", np.ones(2)),
        "v": gl.tied("k", np.ones(2))},
    )  # fmt: skip

    def loss(x: Any) -> Any:
        return np.sum((weights.a * x + weights.b) ** 2) + np.sum(weights.deep.u * weights.deep["v"])

    gl.fit(weights, loss, np.ones(4), epochs=3, opt=0.1)
    assert weights.b[0] == 0.5
    assert weights.a[0] != 0
    assert weights.deep.u is weights.deep.v
    np.testing.assert_allclose(weights.deep.u, 0.8**3)


def test_buffers_are_moved_by_what_the_objective_gives_besides() -> None:
    weights = gl.params(a=np.zeros(1), seen=gl.buffer(np.zeros(())))

    def loss(x: Any) -> Any:
        return np.sum((weights.a - x) ** 2), {"seen": weights.seen + 1, "size": np.sum(x)}

    history = gl.fit(weights, loss, np.arange(6.0), epochs=2, opt=0.1, batch_size=2, shuffle=False,
                     has_aux=True)  # fmt: skip
    assert weights.seen == 6
    assert history.aux == {"size": [1.0, 5.0, 9.0] * 2}


def test_a_value_for_a_trained_weight_is_refused() -> None:
    weights = gl.params(a=np.zeros(1))
    with pytest.raises(gl.ArgumentError, match="aux has a value for a, which is trained"):
        gl.train(weights, lambda: (np.sum(weights.a), {"a": weights.a}), 1, 0.1, has_aux=True)


def test_an_objective_with_one_more_argument_gets_the_weights() -> None:
    x, y = lines()
    weights = made()
    gl.fit(weights, lambda w, x, y: np.mean((w.a * x + w.b - y) ** 2), x, y, epochs=40, opt=0.2,
           batch_size=16)  # fmt: skip
    np.testing.assert_allclose(weights.b, [1], atol=1e-2)


def test_a_pipe_gets_the_batch_as_one() -> None:
    weights = made()
    gl.fit(weights, lambda batch: ambient(*batch), *lines(), epochs=40, opt=0.2, batch_size=16)
    np.testing.assert_allclose(weights.b, [1], atol=1e-2)


def test_on_epoch_sees_the_weights_as_they_are() -> None:
    weights, seen = made(), []
    gl.fit(weights, ambient, *lines(), epochs=3, opt=0.1,
           on_epoch=lambda epoch, loss: seen.append(float(weights.a)))  # fmt: skip
    assert len(set(seen)) == 3
    assert seen[-1] == float(weights.a)


def test_what_was_reached_stays_when_training_ends_in_an_error() -> None:
    weights = made()

    def stop(epoch: int, loss: float) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gl.fit(weights, ambient, *lines(), epochs=9, opt=0.1, on_epoch=stop)
    other = made()
    gl.fit(other, ambient, *lines(), epochs=3, opt=0.1)
    assert weights == other


def test_metrics_read_the_names_too() -> None:
    weights = made()
    history = gl.fit(weights, ambient, *lines(), epochs=1, opt=0.1,
                     metrics={"offset": lambda x, y: b[0] * 1.0})  # fmt: skip
    assert history.metrics["offset"] == [weights.b[0]]


def test_modules_train_and_move_their_statistics() -> None:
    from gradloom import nn

    model = nn.Sequential(nn.Linear(2, 8, key=0), nn.BatchNorm(8), nn.relu, nn.Linear(8, 3, key=1))
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 2)) + 3, np.arange(60) % 3
    x[np.arange(60), y % 2] += 2.0 * y

    def loss(model: Any, x: Any, y: Any) -> Any:
        scores, model = model.train(x)
        return nn.cross_entropy(scores, y), model

    history = gl.fit(model, loss, x, y, epochs=20, opt=gl.optim.Adam(lr=0.05), batch_size=20,
                     has_aux=True)  # fmt: skip
    assert history[-1] < 0.7 * history[0]
    trained = history.weights
    assert type(trained) is type(model)
    before, after = repr(model), repr(trained)
    assert before == after
    changed = [
        not np.array_equal(p, q) for p, q in zip(arrays(model), arrays(trained), strict=True)
    ]
    assert all(changed)


def arrays(model: Any) -> list[np.ndarray]:
    from tests.frontend.training.problems import leaves

    return [x for x in leaves(model) if x.dtype.kind == "f"]
