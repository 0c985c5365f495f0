from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradloom.ir.errors import NotSupported
from tests.frontend.traced import assert_like_numpy, run_traced

X = np.array([[3.0, -1.0, 2.0], [0.5, 7.0, -2.5]])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.max([x[0, 0], 3.0, x[1, 1]]),
        lambda x: np.sum([x[0], x[1]], axis=0),
        lambda x: np.mean([1, x[0, 0]]),
        lambda x: np.median([x[0], [1.0, 2.0, 3.0]], axis=0),
        lambda x: np.ravel([x[0], x[1]]),
        lambda x: np.dot([x[0, 0], x[0, 1]], [1.0, 2.0]),
        lambda x: np.shape([x, x]),
        lambda x: np.clip([x[0, 0], 5.0], 0, 4),
        lambda x: np.append([1.0], [x[0, 0]]),
        lambda x: np.r_[x[0], 1.0, x[1]],
        lambda x: np.r_[x[0, 0], 0:3, 2],
        lambda x: np.r_[x, x],
        lambda x: np.c_[x[0], x[1]],
        lambda x: np.c_[x, np.ones(2)],
        lambda x: np.c_[1.0, x[0, 0]],
        lambda x: np.r_[0:3] + x[0],
    ],
)
def test_lists_with_traced_values_are_arrays(f: Any) -> None:
    assert_like_numpy(f, X)
    assert_like_numpy(f, X.astype(np.float32))


def test_directives_in_r_are_refused() -> None:
    with pytest.raises(NotSupported, match="directive"):
        run_traced(lambda x: np.r_["0,2", x[0], x[1]], X)


def test_traced_arrays_print_as_their_type() -> None:
    text = run_traced(lambda x: f"{x} {np.array_repr(x)} {np.array2string(x)}", X)
    assert text.count("f64[2,3]") == 3
