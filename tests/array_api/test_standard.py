"""Drawn arguments: values, dtypes, shapes and errors are those of array_api_strict."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import gradloom as gl
from tests.array_api.calls import BINARY, UNARY
from tests.array_api.oracle import (
    DTYPES,
    FLOATS,
    arrays,
    assert_alike,
    axes,
    few,
    function,
    outcome,
    pairs,
    strict,
    theirs,
    xps,
)

xp = gl.array_api
NAMES_UNARY = sorted({n for names in UNARY.values() for n in names.split()} | {"acosh"})
NAMES_BINARY = sorted({n for names in BINARY.values() for n in names.split()})


@pytest.mark.parametrize("name", NAMES_UNARY)
@few
@given(arrays())
def test_unary_functions(name: str, x: Any) -> None:
    if name in ("expm1", "tanh", "sign") and x.dtype.kind == "c":  # values: test_special.py
        x = xp.asarray(np.nan_to_num(x.raw, posinf=1, neginf=1))
    if x.dtype.kind == "c":
        x = xp.asarray(np.clip(x.raw.real, -9, 9) + 1j * np.clip(x.raw.imag, -9, 9), dtype=x.dtype)
    assert_alike(function(name), x)


@pytest.mark.parametrize("name", NAMES_BINARY)
@few
@given(pairs())
def test_binary_functions(name: str, xs: Any) -> None:
    if name == "pow" and xs[0].dtype.kind in "iu" and xs[1].dtype.kind in "iu":
        xs = (xs[0], xp.asarray(np.abs(xs[1].raw.astype(np.int64) % 3).astype(xs[1].dtype)))
    if name == "pow":
        assume(not np.equal(xs[1].raw, 0.5).any())  # numpy's roots: test_special.py
    if name == "floor_divide":
        assume(not any(x.dtype.kind == "f" and np.isinf(x.raw).any() for x in xs))
    assert_alike(function(name), *xs)


NUMBERS = {"b": st.booleans(), "i": st.integers(0, 99), "f": st.floats(-9, 9), "c": st.just(1j)}


@pytest.mark.parametrize("name", [n for n in NAMES_BINARY if n != "pow"])
@few
@given(arrays(), st.one_of(*NUMBERS.values()), st.booleans())
def test_binary_functions_of_an_array_and_a_number(
    name: str, x: Any, number: Any, first: bool
) -> None:
    if name == "floor_divide":
        assume(x.dtype.kind != "f" or not np.isinf(x.raw).any())
    real = name in f"{BINARY['real']} {BINARY['real numeric']}".split()
    assume(not (real and isinstance(number, complex)))  # ours to refuse; theirs passes it on
    assert_alike(function(name), *((number, x) if first else (x, number)))


@pytest.mark.parametrize(
    "name", ["max", "min", "sum", "prod", "mean", "std", "var", "all", "any", "count_nonzero"]
)
@few
@given(arrays(shapes=xps.array_shapes(min_dims=0, max_dims=3, max_side=3)), st.data())
def test_reductions(name: str, x: Any, data: Any) -> None:
    kwargs: dict[str, Any] = {"axis": data.draw(axes(x.ndim)), "keepdims": data.draw(st.booleans())}
    if name in ("std", "var"):
        kwargs["correction"] = data.draw(st.sampled_from([0, 1, 0.5]))
    if name in ("sum", "prod"):
        kwargs["dtype"] = data.draw(st.none() | st.sampled_from([xp.float64, xp.complex128]))
        assume(x.dtype.kind != "c" or kwargs["dtype"] != xp.float64 or kwargs["dtype"] is None)
    assert_alike(function(name), x, **kwargs)


@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
@few
@given(arrays(shapes=xps.array_shapes(max_dims=3, max_side=3)), st.data())
def test_running_sums(name: str, x: Any, data: Any) -> None:
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1))
    initial = data.draw(st.booleans())
    # array_api_strict puts the first number in x's dtype, and overflows on the way
    x = xp.asarray(np.nan_to_num(x.raw, posinf=1, neginf=1))
    assert_alike(function(name), x, axis=axis, include_initial=initial)


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@few
@given(arrays(shapes=xps.array_shapes(max_dims=3, max_side=3)), st.data())
def test_places_of_extremes(name: str, x: Any, data: Any) -> None:
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1))
    assert_alike(function(name), x, axis=axis, keepdims=data.draw(st.booleans()))


@pytest.mark.parametrize("name", ["sort", "argsort"])
@few
@given(arrays(shapes=xps.array_shapes(max_dims=3, max_side=4)), st.data())
def test_sorting(name: str, x: Any, data: Any) -> None:
    assume(x.dtype.kind != "f" or not np.isnan(x.raw).any())  # their place is free
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    assert_alike(function(name), x, axis=axis, descending=data.draw(st.booleans()))


@pytest.mark.parametrize("name", ["unique_all", "unique_counts", "unique_inverse"])
@few
@given(arrays())
def test_sets(name: str, x: Any) -> None:
    assert_alike(function(name), x)


@few
@given(arrays(), st.data())
def test_reading_parts(x: Any, data: Any) -> None:
    key = data.draw(xps.indices(x.shape, allow_newaxis=True, max_dims=4))
    assert_alike(lambda namespace: lambda x, key: x[key], x, key)


@few
@given(arrays(), st.data())
def test_reading_by_masks(x: Any, data: Any) -> None:
    shape = data.draw(st.sampled_from([x.shape, (), x.shape[:1], (2,)]))
    mask = data.draw(xps.arrays(xp.bool, shape))
    assert_alike(lambda namespace: lambda x, key: x[key], x, mask)


@few
@given(arrays(), st.data())
def test_writing_parts(x: Any, data: Any) -> None:
    key = data.draw(xps.indices(x.shape) | xps.arrays(xp.bool, x.shape))
    value = data.draw(xps.arrays(data.draw(st.just(x.dtype) | DTYPES), ()))
    # a mixture of kinds is ours to refuse; array_api_strict lets some pass
    assume(value.dtype.kind == x.dtype.kind)
    assume(np.promote_types(value.dtype, x.dtype) == x.dtype)

    def write(namespace: Any) -> Any:
        def run(x: Any, key: Any, value: Any) -> Any:
            x = namespace.asarray(x, copy=True)
            x[key] = value
            return x

        return run

    assert_alike(write, x, key, value)


@few
@given(pairs(), st.data())
def test_joining(xs: Any, data: Any) -> None:
    axis = data.draw(st.none() | st.integers(-2, 2))
    assert_alike(lambda n: lambda a, b: n.concat([a, b], axis=axis), *xs)
    assert_alike(lambda n: lambda a, b: n.stack([a, b], axis=axis or 0), *xs)


@few
@given(arrays(xps.boolean_dtypes()), pairs())
def test_where(condition: Any, xs: Any) -> None:
    assert_alike(function("where"), condition, *xs)


@few
@given(arrays(), DTYPES)
def test_conversion(x: Any, dtype: Any) -> None:
    assume(not (x.dtype.kind == "c" and dtype.kind == "b"))  # the standard allows it
    values = x.raw
    if dtype.kind in "iu" and x.dtype.kind in "fc":
        values = np.clip(np.nan_to_num(values.real), 0, 100).astype(x.dtype)
    assert_alike(function("astype"), xp.asarray(values), dtype)


@few
@given(st.lists(DTYPES | arrays(shapes=st.just((2,))), min_size=1, max_size=3))
def test_result_types(xs: Any) -> None:
    given_, wanted = outcome(xp.result_type, xs, {}), outcome(strict.result_type, theirs(xs), {})
    assert isinstance(given_, Exception) == isinstance(wanted, Exception)
    if not isinstance(given_, Exception):
        assert theirs(given_) == wanted


@few
@given(DTYPES, DTYPES)
def test_casting(a: Any, b: Any) -> None:
    assert xp.can_cast(a, b) == strict.can_cast(theirs(a), theirs(b))


@few
@given(arrays(xps.real_dtypes()), st.data())
def test_clipping(x: Any, data: Any) -> None:
    limits = sorted(data.draw(st.lists(st.integers(0, 99), min_size=2, max_size=2)))
    low, high = (data.draw(st.sampled_from([None, limit])) for limit in limits)
    assert_alike(function("clip"), x, low, high)
    bounds = [xp.asarray(limit, dtype=x.dtype) for limit in limits]
    assert_alike(function("clip"), x, *bounds)


@pytest.mark.parametrize(
    "name",
    [
        "cholesky",
        "det",
        "eigvalsh",
        "inv",
        "slogdet",
        "svdvals",
        "matrix_norm",
        "matrix_rank",
        "pinv",
    ],
)
@few
@given(st.sampled_from([(0, 0), (1, 1), (3, 3), (2, 3, 3), (0, 2, 2), (3,), (2, 3)]), FLOATS)
def test_matrices(name: str, shape: Any, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=shape).astype(dtype)
    assume(name != "matrix_rank" or 0 not in shape)  # numpy has no greatest number of none
    if len(shape) > 1 and shape[-1] == shape[-2]:
        a = a @ np.conj(np.swapaxes(a, -1, -2)) + np.eye(shape[-1], dtype=dtype)
    assert_alike(function(f"linalg.{name}"), xp.asarray(a))


@few
@given(arrays(FLOATS, xps.array_shapes(max_dims=3, max_side=3)), st.data())
def test_vector_norms(x: Any, data: Any) -> None:
    x = xp.asarray(
        np.nan_to_num(x.raw, posinf=1, neginf=1) % (3 if x.dtype.kind == "f" else 1e300)
        if x.dtype.kind == "f"
        else np.ones_like(x.raw)
    )
    order = data.draw(st.sampled_from([2, 1, 0, -1, 3, 0.5, math.inf, -math.inf]))
    keep = data.draw(st.booleans())
    assert_alike(
        function("linalg.vector_norm"), x, axis=data.draw(axes(x.ndim)), keepdims=keep, ord=order
    )


@few
@given(pairs(xps.real_dtypes() | xps.complex_dtypes()))
def test_products(xs: Any) -> None:
    xs = [
        xp.asarray(
            (np.nan_to_num(x.raw) % 5 if x.dtype.kind != "c" else np.ones_like(x.raw)).astype(
                x.dtype
            )
        )
        for x in xs
    ]
    assume(min(x.ndim for x in xs) > 0)
    # a mixture of kinds is ours to refuse
    assume(not isinstance(outcome(strict.result_type, theirs(xs), {}), Exception))
    for name in ("matmul", "vecdot", "linalg.cross", "linalg.outer"):
        assert_alike(function(name), *xs)
    assert_alike(function("tensordot"), *xs, axes=0)


@pytest.mark.parametrize(
    ("call", "args"),
    [
        (f"{name}", args)
        for name, args in [
            ("arange", (5,)),
            ("arange", (2, 7)),
            ("arange", (7, 2, -2)),
            ("arange", (0.5, 3)),
            ("arange", (3, None)),
            ("linspace", (0, 1, 5)),
            ("linspace", (0.0, 1.0, 0)),
            ("linspace", (0, 2j, 3)),
            ("eye", (3,)),
            ("eye", (2, 3)),
            ("zeros", (3,)),
            ("ones", ((2, 3),)),
            ("full", ((2,), 7)),
            ("full", (2, 7.5)),
            ("full", ((), True)),
            ("full", (2, 1j)),
            ("full", (2, -1)),
            ("asarray", ([1, 2],)),
            ("asarray", ([[1.5], [2]],)),
            ("asarray", (True,)),
            ("asarray", (1j,)),
            ("asarray", ([],)),
            ("asarray", ([True, False],)),
            ("asarray", (2**63,)),
        ]
    ],
)
def test_making_arrays(call: str, args: Any) -> None:
    assert_alike(function(call), *args)
    if call != "asarray":
        assert_alike(function(call), *args, dtype=xp.float32)
