"""Every function on empty, rank-0, infinite, NaN, bool, int8, complex and float16 arrays."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest

from gradloom.ir.errors import DtypeError, NotSupported
from tests.frontend.traced import assert_like_numpy

INPUTS: Final = [
    np.zeros((0,)),
    np.zeros((0, 3)),
    np.zeros((2, 0)),
    np.array(3.5),
    np.array([2.5]),
    np.array([[1.0, -2.0], [np.inf, 4.0]]),
    np.array([np.inf, 1.0, np.inf, -np.inf]),
    np.array([[1.0, np.nan], [3, 4.0]]),
    np.array([-0.0, 0.0]),
    np.array([True, False]),
    np.array([[3, 1], [2, 2]], np.int8),
    np.array([1 + 2j, 0.5]),
    np.array([1.5, 2.5, 0.25], np.float16),
    np.float32(2.5),
]

FUNCTIONS: Final[dict[str, Any]] = {
    "sum": np.sum,
    "sum from 2": lambda x: np.sum(x, axis=0, initial=2),
    "prod": np.prod,
    "mean": np.mean,
    "mean in float32": lambda x: np.mean(x, dtype=np.float32),
    "var": np.var,
    "std": lambda x: np.std(x, -1) if np.ndim(x) else np.std(x),
    "max": np.max,
    "max from 2": lambda x: np.max(x, axis=0, initial=2),
    "any": np.any,
    "count_nonzero": np.count_nonzero,
    "argmax": np.argmax,
    "ptp": np.ptp,
    "average": np.average,
    "cumsum": np.cumsum,
    "cumulative_sum": lambda x: np.cumulative_sum(x, axis=0, include_initial=True),
    "sort": np.sort,
    "argsort": lambda x: np.argsort(x, kind="stable"),
    "lexsort": lambda x: np.lexsort((x,)),
    "searchsorted": lambda x: np.searchsorted(np.sort(x.ravel()), x),
    "digitize": lambda x: np.digitize(x, [0.0, 1.0, 2.0]),
    "median": np.median,
    "quantile": lambda x: np.quantile(x, 0.3),
    "quantiles": lambda x: np.quantile(x, [0.3, 0.9], axis=0),
    "percentile": lambda x: np.percentile(x, 50, axis=-1),
    "nanquantile": lambda x: np.nanquantile(x, 0.3),
    "nanmedian": np.nanmedian,
    "nanmax": np.nanmax,
    "nansum": lambda x: np.nansum(x, 0),
    "nanmean": np.nanmean,
    "nanvar": lambda x: np.nanvar(x, ddof=1),
    "nancumsum": np.nancumsum,
    "flip": np.flip,
    "rot90": np.rot90,
    "roll": lambda x: np.roll(x, 3),
    "roll rows": lambda x: np.roll(x, 1, 0),
    "tile": lambda x: np.tile(x, 2),
    "tile to nothing": lambda x: np.tile(x, (2, 0)),
    "repeat": lambda x: np.repeat(x, 2, 0),
    "repeat to nothing": lambda x: np.repeat(x, 0),
    "concatenate": lambda x: np.concatenate([x, x]),
    "stack": lambda x: np.stack([x, x]),
    "block": lambda x: np.block([[x], [x]]),
    "append": lambda x: np.append(x, 1),
    "insert": lambda x: np.insert(x, 0, 5),
    "delete": lambda x: np.delete(x, 0),
    "array_split": lambda x: np.array_split(x, 2),
    "unstack": np.unstack,
    "diag": np.diag,
    "diagflat": np.diagflat,
    "trace": np.trace,
    "tril": np.tril,
    "meshgrid": lambda x: np.meshgrid(x, x),
    "pad": lambda x: np.pad(x, 1),
    "pad mean": lambda x: np.pad(x, 1, "mean"),
    "pad edge": lambda x: np.pad(x, 1, "edge"),
    "pad wrap": lambda x: np.pad(x, 2, "wrap"),
    "reshape": lambda x: x.reshape(-1),
    "reshape nothing": lambda x: x.reshape(0, -1),
    "squeeze": np.squeeze,
    "expand_dims": lambda x: np.expand_dims(x, 0),
    "swapaxes": lambda x: np.swapaxes(x, 0, -1),
    "resize": lambda x: np.resize(x, (2, 2)),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, *x.shape)),
    "zeros_like": np.zeros_like,
    "full_like": lambda x: np.full_like(x, 7),
    "vander": lambda x: np.vander(x.ravel(), 3),
    "linspace": lambda x: np.linspace(x, 1, 3),
    "geomspace": lambda x: np.geomspace(x + 1, x + 10, 3),
    "imag": lambda x: x.imag,
    "astype": lambda x: np.nan_to_num(x).astype(np.float32),
}


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_edges_are_numpys(f: Any) -> None:
    for x in INPUTS:
        low = {"float16": 2e-3, "float32": 1e-5}.get(str(x.dtype), 1e-6)
        try:
            assert_like_numpy(f, x, rtol=low)
        except (DtypeError, NotSupported):
            assert x.dtype.kind == "c"  # the order of complex numbers is refused
