"""Functions that are called with more or fewer arguments than they take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from gradloom.ir.errors import CallError


@contextmanager
def explained(
    f: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], given: str, hint: str
) -> Iterator[None]:
    """Inside, a `TypeError` of a function that does not take these arguments is a `CallError` that
    says what it was `given`; one of the function's own stays as it is.
    """
    try:
        yield
    except TypeError as error:
        wrong = _mismatch(f, args, kwargs)
        if not wrong:
            raise
        name = getattr(f, "__name__", type(f).__name__)
        raise CallError(
            f"the objective {name}{_signature(f)} does not take {given}: {wrong}", hint=hint
        ) from error


def _mismatch(f: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        return ""
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        return str(error)
    return ""


def _signature(f: Callable[..., Any]) -> str:
    return "(" + ", ".join(inspect.signature(f).parameters) + ")"
