"""Random programs on every backend, and their derivatives and batches."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frontend.staging.outcomes import compiled_outcome, gradient_outcome, mapped_outcome
from tests.frontend.staging.sources import compiled, program
from tests.frontend.staging.test_programs import PROPERTY

pytestmark = pytest.mark.filterwarnings("ignore")

CHECKS = {"run": compiled_outcome, "grad": gradient_outcome, "vmap": mapped_outcome}
SEEDS = {
    ("run", "torch"): range(4), ("run", "jax"): range(6, 9), ("run", "tensorflow"): range(12, 15),
    ("grad", "numpy"): range(20, 25), ("grad", "torch"): range(13, 15), ("grad", "jax"): (3,),
    ("vmap", "numpy"): range(30, 42), ("vmap", "torch"): range(42, 45), ("vmap", "jax"): (4,),
    ("vmap", "tensorflow"): (5,),
}  # fmt: skip
"""Few where a framework compiles for seconds: a gradient takes JAX seven, TensorFlow eleven."""


@pytest.mark.parametrize(("what", "backend"), SEEDS)
def test_a_program_does_on_every_backend_what_numpy_does(what: str, backend: str) -> None:
    pytest.importorskip(backend)
    refused = []
    for seed in SEEDS[what, backend]:
        rng = Random(seed)
        refused.append(CHECKS[what](compiled(program(rng)), rng, backend))
    assert not all(refused), "\n\n".join(refused)


EXAMPLES = {"numpy": 200, "torch": 60, "jax": 12, "tensorflow": 8}


@pytest.mark.slow
@pytest.mark.parametrize("backend", EXAMPLES)
@pytest.mark.parametrize("what", CHECKS)
def test_so_do_many_more(what: str, backend: str) -> None:
    pytest.importorskip(backend)

    @given(st.randoms(use_true_random=False))
    @settings(PROPERTY, max_examples=EXAMPLES[backend], derandomize=False)
    def check(rng: Random) -> None:
        CHECKS[what](compiled(program(rng)), rng, backend)

    check()
