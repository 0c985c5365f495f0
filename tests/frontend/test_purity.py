"""What may give another answer in every call, and what may not."""

from __future__ import annotations

import datetime
import functools
import itertools
import logging
import math
import operator
import random
import time
import uuid
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import gradloom as gl
from gradloom.frontend.environment import scan
from gradloom.frontend.purity import why_impure

PURE: tuple[Any, ...] = (
    1, "text", None, ..., slice(2), range(3), [1], {1}, int, np.ones(2), np.sin, np.sum, np.linalg,
    math.sqrt, operator.mul, functools.reduce, sum, len, isinstance, itertools.chain,
    scipy.linalg.solve,
)  # fmt: skip
IMPURE: tuple[Any, ...] = (
    print, open, input, random.random, np.random.default_rng(0), np.random.rand, time.time, time,
    uuid.uuid4, datetime.datetime, logging.getLogger(), iter([1]),
)  # fmt: skip


def _id(value: Any) -> str:
    return getattr(value, "__name__", type(value).__name__)


@pytest.mark.parametrize("value", PURE, ids=_id)
def test_what_depends_on_its_arguments_alone_is_pure(value: Any) -> None:
    assert why_impure(value, "it") == ""


@pytest.mark.parametrize("value", IMPURE, ids=_id)
def test_what_asks_or_tells_the_world_is_not(value: Any) -> None:
    assert why_impure(value, "it") == "it"


def test_what_wrappers_hold_is_reached() -> None:
    array, cell = np.ones(2), [1.0]
    held = functools.partial(lambda k, x: x * k, array)
    cached = functools.lru_cache(lambda x: x * cell[0])
    spread = np.vectorize(lambda x: x * cell[0])
    for f in (lambda x: cached(x), lambda x: spread(x)):
        assert any("cell[0]" in label for _, label, *_ in scan(f).guards)
    assert id(array) in scan(lambda x: held(x)).arrays


def test_an_attribute_of_a_function_is_watched() -> None:
    def scaled(x: float) -> float:
        return x * scaled.k  # type: ignore[attr-defined, no-any-return]

    scaled.k = 2.0  # type: ignore[attr-defined]
    compiled = gl.compile(scaled)
    assert compiled(1.0) == 2.0
    scaled.k = 3.0  # type: ignore[attr-defined]
    assert compiled(1.0) == 3.0
