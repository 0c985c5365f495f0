"""Choices inside expressions: `a if t else b`, `and`, `or`, `not`, `in`, comprehensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontend.staging.agreement import assert_compiled


def comp_tern(x: Any, s: Any) -> Any:
    return sum([v if v > s else -v for v in x])


def genexp(x: Any, s: Any) -> Any:
    return max(v * 2 if v > s else v for v in x)


def anyall(x: Any, s: Any) -> Any:
    if any(v > 1 for v in x) and (not all(v > 0 for v in x)):
        return s
    return s * 2


def notbool(x: Any, s: Any) -> Any:
    if not s:
        return 1.0
    return s or 2.0


def isin(x: Any, s: Any) -> Any:
    i = np.argmax(x)
    if i in (0, 2):
        return s
    return -s


def sortedkey(x: Any, s: Any) -> Any:
    return sorted([s, -s, s * 2], key=lambda v: v if v > 0 else -v)[0]


def mapf(x: Any, s: Any) -> Any:
    return sum(v if v > s else 0.0 for v in x)


def intcast(x: Any, s: Any) -> Any:
    k = int(np.argmax(x))
    if k == 1:
        return s
    return s + k


@pytest.mark.parametrize("f", [comp_tern, genexp, anyall, notbool, isin, sortedkey, mapf, intcast])
def test_an_expression_does_what_python_does(f: Callable[..., Any]) -> None:
    assert_compiled(f)
