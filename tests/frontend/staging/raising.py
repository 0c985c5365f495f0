"""Programs that raise and catch under conditions that are traced, each with arguments to try."""

from __future__ import annotations

import contextlib

import numpy as np


class Diverged(Exception):
    pass


def root_or_zero(x):
    try:
        if x < 0:
            raise ValueError("neg")
        y = np.sqrt(x)
    except ValueError:
        y = 0.0
    return y


def several_handlers(x):
    try:
        if x < 0:
            raise ValueError("neg")
        if x > 10:
            raise KeyError("big")
        return np.sqrt(x)
    except ValueError:
        return -1.0
    except (KeyError, IndexError):
        return -2.0
    finally:
        z = 1


def missing_key_on_one_way(x):
    t = {"a": 1.0}
    if x > 0:
        y = t["a"] * x
    else:
        y = t["b"] * x
    return y


def continues(xs):
    n = 0
    for i in range(len(xs)):
        try:
            if xs[i] < 0:
                raise ValueError
            n += xs[i]
        except ValueError:
            continue
        n += 1
    return n


def leaves_a_loop(xs):
    n = 0.0
    try:
        for i in range(len(xs)):
            n += 1
            if xs[i] < 0:
                raise ValueError
            n += xs[i]
        else:
            n += 100
    except ValueError:
        n = n + 1000
    else:
        n = n + 10000
    return n


def assert_that_is_caught(x):
    try:
        assert x > 0, "m"
        y = x
    except AssertionError:
        y = 5.0
    return y


def breaks_in_a_handler(xs):
    i = 0
    s = 0.0
    while s < 5:
        try:
            if xs[i] < 0:
                raise ValueError
            s = s + xs[i]
        except ValueError:
            s = s + 1
            if xs[i] < -3:
                break
        finally:
            i += 1
    return (s, i)


def nested_tries(x):
    try:
        y = 1.0
        try:
            y = 2.0
            if x < 0:
                raise ValueError
            if x > 5:
                raise KeyError(1)
            y = 3.0
        except ValueError:
            y = y + 10
        else:
            y = y + 100
        finally:
            y = y + 1000
        y = y * 2
    except KeyError:
        y = y + 0.5
    return y


def raises_again(x):
    try:
        if x < 0:
            raise ValueError("inner")
        y = x
    except ValueError:
        if x < -3:
            raise
        y = 0.0
    return y


def missing_key_in_a_choice(x):
    t = {}
    return t[1] if x < 0 else x


def class_of_the_users(x):
    try:
        if x > 5:
            raise Diverged(f"at {x}")
        return x * 2
    except Diverged:
        return -1.0


def raises_in_a_while(x):
    n = 0
    try:
        while x > 1:
            x = x / 2
            n += 1
            if n > 3:
                raise Diverged("no")
    except Diverged:
        x = -1.0
    return (x, n)


def tries_again(x):
    for k in range(5):
        try:
            if x < k:
                raise ValueError
            return x + k
        except ValueError:
            x = x + 3
    return x


def divides(x, y):
    try:
        if y == 0:
            raise ZeroDivisionError
        r = x / y
    except ZeroDivisionError:
        r = np.inf
    else:
        r = r * 2
    return r


def catches_everything(x):
    try:
        if x < 0:
            raise ValueError
        y = x
    except:
        y = -x
    return y


def list_as_it_was_then(x):
    out = [0.0, 0.0]
    try:
        out[0] = x
        if x < 0:
            raise ValueError
        out[1] = 1.0
    except ValueError:
        out[1] = 2.0
    return out


def value_after_an_inner_branch(x):
    try:
        if x < 10:
            if x < 0:
                raise ValueError
            z = x
        else:
            z = 2 * x
        w = z + 1
    except ValueError:
        w = 0.0
    return w


def key_that_is_missing_is_caught(x):
    t = {1: 2.0}
    try:
        if x > 0:
            y = t[1]
        else:
            y = t[2]
    except KeyError:
        y = -1.0
    return y * x


def else_and_finally(x):
    log = np.zeros(3)
    try:
        if x < 0:
            raise ValueError
        log[0] = 1
    except ValueError:
        log[1] = 1
    else:
        log[2] = 1
    finally:
        log += 10
    return log


def returns_through_finally(x):
    try:
        if x > 100:
            return 5.0
        y = np.sqrt(x)
    finally:
        pass
    return y * 2


def division_of_numbers(x):
    n = 0
    return 1 / n if x > 3 else x


def missing_attribute(x):

    class C:
        pass

    c = C()
    if x > 0:
        y = x
    else:
        y = c.missing
    return y


def index_of_a_list(x):
    row = [1.0]
    if x > 0:
        y = row[0]
    else:
        y = row[3]
    return y


def suppressed(x):
    with contextlib.suppress(ValueError):
        if x < 0:
            raise ValueError
        x = x + 1
    return x


def long_chain(m, x):
    if m == 0:
        return x
    if m == 1:
        return 2 * x
    if m == 2:
        return 3 * x
    if m == 3:
        return 4 * x
    if m == 4:
        return 5 * x
    if m == 5:
        return 6 * x
    if m == 6:
        return 7 * x
    if m == 7:
        return 8 * x
    if m == 8:
        return 9 * x
    if m == 9:
        return 10 * x
    raise ValueError("mode")


def raises_on_both_inner_ways(x):
    if x > 0:
        if x > 5:
            raise KeyError("a b")
        raise ValueError("v")
    return x


def asserts_in_a_loop(x):
    total = 0.0
    for v in x:
        try:
            assert v > 0
            total = total + v
        except AssertionError:
            pass
    return total


SIGNS = ((1.0,), (-1.0,), (9.0,))
ROWS = (([1.0, -4.0, 3.0, 3.0, 3.0],), ([1.0, 2.0, 3.0],), ([1.0, -2.0, 3.0, 3.0, 3.0],))
OF_SIGNS = (
    several_handlers, root_or_zero, missing_key_on_one_way, nested_tries, missing_key_in_a_choice,
    assert_that_is_caught, class_of_the_users, raises_in_a_while, catches_everything,
    list_as_it_was_then, key_that_is_missing_is_caught, else_and_finally, division_of_numbers,
    missing_attribute, index_of_a_list, suppressed, raises_on_both_inner_ways, tries_again,
)  # fmt: skip
OF_ROWS = (continues, leaves_a_loop, breaks_in_a_handler, asserts_in_a_loop)
PROGRAMS = {
    **dict.fromkeys(OF_SIGNS, SIGNS),
    **dict.fromkeys(OF_ROWS, ROWS),
    raises_again: (*SIGNS, (-9.0,)),
    value_after_an_inner_branch: (*SIGNS, (20.0,)),
    returns_through_finally: ((4.0,), (400.0,)),
    divides: ((1.0, 0.0), (1.0, 2.0)),
    long_chain: ((1, 2.0), (9, 2.0), (11, 2.0)),
}
