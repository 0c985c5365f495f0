"""np.einsum on traced arrays is numpy's, in both calling forms and for any number of operands."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gradloom.ir.errors import ShapeError, TraceError
from tests.frontend.derivatives import assert_gradient
from tests.frontend.traced import assert_like_numpy, run_symbolic, run_traced

SIZES = dict(zip("ijklmn", (2, 3, 4, 5, 2, 3), strict=True))


def _arrays(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in shapes]


CASES: list[tuple[str, list[tuple[int, ...]]]] = [
    ("ij,jk", [(2, 3), (3, 4)]),
    ("ij,jk,kl", [(2, 3), (3, 4), (4, 5)]),
    ("ij,jk,kl->", [(2, 3), (3, 4), (4, 5)]),
    ("ii", [(3, 3)]),
    ("ii->i", [(3, 3)]),
    ("ij->ji", [(2, 3)]),
    ("ij", [(2, 3)]),
    ("ij->", [(2, 3)]),
    ("ba", [(2, 3)]),
    ("...jj->...j", [(2, 3, 3)]),
    ("...jj", [(2, 3, 3)]),
    ("bii->b", [(2, 3, 3)]),
    ("i,i", [(3,), (3,)]),
    ("i,j", [(3,), (4,)]),
    ("...i,...i->...", [(5, 3), (3,)]),
    ("...ij,...jk", [(5, 2, 3), (3, 4)]),
    ("...,...", [(4, 3), (3,)]),
    ("iij,jk->ik", [(2, 2, 3), (3, 4)]),
    ("bij,bjk->bik", [(2, 1, 4), (2, 4, 3)]),
    ("bij,bij->bj", [(2, 1, 4), (2, 6, 4)]),
    ("ij,ij->", [(2, 1), (2, 3)]),
    (",i->i", [(), (3,)]),
    ("iii", [(3, 3, 3)]),
    ("iiii->i", [(2, 2, 2, 2)]),
    ("iijj->ij", [(2, 2, 3, 3)]),
    ("ij,kl->ijkl", [(2, 3), (3, 4)]),
    ("ij,kl,mn->n", [(2, 3), (3, 4), (4, 5)]),
    ("i...->...", [(2, 3)]),
    ("i...->i", [(2, 3)]),
    ("...i->i...", [(2, 3, 4)]),
    (" i j -> j i ", [(2, 3)]),
    ("ij->k", [(2, 3)]),
    ("ij,jk->iik", [(2, 3), (3, 4)]),
    ("ij,jk", [(2, 3), (4, 5)]),
    ("ijk", [(2, 3)]),
    ("ij,jk", [(2, 3)]),
    ("i?", [(2, 3)]),
    ("ii", [(2, 3)]),
]


@pytest.mark.parametrize(("subscripts", "shapes"), CASES)
def test_einsum_is_numpys(subscripts: str, shapes: list[tuple[int, ...]]) -> None:
    arrays = _arrays(*shapes)
    assert_like_numpy(lambda *xs: np.einsum(subscripts, *xs), *arrays)
    assert_like_numpy(lambda *xs: np.einsum(subscripts, *xs), *[x > 0 for x in arrays])
    assert_like_numpy(
        lambda *xs: np.einsum(subscripts, *xs), *[(x * 9).astype("i2") for x in arrays]
    )


@given(st.lists(st.lists(st.sampled_from("ijklmn"), max_size=3), min_size=1, max_size=4), st.data())
@settings(max_examples=60, deadline=None)
def test_any_subscripts_are_numpys(terms: list[list[str]], data: st.DataObject) -> None:
    letters = sorted({c for term in terms for c in term})
    out = data.draw(st.permutations(letters).map(lambda p: p[: len(p) // 2]))
    subscripts = ",".join(map("".join, terms)) + "->" + "".join(out)
    arrays = _arrays(*[tuple(SIZES[c] for c in term) for term in terms])
    assert_like_numpy(lambda *xs: np.einsum(subscripts, *xs), *arrays, rtol=1e-11)


def test_lists_of_axes_may_stand_in_place_of_letters() -> None:
    x, y = _arrays((2, 3), (3, 4))
    assert_like_numpy(lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [0, 2]), x, y)
    assert_like_numpy(lambda x, y: np.einsum(x, [0, 1], y, [1, 2]), x, y)
    assert_like_numpy(lambda x, y: np.einsum(x, [..., 1], y, [1, ...]), x, y)


def test_options_are_numpys() -> None:
    x, y = _arrays((2, 3), (3, 4))
    single = x.astype("f4")
    assert_like_numpy(lambda x, y: np.einsum("ij,jk", x, y, dtype="f8", optimize=True), single, y)
    assert_like_numpy(lambda x, y: np.einsum("ij,jk", x, y, dtype="f4"), x, y)
    assert_like_numpy(
        lambda x, y: np.einsum("ij,jk", x, y, dtype="f4", casting="unsafe"), x, y, rtol=1e-5
    )

    def into(x: Any, y: Any) -> Any:
        out = np.zeros((2, 4))
        np.einsum("ij,jk", x, y, out=out)
        return out

    assert_like_numpy(into, x, y)


def test_a_diagonal_follows_writes_to_its_base_and_is_not_written() -> None:
    def reads(x: Any) -> Any:
        y = x.copy()
        diagonal = np.einsum("ii->i", y)
        y[0, 0] = 7.0
        return diagonal * 1

    assert_like_numpy(reads, np.ones((3, 3)))

    def writes(x: Any) -> Any:
        np.einsum("ii->i", x.copy())[:] = 0

    with pytest.raises(TraceError, match=r"np\.einsum is changed in place"):
        run_traced(writes, np.ones((3, 3)))


def test_einsum_path_speaks_of_shapes_only() -> None:
    x, y, z = _arrays((2, 30), (30, 4), (4, 5))
    expected = np.einsum_path("ij,jk,kl", x, y, z)[0]
    seen: list[Any] = []
    run_traced(lambda *xs: seen.append(np.einsum_path("ij,jk,kl", *xs)[0]), x, y, z)
    assert seen == [expected]


def test_named_sizes_contract_from_the_left() -> None:
    x, y, z = _arrays((4, 3), (3, 2), (2, 4))
    result = run_symbolic(
        lambda x, y, z: np.einsum("ij,jk,ki->", x, y, z),
        ["f64[n,3]", "f64[3,2]", "f64[2,n]"],
        x,
        y,
        z,
    )
    np.testing.assert_allclose(result, np.einsum("ij,jk,ki->", x, y, z))


def test_unequal_sizes_of_a_letter_are_named() -> None:
    with pytest.raises(ShapeError, match="'j' stands for two sizes: 3 and 4"):
        run_traced(lambda x, y: np.einsum("ij,jk", x, y), np.ones((2, 3)), np.ones((4, 5)))


@pytest.mark.parametrize("subscripts", ["ij,jk,kl->il", "ij,jk,kl->", "ij,ji,ij->j"])
def test_einsum_has_the_derivative_of_finite_differences(subscripts: str) -> None:
    x, y, z = _arrays((3, 3), (3, 3), (3, 3))
    assert_gradient(lambda x, y, z: np.sum(np.sin(np.einsum(subscripts, x, y, z))), x, y, z)
    assert_gradient(lambda x: np.sum(np.einsum("ii->i", x) ** 3), x)


@pytest.mark.parametrize("optimize", [False, True, "greedy", "optimal"])
@pytest.mark.parametrize(
    "text", ["ab,ab", "a,a,b->", "b,b,b", "ab,b,ab->", "ab->", "a,b->", "c,b->"]
)
def test_a_number_from_a_path_is_numpys_kind_of_one(text: str, optimize: Any) -> None:
    sizes = {"a": 2, "b": 3, "c": 1}
    terms = text.split("->")[0].split(",")
    arrays = [np.arange(1.0, 1 + np.prod([sizes[c] for c in t])) for t in terms]
    shaped = [x.reshape([sizes[c] for c in t]) for x, t in zip(arrays, terms, strict=True)]
    assert_like_numpy(lambda *xs: np.einsum(text, *xs, optimize=optimize), *shaped)
