"""An embedding table: where cities lie, learned from rounded and noisy distances between them."""

from __future__ import annotations

import csv
from importlib.resources import files
from itertools import repeat
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom.examples.descent import descend
from gradloom.examples.example import Example, Goal
from gradloom.examples.pictures import chart
from gradloom.examples.run import Run

Array = NDArray[np.float64]

_EARTH_KM: Final = 6371.0
"""The mean radius (International Union of Geodesy and Geophysics)."""
_STEPS: Final = 1500
_KNOWN: Final = 0.25
"""The share of the pairs whose distance is given."""
_NOISE: Final = 0.02
"""The standard deviation of a given distance, as a share of it."""


class Pairs(NamedTuple):
    """Pairs of cities by their numbers, and how far they are apart in radii of the earth."""

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    distance: Array


def cities() -> tuple[list[str], Array]:
    """The names, and the places as points on a sphere of radius 1, [city, 3]."""
    text = files("gradloom.examples.data").joinpath("cities.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    angles = np.radians([[float(row["latitude"]), float(row["longitude"])] for row in rows])
    return [row["name"] for row in rows], on_sphere(angles)


def on_sphere(angles: Array) -> Array:
    """The points of [latitude, longitude] in radians."""
    latitude, longitude = angles.T
    across = np.cos(latitude)
    return np.stack(
        [across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=-1
    )


def arc(table: Any, i: NDArray[np.int64], j: NDArray[np.int64]) -> Any:
    """The way over the ground between the cities i and j, from rows of the table, [pair]."""
    apart = table[i] - table[j]
    chord = np.sqrt(np.sum(apart**2, axis=-1))
    return 2 * np.arcsin(np.minimum(chord / 2, 1))


def loss(table: Any, i: NDArray[np.int64], j: NDArray[np.int64], distance: Array) -> Any:
    """The mean squared error of the distances."""
    return np.mean((arc(table, i, j) - distance) ** 2)


def pairs(places: Array, rng: np.random.Generator) -> tuple[Pairs, Pairs]:
    """Some pairs with the distance as somebody measured it, and the others with the true one."""
    i, j = np.triu_indices(len(places), 1)
    order = rng.permutation(len(i))
    count = int(_KNOWN * len(i))
    true = arc(places, i, j)
    told = true * (1 + _NOISE * rng.standard_normal(len(true)))
    known, other = order[:count], order[count:]
    return Pairs(i[known], j[known], told[known]), Pairs(i[other], j[other], true[other])


def turned(table: Array, places: Array) -> Array:
    """The table, moved and turned (mirrored, too) so that it lies best on the places.

    Distances do not tell how a map lies. This is the orthogonal Procrustes problem (Schoenemann
    1966), whose answer is a singular value decomposition.
    """
    mine, theirs = table - table.mean(axis=0), places - places.mean(axis=0)
    u, _, vt = np.linalg.svd(mine.T @ theirs)
    return mine @ (u @ vt) + places.mean(axis=0)


def map_of(table: Array, names: list[str]) -> str:
    """The cities on a page, north upwards."""
    unit = table / np.linalg.norm(table, axis=-1, keepdims=True)
    latitude, longitude = np.arcsin(unit[:, 2]), np.arctan2(unit[:, 1], unit[:, 0])
    return chart(np.stack([longitude, latitude], axis=-1), names, width=78, height=32)


def run(run: Run) -> float:
    """Train on a quarter of the pairs; the mean error of the distances of the others, in km."""
    rng = np.random.default_rng(run.seed)
    names, places = cities()
    known, other = pairs(places, rng)
    start = 0.05 * rng.standard_normal(places.shape)
    opt = gl.optim.Adam(lr=gl.optim.cosine_decay(0.02, _STEPS))
    table = descend(run, loss, start, opt, repeat(known), _STEPS)
    run.show(
        f"{len(names)} cities, drawn from {len(known.i)} distances of {len(known.i) + len(other.i)}"
        f", each {_NOISE:.0%} off:",
        map_of(turned(table, places), names),
    )
    return float(_EARTH_KM * np.mean(np.abs(arc(table, other.i, other.j) - other.distance)))


EXAMPLE: Final = Example(
    name="embedding",
    title="an embedding table: a map of Europe, from distances alone",
    goal=Goal("error of unseen distances", 50, "km", lower=True),
    seconds=2,
    run=run,
)
