"""Views share their elements; copies do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import gradloom.eager as gt


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with gt.local():
        yield


def _numbers() -> gt.Tensor:
    return gt.arange(6).reshape(2, 3).clone()


def test_a_row_changed_is_the_matrix_changed() -> None:
    x = _numbers()
    row = x[1]
    row += 10
    assert x.tolist() == [[0, 1, 2], [13, 14, 15]]
    x[1, 0] = 99
    assert row.tolist() == [99, 14, 15]


def test_views_of_views_write_through() -> None:
    x = _numbers()
    x.T[1:].reshape(2, 2)
    x.T[1][0] = 50
    assert x.tolist() == [[0, 50, 2], [3, 4, 5]]
    x.view(3, 2)[0].zero_()
    assert x.tolist() == [[0, 0, 2], [3, 4, 5]]
    x.unsqueeze(0).squeeze(0)[1].mul_(2)
    assert x.tolist() == [[0, 0, 2], [6, 8, 10]]


def test_parts_of_a_split_are_views() -> None:
    x = _numbers()
    left, right = x.split([1, 2], dim=1)
    right.zero_()
    left += 1
    assert x.tolist() == [[1, 0, 0], [4, 0, 0]]
    for row in x:
        row[0] = 7
    assert x[:, 0].tolist() == [7, 7]


def test_reshape_of_a_transpose_is_a_copy() -> None:
    x = _numbers()
    x.T.reshape(-1).zero_()
    x.T.contiguous().zero_()
    x.clone().zero_()
    x[[0]].zero_()
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
    x.reshape(-1).zero_()
    assert x.sum().item() == 0


def test_masks_and_tensors_are_assigned_to() -> None:
    x = gt.arange(6.0)
    x[x > 3] = -1
    x[gt.tensor([0, 1])] = gt.tensor([8.0, 9.0])
    x[[2]] += 1
    assert x.tolist() == [8.0, 9.0, 3.0, 3.0, -1.0, -1.0]
    x[...] = 1
    assert x.tolist() == [1.0] * 6


def test_an_expanded_tensor_is_not_written() -> None:
    x = gt.zeros(1, 3).expand(2, 3)
    with pytest.raises(NotImplementedError, match="several places"):
        x += 1


def test_in_place_keeps_shape_and_dtype() -> None:
    x = gt.arange(3)
    with pytest.raises(TypeError, match="does not fit"):
        x += 0.5
    with pytest.raises(ValueError, match="in place"):
        x += gt.ones(2, 3, dtype=gt.int64)
    y = x
    y += 1
    assert x.tolist() == [1, 2, 3]


def test_iteration_ends() -> None:
    assert [v.item() for v in gt.arange(3)] == [0, 1, 2]
    with pytest.raises(IndexError):
        gt.arange(3)[3]
    with pytest.raises(TypeError, match="0-d"):
        iter(gt.tensor(1.0))
    a, b = gt.tensor([1.0, 2.0])
    assert (a.item(), b.item()) == (1.0, 2.0)
