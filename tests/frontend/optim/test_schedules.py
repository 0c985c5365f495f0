"""Schedules are torch's, step for step, in plain Python and in a traced program."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend import optim

STEPS = 120
PAIRS: dict[str, tuple[Any, Callable[[Any, Any], Any]]] = {
    "constant": (optim.constant_lr(0.1), lambda s, o: s.ConstantLR(o, 1.0, 0)),
    "constant at first": (optim.constant_lr(0.1, 0.2, 7), lambda s, o: s.ConstantLR(o, 0.2, 7)),
    "step": (optim.step_decay(0.1, 0.5, 30), lambda s, o: s.StepLR(o, 30, 0.5)),
    "multistep": (
        optim.multistep_decay(0.1, [40, 5, 40]), lambda s, o: s.MultiStepLR(o, [5, 40, 40]),
    ),
    "exponential": (optim.exponential_decay(0.1, 0.97), lambda s, o: s.ExponentialLR(o, 0.97)),
    "linear": (optim.linear_lr(0.1), lambda s, o: s.LinearLR(o)),
    "linear down": (
        optim.linear_lr(0.1, 1.0, 0.1, 90), lambda s, o: s.LinearLR(o, 1.0, 0.1, 90),
    ),
    "polynomial": (
        optim.polynomial_decay(0.1, 90, 2.0), lambda s, o: s.PolynomialLR(o, 90, 2.0),
    ),
    "cosine": (
        optim.cosine_annealing(0.1, 50, 0.01), lambda s, o: s.CosineAnnealingLR(o, 50, 0.01),
    ),
    "restarts": (
        optim.cosine_restarts(0.1, 25), lambda s, o: s.CosineAnnealingWarmRestarts(o, 25),
    ),
    "longer restarts": (
        optim.cosine_restarts(0.1, 7, 3, 1e-3),
        lambda s, o: s.CosineAnnealingWarmRestarts(o, 7, 3, 1e-3),
    ),
    "one cycle": (optim.one_cycle(0.3, 120), lambda s, o: s.OneCycleLR(o, 0.3, 120)),
    "one cycle of lines": (
        optim.one_cycle(0.3, 120, 0.25, "linear", 10, 100, three_phase=True),
        lambda s, o: s.OneCycleLR(
            o, 0.3, 120, pct_start=0.25, anneal_strategy="linear", div_factor=10,
            final_div_factor=100, three_phase=True,
        ),
    ),
    "cyclic": (
        optim.cyclic(0.01, 0.1, 20, 9), lambda s, o: s.CyclicLR(o, 0.01, 0.1, 20, 9),
    ),
    "half as high": (
        optim.cyclic(0.01, 0.1, 20, mode="triangular2"),
        lambda s, o: s.CyclicLR(o, 0.01, 0.1, 20, mode="triangular2"),
    ),
    "ever lower": (
        optim.cyclic(0.01, 0.1, 20, mode="exp_range", gamma=0.99),
        lambda s, o: s.CyclicLR(o, 0.01, 0.1, 20, mode="exp_range", gamma=0.99),
    ),
    "warm-up": (
        optim.warmup(optim.cosine_annealing(0.1, 80), 10, 0.2),
        lambda s, o: s.SequentialLR(
            o, [s.LinearLR(o, 0.2, total_iters=10), s.CosineAnnealingLR(o, 80)], [10]
        ),
    ),
    "one after the other": (
        optim.sequential(
            [optim.constant_lr(0.1, 0.5, 200), optim.exponential_decay(0.1, 0.9), 0.1], [10, 30]
        ),
        lambda s, o: s.SequentialLR(
            o,
            [s.ConstantLR(o, 0.5, 200), s.ExponentialLR(o, 0.9), s.ConstantLR(o, 1.0, 0)],
            [10, 30],
        ),
    ),
}  # fmt: skip


@pytest.mark.framework
@pytest.mark.parametrize("name", PAIRS)
def test_a_schedule_is_torchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    ours, make = PAIRS[name]
    opt = torch.optim.SGD([torch.zeros(1)], lr=0.1, momentum=0.9)
    with warnings.catch_warnings():  # torch's own: steps of schedulers without optimizers', ...
        warnings.simplefilter("ignore")
        peer = make(torch.optim.lr_scheduler, opt)
        theirs = []
        for _ in range(STEPS):
            theirs.append(opt.param_groups[0]["lr"])
            peer.step()
    mine = [ours(step) for step in range(STEPS)]
    assert all(type(rate) is float for rate in mine)
    np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", PAIRS)
def test_one_program_serves_every_step(name: str) -> None:
    schedule = PAIRS[name][0]
    compiled = gl.compile(lambda step: schedule(step) * 1.0, backend="numpy")
    found = [float(compiled(np.asarray(step))) for step in range(STEPS)]
    np.testing.assert_allclose(found, [schedule(step) for step in range(STEPS)], rtol=1e-14)
    assert compiled.explain().count("first call") == 1
    assert "1 compiled" in compiled.explain()


def test_a_schedule_stays_where_it_ends() -> None:
    assert optim.cosine_decay(0.1, 10, 0.02)(500) == pytest.approx(0.02)
    assert optim.linear_decay(0.1, 10)(11) == 0
    cycle = optim.one_cycle(0.3, 10)
    assert cycle(9) == cycle(500) == pytest.approx(0.3 / 25 / 1e4)


def test_a_schedule_says_what_it_is() -> None:
    assert repr(optim.cosine_decay(0.1, 10)) == "cosine_decay(lr0=0.1, total_steps=10, min_lr=0.0)"
    assert "cosine_decay" in repr(optim.Adam(lr=optim.cosine_decay(0.1, 10)))
    assert "steps=3" in repr(optim.warmup(0.1, 3))


@pytest.mark.parametrize("make", [
    lambda: optim.constant_lr(-0.1), lambda: optim.constant_lr(float("nan")),
    lambda: optim.step_decay(0.1, 0.5, 0), lambda: optim.step_decay(0.1, 10, 0.5),
    lambda: optim.cosine_decay(0.1, -3), lambda: optim.linear_decay(float("inf"), 3),
    lambda: optim.one_cycle(0.1, 10, pct_start=1.5),
    lambda: optim.one_cycle(0.1, 10, anneal_strategy="cubic"),
    lambda: optim.cosine_restarts(0.1, 10, 0), lambda: optim.cyclic(0.1, 0.2, mode="square"),
    lambda: optim.warmup(0.1, 0), lambda: optim.sequential([0.1, 0.2], []),
    lambda: optim.sequential([0.1, 0.2, 0.3], [5, 2]),
])  # fmt: skip
def test_numbers_that_make_no_schedule_are_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(gl.ArgumentError):
        make()


def test_a_rate_that_is_no_number_is_refused() -> None:
    with pytest.raises(gl.CallError, match="lr is a number, not str"):
        optim.constant_lr("0.1")


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), "fast", None, np.ones(2)])
def test_a_rate_that_is_no_number_stops_the_step_and_changes_nothing(rate):
    opt = optim.Adam(lambda step: 0.1 if step < 1 else rate)
    params = opt.step({"w": np.ones(2)}, {"w": np.ones(2)})
    before = opt.state_dict()
    with pytest.raises(gl.GradloomError, match="learning rate of step 1 is"):
        opt.step(params, {"w": np.ones(2)})
    np.testing.assert_array_equal(opt.state_dict()["exp_avg"]["w"], before["exp_avg"]["w"])
    assert opt.state_dict()["count"] == before["count"]
