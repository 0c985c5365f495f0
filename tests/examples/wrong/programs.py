"""Programs that are wrong, each with the call that shows it; today's message is in messages.txt."""

from __future__ import annotations

import numpy as np

import gradloom as gl
from gradloom.frontend.asserted import assert_that

X = np.array([0.5, -1.0, 2.0])
M = np.arange(6.0).reshape(2, 3)
OUTSIDE = np.zeros(3)


def write_of_wrong_shape(x):
    b = np.zeros((2, 2))
    b[:, 0] = x
    return b


def write_past_the_end(x):
    b = np.zeros(2)
    b[5] = x[0]
    return b


def write_to_a_broadcast_view(x):
    b = np.broadcast_to(x * 2, (2, 3))
    b[0] = 1.0
    return b


def write_outside(x):
    OUTSIDE[:] = x
    return x


def in_place_addition_that_grows(x):
    x += np.ones((2, 3))
    return x


def in_place_with_another_kind(x):
    n = np.zeros(3, dtype=np.int64)
    n += x
    return n


def out_of_wrong_shape(x):
    return np.add(x, 1, out=np.zeros(2))


def int_of_a_value(x):
    return np.zeros(int(x[2])) + 1


def size_from_a_value(x):
    return np.zeros(x[2])


def range_of_a_value(x):
    return sum(i for i in range(x[2]))


def truth_of_an_array(x):
    return x if x > 0 else -x


def array_as_list_index(x):
    return [1.0, 2.0, 3.0][x[2]]


def float_as_index(x):
    return x[x[2]]


def too_many_indices(x):
    return x[0, 1]


def mask_of_wrong_size(x):
    return x[np.array([True, False])]


def axis_that_is_not_there(x):
    return np.sum(x, axis=2)


def sizes_that_do_not_fit(x):
    return x @ np.ones(4)


def shapes_that_do_not_broadcast(x):
    return x + np.ones(2)


def reshape_to_another_size(x):
    return x.reshape(2, 2)


def concatenate_of_other_ranks(x):
    return np.concatenate([x, np.ones((2, 2))])


def stack_of_other_shapes(x):
    return np.stack([x, np.ones(2)])


def attribute_that_is_not_there(x):
    return x.relu()


def object_array(x):
    return np.array([x, None], dtype=object)


def masked_array(x):
    return np.ma.masked_array(x, mask=[0, 1, 0]).sum()


def masked_function(x):
    return np.ma.masked_where(x > 0, x).sum()


def method_of_another_library(x):
    return x.detach()


def misspelt_method(x):
    return x.transpos()


def function_as_method(x):
    return x.exp()


def truth_of_a_selection(x):
    return x if x[x > 0] else -x


def generator_that_is_returned(x):
    return (x * i for i in range(3))


def bytes_out(x):
    return x.tobytes()


def unknown_dtype(x):
    return x.astype("float65")


def singular_einsum(x):
    return np.einsum("ij,j->i", x, x)


def a_kept_value_used_later(x):
    kept = []
    gl.trace(lambda y: kept.append(y * 2) or y, x)
    return kept[0] + 1


def first_of_an_empty_selection(x):
    return x[x > 9][0]


def largest_of_an_empty_selection(x):
    return x[x > 9].max()


def values_for_another_number_of_places(x):
    y = x.copy()
    y[y > 0] = np.ones(3)
    return y


def index_beyond_the_choices(x):
    return np.choose(np.arange(3) + (x > 9), [x, x + 1])


def assertion_that_fails(x):
    assert_that(x[1] > 0, "x[1] has to be positive")
    return x


TRACED = (
    write_of_wrong_shape,
    write_past_the_end,
    write_to_a_broadcast_view,
    write_outside,
    in_place_addition_that_grows,
    in_place_with_another_kind,
    out_of_wrong_shape,
    int_of_a_value,
    size_from_a_value,
    range_of_a_value,
    truth_of_an_array,
    array_as_list_index,
    float_as_index,
    too_many_indices,
    mask_of_wrong_size,
    axis_that_is_not_there,
    sizes_that_do_not_fit,
    shapes_that_do_not_broadcast,
    reshape_to_another_size,
    concatenate_of_other_ranks,
    stack_of_other_shapes,
    attribute_that_is_not_there,
    object_array,
    masked_array,
    masked_function,
    method_of_another_library,
    misspelt_method,
    function_as_method,
    truth_of_a_selection,
    generator_that_is_returned,
    bytes_out,
    unknown_dtype,
    singular_einsum,
)
RUN = (
    first_of_an_empty_selection,
    largest_of_an_empty_selection,
    values_for_another_number_of_places,
    index_beyond_the_choices,
    assertion_that_fails,
)
"""Programs that are found wrong only when they run."""

WRONG = {f.__name__: lambda f=f: gl.trace(f, X.copy()) for f in TRACED} | {
    **{f.__name__: lambda f=f: gl.compile(f)(X.copy()) for f in RUN},
    "generator_as_an_argument": lambda: gl.grad(sum)(x for x in X),
    "view_of_a_dict_as_an_argument": lambda: gl.compile(sum)({"a": X}.values()),
    "a_kept_value_used_later": lambda: a_kept_value_used_later(X),
    "gradient_of_an_array": lambda: gl.grad(np.sin)(X),
    "gradient_by_whole_numbers": lambda: gl.grad(np.sum)(np.arange(3)),
    "gradient_by_an_argument_that_is_not_there": lambda: gl.grad(np.sum, argnums=3)(X),
    "tangent_of_another_shape": lambda: gl.jvp(np.sin, (X,), (np.ones(2),)),
    "batches_of_other_sizes": lambda: gl.vmap(np.add)(X, np.ones(2)),
    "graph_called_with_another_shape": lambda: gl.trace(np.sin, X)(np.ones(4)),
    "unknown_backend": lambda: gl.compile(np.sin, backend="torhc")(X),
}
