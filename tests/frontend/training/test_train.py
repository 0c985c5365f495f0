"""`gl.train`: steps on the same data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.training.problems import (
    class_loss,
    classes,
    equal,
    layers,
    leaves,
    line_loss,
    lines,
    steps_traced,
)

BACKENDS = ("numpy", "torch", "jax", "tensorflow")


def by_hand(steps: int, make: Any, loss: Any, w: Any, *args: Any) -> tuple[list[float], Any]:
    """Losses and weights of the plain loop."""
    losses, opt = [], make()
    for _ in range(steps):
        value, grads = gl.value_and_grad(loss)(w, *args)
        losses.append(float(value))
        w = opt.step(w, grads)
    return losses, w


@pytest.mark.parametrize("make", [lambda: gl.optim.SGD(lr=0.1, momentum=0.9), gl.optim.Adam])
@pytest.mark.parametrize("jit", [True, False])
def test_it_is_the_plain_loop(make: Any, jit: bool) -> None:
    x, y = classes()
    losses, w = by_hand(8, make, class_loss, layers(), x, y)
    made = gl.train(layers(), class_loss, 8, make(), x, y, jit=jit)
    np.testing.assert_allclose(made.losses, losses, rtol=1e-5)
    assert tuple(made) == (made.first, made.last) == (made.losses[0], made.losses[-1])
    for name in w:
        np.testing.assert_allclose(made.weights[name], w[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_gives_the_same_and_numpy_arrays(backend: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    x, y = classes()
    due = gl.train(layers(), class_loss, 5, gl.optim.Adam(lr=0.1), x, y, jit=False)
    made = gl.train(layers(), class_loss, 5, gl.optim.Adam(lr=0.1), x, y, backend=backend)
    np.testing.assert_allclose(made.losses, due.losses, rtol=1e-5)
    for name, array in made.weights.items():
        assert type(array) is np.ndarray
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, due.weights[name], rtol=1e-3, atol=1e-5)


def test_the_weights_that_were_given_stay_as_they_were() -> None:
    x, y = classes()
    given = layers()
    gl.train(given, class_loss, 3, 0.5, x, y)
    assert equal(given, layers())


def test_a_number_is_the_rate_of_plain_descent() -> None:
    x, y = lines()
    made = gl.train(np.zeros(2), line_loss, 4, 0.1, x, y)
    assert equal(
        made.weights, gl.train(np.zeros(2), line_loss, 4, gl.optim.SGD(lr=0.1), x, y).weights
    )


def test_data_may_be_read_by_closure() -> None:
    x, y = lines()
    made = gl.train(np.zeros(2), lambda w: line_loss(w, x, y), 200, 0.2)
    np.testing.assert_allclose(made.weights, [2, 1], atol=1e-6)


def test_the_optimizer_goes_on_where_it_stood() -> None:
    x, y = lines()
    whole = gl.train(np.zeros(2), line_loss, 9, gl.optim.Adam(lr=0.1), x, y)
    opt = gl.optim.Adam(lr=0.1)
    half = gl.train(np.zeros(2), line_loss, 4, opt, x, y)
    rest = gl.train(half.weights, line_loss, 5, opt, x, y)
    assert equal(rest.weights, whole.weights)
    assert half.losses + rest.losses == whole.losses


def test_a_schedule_is_asked_for_every_step_and_nothing_is_traced_again() -> None:
    x, y = lines()
    asked: list[int] = []

    def rate(step: int) -> float:
        asked.append(int(step))
        return 0.1 / (1 + step)

    with steps_traced() as traced:
        made = gl.train(np.zeros(2), line_loss, 6, gl.optim.SGD(lr=rate), x, y)
    w = np.zeros(2)
    for step in range(6):
        w = w - 0.1 / (1 + step) * gl.grad(line_loss)(w, x, y)
    np.testing.assert_allclose(made.weights, w, rtol=1e-12)
    assert sorted(set(asked)) == [*range(7)][: max(asked) + 1]
    assert len(traced) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: gl.optim.RMSprop(lr=0.01), lambda: gl.optim.Lion(lr=0.01),
        lambda: gl.optim.LAMB(lr=0.01), lambda: gl.optim.NAdam(lr=0.01),
        lambda: gl.optim.accumulate(gl.optim.Adam(lr=0.01), 2),
        lambda: gl.optim.AdamW(lr=0.01, groups={"out": {"weight_decay": 0.0, "lr": 0.1}}),
        lambda: gl.optim.Adam(lr=gl.optim.warmup(gl.optim.cosine_decay(0.05, 10), 3)),
    ],
)  # fmt: skip
def test_every_kind_of_optimizer_moves_as_in_the_plain_loop(make: Any) -> None:
    x, y = classes()
    losses, _ = by_hand(6, make, class_loss, layers(np.float64), x, y)
    made = gl.train(layers(np.float64), class_loss, 6, make(), x, y)
    np.testing.assert_allclose(made.losses, losses, rtol=1e-6)
    assert made.last != made.first


@pytest.mark.parametrize(
    ("weights", "loss", "due"),
    [
        ([np.ones(2), 0.5], lambda w: np.sum(w[0] ** 2) + w[1] ** 2, [np.full(2, 0.8), 0.4]),
        (3.0, lambda w: w * w, 2.4),
        ({"w": np.ones(2), "kind": "relu"}, lambda w: np.sum(w["w"] ** 2), None),
        (np.array([1 + 2j]), lambda w: np.sum(np.abs(w) ** 2), np.array([0.8 + 1.6j])),
    ],
)
def test_weights_are_any_tree_of_floats(weights: Any, loss: Any, due: Any) -> None:
    made = gl.train(weights, loss, 1, 0.1).weights
    if due is None:
        assert made["kind"] == "relu"
        np.testing.assert_allclose(made["w"], 0.8)
    else:
        for a, b in zip(leaves(made), leaves(due), strict=True):
            np.testing.assert_allclose(a, b)


def test_clipping_is_that_of_gl_optim() -> None:
    x, y = lines()
    grads = gl.grad(line_loss)(np.zeros(2), x, y)
    by_norm = gl.train(np.zeros(2), line_loss, 1, 1.0, x, y, clip_norm=0.5).weights
    np.testing.assert_allclose(-by_norm, gl.optim.clip_grad_norm(grads, 0.5))
    by_value = gl.train(np.zeros(2), line_loss, 1, 1.0, x, y, clip_value=0.25).weights
    np.testing.assert_allclose(-by_value, np.clip(grads, -0.25, 0.25))


def test_the_norm_of_the_gradients_is_noted_before_clipping() -> None:
    x, y = lines()
    grads = gl.grad(line_loss)(np.zeros(2), x, y)
    made = gl.train(np.zeros(2), line_loss, 1, 1.0, x, y, clip_norm=0.5)
    assert made.history.norms[0] == pytest.approx(np.sqrt(np.sum(grads**2)))


def test_an_objective_that_asks_for_a_key_gets_another_at_each_step_by_the_seed() -> None:
    def noise(w: Any, key: Any) -> Any:
        return w[0] * 0 + gl.random.uniform(key)

    def losses(**options: Any) -> list[float]:
        return gl.train(np.ones(1), noise, 5, 0.1, **options).losses

    assert len(set(losses())) == 5
    assert losses(seed=3) == losses(seed=3) != losses(seed=4)
    assert losses(seed=3, jit=False) == losses(seed=3)


def test_running_means_come_beside_the_weights() -> None:
    x, y = lines()
    ema = gl.optim.EMA(decay=0.5)
    made = gl.train(np.zeros(2), line_loss, 3, 0.1, x, y, ema=ema)
    w, mean = np.zeros(2), np.zeros(2)
    for _ in range(3):
        w = w - 0.1 * gl.grad(line_loss)(w, x, y)
        mean = 0.5 * mean + 0.5 * w
    np.testing.assert_allclose(made.history.averaged, mean)
    np.testing.assert_allclose(made.weights, w)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"steps": 0}, gl.ArgumentError, "steps is 0"),
        ({"steps": 2.0}, gl.ArgumentError, "steps is 2.0"),
        ({"opt": "adam"}, gl.ArgumentError, "opt is str"),
        ({"opt": gl.optim.LBFGS()}, gl.ArgumentError, "opt is LBFGS"),
        ({"objective": 3}, gl.CallError, "the objective is a int"),
        ({"weights": {"n": np.arange(3)}}, gl.DtypeError, "no array of floats"),
        ({"weights": {}}, gl.DtypeError, "no array of floats"),
        ({"objective": lambda w: w}, gl.ShapeError, "scalar"),
        ({"clip_norm": 0}, gl.ArgumentError, "clip_norm is 0"),
        ({"clip_value": float("nan")}, gl.ArgumentError, "clip_value is nan"),
        ({"precision": "f8"}, gl.ArgumentError, "precision is 'f8'"),
        ({"on_nan": "stop"}, gl.ArgumentError, "on_nan is 'stop'"),
        ({"backend": "abacus"}, gl.GradloomError, "abacus"),
        ({"callbacks": [3]}, gl.CallError, "callback of type int"),
        ({"seed": -1}, gl.ArgumentError, "seed is -1"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    change: dict[str, Any], error: type[Exception], says: str
) -> None:
    given: dict[str, Any] = {
        "weights": np.ones(2), "objective": lambda w: np.sum(w**2), "steps": 2, "opt": 0.1,
    }  # fmt: skip
    with pytest.raises(error, match=says):
        gl.train(**{**given, **change})


RATE = 1.0
SHIFT = np.ones(3)


class Changing:
    """A callback that changes what the objective reads besides its arguments."""

    def on_step(self, run: Any) -> None:
        """A number and an array of this module."""
        global RATE
        RATE += 1.0
        SHIFT[...] += 1.0


@pytest.mark.framework
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("named", [True, False])
def test_variables_around_the_objective_that_change_count_at_the_next_step(
    backend: str, named: bool
) -> None:
    global RATE
    RATE = 1.0
    SHIFT[...] = 1.0

    def loss(w: Any) -> Any:
        return np.sum(w * 0.0) + RATE + SHIFT[0]

    weights = gl.params(v=np.zeros(2)) if named else np.zeros(2)
    objective = (lambda p: loss(p.v)) if named else loss
    made = gl.train(weights, objective, 3, 0.1, backend=backend, callbacks=[Changing()])
    assert made.losses == [2.0, 4.0, 6.0]


def test_metrics_read_variables_that_change_anew_at_each_epoch() -> None:
    SHIFT[...] = 1.0
    x, y = lines()
    history = gl.fit(
        np.zeros(2), line_loss, x, y, epochs=3, opt=0.1, batch_size=64, callbacks=[Changing()],
        metrics={"shift": lambda w, x, y: SHIFT[0]},
    )  # fmt: skip
    assert history.metrics["shift"] == [2.0, 3.0, 4.0]


class OwnOptimizer:
    """An optimizer of a user's own, which takes no rate at its update."""

    lr = 0.25

    def init(self, params: Any) -> dict[str, Any]:
        """Nothing to remember."""
        return {}

    def update(self, grads: Any, state: Any, params: Any) -> tuple[Any, Any]:
        """Plain descent."""
        return params - self.lr * grads, state


def test_an_optimizer_of_ones_own_needs_init_and_update_alone() -> None:
    made = gl.train(np.ones(2), lambda w: np.sum(w**2), 2, OwnOptimizer())
    np.testing.assert_allclose(made.weights, 0.25)
    with pytest.raises(gl.GradloomError, match="opt is the class Adam"):
        gl.train(np.ones(2), lambda w: np.sum(w**2), 2, gl.optim.Adam)


def test_a_learning_rate_may_be_of_numpy() -> None:
    due = gl.train(np.ones(2), lambda w: np.sum(w**2), 2, 0.25)
    for rate in (np.float32(0.25), np.float64(0.25)):
        made = gl.train(np.ones(2), lambda w: np.sum(w**2), 2, rate)
        np.testing.assert_array_equal(made.weights, due.weights)


def test_batches_may_be_lists_as_those_of_torch_are() -> None:
    x, y = lines(8)
    parts = [[x[:4], y[:4]], [x[4:], y[4:]]]
    tuples = [tuple(part) for part in parts]
    found, due = (
        gl.fit(np.zeros(2), line_loss, data, epochs=2, opt=0.1) for data in (parts, tuples)
    )
    np.testing.assert_array_equal(found.weights, due.weights)


@pytest.mark.framework
@pytest.mark.parametrize("backend", BACKENDS)
def test_tensors_of_torch_are_batches_on_every_backend(backend: str) -> None:
    torch = pytest.importorskip("torch")
    x, y = lines(8)
    rows = torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y))
    loader = torch.utils.data.DataLoader(rows, batch_size=4)
    due = gl.fit(np.zeros(2), line_loss, x, y, epochs=2, opt=0.1, batch_size=4, shuffle=False)
    found = gl.fit(np.zeros(2), line_loss, loader, epochs=2, opt=0.1, backend=backend)
    np.testing.assert_allclose(found.weights, due.weights, rtol=1e-12)
    made = gl.train(np.zeros(2), line_loss, 2, 0.1, *rows.tensors, backend=backend)
    assert made.last < made.first
