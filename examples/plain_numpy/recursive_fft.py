"""The fast Fourier transform by recursion on even and odd samples.

The depth follows from the length; halves of the result are written as slices.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def transform(x):
    n = len(x)
    if n == 1:
        return x.astype(complex)
    even, odd = transform(x[::2]), transform(x[1::2])
    turned = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
    out = np.empty(n, dtype=complex)
    out[: n // 2] = even + turned
    out[n // 2 :] = even - turned
    return out


def program(x):
    spectrum = transform(x)
    power = np.abs(spectrum) ** 2
    power[power < 0.5] = 0
    return power


def inputs():
    return (np.array([0.3, 1.2, -0.7, 0.9, 2.1, -1.4, 0.25, 0.6]),)


def check(result):
    power = np.abs(np.fft.fft(inputs()[0])) ** 2
    assert np.allclose(result, np.where(power < 0.5, 0, power))
