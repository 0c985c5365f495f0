"""Wrong programs whose `if`, `while` and `for` go by traced values."""

from __future__ import annotations

import numpy as np

import gradloom as gl

X = np.array([0.5, -1.0, 2.0])
TABLE = np.zeros(3)


def left_undefined(x):
    if x[0] > 0:
        y = x
    return y


def branches_of_different_shapes(x):
    if x[0] > 0:
        y = x
    else:
        y = x[:2]
    return y


def branches_of_different_dtypes(x):
    if x[0] > 0:
        y = x
    else:
        y = x.astype(np.float32)
    return y


def choice_of_different_dtypes(x):
    return x if x[0] > 0 else x.astype(np.float32)


def returns_of_different_shapes(x):
    if x[0] > 0:
        return x
    return x[0]


def returns_nothing_on_one_way(x):  # noqa: RET503 - the mistake
    if x[0] > 0:
        return x


def different_structures(x):
    if x[0] > 0:
        y = (x, x)
    else:
        y = x
    return y


def keys_that_differ(x):
    found = {}
    if x[0] > 0:
        found["sum"] = x.sum()
    else:
        found["max"] = x.max()
    return found


def list_that_grows_by_another_kind(x):
    kept = [x]
    if x[0] > 0:
        kept.append(x[0])
    return len(kept)


def text_that_is_formatted(x):
    kind = "up" if x[0] > 0 else "down"
    return {f"to {kind}": x}


def none_that_is_returned(x):
    if x[0] > 0:
        return x
    return None


def iterator_under_a_condition(x):
    steps = iter([1.0, 2.0, 3.0])
    if x[0] > 0:
        x = x * next(steps)
    return x * next(steps)


def carry_that_changes_shape(x):
    while x.sum() < 9:
        x = np.append(x, 1.0)
    return x


def carry_that_changes_dtype(x):
    n = np.int64(0)
    while n < x[2]:
        n = n + 0.5
    return n


def carry_that_loses_precision(x):
    y = np.float32(0)
    while x[0] < 9:
        y = np.sum(x)
        x = x * 2
    return y


def list_that_grows(x):
    out = []
    while x[0] < 9:
        x = x * 2
        out.append(x)
    return out


def list_that_grows_in_a_for(x):
    out = []
    for i in range(np.argmax(x)):
        out.append(x[i])  # noqa: PERF401 - the mistake
    return np.array(out)


def first_set_in_a_loop(x):
    while x[0] < 9:
        y = x * 2
        x = y
    return y


def item_after_a_loop(x):
    for value in range(np.argmax(x)):
        x = x + value
    return x * value


def loop_whose_test_is_an_array(x):
    while x > 0:
        x = x - 1
    return x


def branch_whose_test_is_an_array(x):
    if x > 0:
        return x
    return -x


def break_from_a_generator(x):
    def halves():
        step = 1.0
        while True:
            yield step
            step /= 2

    for step in halves():
        x = x - step
        if x[0] < 0:
            break
    return x


def branch_in_a_generator(x):
    def positive():
        for value in x:
            if value > 0:
                yield value

    return next(positive())


def step_of_a_range(x):
    total = 0.0
    for i in range(0, 3, np.argmax(x)):
        total = total + x[i]
    return total


def filter_by_values(x):
    return {i: value for i, value in enumerate(x) if value > 0}


def key_of_a_dict(x):
    return {0: x, 2: -x}[np.argmax(x)]


def items_of_different_kinds(x):
    for part in (x, x[:2]):
        if part.sum() > 0:
            break
    return part


def outside_array_under_a_condition(x):
    if x[0] > 0:
        TABLE[0] = 1.0
    return x


def outside_array_takes_a_traced_value(x):
    if x[0] > 0:
        TABLE[0] = x[0]
    return x


def object_that_changes_on_one_way(x):
    class State:
        mode = None

    state = State()
    state.mode = x[1:]
    if x[0] > 0:
        state.mode = x
    return x if state.mode is None else -x


def recursion_without_an_end(x):
    return x if np.sum(x) < 1e-3 else recursion_without_an_end(x / 2)


def raises_on_every_way(x):
    if x[0] > 0:
        raise ValueError("up")
    else:  # noqa: RET506 - two ways
        raise ValueError("down")


def shape_set_under_a_condition(x):
    y = x * 2
    if x[0] > 0:
        y.shape = (3, 1)
    return y.sum(axis=0)


def await_a_value(x):
    import asyncio

    async def absolute():
        if x[0] > 0:
            return x
        return -x

    return asyncio.run(absolute())


def without_source():
    namespace = {}
    exec("def absolute(x):\n    if x[0] > 0:\n        return x\n    return -x\n", namespace)
    return gl.trace(namespace["absolute"], X)


def root(x):
    if x[0] < 0:
        raise ValueError("negative")
    return np.sqrt(x)


def caught_by_a_caller(x):
    try:
        return root(x)
    except ValueError:
        return x


class Quiet:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is ValueError


def manager_that_may_catch(x):
    with Quiet():
        if x[0] < 0:
            raise ValueError("negative")
    return x


def one_of_two_exceptions(x):
    try:
        if x[0] < 0:
            raise ValueError("negative")
        if x[0] > 9:
            raise ValueError("large")
    except ValueError as error:
        return x * len(str(error))
    return x


def defined_where_nothing_is_caught(x):
    try:
        if x[0] < 0:
            raise ValueError("negative")
        y = np.sqrt(x)
    except ValueError:
        pass
    return y


STAGED = (
    left_undefined,
    branches_of_different_shapes,
    branches_of_different_dtypes,
    choice_of_different_dtypes,
    returns_of_different_shapes,
    returns_nothing_on_one_way,
    different_structures,
    keys_that_differ,
    list_that_grows_by_another_kind,
    text_that_is_formatted,
    none_that_is_returned,
    iterator_under_a_condition,
    carry_that_changes_shape,
    carry_that_changes_dtype,
    carry_that_loses_precision,
    list_that_grows,
    list_that_grows_in_a_for,
    first_set_in_a_loop,
    item_after_a_loop,
    loop_whose_test_is_an_array,
    branch_whose_test_is_an_array,
    break_from_a_generator,
    branch_in_a_generator,
    step_of_a_range,
    filter_by_values,
    key_of_a_dict,
    items_of_different_kinds,
    outside_array_under_a_condition,
    outside_array_takes_a_traced_value,
    object_that_changes_on_one_way,
    recursion_without_an_end,
    raises_on_every_way,
    shape_set_under_a_condition,
    await_a_value,
    caught_by_a_caller,
    manager_that_may_catch,
    one_of_two_exceptions,
    defined_where_nothing_is_caught,
)
WRONG = {f.__name__: lambda f=f: gl.trace(f, X.copy()) for f in STAGED} | {
    "without_source": without_source,
}
