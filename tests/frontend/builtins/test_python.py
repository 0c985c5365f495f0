"""Whole expressions with Python's builtins: traced without values they give what Python gives."""

from __future__ import annotations

import bisect
import collections.abc
import copy
import functools
import heapq
import itertools
import numbers
import operator
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.builtins import BUILTINS, HIGHER_ORDER, METHODS

NUMBERS = st.sampled_from([-2.0, -1.0, -0.0, 0.0, 1.0, 1.5, 3.0])
ARRAYS = st.one_of(
    st.lists(NUMBERS, min_size=3, max_size=5).map(np.array),
    st.lists(st.integers(-3, 3), min_size=3, max_size=5).map(np.array),
    st.lists(NUMBERS, min_size=3, max_size=5).map(lambda v: np.array(v, np.float32)),
    st.lists(st.booleans(), min_size=3, max_size=5).map(np.array),
)


def b(f: Any) -> Any:
    """What converted code calls in the place of a builtin."""
    return BUILTINS.get(f, f)


def m(items: Any, name: str) -> Any:
    """What converted code calls in the place of a method."""
    return functools.partial(METHODS[type(items), name], items)


def _python(f: Any) -> Any:
    return f


def _with_sort(method: Any, x: Any) -> Any:
    items = list(x)
    method(items, "sort")(reverse=True)
    return items


PROGRAMS: dict[str, Callable[..., Any]] = {
    "sum": lambda b, m, x: b(sum)(x),
    "sum with a start": lambda b, m, x: (b(sum)(x, 10), b(sum)(x, start=0.5), b(sum)([x, x], x)),
    "sum of rows": lambda b, m, x: b(sum)(x.reshape(-1, 1)),
    "sum of nothing": lambda b, m, x: (b(sum)(x[:0]), b(sum)([])),
    "sum of a generator": lambda b, m, x: b(sum)(v * v for v in x[1:]),
    "abs and round": lambda b, m, x: (abs(x * 1.0), round(x[0] * 1.26, 1), round(x[1] * 0.5)),
    "divmod and pow": lambda b, m, x: (divmod(x * 1.0, 0.75), b(pow)(x * 1.0, 2), b(pow)(2.0, x)),
    "len": lambda b, m, x: (b(len)(x), b(len)([x, x]), b(len)(x[1:])),
    "range of a size": lambda b, m, x: [x[i] for i in range(x.shape[0])],
    "enumerate and zip": lambda b, m, x: [
        v * i + w for i, (v, w) in enumerate(zip(x, x[::-1], strict=True), 1)
    ],
    "map": lambda b, m, x: list(map(operator.mul, x, x)),
    "reversed, iter and next": lambda b, m, x: (list(reversed(x)), next(iter(x)), [*x], (*x, 1)),
    "next of nothing": lambda b, m, x: next(iter(x[:0]), 7.0),
    "any and all": lambda b, m, x: (b(any)(x), b(all)(x), b(any)([v > 1 for v in x])),
    "not": lambda b, m, x: (b(operator.not_)(x[0]), b(operator.truth)(x[1])),
    "in": lambda b, m, x: (
        b(operator.contains)(list(x), 1), b(operator.contains)(x, 1),
        b(operator.contains)((x[0], 5), x[0]), b(operator.contains)({"a": 1}, "a"),
    ),
    "count": lambda b, m, x: (m(list(x), "count")(1), b(operator.countOf)(x, x[0])),
    "sort in place": lambda b, m, x: _with_sort(m, x),
    "heapq": lambda b, m, x: (b(heapq.nsmallest)(2, x), b(heapq.nlargest)(2, x, abs)),
    "bisect": lambda b, m, x: (
        b(bisect.bisect_left)([-1.0, 0.0, 1.0], x[0]),
        b(bisect.bisect_right)([-1.0, 0.0, 1.0, 2.0], x[1], 1),
        b(bisect.bisect_right)([0.0, 1.0], x[1], 2),
    ),
    "complex": lambda b, m, x: (b(complex)(x[0]), b(complex)(x[0], x[1]), b(complex)("1j")),
    "reduce": lambda b, m, x: functools.reduce(operator.add, x * 1.0, 2.0),
    "itertools": lambda b, m, x: (
        list(itertools.accumulate(x * 1.0)),
        list(itertools.accumulate(x * 1.0, b(max))),
        list(itertools.chain(x, x[1:])),
        [p * q for p, q in itertools.pairwise(x * 1.0)],
        list(itertools.islice(x, 2)),
        list(itertools.starmap(operator.mul, [(x[0], x[1])])),
    ),
    "operator": lambda b, m, x: (
        operator.neg(x * 1.0), operator.truediv(x, 2), operator.floordiv(x * 1.0, 0.7),
        operator.le(x, x[0]), operator.getitem(x, 1), operator.itemgetter(0, 2)(x),
        operator.attrgetter("T", "real")(x), operator.methodcaller("max", axis=0)(x),
        operator.length_hint(x), operator.matmul(x * 1.0, x),
    ),
    "copies": lambda b, m, x: (copy.copy(x), copy.deepcopy({"a": [x, x[0]]})["a"]),
}  # fmt: skip


def _same(ours: Any, plain: Any) -> None:
    if isinstance(plain, list | tuple):
        assert type(ours) is type(plain)
        assert len(ours) == len(plain)
        for x, y in zip(ours, plain, strict=True):
            _same(x, y)
        return
    assert type(ours) is type(plain), (type(ours), type(plain))
    assert np.asarray(ours).dtype == np.asarray(plain).dtype
    np.testing.assert_allclose(ours, plain, rtol=1e-6)


@pytest.mark.parametrize("name", PROGRAMS)
@settings(max_examples=8, deadline=None)
@given(ARRAYS)
def test_a_program_gives_what_python_gives(name: str, x: np.ndarray) -> None:
    f = PROGRAMS[name]
    with np.errstate(all="ignore"):
        plain = f(_python, getattr, x)
    _same(gl.compile(lambda x: f(b, m, x))(x), plain)


CLASSES: list[Any] = [
    np.ndarray, np.generic, np.floating, np.integer, np.bool_, np.float64, float, int, bool,
    complex, list, (list, tuple, np.ndarray), float | int, numbers.Number, numbers.Real,
    numbers.Integral, numbers.Complex, collections.abc.Iterable, collections.abc.Sized,
    collections.abc.Sequence, collections.abc.Hashable, collections.abc.Container,
    collections.abc.Collection, collections.abc.Callable, collections.abc.Mapping,
    collections.abc.Reversible,
]  # fmt: skip
VALUES = [np.arange(3.0), np.array(1.5), np.float64(2.0), np.float32(2.0), np.int64(3), 2.5, 1j]


@pytest.mark.parametrize("x", VALUES, ids=repr)
def test_isinstance_answers_for_what_a_traced_value_stands_for(x: Any) -> None:
    for converted in (_python, b):  # where values are at hand, code is not converted
        asked: list[Any] = []
        gl.trace(lambda v: [asked.append(converted(isinstance)(v, c)) for c in CLASSES] and v, x)  # noqa: B023
        assert asked == [isinstance(x, c) for c in CLASSES]


@pytest.mark.parametrize("x", VALUES, ids=repr)
def test_type_and_hasattr_answer_for_it_too(x: Any) -> None:
    names = ("shape", "dtype", "__len__", "__iter__", "is_integer", "nothing", "real", "item")
    asked: list[Any] = []
    gl.trace(lambda v: asked.append((b(type)(v), [b(hasattr)(v, n) for n in names])) or v, x)
    assert asked == [(type(x), [hasattr(x, n) for n in names])]
    made = b(type)("Made", (), {"y": 1})
    assert (made.__name__, made.y, b(type)(3)) == ("Made", 1, int)


def test_a_named_size_is_an_int_and_a_length() -> None:
    asked: list[Any] = []

    def f(x: Any) -> Any:
        n = b(len)(x)
        asked.append((b(isinstance)(n, int), b(isinstance)(n, float), b(type)(n) is int))
        return b(sum)(x) / n, b(any)(x > 1)

    g = gl.trace(f, gl.spec("f64[n]"))
    assert asked == [(True, False, True)]
    assert g(np.arange(4.0)) == (1.5, True)


def test_what_a_mask_holds_is_counted_and_added() -> None:
    f = gl.compile(lambda x: (b(len)(x[x > 0]), b(sum)(x[x > 0]), b(all)(x[x > 0] > 1)))
    assert f(np.array([1.0, -2.0, 3.0])) == (2, 4.0, False)


def test_the_place_of_an_item_is_traced_and_there_must_be_one() -> None:
    f = gl.compile(lambda x, v: m(list(x), "index")(v))
    x = np.array([1.0, 3.0, 3.0])
    assert f(x, np.float64(3.0)) == 1
    with pytest.raises(ValueError, match="x not in list"):
        f(x, np.float64(2.0))
    with pytest.raises(gl.NotSupported, match="the search has bounds"):
        gl.trace(lambda x: m(list(x), "index")(1.0, 1), x)


def test_choosers_take_what_python_takes_where_all_is_known() -> None:
    f = [
        lambda b, m: list(b(itertools.takewhile)(lambda v: v > 0, [1, 2, -1, 3])),
        lambda b, m: list(b(itertools.dropwhile)(lambda v: v > 0, [1, 2, -1, 3])),
        lambda b, m: list(b(itertools.filterfalse)(None, [1, 0, 2, 0])),
        lambda b, m: (m([3, 4, 3], "index")(3, 1), m((3, 4), "index")(4)),
        lambda b, m: (b(pow)(3, 4, 5), b(complex)("1+2j"), b(hasattr)([], "append")),
    ]
    for each in f:
        assert each(b, m) == each(_python, getattr)
    items = [1, 2, 1]
    m(items, "remove")(1)
    assert items == [2, 1]


def test_scalars_have_their_own_methods_and_arrays_have_not() -> None:
    f = gl.compile(lambda x: (x.is_integer(), x.bit_count() if x.dtype.kind == "i" else 0))
    assert f(np.float64(3.0)) == (True, 0)
    assert f(np.float64(3.5)) == (False, 0)
    assert f(np.int64(7)) == (True, 3)
    with pytest.raises(AttributeError, match=r"'numpy.ndarray' object has no attribute 'nothing'"):
        gl.trace(lambda x: x.nothing, np.ones(3))
    with pytest.raises(AttributeError, match=r"'float' object has no attribute 'shap'"):
        gl.trace(lambda x: x.shap, 1.0)
    with pytest.raises(gl.NotSupported, match=r"float64\.as_integer_ratio"):
        gl.trace(lambda x: x.as_integer_ratio(), np.float64(1.0))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: {x[0]: 1},
        lambda x: {x[0], x[1]},
        lambda x: functools.lru_cache(lambda v: v * 2)(x[0]),
        lambda x: hash(x),
        lambda x: pickle.dumps(x),
        lambda x: pow(x[0], 2, 3),
    ],
)
def test_keys_and_pickles_are_refused_as_type_errors(f: Any) -> None:
    with pytest.raises(gl.CallError):
        gl.grad(f)(np.ones(3))


def test_whole_numbers_that_no_derivative_needs_are_keys() -> None:
    def f(w: Any, labels: Any) -> Any:
        counts: dict[Any, int] = {}
        for label in labels:
            counts[label] = counts.get(label, 0) + 1
        return np.sum(w) * counts[1]

    np.testing.assert_array_equal(gl.grad(f)(np.ones(2), np.array([1, 2, 1])), [2.0, 2.0])


def test_a_percent_text_shows_numbers_at_hand_and_refuses_without() -> None:
    shown: list[str] = []
    gl.grad(lambda x: shown.append("%.2f %d" % (x, np.int64(3))) or x * x)(1.5)  # noqa: UP031
    assert shown == ["1.50 3"]
    with pytest.raises(gl.ValueNeeded, match="text % values"):
        gl.trace(lambda x: f"{x}" + "%f" % x, 1.5)  # noqa: UP031


def test_functions_of_higher_order_are_named_with_their_functions() -> None:
    assert all(callable(f) for f in HIGHER_ORDER)
    assert HIGHER_ORDER[functools.reduce] == (0,)
    assert set(HIGHER_ORDER[itertools.accumulate]) == {1, "func"}


def _kept(v: Any) -> Any:
    if v > 0:
        return v
    return v * 0


@pytest.mark.parametrize(
    "f",
    [
        lambda x: list(map(_kept, x)),
        lambda x: list(itertools.starmap(max, itertools.pairwise(x))),
        lambda x: functools.reduce(max, x),
        lambda x: list(itertools.accumulate(x, func=min)),
        lambda x: [max(x, key=_kept), *sorted(x, key=_kept)],
        lambda x: _with_sort(getattr, x),
        lambda x: list(x).count(0.5),
        lambda x: list(np.vectorize(_kept)(x)),
    ],
)
def test_converted_functions_call_them_and_hand_on_converted_functions(f: Any) -> None:
    x = np.array([0.5, -1.25, 2.0])
    _same(gl.compile(f)(x), f(x))


def test_float_of_a_complex_number_of_numpys_is_its_real_part():
    z = np.complex128(3 + 2j)
    with pytest.warns(np.exceptions.ComplexWarning):
        due = float(z)
    with pytest.warns(np.exceptions.ComplexWarning):
        graph = gl.trace(lambda z: float(z) * 2, z)
    assert graph(z) == 2 * due
    with pytest.raises(TypeError):
        gl.trace(lambda z: int(z), z)
    with pytest.raises(TypeError):
        gl.trace(lambda z: float(complex(z)), z)


def _flat(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1) / len(x)


class _Held:
    def __init__(self, x: np.ndarray) -> None:
        self.x = x

    def rows(self) -> np.ndarray:
        return np.arange(len(self.x))[:, None] + self.x


@pytest.mark.parametrize("f", [_flat, lambda x: _Held(x).rows()], ids=["name", "attribute"])
def test_len_of_an_array_with_a_named_size_is_that_size(f: Callable[..., Any]) -> None:
    graph = gl.trace(f, gl.spec("f64[batch, 3]"))
    for rows in (1, 4):
        x = np.arange(3.0 * rows).reshape(rows, 3)
        np.testing.assert_array_equal(graph(x), f(x))


def test_a_loop_over_a_named_size_is_refused() -> None:
    def total(x: np.ndarray) -> Any:
        return sum(x[i] for i in range(len(x)))

    with pytest.raises(gl.ShapeError, match=r"int\(batch\) cannot be decided"):
        gl.trace(total, gl.spec("f64[batch]"))
