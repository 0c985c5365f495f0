"""How arrays lie in memory, asked of numpy itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend import layouts
from gradloom.frontend.layouts import Layout

SIZES = st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=4)


def _array(data: Any, shape: list[int]) -> np.ndarray:
    """An array of this shape that lies in memory in any way."""
    perm = data.draw(st.permutations(range(len(shape))))
    steps = [data.draw(st.sampled_from([1, 1, 2, -1])) for _ in shape]
    wide = [d * abs(s) for d, s in zip(shape, steps, strict=True)]
    made = np.zeros([wide[i] for i in perm]).transpose(np.argsort(perm))
    cut = made[tuple(slice(None, None, s) for s in steps)]
    return np.broadcast_to(cut[:1], cut.shape) if data.draw(st.integers(0, 6)) == 0 else cut


def _plain(layout: Layout, shape: Any) -> Layout:
    """The layout without what means nothing: the steps of axes of size 1."""
    if not isinstance(layout, tuple):
        return layout
    return tuple(0 if d == 1 else s for d, s in zip(shape, layout, strict=True))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_reshapes_are_views_where_numpys_are(data: Any) -> None:
    x = _array(data, data.draw(SIZES))
    wanted, rest = [], x.size
    while rest > 1:
        wanted.append(data.draw(st.sampled_from([k for k in range(1, rest + 1) if rest % k == 0])))
        rest //= wanted[-1]
    shape = tuple(data.draw(st.permutations(wanted)))
    strides = layouts.reshaped(x.shape, x.strides, shape)
    y = x.reshape(shape)
    assert (strides is not None) == np.shares_memory(x, y)
    if strides is not None:
        ours = layouts.layout_of(shape, strides, x.itemsize)
        assert _plain(ours, shape) == _plain(layouts.of_array(y), shape)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_copies_and_sums_lie_as_numpys_do(data: Any) -> None:
    shape = data.draw(SIZES)
    x = _array(data, shape)
    copy = x.copy("K")
    ours = layouts.copied(layouts.of_array(x), x.shape, x.shape, x.itemsize)
    assert _plain(ours, x.shape) == _plain(layouts.of_array(copy), x.shape)
    other = [data.draw(st.sampled_from([d, 1])) for d in shape][data.draw(st.integers(0, 1)) :]
    y = _array(data, other) if other else np.zeros(())
    total = x + y
    ours = layouts.joint([x.shape, y.shape], [x.strides, y.strides], total.shape, 8)
    assert _plain(ours, total.shape) == _plain(layouts.of_array(total), total.shape)


def test_an_array_without_elements_lies_in_any_order() -> None:
    x = np.zeros((2, 0, 3))[::-1].T
    assert layouts.layout_of(x.shape, x.strides, 8) == "C"
    assert layouts.reshaped(x.shape, x.strides, (0, 5)) is not None


def test_a_plain_number_or_list_beside_an_array_has_no_layout():
    a = np.arange(4.0).reshape(2, 2)
    for f in (lambda x: x**2, lambda x: 1 - x, lambda x: [[1.0, 2.0], [3.0, 4.0]] + x.T):
        np.testing.assert_array_equal(gl.trace(f, a)(a), f(a))
