"""Arrays written, swapped and shared in branches and loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontend.staging.agreement import assert_compiled

W = np.array([1.0, 2.0, 3.0])


def double_buffer(x: Any, s: Any) -> Any:
    a = x.copy()
    b = np.zeros(3)
    k = 0
    while k < s:
        b[:] = a * 2
        a, b = (b, a)
        k += 1
    return a


def hidden(x: Any, s: Any) -> Any:
    if s > 0:
        return x * W
    return x + W


def ints(x: Any, s: Any) -> Any:
    k = np.arange(3)
    if s > 0:
        k[0] = 5
    for i in range(3):
        if x[i] > 1:
            k[i] += 1
    return k


def found(x: Any, s: Any) -> Any:
    if s > 0:
        return np.sum(x[x > 0])
    return np.sum(x[x > 1])


def arr2d(x: Any, s: Any) -> Any:
    m = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            if x[i] > x[j]:
                m[i, j] = x[i]
            elif i == j:
                m[i][j] = s
    return m


def idxtr(x: Any, s: Any) -> Any:
    i = np.argmax(x)
    y = x.copy()
    if y[i] > 1:
        y[i] = 0.0
        y[i - 1] += 1
    return y


def np0d(x: Any, s: Any) -> Any:
    t = np.zeros(())
    if s > 0:
        t += s
    return t


def augdict(x: Any, s: Any) -> Any:
    d = {"k": s}
    for v in x:
        if v > 1:
            d["k"] += v
    return d


def nested_list(x: Any, s: Any) -> Any:
    m = [[s, s], [s, s]]
    if s > 0:
        m[0][1] = 5.0
    return m


def append_branch(x: Any, s: Any) -> Any:
    out = [s]
    if s > 0:
        out.append(s)
    else:
        out.append(2 * s)
    return out


def dictin(x: Any, s: Any) -> Any:
    d = {}
    if s > 0:
        d["a"] = s
    else:
        d["a"] = -s
    return d["a"]


@pytest.mark.parametrize(
    "f",
    [
        double_buffer,
        hidden,
        ints,
        found,
        arr2d,
        idxtr,
        np0d,
        augdict,
        nested_list,
        append_branch,
        dictin,
    ],
)
def test_an_array_is_written_as_numpy_writes_it(f: Callable[..., Any]) -> None:
    assert_compiled(f)
