"""What a traced function may not return: values that would be computed after its trace, and objects
that keep traced values where nobody can find them.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Final

from gradloom.frontend.tracer import any_tracer
from gradloom.ir.errors import NotSupported, TraceError

_LAZY: Final = (map, filter, zip, enumerate, reversed)


def require_result(name: str, x: Any) -> None:
    """Raise `TraceError` or `NotSupported` where a result that is no array cannot stand for
    itself.
    """
    if inspect.iscoroutine(x) or inspect.isasyncgen(x):
        if inspect.iscoroutine(x):
            x.close()  # it is never awaited, and Python would warn of that
        raise NotSupported(
            f"{name} is an async function, and those cannot be traced",
            hint="trace the plain function that does the computing, and await around it",
        )
    kind = type(x)
    if inspect.isgenerator(x) or isinstance(x, _LAZY):
        raise TraceError(
            f"{name} returns a {kind.__name__}, whose items would be computed after its trace",
            hint="return list(...) of it, or np.stack(list(...))",
        )
    held = next((field for field, value in _fields(x) if any_tracer(value)), None)
    if held is not None:
        raise TraceError(
            f"{name} returns a {kind.__name__} that holds a traced value in .{held}",
            hint=f"return a tuple or a dict, or register the class: "
            f"optree.register_pytree_node({kind.__name__}, flatten, unflatten, "
            "namespace='gradloom')",
        )


def _fields(x: Any) -> Iterator[tuple[str, Any]]:
    """The attributes of an object of the user's."""
    if isinstance(x, type) or inspect.isroutine(x) or inspect.ismodule(x):
        return
    yield from getattr(x, "__dict__", {}).items()
    for base in type(x).__mro__:
        names = vars(base).get("__slots__", ())
        for name in [names] if isinstance(names, str) else names:
            if name not in ("__dict__", "__weakref__") and hasattr(x, name):
                yield name, getattr(x, name)
