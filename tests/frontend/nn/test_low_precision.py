"""Functions of gl.nn in f16 and bf16 come near what f64 gives; in f16 they keep the dtype.

numpy itself makes f32 or f64 of bf16 where it meets a Python number, a product of matrices or a
function of scipy's, so there the result may be wider.
"""

from typing import Any

import ml_dtypes
import numpy as np
import pytest

import gradloom as gl
from tests.frontend.nn.cases import CASES

DTYPES = {"f16": np.dtype(np.float16), "bf16": np.dtype(ml_dtypes.bfloat16)}


def cast(x: Any, dtype: Any) -> Any:
    return x.astype(dtype) if np.asarray(x).dtype.kind == "f" else x


def near(made: Any, due: Any, dtype: Any) -> None:
    """Within 64 units in the last place of the largest number: sums of some dozens of terms."""
    wider = {np.dtype("float32"), np.dtype("float64")} if dtype.name == "bfloat16" else set()
    assert made.dtype in {dtype, *wider}
    made = np.asarray(made, np.float64)
    finite = np.isfinite(due)
    np.testing.assert_array_equal(np.isfinite(made), finite)
    scale = float(np.max(np.abs(due[finite]), initial=1.0))
    eps = float(ml_dtypes.finfo(dtype).eps)
    np.testing.assert_allclose(made[finite], due[finite], rtol=0, atol=64 * eps * scale)


def both(name: str, kind: str) -> tuple[Any, list[Any], list[Any]]:
    """The function, its low-precision arguments, and the same numbers in f64."""
    case, dtype = CASES[name], DTYPES[kind]
    low = [cast(x, dtype) for x in case.args]
    return case.f, low, [x.astype(float) if x.dtype == dtype else x for x in low]


PAIRS = [(n, k) for n in CASES for k in DTYPES if (n, k) != ("bilinear", "bf16")]  # numpy's einsum


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_values_and_gradients_are_near_and_of_the_dtype(name: str, kind: str) -> None:
    f, low, high = both(name, kind)
    near(np.asarray(f(*low)), np.asarray(f(*high)), DTYPES[kind])
    floats = tuple(i for i, x in enumerate(low) if x.dtype == DTYPES[kind])
    gradient = gl.grad(lambda *xs: np.sum(np.sin(f(*xs))), floats)
    for one, due in zip(gradient(*low), gradient(*high), strict=True):
        near(one, due, DTYPES[kind])


@pytest.mark.parametrize("backend", ["numpy", pytest.param("torch", marks=pytest.mark.framework)])
@pytest.mark.parametrize("name", ["layer", "rms", "group", "normalize", "cosine"])
def test_squares_that_f16_cannot_hold_do_not_make_a_norm_zero(name: str, backend: str) -> None:
    x = np.array([[300.0, -300.0, 200.0, 100.0]])
    one, nil = np.ones(4), np.zeros(4)
    functions = {
        "layer": lambda x: gl.nn.layer_norm(x, one.astype(x.dtype), nil.astype(x.dtype)),
        "rms": lambda x: gl.nn.rms_norm(x, one.astype(x.dtype)),
        "group": lambda x: gl.nn.group_norm(x, None, None, 1),
        "normalize": gl.nn.normalize,
        "cosine": lambda x: gl.nn.cosine_similarity(x, -x),
    }
    made = gl.compile(functions[name], backend=backend)(x.astype(np.float16))
    assert made.dtype == np.float16
    np.testing.assert_allclose(made.astype(float), functions[name](x), rtol=2e-3)


def test_wkv_begins_in_bf16() -> None:
    x = np.ones((3, 2), ml_dtypes.bfloat16)
    y, _ = gl.nn.wkv(x, x, -x[0], x[0])
    np.testing.assert_allclose(np.asarray(y, float), 1.0, rtol=0.01)
