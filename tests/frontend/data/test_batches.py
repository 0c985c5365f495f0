"""`gl.data.batches`: one epoch, batch by batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl


@given(
    rows=st.integers(0, 40),
    size=st.integers(1, 50),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
)
def test_every_row_is_there_once_and_rows_of_several_arrays_stay_together(
    rows: int, size: int, shuffle: bool, drop_last: bool
) -> None:
    x, y = np.arange(rows) * 10.0, np.arange(rows)
    made = list(
        gl.data.batches(
            x,
            y,
            batch_size=size,
            shuffle=shuffle,
            rng=np.random.default_rng(0),
            drop_last=drop_last,
        )
    )
    seen = np.concatenate([b for _, b in made]) if made else np.array([], int)
    assert all(np.array_equal(a, b * 10.0) for a, b in made)
    assert all(len(b) == size for _, b in made[:-1])
    if drop_last:
        assert len(seen) == rows // size * size == len(set(seen.tolist()))
    else:
        assert sorted(seen.tolist()) == list(range(rows))


def test_one_array_comes_bare_and_a_tree_keeps_its_structure() -> None:
    assert [b.tolist() for b in gl.data.batches(np.arange(3), batch_size=2)] == [[0, 1], [2]]
    data = {"image": np.ones((4, 2)), "label": np.arange(4)}
    first = next(gl.data.batches(data, batch_size=3))
    assert first["image"].shape == (3, 2)
    assert first["label"].tolist() == [0, 1, 2]


def test_lists_of_numbers_are_arrays() -> None:
    x, y = next(gl.data.batches([[1.0, 2.0], [3.0, 4.0]], [0, 1], batch_size=2))
    assert x.shape == (2, 2)
    assert y.tolist() == [0, 1]


def test_the_same_generator_gives_the_same_order_and_none_a_new_one() -> None:
    x = np.arange(1000)

    def order(rng: Any) -> list[int]:
        made: np.ndarray = next(gl.data.batches(x, batch_size=None, shuffle=True, rng=rng))
        return made.tolist()

    assert order(np.random.default_rng(3)) == order(np.random.default_rng(3))
    assert order(None) != order(None)


def test_a_window_gives_pieces_and_what_follows_at_each_place() -> None:
    made = list(gl.data.batches(np.arange(11), batch_size=2, window=3))
    assert [x.tolist() for x, _ in made] == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8]]]
    assert all(np.array_equal(y, x + 1) for x, y in made)


def test_a_stride_of_one_gives_every_piece() -> None:
    ((x, _),) = gl.data.batches(np.arange(6), batch_size=None, window=3, stride=1)
    assert x[:, 0].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("arrays", "options", "error", "says"),
    [
        ((), {}, gl.ArgumentError, "no arrays"),
        ((np.ones(3), np.ones(4)), {}, gl.ShapeError, "3 and 4 rows"),
        ((np.ones(3),), {"batch_size": 0}, gl.ArgumentError, "batch_size is 0"),
        ((np.ones(3),), {"batch_size": 1.5}, gl.ArgumentError, "batch_size is 1.5"),
        ((np.float64(3),), {}, gl.ShapeError, "no rows"),
        ((["a", "b"],), {}, gl.DtypeError, "no numbers"),
        (([np.ones(3), np.ones(3)],), {}, gl.ArgumentError, "list of 2 arrays"),
        (([[1, 2], [3]],), {}, gl.ShapeError, "different lengths"),
        ((np.arange(4),), {"window": 4}, gl.ShapeError, "do not fit"),
        ((np.arange(4), np.arange(4)), {"window": 2}, gl.ArgumentError, "one sequence"),
        ((np.arange(4),), {"stride": 2}, gl.ArgumentError, "without window"),
        ((np.arange(4),), {"shuffle": True, "rng": "x"}, gl.ArgumentError, "rng is str"),
    ],
)
def test_what_does_not_fit_is_refused_before_the_first_batch(
    arrays: tuple[Any, ...], options: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        gl.data.batches(*arrays, **{"batch_size": 2, **options})


def test_masked_arrays_are_refused_since_their_masks_would_be_lost() -> None:
    with pytest.raises(gl.DtypeError, match="masked array"):
        gl.data.batches(np.ma.array([1.0, 2.0], mask=[0, 1]), batch_size=1)
