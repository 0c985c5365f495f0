"""Arguments that a function changes in place: the changes as results, and their way back into the
caller's arrays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.numpy.views import may_share
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.state import Change, Source, Watch, apply_changes
from gradloom.frontend.trace import Trace
from gradloom.frontend.tracer import Tracer
from gradloom.frontend.windows import Returned, returned
from gradloom.ir.errors import NotSupported, ShapeError, TraceError

_EFFORT: Final = 10_000
"""Candidates that numpy tries at most before two arrays count as overlapping."""
_COPY: Final = "work on a copy: inside the function, start with  y = x.copy()"


@final
@dataclass(frozen=True, slots=True)
class Written:
    """Which leaves of the arguments are changed, and which leaves of the result are such arguments
    and views of them.
    """

    leaves: tuple[int, ...]
    names: tuple[str, ...]
    returned: tuple[Returned, ...]
    """The leaves of the result that are such an argument itself, or a view of one."""
    reshaped: tuple[int, ...] = ()
    """Those that are given another shape."""
    state: tuple[Change, ...] = ()
    """What else is changed: attributes, entries, globals."""
    held: tuple[tuple[int, str], ...] = ()
    """The arrays from outside that are changed in place: their numbers and labels."""

    def notes(self, count: int) -> tuple[str, ...]:
        """What a graph of `count` results says of the last ones: whose new contents they are."""
        first = count - len(self.names)
        return tuple(
            f"argument '{name}' is changed in place: its new content is result {first + i + 1}"
            for i, name in enumerate(self.names)
        )

    def beside(self, result: Any, given: Sequence[Any], made: Any = (), held: Any = ()) -> Any:
        """The result, the changed arguments by name, and where there is other state, the values
        for it and the new contents of arrays from outside.
        """
        changed = {name: given[i] for i, name in zip(self.leaves, self.names, strict=True)}
        return (result, changed, [*made], [*held]) if self.state or held else (result, changed)

    def axes(self, axes: Sequence[int | None]) -> dict[str, int]:
        """The mapped axis of each changed argument of a `vmap`."""
        found = {}
        for i, name in zip(self.leaves, self.names, strict=True):
            axis = axes[i]
            if axis is None:
                raise TraceError(
                    f"vmap: argument '{name}' is changed in place, and is the same array for all "
                    "examples", hint=_COPY,
                )  # fmt: skip
            if i in self.reshaped:
                raise TraceError(
                    f"vmap: argument '{name}' is given another shape in place, and the caller's "
                    "array holds all examples", hint=f"{name}.reshape(...) is a view",
                )  # fmt: skip
            found[name] = axis
        return found

    def require(self, leaves: Sequence[Any], hidden: Sequence[Any]) -> None:
        """Raise where these arguments cannot take the changes, or other arrays would show them."""
        arrays = [*leaves, *hidden]
        for i, name in zip(self.leaves, self.names, strict=True):
            _require_writable(leaves[i], name)
            if i in self.reshaped and not isinstance(leaves[i], np.ndarray):
                raise NotSupported(
                    f"argument '{name}' is given another shape in place, and a "
                    f"{type(leaves[i]).__name__} cannot be", hint=f"{name}.reshape(...) is a view",
                )  # fmt: skip
            for j, other in enumerate(arrays):
                if i != j and _overlap(leaves[i], other):
                    what = f"argument {j + 1}" if j < len(leaves) else "an array from outside"
                    raise _shared(f"argument '{name}'", what)
        for k, label in self.held:
            _require_writable(hidden[k], label, "")
            for j, other in enumerate(arrays):
                if j != len(leaves) + k and _overlap(hidden[k], other):
                    what = f"argument {j + 1}" if j < len(leaves) else "another array from outside"
                    raise _shared(label, what)

    def apply(
        self, made: Any, leaves: Sequence[Any], call: Any = None, hidden: Sequence[Any] = ()
    ) -> Any:
        """The function's own result, after the changes went to where the caller sees them; `call`:
        the arguments, `hidden`: the arrays from outside.
        """
        result, changed = made[:2]
        if len(made) > 2:
            for (k, _), value in zip(self.held, made[3], strict=True):
                hidden[k][...] = value
            sources: dict[Source, Any] = {"made": made[2], "argument": leaves, "hidden": hidden}
            apply_changes(self.state, call, sources)
        for i, name in zip(self.leaves, self.names, strict=True):
            if type(leaves[i]) is Tracer:
                leaves[i][...] = changed[name]
            elif isinstance(leaves[i], np.ndarray):
                if i in self.reshaped:
                    _reshape(leaves[i], changed[name].shape)
                leaves[i][...] = changed[name]
            else:
                leaves[i].copy_(changed[name])
        if not self.returned:
            return result
        own, tree = flatten(result)
        for one in self.returned:
            one.put(own, {"argument": leaves, "hidden": hidden})
        return unflatten(tree, own)


def written_by(given: Sequence[Any], names: Sequence[str], result: Any) -> Written | None:
    """What a function that ran on these tracers changed; None where it changed nothing."""
    leaves = [i for i, x in enumerate(given) if type(x) is Tracer and (x.version or x.reshaped)]
    if not leaves:
        return None
    own = tuple(returned(flatten(result)[0], "argument", {i: given[i] for i in leaves}))
    shaped = tuple(i for i in leaves if given[i].reshaped)
    return Written(tuple(leaves), _distinct([names[i] for i in leaves]), own, shaped)


def with_state(
    written: Written | None, watch: Watch, trace: Trace, given: Sequence[Any], result: Any
) -> tuple[Written | None, Any]:
    """The changes together with those of other state, and the result with the values for both."""
    numbers = {id(x): k for k, _, x in trace.stand_ins()}
    changes, made = watch.changes(given, numbers)
    changed = [(k, label, x) for k, label, x in trace.stand_ins() if x.version]
    if written is None and not changes and not changed:
        return None, result
    held = tuple((k, label) for k, label, _ in changed)
    views = returned(flatten(result)[0], "hidden", {k: x for k, _, x in changed})
    before = written or Written((), (), ())
    whole = replace(before, state=changes, held=held, returned=(*before.returned, *views))
    return whole, whole.beside(result, given, made, [x for *_, x in changed])


def refuse_state(watch: Watch, given: Sequence[Any], forgets: bool) -> None:
    """Raise where traced values were put in place of others into the caller's objects, or their
    containers among the arguments are changed (unless that is forgotten, as of arrays); let other
    changes be. A traced value that is added says where it comes from when it is used.
    """
    changes, _ = watch.changes(given, {})
    for change in changes:
        if not forgets if change.is_of_argument else change.is_traced:
            raise TraceError(
                f"{change.label} is set to a traced value, and nothing outside the function is "
                "changed here", hint="return the new value",
            )  # fmt: skip
    watch.keep()


def _reshape(x: np.ndarray, shape: tuple[int, ...]) -> None:
    """Give the caller's array another shape, or other sizes, as the function did."""
    if x.size == math.prod(shape):
        x.shape = shape
    else:
        x.resize(shape, refcheck=False)


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, numbered where two are equal."""
    return tuple(f"{name}_{i}" if name in names[:i] else name for i, name in enumerate(names))


def _shared(name: str, what: str) -> TraceError:
    return TraceError(
        f"{name} is changed in place, and {what} shares its memory",
        hint="pass copies: each array that is changed in memory of its own",
    )


def _require_writable(x: Any, name: str, kind: str = "argument ") -> None:
    name = f"{kind}'{name}'"
    if type(x) is Tracer:
        x.require_writeable()
    elif isinstance(x, np.ndarray):
        if not x.flags.writeable:
            raise ShapeError(
                f"{name} is changed in place: assignment destination is read-only",
                hint=_COPY,
            )
        steps = zip(x.strides, x.shape, strict=True)
        if x.size and any(step == 0 and size > 1 for step, size in steps):
            raise TraceError(
                f"{name} is changed in place, and its elements share memory", hint=_COPY
            )
    elif not hasattr(x, "copy_"):  # torch's tensors can be changed; jax's and TensorFlow's not
        raise NotSupported(
            f"{name} is changed in place, and a {type(x).__name__} cannot be",
            hint=_COPY,
        )


def _overlap(x: Any, y: Any) -> bool:
    if x is y:
        return True
    if type(x) is Tracer or type(y) is Tracer:
        return type(x) is Tracer and type(y) is Tracer and may_share(x, y)
    if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray)):
        return _same_storage(x, y)
    try:
        return np.shares_memory(x, y, max_work=_EFFORT)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


def _same_storage(x: Any, y: Any) -> bool:
    """Whether two of torch's tensors are views of one storage."""
    if not (hasattr(x, "untyped_storage") and hasattr(y, "untyped_storage")):
        return False
    return bool(x.untyped_storage().data_ptr() == y.untyped_storage().data_ptr())
