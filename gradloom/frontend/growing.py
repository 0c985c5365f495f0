"""Lists whose length a traced condition decides: `if x > 0: out.append(x)`.

A list that rewritten code makes is a `Growing`: a plain list, of a class of its own. Where two ways
leave it with different lengths it becomes a `Grown`: the same object, which holds one array with a
row for each item that there may be, and how many there are. Python's own questions to it (`len`,
`iter`, `in`) are refused; rewritten code asks ours.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Final, NoReturn, final

import numpy as np
import optree

from gradloom.frontend.calm import stir
from gradloom.frontend.numpy.views import sharing
from gradloom.frontend.tracer import IN_LIST, Kind, Tracer, is_tracer
from gradloom.ir.errors import NotSupported, TraceError, ValueNeeded
from gradloom.ir.location import user_location

NAMESPACE: Final = "gradloom"


class Growing(list[Any]):
    """A list whose length may come to depend on a traced condition."""

    __slots__ = ()
    __hash__ = None

    def __eq__(self, other: object) -> Any:
        return NotImplemented if type(other) is Grown else list.__eq__(self, other)

    def __ne__(self, other: object) -> Any:
        return NotImplemented if type(other) is Grown else list.__ne__(self, other)

    def __add__(self, other: Any) -> Any:
        return NotImplemented if type(other) is Grown else Growing(list.__add__(self, other))

    def __mul__(self, times: Any) -> Any:
        return Growing(list.__mul__(self, times))

    __rmul__ = __mul__

    def copy(self) -> Any:
        """A list with the same items."""
        return Growing(self)


@final
class Roots(tuple[Tracer, ...]):
    """Traced arrays, which are the same where each of them is."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Roots) and set(map(id, self)) == set(map(id, other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(frozenset(map(id, self)))


NONE: Final = Roots()


def keep_still(roots: Roots) -> None:
    """Let nobody write arrays that stand in a list, whose rows are copies."""
    for root in roots:
        for x in (root, *sharing(root)):
            if not x.frozen:
                x.noted()
                x.frozen = IN_LIST


@final
@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of such a list: the structure of an item, the kinds of its leaves, and between
    which numbers the length is.
    """

    tree: Any
    kinds: tuple[Kind, ...]
    least: int
    most: int
    roots: Roots
    """The traced arrays whose memory the items have."""


@final
@dataclass(frozen=True, slots=True)
class State:
    """What such a list holds: the leaves of its items in rows, more than there are items."""

    rows: tuple[Any, ...]
    count: Any
    shape: Shape

    @property
    def length(self) -> Any:
        """How many items there are, traced where it is not known."""
        return self.shape.most if self.shape.least == self.shape.most else self.count


class Grown(list[Any]):
    """A list with a traced length; its methods are given to it in staging/grown.py."""

    __slots__ = ()
    __hash__ = None
    __array_priority__ = 2000.0

    def _asked(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ValueNeeded(
            "how many items a list has, a traced condition decides, and Python asks for it here",
            location=user_location(),
            hint="len(xs), xs[i], a `for` over xs and np.array(xs) are traced in functions whose "
            "source is at hand",
        )  # fmt: skip

    __len__ = __iter__ = __reversed__ = __bool__ = _asked
    __lt__ = __le__ = __gt__ = __ge__ = __reduce_ex__ = __array__ = _asked

    def as_array(self) -> Any:
        """The items as one array, as long as the list is; given to it as the methods are."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<traced list of {state_of(self).shape.most} items at most>"

    __str__ = __repr__


Growing.__name__ = Growing.__qualname__ = "list"  # in every message


def is_grown(x: object) -> bool:
    """Whether `x` is a list with a traced length."""
    return type(x) is Grown


def state_of(x: Any) -> State:
    """What a list with a traced length holds."""
    if list.__len__(x) != 1:
        raise TraceError(
            "a list with a traced length was changed by a function that is not traced",
            location=user_location(), hint="use the list's own methods: append, insert, pop",
        )  # fmt: skip
    held: State = list.__getitem__(x, 0)
    return held


def grown(state: State) -> Any:
    """A new list that holds this."""
    made: Any = Grown()
    hold(made, state)
    return made


def hold(owner: Any, content: Any) -> None:
    """Make a list hold this: a `State`, or items whose number is known."""
    is_state = type(content) is State
    if is_state:
        stir()
    wanted = Grown if is_state else Growing
    if type(owner) is not wanted and type(owner) is not list:
        owner.__class__ = wanted
    list.__setitem__(owner, slice(None), [content] if is_state else content)


def content_of(owner: Any) -> Any:
    """What a list holds now, for `hold`."""
    return state_of(owner) if type(owner) is Grown else list.copy(owner)


# ---- as parts of arguments and results -----------------------------------------------------------


@final
class _Met(threading.local):
    """Whether a `Growing` was met since it was last asked."""

    lists = False


MET: Final = _Met()


def _items(x: Any) -> tuple[Any, None]:
    MET.lists = True
    return tuple(x), None


def _leaves(state: State) -> tuple[Any, Shape]:
    return (*state.rows, state.count), state.shape


def _made(shape: Shape, leaves: Any) -> Any:
    """A list of as many items as there are, or a traced one."""
    *rows, count = leaves
    if count is None:
        raise NotSupported(
            "a derivative of a list whose length is traced: the length has none",
            hint="return an array of a fixed size, or a sum over the list",
        )
    if not rows or not isinstance(rows[0], np.ndarray) or is_tracer(rows[0]):
        keep_still(shape.roots)
        return grown(State(tuple(rows), count, shape))
    if np.ndim(count):
        raise NotSupported(
            "a list has another length for each example of a batch",
            hint="return an array of a fixed size, and how much of it counts",
        )
    return [
        optree.tree_unflatten(
            shape.tree, [_item(r[i], k) for r, k in zip(rows, shape.kinds, strict=True)]
        )
        for i in range(int(count))
    ]


def _state(shape: Shape, leaves: Any) -> State:
    keep_still(shape.roots)
    return State(tuple(leaves[:-1]), leaves[-1], shape)


def _item(x: Any, kind: Kind) -> Any:
    if kind == "array":
        return np.array(x)
    return x.item() if kind == "weak" else x


def _register() -> None:
    register: Any = optree.register_pytree_node
    register(Growing, _items, lambda _, items: [*items], namespace=NAMESPACE)
    register(Grown, lambda x: _leaves(state_of(x)), _made, namespace=NAMESPACE)
    register(State, _leaves, _state, namespace=NAMESPACE)


_register()
