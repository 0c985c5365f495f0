"""What a traced value is to Python: its kind, its class, its printing, its copies, and its life."""

import copy
import dataclasses
import pickle
import threading
from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import gradloom as gl

x = np.array([0.5, -1.0, 2.0])


def inside(f, *args):
    """What `f` gives while it is traced, without values."""
    seen = []
    gl.trace(lambda *a: seen.append(f(*a)) or a[0], *args)
    return seen[0]


def test_kinds_pass_for_numpys_and_pythons_classes():
    def f(array, scalar, number):
        return (
            isinstance(array, np.ndarray),
            isinstance(scalar, np.float64),
            isinstance(scalar, float),
            isinstance(number, float),
            isinstance(array[0], np.float64),
            isinstance(array > 0, np.ndarray),
            isinstance(array, float),
            isinstance(number, np.ndarray),
            isinstance(array.sum(), np.generic),
            np.isscalar(scalar),
            np.isscalar(array),
            np.ndim(number),
            np.shape(array),
        )

    assert inside(f, x, np.float64(2.0), 2.0) == f(x, np.float64(2.0), 2.0)


def test_printing_shows_type_and_line_and_never_fails():
    text = inside(lambda x: f"{x} {x!r} {x[0]:.3f} {x!s} {[x]} %s" % x, x)
    assert text.count("<traced f64") == 6
    assert "test_tracer.py" in text


def test_python_takes_it_apart_as_an_array():
    def f(x):
        first, *rest = x
        pairs = [i * v for i, v in enumerate(x)]
        both = [a * b for a, b in zip(x, reversed(x), strict=True)]
        total = sum(x) + sum(pairs) + sum(both) + first + rest[0]
        return total + abs(x).sum() + divmod(x[2], 1.5)[1] + round(x[0], 1) + pow(x[0], 2) + len(x)

    np.testing.assert_allclose(gl.compile(f)(x), f(x))


def test_copies_are_arrays_of_their_own():
    def f(x):
        a, b, c = copy.copy(x), copy.deepcopy(x), x.copy()
        a[0], b[1], c[2] = 1.0, 2.0, 3.0
        return a, b, c, x

    for got, want in zip(gl.compile(f)(x), f(x.copy()), strict=True):
        np.testing.assert_array_equal(got, want)


def test_dataclasses_namedtuples_and_ordered_dicts_carry_it():
    point = namedtuple("point", "u v")

    @dataclasses.dataclass
    class Pair:
        a: object
        b: object = None

    def f(p, d):
        q = dataclasses.replace(Pair(p.u), b=p.v)
        return point(q.a * q.b, OrderedDict(z=d["z"], y=q.a))

    args = (point(x, x * 2), OrderedDict(z=x, y=x))
    got = gl.compile(f)(*args)
    assert type(got) is point
    assert list(got.v) == ["z", "y"]
    np.testing.assert_array_equal(got.u, x * x * 2)
    g = gl.grad(lambda p, d: np.sum(f(p, d).u * d["y"]), argnums=(0, 1))(*args)
    assert type(g[0]) is point
    np.testing.assert_array_equal(g[1]["y"], x * x * 2)


def test_views_by_a_traced_index_write_through():
    m = np.arange(6.0).reshape(3, 2)

    def f(m, x):
        y = m.copy()
        row = y[np.argmax(x)]
        row += 10.0
        y[np.argmin(x), 1:] *= 2.0
        return y, row

    for got, want in zip(gl.compile(f)(m, x), f(m, x), strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("how", [lambda v: v.item(), lambda v: v.tolist()])
def test_a_number_is_asked_for_in_vain_without_a_known_size(how):
    with pytest.raises(gl.ValueNeeded, match="without values"):
        gl.trace(lambda v: how(v), gl.spec("f64[n]"))


def test_values_at_hand_decide_branches_and_are_looked_at_anew():
    def f(x):
        return x * 2 if x > 0 else x * 3

    g = gl.grad(f)
    assert [g(1.0), g(-1.0), g(1.0), g(-2.0)] == [2, 3, 2, 3]


def test_it_cannot_be_hashed_pickled_or_kept():
    with pytest.raises(TypeError, match="unhashable"):
        gl.trace(lambda x: {x: 1}, x)
    with pytest.raises(TypeError, match="pickled"):
        gl.trace(lambda x: pickle.dumps(x), x)


def test_a_value_of_another_thread_is_told():
    errors = []

    def f(x):
        def work():
            try:
                np.sum(x * 2)
            except gl.LeakedTracer as error:
                errors.append(error)

        t = threading.Thread(target=work)
        t.start()
        t.join()
        return x

    gl.trace(f, x)
    assert len(errors) == 1


def test_dtypes_and_weak_numbers_promote_as_numpys():
    f32, i32 = np.float32(x), np.arange(3, dtype=np.int32)
    programs = [
        lambda a, n: a * np.float64(2),
        lambda a, n: a * np.sqrt(2),
        lambda a, n: a * 2.0,
        lambda a, n: a + np.array(1.0),
        lambda a, n: a + np.ones(3),
        lambda a, n: n * 2.0,
        lambda a, n: n * a,
        lambda a, n: n / 2,
        lambda a, n: n.mean(),
        lambda a, n: n + np.int64(1),
        lambda a, n: np.where(a > 0, a, 0.0),
        lambda a, n: np.where(a > 0, 1, 0.5),
        lambda a, n: a**2,
        lambda a, n: np.maximum(a, np.float64(0)),
        lambda a, n: [a.sum(), a.mean(), a @ a, a[0] * 2],
        lambda a, n: np.full(2, a[0]),
        lambda a, n: np.array([a[0], 1.0]),
        lambda a, n: +a,
        lambda a, n: np.float16(2) * a,
        lambda a, n: a + 1j,
        lambda a, n: n // 2,
        lambda a, n: -n % 3,
        lambda a, n: round(a[0] * 1.0),
        lambda a, n: round(a[0], 1),
        lambda a, n: (n > 1) * 2,
        lambda a, n: np.cumsum(n),
        lambda a, n: np.prod(n),
        lambda a, n: n.astype(np.int8) + np.int8(1),
    ]
    for k, f in enumerate(programs):
        got, want = gl.compile(f)(f32, i32), f(f32, i32)
        pairs = zip(got, want, strict=True) if isinstance(want, list) else [(got, want)]
        for a, b in pairs:
            assert type(a) is type(b), k
            assert np.asarray(a).dtype == np.asarray(b).dtype, k
            np.testing.assert_allclose(a, b, rtol=1e-6)
