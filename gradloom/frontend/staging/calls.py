"""What a call in rewritten code calls: the user's functions rewritten, Python's builtins with their
meaning for traced values, everything else as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import BuiltinFunctionType
from typing import Any

import numpy as np

from gradloom.frontend.builtins import BUILTINS
from gradloom.frontend.patches import direct_of
from gradloom.frontend.staging.places import CONTAINERS
from gradloom.frontend.staging.turns import by_number as _by_number
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer


def call(f: Any) -> Any:
    """The function to call in place of `f`."""
    from gradloom.frontend.staging.convert import converted

    direct = direct_of(f)
    if direct is not None:
        return direct
    kind = type(f)
    if kind is BuiltinFunctionType:
        return _builtin(f)
    if kind is type:
        return BUILTINS.get(f, f)
    return converted(f)


def _builtin(f: Any) -> Any:
    found = BUILTINS.get(f)
    if found is not None:
        return found
    trace = current_trace()
    if trace is not None and trace.regions:
        owner = f.__self__
        if type(owner) is np.ndarray or isinstance(owner, CONTAINERS):
            trace.regions[-1].note_content(owner)
        else:
            return partial(_noting, f)
    return f


def _noting(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`f(...)`, which may change the lists that it is given: heappush, insort."""
    trace = current_trace()
    if trace is not None and trace.regions:
        for x in args:
            if type(x) is not Tracer and isinstance(x, CONTAINERS):
                trace.regions[-1].note_content(x)
    return f(*args, **kwargs)


def by_number(f: Any) -> Callable[..., Any]:
    """The function to call in place of one that makes what a `for` goes through."""
    return _by_number(f) or call(f)
