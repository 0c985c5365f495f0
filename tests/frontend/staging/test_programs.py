"""Random programs of branches, loops, views and writes: traced and compiled, against numpy."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.frontend.staging.agreement import assert_compiled
from tests.frontend.staging.outcomes import compiled_outcome
from tests.frontend.staging.sources import compiled, program

PROPERTY = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),  # shrinking a program would take many minutes
)  # fmt: skip


@given(st.randoms(use_true_random=False))
@PROPERTY
@pytest.mark.filterwarnings("ignore")
def test_a_program_does_what_numpy_does_or_is_refused(rng: Random) -> None:
    compiled_outcome(compiled(program(rng)), rng)


@pytest.mark.filterwarnings("ignore")
def test_most_programs_are_converted() -> None:
    refused = []
    for seed in range(40):
        rng = Random(seed)
        refused.append(compiled_outcome(compiled(program(rng)), rng))
    assert sum(not reason for reason in refused) >= 24, "\n\n".join(filter(None, refused))


# ---- what random programs have found -------------------------------------------------------------


def _breaks_in_breaks(x: Any, s: Any) -> Any:
    u = 0.0
    for _ in x:
        for v in x:
            u += v
            if s > 2.0:
                break
        if s > 0.0:
            break
    return u


def _breaks_in_a_branch(x: Any, s: Any) -> Any:
    u = 0.0
    if s > 0.0:
        for _ in x:
            for v, t in zip(range(3), x, strict=False):
                u += v * t
                if s > 2.0:
                    break
            if x[0] > 0.0:
                break
    return u


def _breaks_in_a_try(x: Any, s: Any) -> Any:
    u = s
    for _ in x:
        for v in x:
            try:
                if s > 0.0:
                    break
            finally:
                u = u + v
    return u


def _not_or(x: Any, s: Any) -> Any:
    h = x[0] > 1.0
    return not (s > 0.0) or h, not (s < 5.0) or h


@pytest.mark.parametrize("f", [_breaks_in_breaks, _breaks_in_a_branch, _breaks_in_a_try, _not_or])
def test_a_program_that_once_went_wrong_does_what_numpy_does(f: Any) -> None:
    assert_compiled(f, tuple((np.array([1.0, 2.0, 0.5]), np.float64(s)) for s in (1, -1, 2.5)))
