"""Views share their elements; copies do not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
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


SHARED = {
    "diagonal": lambda m, x: x.diagonal(),
    "another diagonal": lambda m, x: m.diagonal(x, -1, 1, 0),
    "linalg.diagonal": lambda m, x: m.linalg.diagonal(x, offset=1),
    "adjoint": lambda m, x: x.adjoint(),
    "mH": lambda m, x: x.mH,
    "mT": lambda m, x: x.mT,
    "conj": lambda m, x: x.conj(),
    "positive": lambda m, x: +x,
    "movedim": lambda m, x: x.movedim(0, -1),
    "narrow": lambda m, x: x.narrow(0, 0, 1),
    "select": lambda m, x: x.select(0, 1),
    "swapaxes": lambda m, x: x.swapaxes(0, 1),
    "unflatten": lambda m, x: x.unflatten(-1, (2, 2)),
    "unbind": lambda m, x: x.unbind(0)[1],
    "split": lambda m, x: x.split(2)[0],
    "chunk": lambda m, x: x.chunk(2)[1],
    "tensor_split": lambda m, x: x.tensor_split(2)[0],
    "hsplit": lambda m, x: m.hsplit(x, 2)[0],
    "contiguous": lambda m, x: x.contiguous(),
    "to": lambda m, x: x.to(x.dtype),
    "view_as": lambda m, x: x.view_as(x),
    "flatten": lambda m, x: x.flatten(),
    "real": lambda m, x: x.real,
    "imag": lambda m, x: x.imag if x.is_complex() else x,
    "view_as_real": lambda m, x: m.view_as_real(x) if x.is_complex() else x,
    "view_as_complex": lambda m, x: x if x.is_complex() else m.view_as_complex(x.view(3, 4, 2, 2)),
    "broadcast_to": lambda m, x: m.broadcast_to(x, x.shape),
    "flip": lambda m, x: x.flip(0),
    "roll": lambda m, x: x.roll(1, 0),
    "diag": lambda m, x: m.diag(x[0, 0]),
    "clone": lambda m, x: x.clone(),
    "as_tensor": lambda m, x: m.as_tensor(x),
    "detach": lambda m, x: x.detach(),
    "index_select": lambda m, x: x.index_select(0, m.tensor([0])),
}


@pytest.mark.framework
@pytest.mark.parametrize("way", SHARED)
@pytest.mark.parametrize("kind", ["float32", "complex64"])
def test_what_torch_changes_through_a_part_is_changed_here(way: str, kind: str) -> None:
    torch = pytest.importorskip("torch")
    start = np.arange(48).reshape(3, 4, 4).astype(kind)
    start += 2j * start if kind == "complex64" else 0
    found = []
    for m in (gt, torch):
        x = m.from_numpy(start.copy())
        part = SHARED[way](m, x)
        part.mul_(1j if part.is_complex() else -2)
        found.append((x.detach().numpy(), part.resolve_conj().numpy()))
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_derivative_of_a_diagonal_that_was_changed_is_that_of_its_places() -> None:
    x = gt.ones(3, 3, requires_grad=True)
    y = x * 1
    y.diagonal(1).mul_(5)
    (y * y).sum().backward()
    assert x.grad.tolist() == [[2, 50, 2], [2, 2, 50], [2, 2, 2]]
