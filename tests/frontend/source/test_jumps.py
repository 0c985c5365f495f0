"""`return`, `break`, `continue` and `else` under traced conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontend.staging.agreement import assert_compiled


def elsewhile(x: Any, s: Any) -> Any:
    k = 0
    while k < 5:
        if k > s:
            break
        k += 1
    else:
        k = 100
    return k


def while_true(x: Any, s: Any) -> Any:
    while True:
        s = s * 0.5
        if s < 1.0:
            return s


def early_loop_list(x: Any, s: Any) -> Any:
    out = []
    for v in x:
        if v > s:
            t = v
        else:
            t = s
        out.append(t)
    return np.array(out)


def zipbreak(x: Any, s: Any) -> Any:
    n = 0
    for a, b in zip(x, [1, 2, 3], strict=False):
        if a > b * s:
            break
        n += b
    return n


def traced_collatz(x: Any, s: Any) -> Any:
    n = (s * 0 + 6).astype(np.int64)
    c = 0
    while n > 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        c += 1
    return c


def bisect(x: Any, s: Any) -> Any:
    lo, hi = (0.0, 4.0)
    for _ in range(30):
        mid = (lo + hi) / 2
        if mid * mid < abs(s) + 1:
            lo = mid
        else:
            hi = mid
    return lo


def newton(x: Any, s: Any) -> Any:
    y = abs(s) + 1.0
    it = 0
    while abs(y * y - 2) > 1e-09 and it < 50:
        y = y - (y * y - 2) / (2 * y)
        it += 1
    return (y, it)


def insertion(x: Any, s: Any) -> Any:
    y = x.copy()
    for i in range(1, 3):
        k = y[i]
        j = i - 1
        while j >= 0 and y[j] > k:
            y[j + 1] = y[j]
            j -= 1
        y[j + 1] = k
    return y


def swaparr(x: Any, s: Any) -> Any:
    y = x.copy()
    for i in range(3):
        for j in range(2 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = (y[j + 1], y[j])
    return y


def indexerr(x: Any, s: Any) -> Any:
    k = 0
    while x[k] < 10:
        k += 1
        if k == 2:
            break
    return k


@pytest.mark.parametrize(
    "f",
    [
        elsewhile,
        while_true,
        early_loop_list,
        zipbreak,
        traced_collatz,
        bisect,
        newton,
        insertion,
        swaparr,
        indexerr,
    ],
)
def test_a_jump_does_what_python_does(f: Callable[..., Any]) -> None:
    assert_compiled(f)


def break_after_a_traced_continue(x: Any, s: Any) -> Any:
    for _ in range(3):
        s = s + 1.0
        if s < 2.5:
            continue
        break
    return s


def return_after_a_traced_continue(x: Any, s: Any) -> Any:
    for _ in range(3):
        s = s + 1.0
        if s < 2.5:
            continue
        return s * 2.0
    return s


@pytest.mark.parametrize("f", [break_after_a_traced_continue, return_after_a_traced_continue])
def test_a_jump_that_a_traced_jump_may_skip_is_conditional_too(f: Callable[..., Any]) -> None:
    assert_compiled(f)
