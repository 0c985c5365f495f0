"""Between two steps norms glide by powers of ten; the scale holds all of them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.viz.flow.layers import layers_of
from gradloom.viz.flow.moment import Scale, moment, scale_of
from tests.viz.flow.programs import made

FLOW = made([[1e-2, 1, 1e-4, 1, 1, 1], [1e-2, 1, 1e-2, 0, 1, 1]])
LAYERS = layers_of(FLOW)


def test_a_measured_step_is_shown_as_it_was_measured() -> None:
    now = moment(FLOW, LAYERS, 1.0)
    assert (now.row, now.step, now.loss) == (1, 1, 1.0)
    assert now.norms == tuple(LAYERS.norms[1].tolist())
    assert now.passed == tuple(LAYERS.passed[1].tolist())


def test_halfway_is_the_geometric_mean_and_zeros_switch() -> None:
    now = moment(FLOW, LAYERS, 0.5)
    assert now.norms[0] == pytest.approx(1e-3)
    assert now.norms[1] == 0
    assert moment(FLOW, LAYERS, 0.4).norms[1] == 1
    assert now.limits == pytest.approx((1e-4, 1e4))


@given(st.floats(-5, 9))
def test_any_time_gives_a_moment(at: float) -> None:
    now = moment(FLOW, LAYERS, at)
    assert 0 <= now.row <= 1
    assert len(now.norms) == len(LAYERS.layers)


@given(
    st.lists(st.floats(0), min_size=6, max_size=6),
    st.floats(),
)
def test_every_norm_has_a_share_of_any_scale(row: list[float], other: float) -> None:
    scale = scale_of(layers_of(made([row])))
    assert 2 <= scale.high - scale.low <= 16
    assert all(0 <= scale.share(x) <= 1 for x in [*row, other])


def test_shares_rise_with_the_norm_by_powers_of_ten() -> None:
    scale = Scale(-4, 0)
    assert [scale.share(10.0**-k) for k in range(5)] == pytest.approx([1, 0.75, 0.5, 0.25, 0])
    assert (scale.share(0.0), scale.share(math.inf), scale.share(math.nan)) == (0, 1, 1)


def test_a_run_of_nothing_but_zeros_has_a_scale() -> None:
    assert scale_of(layers_of(made(np.zeros((2, 6))))) == Scale(-2, 0)
