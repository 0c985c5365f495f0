"""What a program in the notation calls when it runs.

These functions count as parts of the program (`source/owners.py`): a trace follows the branches of
what they call, and an error names the program's line, never theirs. Those that only rearrange
values are pipescript's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

from pipescript.api.static_macros import future, parallel
from pipescript.api.utils import (
    collapse,
    lshift,
    null,
    peek,
    pop,
    push,
    replace,
    rshift,
    unnest,
)

from gradloom.frontend.notation.runtime.acting import (
    context,
    do,
    expect,
    filter,
    fork,
    fork_or,
    ifilter,
    imap,
    map,
    memoize,
    ntimes,
    once,
    parallel_or,
    read,
    repeat,
    unless,
    until,
    when,
    write,
)
from gradloom.frontend.notation.runtime.pipes import (
    attribute,
    bound,
    bound_items,
    bound_keys,
    item,
    maybe,
    maybe_items,
    maybe_keys,
    partial,
    passed,
    pipe,
    pipe_items,
    pipe_keys,
    point,
    power,
    settled,
    stored,
    then,
    then_items,
    then_keys,
)

__all__ = [
    "attribute", "bound", "bound_items", "bound_keys", "collapse", "context", "do", "expect",
    "filter", "fork", "fork_or", "future", "ifilter", "imap", "item", "lshift", "map", "maybe",
    "maybe_items", "maybe_keys", "memoize", "named", "ntimes", "null", "once", "parallel",
    "parallel_or", "partial", "passed", "peek", "pipe", "pipe_items", "pipe_keys", "point", "pop",
    "power", "push", "read", "reduce", "repeat", "replace", "rshift", "settled", "stored", "then",
    "then_items", "then_keys", "unless", "unnest", "until", "when", "write",
]  # fmt: skip


def named(values: Mapping[str, Any]) -> Any:
    """`params{ ... }`: the parameters of a block's names."""
    from gradloom import params

    return params({**values})


def __getattr__(name: str) -> Any:
    if name in ("params", "frozen", "tied", "buffer"):
        import gradloom

        return getattr(gradloom, name)
    raise AttributeError(f"the notation's runtime has no {name!r}")
