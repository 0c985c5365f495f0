"""`match` on traced values, and on structures that Python knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontend.staging.agreement import X, assert_compiled

DRAWS = tuple((X, np.int64(n)) for n in (0, 1, 2, 3, 7))


def values(x: Any, n: Any) -> Any:
    match n:
        case 0:
            return x
        case 1 | 2:
            y = x * 2.0
        case _:
            y = x - 1.0
    return y


def guarded(x: Any, n: Any) -> Any:
    match n:
        case 1 if x[0] > 5.0:
            return -x
        case k if k > 2:
            return x * k
        case other:
            return x + other


def structured(x: Any, n: Any) -> Any:
    match (x.shape, {"n": n}):
        case ((3,), {"n": k}):
            return x * k
        case _:
            return x


def structured_and_guarded(x: Any, n: Any) -> Any:
    match ("pair", x, n):
        case ("pair", a, k) if k > 2:
            return a * k
        case ("pair", a, *rest) if rest[0] == 1:
            return a - 1.0
        case _:
            return x


def in_a_loop(x: Any, n: Any) -> Any:
    total = 0.0
    for i in range(n):
        match i % 3:
            case 0:
                continue
            case 1:
                total += x[1]
            case _:
                break
    return total + x[0]


@pytest.mark.parametrize("f", [values, guarded, structured, structured_and_guarded, in_a_loop])
def test_a_match_does_what_python_does(f: Callable[..., Any]) -> None:
    assert_compiled(f, DRAWS)
