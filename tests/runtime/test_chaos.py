"""Clusters in bad weather, whose workers are killed, frozen, cut off and slowed."""

from __future__ import annotations

import pytest

from tests.runtime import chaos


def assert_sound(seed: int, **options: int) -> None:
    outcome = chaos.run(seed, **options)
    assert outcome.agree, f"seed {seed}: a wrong number"
    air = outcome.sim.air
    if outcome.lost:
        there = [w.name for w in outcome.sim.workers if air.is_there(w)]
        assert not there, f"seed {seed}: {outcome.lost}, though these are left: {there}"
        return
    left = sum(w.machine.values for w in outcome.sim.workers if air.is_there(w))
    assert left == 0, f"seed {seed}: {left} values are left at workers"
    assert not outcome.sim.dispatcher.machine.sessions


@pytest.mark.parametrize("seed", range(30))
def test_training_ends_in_the_same_bits_whatever_happens_to_workers(seed):
    assert_sound(seed)


@pytest.mark.parametrize("seed", range(10))
def test_training_ends_in_the_same_bits_where_values_are_kept_at_two_workers(seed):
    assert_sound(5_000 + seed, stride=4 + seed % 5)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 500, 50))
def test_values_kept_at_two_workers_do_no_harm_many_times(start):
    for seed in range(start, start + 50):
        assert_sound(6_000 + seed, stride=3 + seed % 7)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 1_000, 50))
def test_training_ends_in_the_same_bits_a_thousand_times(start):
    for seed in range(start, start + 50):
        assert_sound(1_000 + seed)
