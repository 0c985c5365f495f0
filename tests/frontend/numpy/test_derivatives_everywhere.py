"""At ordinary points: forward mode is finite differences, reverse mode is forward mode turned
round, and both hold once more for the derivatives themselves.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.frontend.numpy.derivative_cases import BINARY, REDUCTIONS, UNARY, Case
from tests.frontend.numpy.derivative_cases_arrays import FOURIER, MATRICES, SHAPES
from tests.frontend.numpy.drawn import Drawn
from tests.frontend.traced import traced_graph
from tests.ops.derivatives import check_derivatives

FAMILIES = {
    "unary": UNARY,
    "binary": BINARY,
    "reductions": REDUCTIONS,
    "shapes": SHAPES,
    "matrices": MATRICES,
    "fourier": FOURIER,
}
CASES = [
    pytest.param(case, id=f"{family}: {name}")
    for family, cases in FAMILIES.items()
    for name, case in cases.items()
]


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=3, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_derivatives_hold_to_second_order(case: Case, data: Any) -> None:
    f, *arrays = case(Drawn(data))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph, _ = traced_graph(f, *arrays)
        check_derivatives(graph, arrays, [True] * len(arrays))
