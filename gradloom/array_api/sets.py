"""The different numbers of an array. NaN differs from every NaN, as the standard has it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gradloom.array_api.array import Array
from gradloom.array_api.dtypes import Raw, require
from gradloom.array_api.indexing import nonzero, take
from gradloom.array_api.manipulation import concat, reshape
from gradloom.array_api.places import backend_of, place_of, put
from gradloom.array_api.run import function
from gradloom.array_api.statistical import diff


class UniqueAll(NamedTuple):
    """The values, where each is met first, which one each number is, and how many there are."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """The values, and how many there are of each."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """The values, and which one each number is."""

    values: Any
    inverse_indices: Any


def unique_all(x: Raw, /) -> UniqueAll:
    """`(values, indices, inverse_indices, counts)` of the different numbers, in order."""
    require("unique_all", "any", x)
    if type(x) is Array and backend_of(x._value) not in ("numpy", "traced"):
        return _by_sorting(x)
    found: UniqueAll = _unique(x)
    return found


def unique_counts(x: Raw, /) -> UniqueCounts:
    """`(values, counts)` of the different numbers, in order."""
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Raw, /) -> UniqueInverse:
    """`(values, inverse_indices)` of the different numbers, in order."""
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: Raw, /) -> Raw:
    """The different numbers, in order."""
    return unique_all(x).values


@function
def _unique(x: Raw, /) -> UniqueAll:
    found = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    )
    values, indices, inverse, counts = found
    return UniqueAll(values, indices, np.reshape(inverse, x.shape), counts)


@function
def _ordered(x: Raw, /) -> tuple[Raw, Raw, Raw]:
    """x flattened and sorted, the places it came from, and whether each begins a new value."""
    flat = np.ravel(x)
    order = np.argsort(flat, kind="stable")
    made = np.take(flat, order)
    begins = np.concatenate([np.ones(min(1, flat.shape[0]), bool), made[1:] != made[:-1]])
    return made, order, begins


@function
def _numbered(begins: Raw, order: Raw, /) -> Raw:
    """Which value each number of the flattened array is."""
    return np.take(np.cumsum(begins, dtype=np.int64) - 1, np.argsort(order, kind="stable"))


def _by_sorting(x: Array) -> UniqueAll:
    """On a backend whose programs have fixed shapes: how many values there are is asked first."""
    made, order, begins = _ordered(x)
    (places,) = nonzero(begins)
    end = Array._of(put(np.array([made.shape[0]]), place_of(x._value)))
    counts = diff(concat([places, end]))
    inverse = reshape(_numbered(begins, order), x.shape)
    return UniqueAll(take(made, places), take(order, places), inverse, counts)

