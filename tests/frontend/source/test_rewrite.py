"""Statements of every kind on traced values, against Python itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontend.staging.agreement import assert_compiled


class M:
    def __init__(self, k: Any) -> None:
        self.k = k

    def go(self, x: Any) -> Any:
        if x > 0:
            return x * self.k
        return -x

    @property
    def neg(self) -> Any:
        if self.k > 0:
            return self.k
        return -self.k

    @staticmethod
    def st(x: Any) -> Any:
        return x if x > 0 else x * 3

    @classmethod
    def mk(cls, k: Any) -> Any:
        if k > 0:
            k = k * 2
        return cls(k)

    def __add__(self, o: Any) -> Any:
        if o > 0:
            return self.k + o
        return self.k

    def __call__(self, x: Any) -> Any:
        if x > 1:
            return 1.0 * x
        return x * 0.5


class N(M):
    def go(self, x: Any) -> Any:
        if x > 1:
            return super().go(x) + 1
        return super().go(x - 1)


def aug_tuple(x: Any, s: Any) -> Any:
    a, b = (s, s * 2)
    if s > 0:
        a, b = (b, a)
    return a - b


def del_var(x: Any, s: Any) -> Any:
    t = s * 2
    if s > 0:
        u = t
        del t
    else:
        u = t + 1
        del t
    return u


def walrus(x: Any, s: Any) -> Any:
    if (n := (s * 2)) > 1:
        return n
    return n + 1


def tryfin(x: Any, s: Any) -> Any:
    y = x * 1.0
    try:
        if s > 0:
            y[0] = 5.0
        y[1] = 1.0
    finally:
        y[2] = s
    return y


def withst(x: Any, s: Any) -> Any:
    with np.errstate(all="ignore"):
        if s > 0:
            return s / 0.5
        return s - 1


def nonloc(x: Any, s: Any) -> Any:
    c = 0.0

    def inc(v: Any) -> Any:
        nonlocal c
        if v > 0:
            c += v
        else:
            c -= 2 * v

    inc(s)
    inc(-s)
    return c


def methods(x: Any, s: Any) -> Any:
    m = N(s)
    return m.go(s)


def static(x: Any, s: Any) -> Any:
    return M.st(s) + N.st(-s)


def clsm(x: Any, s: Any) -> Any:
    return M.mk(s).k


def callobj(x: Any, s: Any) -> Any:
    return M(2.0)(s)


def lam(x: Any, s: Any) -> Any:

    def f(v: Any) -> Any:
        return v if v > 0 else v * 2

    return f(s) + f(-s)


def defaults(x: Any, s: Any) -> Any:

    def f(a: Any, b: Any = s) -> Any:
        if a > b:
            return a
        return b

    return f(x[0])


def starargs(x: Any, s: Any) -> Any:

    def f(*a: Any, **k: Any) -> Any:
        if a[0] > 0:
            return a[0] + k["z"]
        return k["z"]

    return f(s, z=2.0)


def chainassign(x: Any, s: Any) -> Any:
    a = b = s
    if s > 0:
        a = b = s * 2
    return a + b


def condarr(x: Any, s: Any) -> Any:
    if x.sum() > s:
        x = x / x.sum()
    else:
        x = x - x.min()
    return x


def recur(x: Any, s: Any, n: Any = 3) -> Any:
    if n == 0:
        return s
    if s > 0:
        return recur(x, s * 0.5, n - 1)
    return recur(x, s - 1, n - 1)


def strd(x: Any, s: Any) -> Any:
    if s > 0:
        pass
    return s


def enumzip(x: Any, s: Any) -> Any:
    t = 0.0
    for i, (a, b) in enumerate(zip(x, x[::-1], strict=False)):
        if a > b:
            continue
        if i > s:
            break
        t += a * b
    return t


def multi(x: Any, s: Any) -> Any:
    if s > 2:
        return (s, x)
    if s > 0:
        return (s * 2, x * 2)
    return (s * 3, x * 3)


def retdict(x: Any, s: Any) -> Any:
    if s > 0:
        return {"a": s, "b": [x]}
    return {"a": -s, "b": [x * 2]}


def setattr_(x: Any, s: Any) -> Any:
    m = M(s)
    if s > 0:
        m.z = s
    else:
        m.z = s * 2
    return m.z


def obj(x: Any, s: Any) -> Any:

    class P:
        pass

    p = P()
    p.l = [s]
    p.d = {"z": x * 1.0}
    if s > 0:
        p.l.append(s * 2)
        p.d["z"][0] = 7.0
    else:
        p.l.append(s * 3)
    return (p.l, p.d)


def closure_list(x: Any, s: Any) -> Any:
    acc = []

    def add(v: Any) -> Any:
        if v > 0:
            acc.append(v)
        else:
            acc.append(-v)

    for v in x:
        add(v)
    return acc


@pytest.mark.parametrize(
    "f",
    [
        aug_tuple,
        del_var,
        walrus,
        tryfin,
        withst,
        nonloc,
        methods,
        static,
        clsm,
        callobj,
        lam,
        defaults,
        starargs,
        chainassign,
        condarr,
        recur,
        strd,
        enumzip,
        multi,
        retdict,
        setattr_,
        obj,
        closure_list,
    ],
)
def test_a_function_does_what_python_does(f: Callable[..., Any]) -> None:
    assert_compiled(f)
