"""Optimizers and schedulers go torch's way, step for step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

import gradloom.eager as gt

pytestmark = [pytest.mark.framework, pytest.mark.filterwarnings("ignore::UserWarning")]
START = np.random.default_rng(3).normal(size=(3, 4))
OPTIMIZERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    ("SGD", {"lr": 0.05, "maximize": True, "foreach": False}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1}), ("Adam", {"amsgrad": True, "betas": (0.5, 0.6)}),
    ("AdamW", {"lr": 0.1, "maximize": True}),
    ("RMSprop", {}), ("RMSprop", {"alpha": 0.8, "centered": True, "momentum": 0.7, "lr": 0.02}),
    ("RMSprop", {"weight_decay": 0.2, "maximize": True}), ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("Adadelta", {}), ("Adadelta", {"lr": 0.5, "rho": 0.8, "weight_decay": 0.1}),
    ("Adamax", {"lr": 0.1}), ("Adamax", {"weight_decay": 0.1, "maximize": True}),
    ("NAdam", {"lr": 0.1}), ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"lr": 0.1}), ("RAdam", {"weight_decay": 0.1, "betas": (0.8, 0.9)}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}), ("Rprop", {"lr": 0.1}),
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _here() -> Iterator[None]:
    with gt.local():
        yield


def _weights(m: Any) -> list[Any]:
    make = gt.from_numpy if m is gt else torch.from_numpy
    return [make(START.copy()).requires_grad_(), make(START[0].copy()).requires_grad_()]


def _loss(w: Any, b: Any) -> Any:
    return (w.tanh() - b).cos().sum() + (w - 1).pow(2).sum() + (w * b).tanh().sum() + (b * b).sum()


def _trained(m: Any, opt: Any, ws: list[Any], steps: int) -> list[float]:
    losses = []
    for _ in range(steps):

        def closure() -> Any:
            opt.zero_grad()
            loss = _loss(*ws)
            loss.backward()
            return loss

        losses.append(float(opt.step(closure)))
    return losses


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_an_optimizer_goes_torchs_way(name: str, options: dict[str, Any]) -> None:
    found = []
    for m in (gt, torch):
        ws = _weights(m)
        opt = getattr(m.optim, name)(ws, **options)
        losses = _trained(m, opt, ws, 8)
        again = getattr(m.optim, name)(ws, **options)  # goes on where the first one stood
        again.load_state_dict(opt.state_dict())
        losses += _trained(m, again, ws, 5)
        found.append((losses, [w.detach().numpy() for w in ws]))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-8)
    for a, b in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("options", [
    {}, {"lr": 0.1, "max_iter": 4, "history_size": 2}, {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "max_iter": 3, "lr": 0.2},
])  # fmt: skip
def test_lbfgs_goes_torchs_way(options: dict[str, Any]) -> None:
    found = []
    for m in (gt, torch):
        ws = _weights(m)
        opt = m.optim.LBFGS(ws, **options)
        losses = _trained(m, opt, ws, 4)
        found.append((losses, [w.detach().numpy() for w in ws]))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-6)
    for a, b in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_groups_have_options_of_their_own() -> None:
    found = []
    for m in (gt, torch):
        first, second = _weights(m)
        opt = m.optim.SGD([{"params": first, "lr": 0.3}], lr=0.1, momentum=0.5)
        opt.add_param_group({"params": [second], "momentum": 0.0})
        _trained(m, opt, [first, second], 3)
        found.append([*first.detach().numpy().ravel(), *second.detach().numpy()])
        assert [g["lr"] for g in opt.param_groups] == [0.3, 0.1]
    assert found[0] == pytest.approx(found[1], rel=1e-9)


def test_what_an_optimizer_does_not_take_is_an_error() -> None:
    w = gt.ones(3, requires_grad=True)
    for make, error in (
        (lambda: gt.optim.SGD([], lr=0.1), ValueError),
        (lambda: gt.optim.SGD([w], lr=-1.0), ValueError),
        (lambda: gt.optim.SGD([w, w], lr=0.1), ValueError),
        (lambda: gt.optim.SGD([w * 2], lr=0.1), ValueError),
        (lambda: gt.optim.SGD(w, lr=0.1), TypeError),
        (lambda: gt.optim.SGD([w], lr=0.1, nesterov=True), ValueError),
        (lambda: gt.optim.Adam([w], betas=(1.0, 0.9)), ValueError),
        (lambda: gt.optim.Adam([w], differentiable=True), NotImplementedError),
        (lambda: gt.optim.Adam([w], amsgard=True), TypeError),
        (lambda: gt.optim.Adam([w]).load_state_dict(
            gt.optim.Adam([gt.ones(1, requires_grad=True), w]).state_dict()), ValueError),
    ):  # fmt: skip
        with pytest.raises(error):
            make()
    assert gt.nn.SGD is gt.optim.SGD


def _sequence(m: Any, opt: Any) -> Any:
    s = m.optim.lr_scheduler
    return s.SequentialLR(
        opt, [s.LinearLR(opt, 0.1, total_iters=3), s.ExponentialLR(opt, 0.8)], [4]
    )


def _chain(m: Any, opt: Any) -> Any:
    s = m.optim.lr_scheduler
    return s.ChainedScheduler([s.ConstantLR(opt, 0.1, 2), s.ExponentialLR(opt, 0.9)])


def _named(name: str, **options: Any) -> Callable[[Any, Any], Any]:
    def made(m: Any, opt: Any) -> Any:
        return getattr(m.optim.lr_scheduler, name)(opt, **options)

    made.__name__ = name
    return made


SCHEDULERS = (
    _named("StepLR", step_size=2, gamma=0.5), _named("ExponentialLR", gamma=0.9),
    _named("MultiStepLR", milestones=[1, 4, 4], gamma=0.1), _named("LinearLR", total_iters=3),
    _named("LinearLR", start_factor=1.0, end_factor=0.1),
    _named("CosineAnnealingLR", T_max=5, eta_min=0.01), _named("ConstantLR", total_iters=4),
    _named("LambdaLR", lr_lambda=lambda epoch: 1 / (epoch + 1)),
    _named("LambdaLR", lr_lambda=[lambda epoch: 0.9**epoch, lambda epoch: epoch + 1.0]),
    _named("MultiplicativeLR", lr_lambda=lambda epoch: 0.95),
    _named("PolynomialLR", total_iters=5, power=2.0),
    _named("OneCycleLR", max_lr=0.5, total_steps=12),
    _named("OneCycleLR", max_lr=[0.5, 0.2], epochs=3, steps_per_epoch=4, three_phase=True,
           anneal_strategy="linear"),
    _named("CosineAnnealingWarmRestarts", T_0=3), _sequence, _chain,
    _named("CosineAnnealingWarmRestarts", T_0=2, T_mult=2, eta_min=0.05),
    _named("CyclicLR", base_lr=0.1, max_lr=0.5, step_size_up=3, mode="triangular2"),
    _named("CyclicLR", base_lr=0.1, max_lr=0.5, step_size_up=2, step_size_down=4, gamma=0.9,
           mode="exp_range"),
)  # fmt: skip


@pytest.mark.parametrize("make", SCHEDULERS, ids=lambda f: f.__name__)
def test_learning_rates_change_as_torchs(make: Callable[[Any, Any], Any]) -> None:
    found = []
    for m in (gt, torch):
        first, second = _weights(m)
        opt = m.optim.SGD([{"params": [first]}, {"params": [second], "lr": 0.2}], lr=0.5,
                          momentum=0.9)  # fmt: skip
        schedule = make(m, opt)
        seen = []
        for epoch in range(11):
            seen.append([*schedule.get_last_lr(), *[g["momentum"] for g in opt.param_groups]])
            opt.step()
            schedule.step()
            if epoch == 5:
                state = schedule.state_dict()
                schedule.load_state_dict(state)
        found.append(np.array(seen))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9)


@pytest.mark.parametrize("options", [
    {"patience": 1}, {"mode": "max", "factor": 0.5, "patience": 0, "cooldown": 2},
    {"threshold_mode": "abs", "threshold": 0.5, "patience": 0, "min_lr": 0.01},
])  # fmt: skip
def test_a_plateau_lowers_the_rate_as_in_torch(options: dict[str, Any]) -> None:
    found = []
    for m in (gt, torch):
        opt = m.optim.SGD(_weights(m), lr=0.5)
        schedule = m.optim.lr_scheduler.ReduceLROnPlateau(opt, **options)
        seen = []
        for number in (3.0, 2.0, 2.1, 2.0, 1.9, 1.9, 1.9, 1.9, 2.5, 2.5):
            schedule.step(number)
            seen.append(opt.param_groups[0]["lr"])
        found.append(seen)
    assert found[0] == pytest.approx(found[1])
