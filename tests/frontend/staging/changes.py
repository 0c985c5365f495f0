"""Programs that change objects, lists and variables of functions around under traced conditions."""

from __future__ import annotations

import operator
from collections import defaultdict

import numpy as np


class C:
    b = 1.0


def setattr_on_one_way(x):
    c = C()
    if x > 0:
        c.b = 2.0
    return c.b


def object_setattr(x):
    c = C()
    c.b = 1.5
    if x > 0:
        object.__setattr__(c, "b", 2.0)
    return c.b


class D:
    def __init__(self):
        self.n = 1.0

    def __setattr__(self, k, v):
        if k == "n":
            super().__setattr__(k, v)
        else:
            self.__dict__[k] = v


def setattr_of_the_users(x):
    d = D()
    d.z = 1.0
    if x > 0:
        d.n = 2.0
        d.z = 4.0
    return d.n + d.z


def delattr_on_one_way(x):
    c = C()
    c.b = 1.5
    if x > 0:
        delattr(c, "b")
    return c.b


def attributes_set_on_both_ways(x):
    c = C()
    c.b = 1.5
    if x > 0:
        c.b, c.d = (3.0, 4.0)
    else:
        c.d = 1.0
    return c.b + c.d


def dict_united(x):
    d = {"a": 1.0}
    if x > 0:
        d |= {"a": 2.0}
    return d["a"]


def list_methods_unbound(x):
    l = [1.0, 2.0]
    if x > 0:
        list.append(l, 3.0)
        l.pop()
    if x > 0:
        l.__setitem__(0, 5.0)
    if x > 1:
        list.__setitem__(l, 0, 7.0)
    return l[0]


def operator_setitem(x):

    l = [1.0, 2.0]
    if x > 0:
        operator.setitem(l, 0, 5.0)
    return l[0]


def operator_iadd(x):

    l = np.array([1.0, 2.0])
    if x > 0:
        operator.iadd(l, 5.0)
    return l[0]


def default_of_a_dict(x):
    l = defaultdict(float)
    l["a"] += 1.0
    if x > 0:
        l["a"] += x
    return l["a"]


def items_swapped(x):
    l = [3.0, 1.0, 2.0]
    if x > 0:
        l[0], l[1] = (l[1], l[0])
    return l


def slice_of_a_list(x):
    l = [3.0, 1.0, 2.0]
    if x > 0:
        l[:2] = [x, x]
    return l


def list_deleted_and_inserted(x):
    l = [3.0, 1.0, 2.0]
    if x > 0:
        del l[0]
        l.insert(0, 9.0)
    return l


def nonlocal_in_a_function_that_is_called(x):
    n = 0

    def bump():
        nonlocal n
        n += 1

    if x > 0:
        bump()
    return n


def attribute_of_a_class(x):

    class S:
        n = 0

    def bump():
        S.n += 1

    if x > 0:
        bump()
    return S.n


def setdefault_on_both_ways(x):
    d = {}
    y = d.setdefault("a", 1.0) if x > 0 else d.setdefault("a", 2.0)
    return d["a"] + y


def set_that_stays_equal(x):
    st = {1.0}
    if x > 0:
        st.add(1.0)
    return sum(st)


def nonlocal_in_a_loop(x):
    n = 0.0

    def bump(v):
        nonlocal n
        n = n + v

    while x > 1:
        bump(x)
        x = x / 2
    return n


def dict_of_a_closure(x):
    st = {"n": 0.0}

    def bump(v):
        st["n"] += v

    for i in range(3):
        if x > i:
            bump(i)
    return st["n"]


def counter():
    n = 0

    def step():
        nonlocal n
        n += 1
        return n

    return step


def counter_made_by_a_function(x):
    c = counter()
    y = c() if x > 0 else c() + c()
    return y + c() * 10


class Acc:
    total = 0.0

    def __init__(self):
        self.n = 0

    def __call__(self, v):
        self.n += 1
        self.total += v
        return self.total


def accumulator(x):
    a = Acc()
    if x > 0:
        a(x)
        a(x)
    else:
        a(1.0)
    return a.total + a.n


class Z:
    def __init__(s, re, im):
        s.re, s.im = (re, im)

    def __add__(s, o):
        return Z(s.re + o.re, s.im + o.im)

    def __mul__(s, o):
        return Z(s.re * o.re - s.im * o.im, s.re * o.im + s.im * o.re)

    def __abs__(s):
        return (s.re**2 + s.im**2) ** 0.5


def complex_numbers_of_the_users(x):
    z = Z(0.0, 0.0)
    c = Z(x, 0.1)
    n = 0
    while abs(z) < 2 and n < 20:
        z = z * z + c
        n += 1
    return [z.re, z.im, n]


class Node:
    def __init__(s, v, nxt=None):
        s.v = v
        s.nxt = nxt


def sets_a_new_attribute(held, x):
    held[0][0].made = x


def nodes_that_are_linked(x):
    l = Node(x, Node(2 * x))
    if x > 0:
        l = Node(1.0, l.nxt)
    return l.v + l.nxt.v


PROGRAMS = (
    setattr_on_one_way, object_setattr, setattr_of_the_users, delattr_on_one_way,
    attributes_set_on_both_ways, dict_united, list_methods_unbound, operator_setitem,
    operator_iadd, default_of_a_dict, items_swapped, slice_of_a_list, list_deleted_and_inserted,
    nonlocal_in_a_function_that_is_called, attribute_of_a_class, setdefault_on_both_ways,
    set_that_stays_equal, nonlocal_in_a_loop, dict_of_a_closure, counter_made_by_a_function,
    accumulator, complex_numbers_of_the_users, nodes_that_are_linked,
)  # fmt: skip
