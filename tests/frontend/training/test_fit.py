"""`gl.fit`: epochs over a data set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.training.problems import (
    class_loss,
    classes,
    equal,
    hit_rate,
    layers,
    line_loss,
    lines,
    steps_traced,
)


def test_it_is_the_plain_loop_over_a_loader() -> None:
    x, y = classes()
    w, opt, means = layers(), gl.optim.Adam(lr=0.05), []
    loader = gl.data.DataLoader(x, y, batch_size=32, shuffle=True, seed=5)
    for _ in range(3):
        parts = []
        for bx, by in loader:
            value, grads = gl.value_and_grad(class_loss)(w, bx, by)
            parts.append((float(value), len(bx)))
            w = opt.step(w, grads)
        means.append(sum(v * n for v, n in parts) / sum(n for _, n in parts))
    made = gl.fit(
        layers(), class_loss, x, y, epochs=3, opt=gl.optim.Adam(lr=0.05), batch_size=32, seed=5
    )
    np.testing.assert_allclose(made, means, rtol=1e-5)
    for name in w:
        np.testing.assert_allclose(made.weights[name], w[name], rtol=1e-4, atol=1e-6)


def test_a_loader_and_arrays_with_its_options_are_the_same() -> None:
    x, y = classes()
    loader = gl.data.DataLoader(x, y, batch_size=16, shuffle=True, seed=2)
    a = gl.fit(layers(), class_loss, loader, epochs=2, opt=0.1)
    b = gl.fit(layers(), class_loss, x, y, epochs=2, opt=0.1, batch_size=16, seed=2)
    assert list(a) == list(b)
    assert equal(a.weights, b.weights)


def test_the_same_program_gives_the_same_numbers_and_another_seed_others() -> None:
    x, y = classes()

    def losses(**options: Any) -> list[float]:
        return list(gl.fit(layers(), class_loss, x, y, epochs=2, opt=0.1, batch_size=16, **options))

    assert losses() == losses(seed=0) != losses(seed=1)
    assert losses(rng=np.random.default_rng(1)) == losses(rng=np.random.default_rng(1))


def test_a_short_last_batch_makes_one_more_program_and_no_other() -> None:
    with steps_traced() as traced:
        gl.fit(np.zeros(2), line_loss, *lines(50), epochs=4, opt=gl.optim.Adam(), batch_size=16)
    assert sorted(traced) == [(2,), (16,)]


def test_the_history_has_every_loss_norm_rate_and_second() -> None:
    made = gl.fit(np.zeros(2), line_loss, *lines(20), epochs=3, opt=0.1, batch_size=8, seed=9)
    assert len(made) == len(made.seconds) == len(made.rates) == 3
    assert len(made.losses) == len(made.norms) == 9
    assert made.rates == [0.1] * 3
    assert made.seed == 9
    assert made.stopped is None
    assert made.skipped == []


def test_validation_and_metrics_are_means_over_all_rows() -> None:
    x, y = classes(91)
    made = gl.fit(
        layers(), class_loss, x, y, epochs=2, opt=0.1, batch_size=32,
        validation=(x[:50], y[:50]), metrics={"hits": hit_rate},
    )  # fmt: skip
    w = made.weights
    assert made.validation[-1] == pytest.approx(float(class_loss(w, x[:50], y[:50])), rel=1e-5)
    assert made.metrics["hits"][-1] == pytest.approx(hit_rate(w, x[:50], y[:50]))
    assert len(made.validation) == len(made.metrics["hits"]) == 2


def test_metrics_without_validation_data_are_of_the_training_data() -> None:
    x, y = classes()
    made = gl.fit(
        layers(), class_loss, x, y, epochs=1, opt=0.1, batch_size=32, metrics={"hits": hit_rate}
    )
    assert made.metrics["hits"] == [pytest.approx(hit_rate(made.weights, x, y))]
    assert made.validation == []


def test_an_objective_is_told_whether_it_trains() -> None:
    def loss(w: Any, x: Any, training: bool, key: Any) -> Any:
        assert (key is not None) == training
        return np.sum(w * 0) + (1.0 if training else 2.0)

    made = gl.fit(np.ones(1), loss, np.ones(4), epochs=1, opt=0.1, validation=np.ones(2))
    assert (made[0], made.validation) == (1.0, [2.0])


@pytest.mark.parametrize("jit", [True, False])
def test_gathered_batches_step_once_as_a_large_one(jit: bool) -> None:
    x, y = lines(48)
    opt = gl.optim.SGD(lr=0.1, momentum=0.9)
    small = gl.fit(np.zeros(2), line_loss, x, y, epochs=3, opt=opt, batch_size=8, shuffle=False,
                   accumulate=3, clip_norm=1.0, jit=jit)  # fmt: skip
    opt = gl.optim.SGD(lr=0.1, momentum=0.9)
    large = gl.fit(np.zeros(2), line_loss, x, y, epochs=3, opt=opt, batch_size=24, shuffle=False,
                   clip_norm=1.0, jit=jit)  # fmt: skip
    np.testing.assert_allclose(small.weights, large.weights, rtol=1e-12)


def test_what_is_gathered_at_the_end_of_an_epoch_counts_by_what_it_is() -> None:
    x, y = lines(24)
    made = gl.fit(np.zeros(2), line_loss, x, y, epochs=1, opt=0.1, batch_size=8, shuffle=False,
                  accumulate=2)  # fmt: skip
    w = np.zeros(2)
    grads = [gl.grad(line_loss)(w, x[i : i + 8], y[i : i + 8]) for i in (0, 8)]
    w = w - 0.1 * (grads[0] + grads[1]) / 2
    w = w - 0.1 * gl.grad(line_loss)(w, x[16:], y[16:])
    np.testing.assert_allclose(made.weights, w, rtol=1e-12)


def test_a_dict_of_arrays_is_one_argument() -> None:
    x, y = lines()
    made = gl.fit(np.zeros(2), lambda w, b: line_loss(w, b["x"], b["y"]), {"x": x, "y": y},
                  epochs=2, opt=0.1, batch_size=16)  # fmt: skip
    assert list(made) == list(
        gl.fit(np.zeros(2), line_loss, x, y, epochs=2, opt=0.1, batch_size=16)
    )


def test_an_objective_of_one_argument_gets_the_whole_batch() -> None:
    x, y = lines()
    made = gl.fit(
        np.zeros(2), lambda w, b: line_loss(w, *b), x, y, epochs=2, opt=0.1, batch_size=16
    )
    assert list(made) == list(
        gl.fit(np.zeros(2), line_loss, x, y, epochs=2, opt=0.1, batch_size=16)
    )


def test_batches_may_come_from_a_list_or_a_function_of_the_epoch() -> None:
    x, y = lines(32)
    whole = [(x[:16], y[:16]), (x[16:], y[16:])]
    due = gl.fit(np.zeros(2), line_loss, x, y, epochs=2, opt=0.1, batch_size=16, shuffle=False)

    def made(epoch: int) -> Iterator[Any]:
        assert epoch in (0, 1)
        yield from whole

    for source in (whole, made):
        assert list(gl.fit(np.zeros(2), line_loss, source, epochs=2, opt=0.1)) == list(due)


def test_an_iterator_that_is_used_up_is_told_as_that() -> None:
    x, y = lines(32)
    with pytest.raises(gl.ArgumentError, match="epoch 2: the batches came from a generator"):
        gl.fit(np.zeros(2), line_loss, ((x, y) for _ in range(2)), epochs=2, opt=0.1)


def test_on_epoch_gets_its_number_and_mean_loss() -> None:
    told: list[tuple[int, float]] = []
    made = gl.fit(np.zeros(2), line_loss, *lines(), epochs=3, opt=0.1, batch_size=16,
                  on_epoch=lambda epoch, loss: told.append((epoch, loss)))  # fmt: skip
    assert told == [*enumerate(made)]


class Noted:
    """A callback that keeps what it is told."""

    def __init__(self, until: int = 10**6) -> None:
        self.seen: list[Any] = []
        self.until = until

    def on_start(self, run: Any) -> None:
        self.seen.append("start")

    def on_step(self, run: Any) -> None:
        self.seen.append((run.epoch, run.batch, run.step))
        if run.step == self.until:
            run.stop("seen enough")

    def on_epoch(self, run: Any) -> None:
        self.seen.append(("epoch", run.epoch, run.history[-1]))

    def on_end(self, run: Any) -> None:
        self.seen.append("end")


def test_callbacks_are_told_in_order() -> None:
    noted = Noted()
    made = gl.fit(np.zeros(2), line_loss, *lines(16), epochs=2, opt=0.1, batch_size=8,
                  callbacks=[noted])  # fmt: skip
    assert noted.seen == [
        "start", (0, 1, 1), (0, 2, 2), ("epoch", 1, made[0]),
        (1, 1, 3), (1, 2, 4), ("epoch", 2, made[1]), "end",
    ]  # fmt: skip


def test_a_callback_can_stop_within_an_epoch() -> None:
    noted = Noted(until=3)
    made = gl.fit(np.zeros(2), line_loss, *lines(16), epochs=9, opt=0.1, batch_size=8,
                  callbacks=[noted])  # fmt: skip
    assert made.stopped == "seen enough"
    assert len(made) == 1
    assert len(made.losses) == 3
    assert noted.seen[-1] == "end"


def test_a_callback_can_change_the_rate_and_nothing_is_traced_again() -> None:
    class Halved:
        def on_epoch(self, run: Any) -> None:
            run.lr /= 2

    with steps_traced() as traced:
        made = gl.fit(np.zeros(2), line_loss, *lines(8), epochs=3, opt=0.4, callbacks=[Halved()])
    assert made.rates == [0.4, 0.2, 0.1]
    assert len(traced) == 1


def test_a_callback_reads_the_weights_as_they_are() -> None:
    seen: list[Any] = []

    class Look:
        def on_step(self, run: Any) -> None:
            seen.append(run.weights)

    made = gl.fit(np.zeros(2), line_loss, *lines(16), epochs=1, opt=0.1, batch_size=8,
                  callbacks=[Look()])  # fmt: skip
    assert len(seen) == 2
    assert not equal(seen[0], seen[1])
    assert equal(seen[1], made.weights)


def test_windows_of_a_sequence_train_a_model_of_what_comes_next() -> None:
    tokens = np.tile(np.arange(5), 40)

    def loss(w: Any, x: Any, y: Any) -> Any:
        return gl.nn.cross_entropy(w[x], y)

    loader = gl.data.DataLoader(tokens, batch_size=8, window=10, shuffle=True)
    made = gl.fit(np.zeros((5, 5)), loss, loader, epochs=20, opt=gl.optim.Adam(lr=0.3))
    assert made[0] > 1
    assert made[-1] < 0.05
    assert made.weights.argmax(1).tolist() == [1, 2, 3, 4, 0]


LOADER = gl.data.DataLoader(*lines(), batch_size=4)
EMPTY = gl.data.DataLoader(*lines(3), batch_size=4, drop_last=True)


@pytest.mark.parametrize(
    ("data", "change", "error", "says"),
    [
        (lines(), {"epochs": 0}, gl.ArgumentError, "epochs is 0"),
        ((), {}, gl.ArgumentError, "no arrays"),
        ((np.ones(0), np.ones(0)), {}, gl.ArgumentError, "no batch in DataLoader"),
        ((np.ones(3), np.ones(4)), {}, gl.ShapeError, "3 and 4 rows"),
        (([],), {}, gl.ArgumentError, "no batch"),
        ((lambda epoch: iter(()),), {}, gl.ArgumentError, "epoch 1 has no batch"),
        (lines(), {"batch_size": -3}, gl.ArgumentError, "batch_size is -3"),
        (lines(), {"accumulate": 0}, gl.ArgumentError, "accumulate is 0"),
        (lines(), {"resume": True}, gl.ArgumentError, "without checkpoint"),
        (lines(), {"metrics": {"a": 3}}, gl.CallError, "functions by name"),
        (lines(), {"metrics": [line_loss]}, gl.CallError, "functions by name"),
        ((LOADER,), {"batch_size": 4}, gl.ArgumentError, "its own"),
        ((EMPTY,), {}, gl.ArgumentError, "no batch"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(
    data: tuple[Any, ...], change: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        gl.fit(np.zeros(2), line_loss, *data, **{"epochs": 1, "opt": 0.1, **change})
