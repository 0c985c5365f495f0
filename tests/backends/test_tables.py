"""Tables and absences cover all ops."""

from __future__ import annotations

import pytest

from gradloom import backends
from gradloom.backends.lower import INLINED
from gradloom.ir import ops as o
from tests.backends.array_cases import array_cases
from tests.backends.cases import elementwise_cases, sample_cases

BACKENDS = ("numpy", "torch", "jax", "tensorflow")


@pytest.mark.parametrize("name", BACKENDS)
def test_every_op_has_a_row_a_decomposition_or_a_reason(name: str) -> None:
    backend = backends.get(name)
    missing = [
        op.name
        for op in o.builtin_ops().values()
        if not (op in backend.table or op in backend.absences or op in INLINED or op.decompose)
    ]
    assert missing == ["custom_vjp_linear"]  # which lowering refuses: no program that runs has it


@pytest.mark.parametrize("name", BACKENDS)
def test_at_most_one_op_in_twenty_is_absent(name: str) -> None:
    assert len(backends.get(name).absences) <= 0.05 * len(o.builtin_ops())


@pytest.mark.parametrize("name", BACKENDS)
def test_no_op_is_both_present_and_absent(name: str) -> None:
    backend = backends.get(name)
    assert [op.name for op in backend.absences if op in backend.table] == []


def test_every_op_that_some_backend_has_is_among_the_cases() -> None:
    tried = {case.op for case in [*elementwise_cases(), *array_cases(), *sample_cases()]}
    untried = {op.name for op in o.builtin_ops().values() if op not in tried and op not in INLINED}
    collectives = {op.name for op in o.builtin_ops().values() if op.effect == "collective"}
    assert untried == {"custom_vjp_linear", "print", "assert", "python_call"} | collectives
