"""What a call in rewritten code calls: the user's functions rewritten, Python's builtins with their
meaning for traced values, everything else as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import BuiltinFunctionType
from typing import Any

import numpy as np

from gradloom.frontend.builtins import calling, method_of
from gradloom.frontend.patches import DIRECT
from gradloom.frontend.staging.items import by_number as _by_number
from gradloom.frontend.staging.places import CONTAINERS
from gradloom.frontend.staging.twins import CHANGING, require_alone
from gradloom.frontend.trace import Trace, current_trace, stack
from gradloom.frontend.tracer import Tracer


def call(f: Any) -> Any:
    """The function to call in place of `f`."""
    trace = stack.trace
    if trace is None:
        return f
    direct = DIRECT.get(id(f))
    if direct is not None:
        return direct
    method = method_of(f)
    if method is not None:
        if trace.regions or trace.twins:
            _noted(trace, f)
        return method
    converter = trace.converter
    made = f if converter is None else calling(f, converter.c(f), call)
    if (trace.regions or trace.twins) and made is f and type(f) is BuiltinFunctionType:
        return _noted(trace, f)
    return made


def _noted(trace: Trace, f: Any) -> Any:
    """A function in C that may change a list: `out.append`, `heappush`."""
    owner = f.__self__
    if type(owner) is np.ndarray or (type(owner) is not Tracer and isinstance(owner, CONTAINERS)):
        _note(trace, f, owner)
        return f
    return partial(_noting, f)


def _note(trace: Trace, f: Any, owner: Any) -> None:
    """Keep what a container holds that a function in C may change."""
    if trace.twins and f.__name__ in CHANGING:
        require_alone(trace, owner)
    if trace.regions:
        trace.regions[-1].note_content(owner)


def _noting(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`f(...)`, which may change the lists that it is given: heappush, insort."""
    trace = current_trace()
    if trace is None:
        return f(*args, **kwargs)
    for x in args:
        if type(x) is not Tracer and isinstance(x, CONTAINERS):
            _note(trace, f, x)
    return f(*args, **kwargs)


def by_number(f: Any) -> Callable[..., Any]:
    """The function to call in place of one that makes what a `for` goes through."""
    return _by_number(f) or call(f)
