"""Samples of the ops that make random numbers."""

from __future__ import annotations

import numpy as np

from tests.ops.sample import Sample, edge, smooth

_KEY = np.array([123, 4294967295], np.uint32)
_KEYS = np.arange(6, dtype=np.uint32).reshape(3, 2) * np.uint32(1000000007)
_X = np.array([-0.99, -0.85, -0.3, 0.0, 1e-5, 0.6, 0.849, 0.99])
_ENDS = np.array([-1.0, 1.0, -0.0, np.nan, 1 - 2.0**-24, 2.0**-30])

SAMPLES: dict[str, list[Sample]] = {
    "threefry": [edge(_KEY, _KEY[::-1].copy()), edge(_KEYS, _KEYS[::-1] + np.uint32(7))],
    "random_bits": [
        *(edge(_KEY, dtype=np.dtype(d), shape=(3, 5)) for d in ("u1", "u2", "u4", "u8")),
        edge(_KEYS, dtype=np.dtype("u4"), shape=(2,)),
        edge(_KEYS.reshape(1, 3, 2), dtype=np.dtype("u8"), shape=()),
        edge(_KEY, dtype=np.dtype("u4"), shape=(0, 2)),
    ],
    "erfinv": [
        smooth(_X), edge(_ENDS), edge(_X.astype("f4")), edge(_ENDS.astype("f4")),
        edge(_X.astype("f2")), edge(np.float64(0.25)),
    ],
}  # fmt: skip
