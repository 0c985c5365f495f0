"""A step by the gradients of several batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend import optim


def grads(seed: int, missing: bool = False) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"w": rng.normal(size=3), "b": None if missing else rng.normal(size=2)}


START = {"w": np.ones(3), "b": np.zeros(2)}


def by_means(opt: Any, batches: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """The same steps of an optimizer alone."""
    params: Any = START
    for batch in batches:
        mean = {}
        for name in START:
            known = [g[name] for g in batch if g[name] is not None]
            mean[name] = np.sum(known, axis=0) / len(batch) if known else None
        params = opt.step(params, mean)
    return params  # type: ignore[no-any-return]


@pytest.mark.parametrize("compiled", [False, True])
def test_it_steps_by_the_mean_and_stays_in_between(compiled: bool) -> None:
    opt = optim.accumulate(optim.Adam(0.1, weight_decay=0.1), 3)
    update = gl.compile(opt.update, backend="numpy") if compiled else opt.update
    params, state = START, opt.init(START)
    for i in range(7):
        before = params
        params, state = update(grads(i), state, params)
        assert np.array_equal(params["w"], before["w"]) == ((i + 1) % 3 != 0)
    expected = by_means(optim.Adam(0.1, weight_decay=0.1), [
        [grads(0), grads(1), grads(2)], [grads(3), grads(4), grads(5)],
    ])  # fmt: skip
    for name in START:
        np.testing.assert_allclose(params[name], expected[name], rtol=1e-12)
    assert int(state["opt"]["count"]) == 2
    if compiled:
        assert "1 compiled" in update.explain()


def test_a_missing_gradient_counts_as_zeros_and_none_at_all_as_none() -> None:
    opt, params = optim.accumulate(optim.Adam(0.1), 2), START
    batches = [[grads(0), grads(1, True)], [grads(2, True), grads(3, True)], [grads(4), grads(5)]]
    for g in (g for batch in batches for g in batch):
        params = opt.step(params, g)
    expected = by_means(optim.Adam(0.1), batches)
    for name in START:
        np.testing.assert_allclose(params[name], expected[name], rtol=1e-12)
    assert opt.state is not None
    np.testing.assert_array_equal(opt.state["opt"]["step"], [2, 3])  # b, then w


def test_its_state_goes_on_in_another() -> None:
    first = optim.accumulate(optim.SGD(0.1, 0.9), 2)
    middle = first.step(START, grads(0))
    second = optim.accumulate(optim.SGD(0.1, 0.9), 2)
    second.load_state_dict(first.state_dict())
    a, b = first.step(middle, grads(1)), second.step(middle, grads(1))
    np.testing.assert_array_equal(a["w"], b["w"])
    assert not np.array_equal(a["w"], START["w"])


@pytest.mark.parametrize("every", [0, -1, 1.5])
def test_a_count_that_is_none_is_refused(every: Any) -> None:
    with pytest.raises(gl.ArgumentError, match="every"):
        optim.accumulate(optim.SGD(), every)
