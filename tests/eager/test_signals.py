"""Signals: where tensors are, and that the numbers stay the same."""

from __future__ import annotations

import random
import threading
from typing import Any

import numpy as np
import pytest

pytest.importorskip("msgspec")

import gradloom.eager as gt
from gradloom.runtime import signals as registry
from tests.eager.programs_of_views import MADE, VIEWS, WRITTEN, write

SIGNALS = {
    "rows": gt.SignalConfig(shard=gt.ShardConfig(axis=0, workers=[0, 1])),
    "columns": gt.SignalConfig(shard=gt.ShardConfig(axis=-1, workers=[0, 1])),
    "all": gt.SignalConfig(shard=gt.ShardConfig(axis=0)),
    "copies": gt.SignalConfig(shard=gt.ShardConfig(workers=[1, 2], replicated=True)),
    "first": gt.SignalConfig(shard=gt.ShardConfig(workers=[0]), backward_signal="second"),
    "second": gt.SignalConfig(shard=gt.ShardConfig(workers=[1])),
    "fused": gt.SignalConfig(compile=True),
    "absent": gt.SignalConfig(shard=gt.ShardConfig(workers=[70, 71])),
}
NAMES = (*SIGNALS, "nothing is said of this")


@pytest.fixture(autouse=True)
def _configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry._config, "signals", dict(SIGNALS))


def _run(
    lines: list[tuple[str, int, int]], scopes: list[str], workers: int
) -> tuple[list[np.ndarray], list[Any]]:
    """The tensors of a program whose lines are each inside of a signal, and derivatives."""
    start = np.linspace(-1, 1, 15).reshape(5, 3)
    with gt.local(workers=workers):
        leaves, xs = [], []
        for i, scope in enumerate(scopes[:3]):
            with gt.signal.context(scope):
                leaves.append(gt.tensor(start * (i + 1), requires_grad=i < 2))
        xs = [leaves[0] * 1, leaves[1].clone(), leaves[2]]
        for (text, a, b), scope in zip(lines, scopes[3:], strict=True):
            with gt.signal.context(scope):
                names = {"m": gt, "set": write, "read": lambda x: x.detach().sum().item()}
                try:
                    made = eval(text, {**names, "x": xs[a % len(xs)], "y": xs[b % len(xs)]})
                except (gt.errors.GradloomError, RuntimeError, IndexError):
                    continue
            if text not in WRITTEN:
                xs.append(made)
        sum(x.sum() for x in xs if x.requires_grad).backward()
        grads = [None if x.grad is None else x.grad.numpy() for x in leaves]
        return [x.detach().numpy() for x in xs], grads


@pytest.mark.parametrize("seed", range(60))
def test_a_random_program_has_the_same_numbers_with_and_without_workers(seed: int) -> None:
    rng = random.Random(seed)
    texts = rng.choices(VIEWS + MADE + WRITTEN, k=12)
    lines = [(text, rng.randrange(99), rng.randrange(99)) for text in texts]
    scopes = rng.choices(NAMES, k=15)
    alone, spread = _run(lines, scopes, 1), _run(lines, scopes, 4)
    for a, b in zip((*alone[0], *alone[1]), (*spread[0], *spread[1]), strict=True):
        if a is None or b is None:
            assert a is b
        else:
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


def train(scopes: dict[str, str], steps: int = 4) -> dict[str, Any]:
    """A small network, trained: its tensors, some of them made inside of signals."""
    rng = np.random.default_rng(0)
    sizes = {"x": (10, 4), "y": (10, 3), "v": (4, 6), "b": (6,), "w": (6, 3)}
    made: dict[str, Any] = {}
    for name, size in sizes.items():
        with gt.signal.context(scopes.get(name, "none")):
            made[name] = gt.from_numpy(rng.normal(size=size), requires_grad=name in "vbw")
    for _ in range(steps):
        with gt.signal.context(scopes.get("first layer", "none")):
            hidden = (made["x"] @ made["v"] + made["b"]).tanh()
        with gt.signal.context(scopes.get("second layer", "none")):
            loss = ((hidden @ made["w"] - made["y"]) ** 2).mean()
        for name in "vbw":
            made[name].grad = None
        loss.backward()
        with gt.no_grad():
            for name in "vbw":
                made[name] -= 0.2 * made[name].grad
    return {**made, "loss": loss, "hidden": hidden}


WAYS = {
    "a batch cut by rows": {"x": "rows", "y": "rows"},
    "a batch cut unevenly over all": {"x": "all", "y": "all"},
    "a layer cut by columns": {"v": "columns", "b": "columns"},
    "rows and columns": {"x": "rows", "v": "columns", "w": "rows"},
    "copies of the weights": {"v": "copies", "b": "copies", "w": "copies"},
    "a pipeline of two stages": {"first layer": "first", "second layer": "second"},
    "a stage on several workers": {"first layer": "rows", "second layer": "second", "x": "all"},
}


@pytest.mark.parametrize("way", WAYS)
def test_training_gives_the_same_weights_wherever_it_runs(way: str) -> None:
    with gt.local(workers=3):
        spread = {k: t.detach().numpy() for k, t in train(WAYS[way]).items()}
    with gt.local():
        alone = {k: t.detach().numpy() for k, t in train({}).items()}
    for name, array in alone.items():
        np.testing.assert_allclose(spread[name], array, rtol=1e-12, atol=1e-12, err_msg=name)


def shapes(t: gt.Tensor) -> list[tuple[int, ...]]:
    return [part.shape for part in gt.signal.placement(t)]


def test_what_is_made_of_parts_is_in_parts_and_so_are_derivatives_of_them() -> None:
    with gt.local(workers=2):
        made = train(WAYS["a layer cut by columns"])
        assert shapes(made["v"]) == shapes(made["v"].grad) == [(4, 3), (4, 3)]
        assert shapes(made["b"]) == shapes(made["b"].grad) == [(3,), (3,)]
        assert shapes(made["hidden"]) == [(10, 3), (10, 3)]
        assert shapes(made["w"].grad) == [(3, 3), (3, 3)]  # as what it was used with
    with gt.local(workers=2):
        made = train(WAYS["a batch cut by rows"])
        assert shapes(made["hidden"]) == [(5, 6), (5, 6)]
        assert shapes(made["v"].grad) == [(4, 6), (4, 6)]


def workers(t: gt.Tensor) -> list[str]:
    return [part.worker.rpartition(" ")[2] for part in gt.signal.placement(t)]


def test_derivatives_run_where_the_signal_of_derivatives_says() -> None:
    with gt.local(workers=3):
        x = gt.ones(4, requires_grad=True)
        with gt.signal.context("first"):
            y = x * 2
        y.retain_grad()
        with gt.signal.context("first", backward="copies"):
            z = y.exp()
        z.sum().backward()
        assert workers(y) == ["process"]
        assert workers(y.grad) == ["1", "2"]
        assert workers(x.grad) == ["1"]


def test_a_tensor_is_placed_by_name_and_its_derivative_by_another() -> None:
    with gt.local(workers=3):
        x = gt.arange(6.0).requires_grad_()
        y = gt.signal.tensor(x, "rows", "copies")
        assert shapes(y) == [(3,), (3,)]
        assert gt.signal.tensor(x, "nothing is said of this") is x
        (y * y).sum().backward()
        assert workers(x.grad) == ["1", "2"]
        assert x.grad.tolist() == [0, 2, 4, 6, 8, 10]


def test_signals_nest_and_the_innermost_that_says_where_counts() -> None:
    with gt.local(workers=2), gt.signal.context("rows"):
        with gt.signal.context("fused"):
            assert gt.signal.current_signal() == "fused"
            assert shapes(gt.ones(4, 2)) == [(2, 2), (2, 2)]
        with gt.signal.context("columns", backward="rows"):
            assert gt.signal.current_backward_signal() == "rows"
            assert shapes(gt.ones(4, 2)) == [(4, 1), (4, 1)]
        assert gt.signal.current_backward_signal() is None
        assert [s.name for s in gt.signal.get_signal_stack().scopes] == ["rows"]
    assert gt.signal.current_signal() is None


def test_signals_are_entered_and_left_in_order() -> None:
    gt.signal.enter("rows")
    gt.signal.enter("columns")
    with pytest.raises(RuntimeError, match="the innermost one is 'columns'"):
        gt.signal.exit("rows")
    gt.signal.exit("columns")
    gt.signal.exit("rows")
    with pytest.raises(RuntimeError, match="no signal is entered"):
        gt.signal.exit("rows")
    with pytest.raises(gt.errors.ArgumentError, match="named by a text, not 3"):
        gt.signal.enter(3)


def test_a_signal_holds_in_its_own_thread() -> None:
    found: list[str | None] = []
    with gt.signal.context("rows"):
        thread = threading.Thread(target=lambda: found.append(gt.signal.current_signal()))
        thread.start()
        thread.join()
    assert found == [None]


def test_a_signal_decorates_a_function() -> None:
    @gt.signal.context("rows")
    def make() -> gt.Tensor:
        return gt.ones(4)

    with gt.local(workers=2):
        assert shapes(make()) == [(2,), (2,)]


@pytest.mark.parametrize("name", ["rows", "absent", "nothing is said of this"])
def test_without_workers_to_choose_from_a_signal_means_nothing(name: str) -> None:
    with gt.local(), gt.signal.context(name):
        x = gt.ones(4) * 2
        assert gt.signal.placement(x) == ()
        assert x.tolist() == [2, 2, 2, 2]


def test_what_is_too_small_to_be_cut_is_whole_on_each() -> None:
    with gt.local(workers=2), gt.signal.context("rows"):
        assert shapes(gt.ones(1, 3)) == [(1, 3), (1, 3)]
        assert shapes(gt.tensor(2.0)) == [(), ()]


def test_what_is_filled_and_changed_before_it_is_looked_at_is_in_parts_too() -> None:
    with gt.local(workers=2):
        with gt.signal.context("columns"):
            w = gt.zeros(3, 4, requires_grad=True)
        ((gt.ones(5, 3) @ w - 1) ** 2).sum().backward()
        with gt.no_grad():
            w -= 0.1 * w.grad
        assert shapes(w) == shapes(w.grad) == [(3, 2), (3, 2)]
        assert w.detach().tolist() == gt.full((3, 4), 1.0).tolist()
