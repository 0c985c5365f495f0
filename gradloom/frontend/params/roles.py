"""What a parameter is besides its value: trained or not, changed by whom, one with which other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, final


@final
@dataclass(frozen=True, slots=True, eq=False)
class Param:
    """A value (an array, a number, or a tree of them) with its role, for `gl.params`.

    `trainable`: whether it gets gradients and steps; `mutable`: whether `update_buffers` may change
    it; `tie`: parameters with one key are one array; `device`: where it lies when a framework runs.
    """

    value: Any
    trainable: bool = True
    mutable: bool = False
    tie: Any = None
    device: str | None = None


def as_param(value: Any) -> Param:
    """The value with its role."""
    return value if type(value) is Param else Param(value)


@final
class Role:
    """Gives a value a role: `gl.frozen(v)`, or `gl.frozen[v]`."""

    def __init__(self, name: str, text: str, give: Callable[[Param], Param]) -> None:
        self.__name__ = name
        self.__doc__ = text
        self._give = give

    def __call__(self, value: Any) -> Param:
        """The value in this role, for `gl.params`."""
        return self._give(as_param(value))

    __getitem__ = __call__

    def __repr__(self) -> str:
        return f"gl.{self.__name__}"


frozen: Final = Role(
    "frozen",
    """A value that is never trained: its gradient is None, and `step` leaves it as it is.

    >>> import gradloom as gl
    >>> weights = gl.params(w=2.0, scale=gl.frozen(10.0))
    >>> value, grads = weights.grad(lambda p: p.w * p.scale)
    >>> float(grads.w), grads.scale
    (10.0, None)
    """,
    lambda p: replace(p, trainable=False),
)
buffer: Final = Role(
    "buffer",
    """A value that is not trained but kept up to date: `weights.update_buffers(...)` changes it.

    >>> import gradloom as gl
    >>> weights = gl.params(mean=gl.buffer(0.0))
    >>> weights.update_buffers(mean=3.0)
    >>> float(weights.mean)
    3.0
    """,
    lambda p: replace(p, trainable=False, mutable=True),
)
on_cpu: Final = Role(
    "on_cpu",
    """A value that lies on the CPU when a framework runs the program.

    >>> import gradloom as gl
    >>> on_cpu(2.0).device
    'cpu'
    """,
    lambda p: replace(p, device="cpu"),
)


def on_device(name: str, *value: Any) -> Any:
    """A value that lies on this device ("cpu", "cuda:0") when a framework runs the program; without
    a value, what gives values that place: `on_device("cuda:0")[v]`.

    >>> on_device("cuda:0", 2.0).device
    'cuda:0'
    """
    place = Role("on_device", f"A value that lies on {name}.", lambda p: replace(p, device=name))
    return place(*value) if value else place


@final
class Same:
    """The tie to a parameter that is named elsewhere: by its path, its array or its `Param`."""

    __slots__ = ("other",)

    def __init__(self, other: Any) -> None:
        self.other = other


@final
class Tied:
    """`gl.tied(key, v)`: all parameters with one key are one array, that of the first; its gradient
    is the sum over all places. `gl.tied[w]`: one with the parameter that is made of the array `w`,
    or that has the path "w".

    >>> import gradloom as gl
    >>> weights = gl.params(a=gl.tied("k", 3.0), b=gl.tied("k", 3.0))
    >>> value, grads = weights.grad(lambda p: p.a * p.b)
    >>> weights.a is weights.b, float(grads.a)
    (True, 6.0)
    """

    def __call__(self, key: Any, *value: Any) -> Param:
        """A parameter that is one with all others of this key."""
        if not value:
            return Param(Same(key))
        return replace(as_param(value[0]), tie=key)

    def __getitem__(self, other: Any) -> Param:
        return Param(Same(other))

    def __repr__(self) -> str:
        return "gl.tied"


tied: Final = Tied()
