"""scipy.optimize's test function, traced, beside scipy's own answers."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.scipy.agreement import assert_like_scipy

optimize = pytest.importorskip("scipy.optimize")

X = np.array([1.3, 0.7, 0.8, 1.9, 1.2])


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
def test_rosenbrocks_function_is_scipys(dtype: str) -> None:
    for name in ("rosen", "rosen_der"):
        assert_like_scipy("scipy.optimize", name, (3 * X).astype(dtype), rtol=1e-5)
    assert_like_scipy(
        "scipy.optimize", "rosen", np.stack([X, 2 * X], axis=1).astype(dtype), rtol=1e-5
    )


def test_its_derivatives_are_scipys_in_the_programs_that_minimise_it() -> None:
    np.testing.assert_allclose(gl.grad(optimize.rosen)(X), optimize.rosen_der(X), rtol=1e-12)
    np.testing.assert_allclose(gl.hessian(optimize.rosen)(X), optimize.rosen_hess(X), rtol=1e-12)
    np.testing.assert_allclose(
        gl.jacfwd(lambda x: optimize.rosen_der(x))(X), optimize.rosen_hess(X), rtol=1e-12
    )
    found = optimize.minimize(optimize.rosen, X, jac=gl.grad(optimize.rosen), method="BFGS")
    np.testing.assert_allclose(found.x, 1, atol=1e-4)


def test_solvers_are_refused_by_name_with_a_way_out() -> None:
    with pytest.raises(gl.NotSupported, match=r"^scipy\.optimize\.minimize: ") as refused:
        gl.grad(lambda x: optimize.minimize(optimize.rosen, x).fun)(X)
    assert "gl.custom_jvp" in refused.value.hint
