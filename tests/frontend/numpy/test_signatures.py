"""Every function has numpy's parameters: names, kinds, order and defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradloom.frontend.numpy import create, parts
from gradloom.frontend.numpy.dispatch import FUNCTIONS
from gradloom.frontend.numpy.told import public_name
from gradloom.ir.errors import NotSupported
from tests.frontend.traced import run_traced

X = np.array([1.0, 2.0])
BY_PROTOCOL = frozenset(create.CREATORS)
"""Reached by `like=` alone: numpy reads their arguments."""
WITHOUT_NUMBERS = frozenset(f for f, g in FUNCTIONS.items() if g is parts.as_text)
"""How numbers are printed means nothing where there are none."""
ANYTHING = [inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD]
REFUSED = frozenset(
    f for f, g in FUNCTIONS.items()
    if [p.kind for p in inspect.signature(g).parameters.values()] == ANYTHING
) - BY_PROTOCOL  # fmt: skip


def parameters(function: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    """Name, kind and default of each parameter."""
    found = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, p.default) for p in found]


def names() -> list[Any]:
    """The functions whose signatures are compared."""
    left_out = BY_PROTOCOL | WITHOUT_NUMBERS | REFUSED
    return [pytest.param(f, id=public_name(f)) for f in FUNCTIONS if f not in left_out]


@pytest.mark.parametrize("function", names())
def test_parameters_are_numpys(function: Callable[..., Any]) -> None:
    theirs, ours = parameters(function), parameters(FUNCTIONS[function])
    if function is np.einsum:  # its keywords are gathered by numpy, and listed in its docstring
        ours = [p for p in ours if p[0] not in ("dtype", "order", "casting")]
        theirs = [p for p in theirs if p[0] != "kwargs"]
    assert [p[:2] for p in ours] == [p[:2] for p in theirs]
    for (name, _, mine), (_, _, default) in zip(ours, theirs, strict=True):
        assert mine is default or mine == default, (name, mine, default)


@pytest.mark.parametrize(
    "function", [pytest.param(f, id=public_name(f)) for f in sorted(REFUSED, key=public_name)]
)
def test_a_function_that_takes_anything_refuses_everything(function: Callable[..., Any]) -> None:
    with pytest.raises(NotSupported, match=public_name(function).replace(".", r"\.")):
        run_traced(lambda x: FUNCTIONS[function](x), X)
