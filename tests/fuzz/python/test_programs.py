"""Random Python programs do what Python does, or are refused; pinned here, for long by
`python -m tests.fuzz.python --seconds 600 --seed 1`.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.python.prelude import PRELUDE
from tests.fuzz.python.programs import program
from tests.fuzz.python.running import Case, Unfit, Wrong, quiet
from tests.fuzz.python.shrink import shrunk

SEEDS = st.integers(0, 2**32 - 1)


def some(count: int) -> settings:
    """So many programs; a seed is not made smaller, a program is by the command."""
    return settings(max_examples=count, deadline=None, phases=(Phase.generate,))


def reason(seed: int, *checks: str) -> str:
    """Why a program is refused; fails where it is wrong."""
    text = program(Random(seed))
    with quiet():
        try:
            case = Case(text, seed)
        except Unfit as error:
            return f"unfit: {error}"
        for check in checks:
            name, _, backend = check.partition("@")
            try:
                refused: str = getattr(case, name)(*([backend] if backend else []))
            except Wrong as error:
                again = f"python -m tests.fuzz.python --seed {seed} --count 1"
                pytest.fail(f"{error}\n{again}\n{text.removeprefix(PRELUDE)}")
            if refused:
                return refused
    return ""


@some(15)
@given(SEEDS)
def test_a_program_compiled_does_what_python_does(seed):
    reason(seed, "traced", "compiled")


@some(8)
@given(SEEDS)
def test_a_program_has_its_slopes(seed):
    reason(seed, "traced", "differentiated")


@some(8)
@given(SEEDS)
def test_a_program_is_mapped_like_a_loop(seed):
    reason(seed, "traced", "mapped")


@pytest.mark.slow
@some(500)
@given(SEEDS)
def test_many_programs_do_what_python_does(seed):
    reason(seed, "traced", "compiled", "differentiated", "mapped")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_programs_run_on_other_backends(backend):
    pytest.importorskip(backend)

    @some(40)
    @given(SEEDS)
    def check(seed):
        reason(seed, "traced", f"compiled@{backend}")

    check()


def test_most_programs_are_traced():
    reasons = Counter(reason(seed, "traced") for seed in range(40))
    assert reasons[""] >= 20, reasons


def test_a_program_is_made_smaller():
    text = program(Random(3), 10) + "    assert 'it' == 'stays'\n"
    small = shrunk(text, lambda smaller: "'stays'" in smaller, 20)
    assert len(small.splitlines()) < len(text.splitlines()) / 10
