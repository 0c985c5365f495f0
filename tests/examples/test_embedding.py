"""Distances over the ground, and maps that are turned onto each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.examples.embedding import _EARTH_KM, arc, cities, loss, map_of, pairs, turned


@pytest.mark.parametrize(
    ("first", "second", "km"),
    [("Paris", "London", 344), ("Berlin", "Rome", 1184), ("Lisbon", "Istanbul", 3240)],
)
def test_the_way_between_cities_is_what_atlases_say(first: str, second: str, km: float) -> None:
    names, places = cities()
    i, j = (np.array([names.index(name)]) for name in (first, second))
    assert _EARTH_KM * arc(places, i, j)[0] == pytest.approx(km, rel=0.01)


def test_cities_are_listed_once_by_name() -> None:
    names, places = cities()
    assert names == sorted(set(names))
    np.testing.assert_allclose(np.linalg.norm(places, axis=-1), 1)


def test_known_and_asked_pairs_are_all_pairs_once() -> None:
    _, places = cities()
    known, other = pairs(places, np.random.default_rng(0))
    both = {(int(i), int(j)) for p in (known, other) for i, j in zip(p.i, p.j, strict=True)}
    assert len(both) == len(known.i) + len(other.i) == 53 * 52 // 2


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_a_turned_and_moved_map_comes_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    _, places = cities()
    rotation, _ = np.linalg.qr(rng.standard_normal((3, 3)))  # a mirrored one as well
    table = places @ rotation + rng.standard_normal(3)
    np.testing.assert_allclose(turned(table, places), places, atol=1e-9)


def test_only_rows_that_are_asked_for_have_a_gradient() -> None:
    _, places = cities()
    slope = gl.grad(loss)(places, np.array([3, 3]), np.array([5, 7]), np.array([0.1, 0.2]))
    assert np.flatnonzero(np.abs(slope).sum(axis=-1)).tolist() == [3, 5, 7]


def test_the_map_has_its_north_above() -> None:
    names, places = cities()
    lines = map_of(places, names).splitlines()
    row = {n: next(k for k, line in enumerate(lines) if n in line) for n in ("Oslo", "Rome")}
    assert row["Oslo"] < row["Rome"]
