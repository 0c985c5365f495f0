"""Random programs of branches, loops, views and writes: traced and compiled, against numpy."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.errors import GradloomError, LeakedTracer, VerifyError
from tests.frontend.staging.agreement import assert_same
from tests.frontend.staging.sources import arguments, compiled, program

PROPERTY = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),  # shrinking a program would take many minutes
)  # fmt: skip


def outcome(f: Callable[..., Any], rng: Random) -> str:
    """Why the compiled program is refused; nothing where it does what numpy does, four times."""
    draws = [arguments(rng) for _ in range(4)]
    run = gl.compile(f)
    for draw in draws:
        theirs, ours = copy.deepcopy(draw), copy.deepcopy(draw)
        try:
            due = f(*theirs)
        except (UnboundLocalError, NameError):  # a name that this way leaves undefined
            continue
        try:
            made = run(*ours)
        except (VerifyError, LeakedTracer):
            raise
        except GradloomError as error:
            return str(error)
        assert_same(made, due)
        assert_same(ours, theirs)
    return ""


@given(st.randoms(use_true_random=False))
@PROPERTY
@pytest.mark.filterwarnings("ignore")
def test_a_program_does_what_numpy_does_or_is_refused(rng: Random) -> None:
    outcome(compiled(program(rng)), rng)


@pytest.mark.filterwarnings("ignore")
def test_most_programs_are_converted() -> None:
    refused = []
    for seed in range(40):
        rng = Random(seed)
        refused.append(outcome(compiled(program(rng)), rng))
    assert sum(not reason for reason in refused) >= 24, "\n\n".join(filter(None, refused))
