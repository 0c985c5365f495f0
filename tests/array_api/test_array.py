"""The array object: Python's protocols, writing in place, and what it refuses."""

import copy
import operator
import pickle
from typing import Any

import numpy as np
import pytest

import gradloom as gl

xp = gl.array_api


def test_an_array_of_one_number_is_that_number_to_python() -> None:
    assert float(xp.asarray(1.5)) == 1.5
    assert int(xp.asarray(3)) == 3
    assert int(xp.asarray(True)) == 1
    assert complex(xp.asarray(2j)) == 2j
    assert complex(xp.asarray(2.0)) == 2
    assert bool(xp.asarray(0.0)) is False
    assert operator.index(xp.asarray(2, dtype=xp.uint8)) == 2
    assert [10, 20, 30][xp.asarray(1)] == 20


@pytest.mark.parametrize("convert", [float, int, complex, bool, operator.index])
def test_an_array_of_more_numbers_is_none(convert: Any) -> None:
    with pytest.raises(TypeError):
        convert(xp.asarray([1]))


def test_numbers_of_the_wrong_kind_are_refused() -> None:
    for convert, value in [(float, 1j), (int, 1j), (operator.index, 1.0), (operator.index, True)]:
        with pytest.raises(TypeError):
            convert(xp.asarray(value))
    with pytest.raises(ValueError, match="NaN"):
        int(xp.asarray(float("nan")))


def test_numpy_sees_the_numbers() -> None:
    x = xp.asarray([1.0, 2.0])
    assert np.asarray(x) is x.raw or np.shares_memory(np.asarray(x), x.raw)
    assert not np.shares_memory(np.array(x), x.raw)
    assert np.asarray(x, np.float32).dtype == np.float32
    assert np.shares_memory(np.from_dlpack(x), x.raw)
    np.testing.assert_array_equal(np.ones(2) + x, [2, 3])
    assert isinstance(np.ones(2) + x, type(x))
    with pytest.raises(TypeError):
        np.sin(x)  # numpy would leave the backend


def test_it_has_a_length_and_parts() -> None:
    x = xp.asarray([[1, 2], [3, 4], [5, 6]])
    assert len(x) == 3
    assert [part.shape for part in x] == [(2,)] * 3
    assert [int(v) for v in x[:, 1]] == [2, 4, 6]
    for ask in (len, iter):
        with pytest.raises(TypeError):
            ask(xp.asarray(1))


def test_comparison_is_number_by_number_and_anything_else_is_unequal() -> None:
    x = xp.asarray([1, 2])
    assert list(x == xp.asarray([1, 3])) == [True, False]
    assert (x == None) is False  # noqa: E711
    assert (x != "one") is True
    with pytest.raises(TypeError):
        hash(x)
    with pytest.raises(TypeError):
        x < "one"  # noqa: B015


def test_writing_changes_the_array_in_place() -> None:
    x = xp.zeros((2, 3))
    same = x
    x[0, :] = 1
    x[1, 1:] = xp.asarray([5.0, 6.0])
    x[x > 5] = -1.0
    x += 1
    x *= xp.asarray([1.0, 2.0, 3.0])
    assert same is x
    np.testing.assert_array_equal(same, [[2, 4, 6], [1, 12, 0]])
    x[...] = xp.asarray(7.0, dtype=xp.float32)
    assert float(xp.sum(same)) == 42


@pytest.mark.parametrize("value", [1.5, 1j, xp.asarray(1.5), xp.asarray(300, dtype=xp.int16)])
def test_a_value_that_does_not_fit_is_not_written(value: Any) -> None:
    x = xp.zeros(2, dtype=xp.int8)
    with pytest.raises(TypeError):
        x[0] = value
    with pytest.raises(TypeError):
        x += value
    assert list(x) == [0, 0]


def test_a_result_of_another_shape_is_not_written_in_place() -> None:
    x = xp.zeros(2)
    with pytest.raises(ValueError, match="in place"):
        x += xp.zeros((3, 2))
    with pytest.raises(ValueError, match="mT"):
        _ = xp.zeros(2).T


def test_kinds_of_dtypes_do_not_mix() -> None:
    for a, b in [
        (xp.ones(2), xp.ones(2, dtype=xp.int64)),
        (xp.ones(2, dtype=xp.int64), 1.5),
        (xp.ones(2, dtype=xp.bool), 1),
        (xp.ones(2), True),
        (xp.ones(2, dtype=xp.uint64), xp.ones(2, dtype=xp.int8)),
    ]:
        with pytest.raises(TypeError, match="add"):
            xp.add(a, b)
        with pytest.raises(TypeError):
            a + b
        with pytest.raises(TypeError):
            b + a
    with pytest.raises(TypeError):
        xp.sin(xp.ones(2, dtype=xp.int64))
    with pytest.raises(TypeError, match="takes arrays"):
        xp.sin(1.0)
    with pytest.raises(TypeError, match="imaginary"):
        xp.astype(xp.ones(1, dtype=xp.complex64), xp.float32)


def test_numpys_numbers_stand_beside_arrays() -> None:
    x = xp.ones(2, dtype=xp.float32)
    assert (x * np.float64(2)).dtype == xp.float32  # a float to Python
    assert (np.float64(2) * x).dtype == xp.float32
    assert (x * np.float32(2)).dtype == xp.float32
    assert (xp.ones(2, dtype=xp.int8) + np.int16(2)).dtype == xp.int16
    assert (x * 1j).dtype == xp.complex64


def test_copies_share_nothing() -> None:
    x = xp.asarray([1.0, 2.0])
    copies = [
        copy.copy(x),
        copy.deepcopy(x),
        xp.asarray(x, copy=True),
        pickle.loads(pickle.dumps(x)),
        xp.astype(x, xp.float64),
        xp.from_dlpack(x, copy=True),
        xp.reshape(x, (2,), copy=True),
    ]
    x[0] = 9.0
    assert all(float(c[0]) == 1 for c in copies)
    shared = xp.asarray(x, copy=False)
    x[0] = 8.0
    assert float(shared[0]) == 8
    assert xp.astype(x, xp.float64, copy=False) is x


def test_a_copy_that_is_needed_can_be_forbidden() -> None:
    x = xp.asarray([1.0, 2.0])
    for make in (
        lambda: xp.asarray(x, dtype=xp.float32, copy=False),
        lambda: xp.asarray([1.0], copy=False),
        lambda: xp.asarray([x, x], copy=False),
    ):
        with pytest.raises(ValueError, match="copy"):
            make()


def test_arrays_in_lists_become_one_array() -> None:
    x = xp.asarray([1, 2])
    assert xp.asarray([[x[0], 5], [x[1], 6]]).dtype == xp.int64
    np.testing.assert_array_equal(xp.asarray((x, x), dtype=xp.float32), [[1, 2], [1, 2]])


def test_an_array_is_made_by_functions_alone() -> None:
    with pytest.raises(TypeError, match="asarray"):
        type(xp.zeros(1))([1.0])


def test_what_it_says_of_itself() -> None:
    x = xp.asarray([[1, 2]], dtype=xp.int16)
    assert repr(x) == "Array([[1, 2]], dtype=int16)"
    assert (x.ndim, x.shape, x.size, x.dtype, x.device, x.backend) == (
        2,
        (1, 2),
        2,
        xp.int16,
        "cpu",
        "numpy",
    )
    seen = []
    gl.trace(lambda x: seen.append(repr(x)), x)
    assert "traced i16[1,2]" in seen[0]


def test_named_results_have_their_fields() -> None:
    x = xp.eye(3)
    assert xp.linalg.eigh(x)._fields == ("eigenvalues", "eigenvectors")
    assert xp.linalg.qr(x)._fields == ("Q", "R")
    assert xp.linalg.slogdet(x)._fields == ("sign", "logabsdet")
    assert xp.linalg.svd(x)._fields == ("U", "S", "Vh")
    assert xp.unique_all(x)._fields == ("values", "indices", "inverse_indices", "counts")


def test_what_shares_its_numbers_gets_memory_of_its_own_when_written() -> None:
    x = xp.asarray([1.0, 2.0])
    for make in (
        lambda: xp.broadcast_to(x, (3, 2)),
        lambda: xp.broadcast_arrays(x, xp.zeros((3, 2)))[0],
        lambda: xp.asarray(np.broadcast_to(x.raw, (3, 2))),
    ):
        wide = make()
        wide[0, 0] = 9.0
        np.testing.assert_array_equal(wide, [[9, 2], [1, 2], [1, 2]])
        wide = make()
        wide += 1.0
        np.testing.assert_array_equal(wide, [[2, 3]] * 3)
    np.testing.assert_array_equal(x, [1, 2])


def test_a_number_is_written_in_a_format() -> None:
    assert f"{xp.asarray(1.25):.1f}" == "1.2"
    assert f"{xp.asarray(7):03d}" == "007"
    assert f"{xp.asarray([1])}" == "Array([1], dtype=int64)"
    with pytest.raises(TypeError):
        f"{xp.asarray([1.0]):.1f}"
