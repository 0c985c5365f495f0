"""`gl.data.DataLoader`: epochs in an order that the seed gives."""

from __future__ import annotations

import json
import threading
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl


def seen(loader: Any) -> list[list[int]]:
    return [batch.tolist() for batch in loader]


def test_each_iteration_is_an_epoch_in_another_order() -> None:
    loader = gl.data.DataLoader(np.arange(50), batch_size=8, shuffle=True)
    first, second = seen(loader), seen(loader)
    assert len(first) == len(loader) == 7
    assert first != second
    assert sorted(chain(*first)) == sorted(chain(*second)) == list(range(50))


def test_the_seed_gives_the_order_and_a_generator_gives_the_seed() -> None:
    def order(**options: Any) -> list[list[int]]:
        return seen(gl.data.DataLoader(np.arange(50), batch_size=50, shuffle=True, **options))

    assert order(seed=4) == order(seed=4) != order(seed=5)
    assert order(rng=np.random.default_rng(1)) == order(rng=np.random.default_rng(1))
    assert order(rng=np.random.default_rng(1)) != order(rng=np.random.default_rng(2))


@given(
    rows=st.integers(1, 30),
    size=st.integers(1, 8),
    taken=st.integers(0, 60),
    drop_last=st.booleans(),
    prefetch=st.sampled_from([0, 2]),
)
def test_a_loader_put_back_goes_on_with_the_very_next_batch(
    rows: int, size: int, taken: int, drop_last: bool, prefetch: int
) -> None:
    def made() -> gl.data.DataLoader:
        return gl.data.DataLoader(
            np.arange(rows), batch_size=size, shuffle=True, drop_last=drop_last, prefetch=prefetch
        )

    whole = [b for _ in range(3) for b in seen(epochs)] if (epochs := made()) else []
    taken = min(taken, len(whole))
    loader, before, state = made(), [], made().state_dict()
    while len(before) < taken:
        for batch in loader:
            before.append(batch.tolist())
            state = loader.state_dict()
            if len(before) == taken:
                break
    again = made()
    again.load_state_dict(json.loads(json.dumps(state)))
    after: list[list[int]] = []
    while len(loader) and len(before) + len(after) < len(whole):
        after += seen(again)
    assert before + after == whole


def test_an_iteration_left_early_is_followed_by_a_whole_epoch() -> None:
    loader = gl.data.DataLoader(np.arange(6), batch_size=2)
    next(iter(loader))
    assert seen(loader) == [[0, 1], [2, 3], [4, 5]]


def test_batches_made_ahead_are_the_same_and_leave_no_thread() -> None:
    plain = gl.data.DataLoader(np.arange(40), batch_size=3, shuffle=True)
    eager = gl.data.DataLoader(np.arange(40), batch_size=3, shuffle=True, prefetch=2)
    assert seen(plain) == seen(eager)
    left = iter(eager)
    next(left)
    del left
    assert not [t for t in threading.enumerate() if t.name == "gradloom batches"]


def test_an_error_while_working_ahead_is_raised_in_its_place() -> None:
    from gradloom.frontend.data.ahead import ahead

    def broken() -> Any:
        yield 1
        raise OSError("the disk is gone")

    made = ahead(broken(), 4)
    assert next(made) == 1
    with pytest.raises(OSError, match="the disk is gone"):
        next(made)


@pytest.mark.parametrize(
    ("change", "says"),
    [({"rows": 7}, "rows 7"), ({"batch_size": 3}, "batch_size 3"), ({"batch": 99}, "no batch 99")],
)
def test_a_state_of_other_data_is_refused(change: dict[str, int], says: str) -> None:
    loader = gl.data.DataLoader(np.arange(6), batch_size=2)
    with pytest.raises(gl.GradloomError, match=says):
        loader.load_state_dict({**loader.state_dict(), **change})
    with pytest.raises(gl.GradloomError, match="no seed"):
        loader.load_state_dict({k: v for k, v in loader.state_dict().items() if k != "seed"})
    assert seen(loader) == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.parametrize("options", [{"seed": -1}, {"seed": True}, {"prefetch": -1}, {"rng": 1.5}])
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(gl.ArgumentError):
        gl.data.DataLoader(np.arange(6), batch_size=2, **options)
