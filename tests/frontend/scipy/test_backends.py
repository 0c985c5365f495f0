"""scipy's functions on every framework, beside scipy itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.frontend.scipy.agreement import assert_on_backends

fft = pytest.importorskip("scipy.fft")
integrate = pytest.importorskip("scipy.integrate")
signal = pytest.importorskip("scipy.signal")

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
