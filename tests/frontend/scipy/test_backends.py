"""scipy's functions on every framework, beside scipy itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.frontend.scipy.agreement import assert_on_backends

fft = pytest.importorskip("scipy.fft")
integrate = pytest.importorskip("scipy.integrate")
distance = pytest.importorskip("scipy.spatial.distance")
optimize = pytest.importorskip("scipy.optimize")
signal = pytest.importorskip("scipy.signal")
stats = pytest.importorskip("scipy.stats")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 4))


def test_transforms_and_integrals() -> None:
    def f(x: Any) -> Any:
        made = fft.dct(x, norm="ortho") + np.abs(fft.fft2(fft.fftshift(x)))
        return made + integrate.cumulative_simpson(x, initial=0)

    assert_on_backends(f, X)


def test_convolutions_and_filters() -> None:
    def f(x: Any, k: Any) -> Any:
        made = signal.convolve2d(x, k, "same", "symm") + signal.fftconvolve(x, k, "same")
        return made + signal.lfilter([1.0, 0.5], [1.0, 0.3], x)

    assert_on_backends(f, X, RNG.normal(size=(2, 3)))


def test_distributions_measures_and_distances() -> None:
    def f(x: Any) -> Any:
        made = stats.norm.logpdf(x, 0.3, 2.0) + stats.gamma(2.5).cdf(x) + stats.beta.logpdf(x, 2, 3)
        rows = stats.multivariate_normal(x[0], np.eye(4)).logpdf(x) + optimize.rosen(x.T)
        return made + rows[:, None] + stats.zscore(x) + distance.cdist(x, x)[:, :4]

    assert_on_backends(f, np.abs(X) / 4)
