"""The tensor: a handle on a recorded value, used as torch's are."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, NamedTuple, final

import numpy as np

from gradloom.eager.dtypes import category, dtype, name_of
from gradloom.eager.home import Home, mode
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, NotSupported, ShapeError
from gradloom.ir.graph import Operand, Value, literal
from gradloom.ir.location import user_location
from gradloom.ir.types import tensor_type

Shape = tuple[int, ...]


class View(NamedTuple):
    """What a tensor is a part of: how it is read there, and how it is written (None: it is not);
    `cut`: its base's derivative is not its own.
    """

    base: Tensor
    read: Callable[[Operand], Operand]
    write: Callable[[Operand, Operand], Operand] | None
    cut: bool = False


class Size(tuple[int, ...]):
    """A tensor's shape: a tuple that says how many elements it means."""

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements."""
        return int(np.prod(self, dtype=np.int64))

    def __repr__(self) -> str:
        return f"gt.Size({list(self)})"


@final
class Tensor:
    """An array on the session's workers; its ops are recorded, and run when a value is asked."""

    __array_priority__ = 2000.0

    def __init__(self, home: Home, value: Operand, view: View | None = None) -> None:
        self._home = home
        self._value = value
        self._view = view
        self._version: int = 0
        self._seen: int = view.base._version if view is not None else 0
        self._tangent: Value | None = None  # of a leaf
        self._parameter = False  # whether it is a module's
        self._lie: np.ndarray | None = None  # how its elements lie (layouts.py); None: row by row
        self.grad: Tensor | None = None
        home.tensors[id(self)] = weakref.ref(self)

    def __del__(self) -> None:
        self._home.tensors.pop(id(self), None)

    # ---- the value behind the handle -------------------------------------------------------------

    def operand(self) -> Operand:
        """The operand that it stands for now."""
        view = self._view
        if view is not None:
            base = view.base.operand()
            if self._seen != view.base._version:
                if view.cut and self._value in self._home.tape.tangents:
                    raise NotSupported(
                        "a detached tensor was given a history of its own, and what it was "
                        "detached from has been changed since", location=user_location(),
                        hint="work on a copy: x.detach().clone()",
                    )  # fmt: skip
                grad = mode.grad and not view.cut and view.base.requires_grad
                with self._home.recording(grad, user_location()):
                    self._value = view.read(base)
                self._seen = view.base._version
                self._version += 1
        return self._value

    def _values(self) -> list[Operand]:
        """The operands that it needs, its base's among them."""
        return [self._value] if self._view is None else [self._value, *self._view.base._values()]

    def write(self, value: Operand, what: str) -> Tensor:
        """Give the handle a new value of its own type; its base and views see it."""
        if value.type != self._value.type:
            raise _misfit(self, value, what)
        self.require_writable(what)
        self._written(value, mode.grad)
        return self

    def require_writable(self, what: str) -> None:
        """Raise where it may not be changed in place."""
        root: Tensor = self
        cut = False
        while root._view is not None:
            if root._view.write is None:
                raise NotSupported(
                    f"{what}: the tensor is a view in which one element stands in several places",
                    location=user_location(), hint="work on a copy: x.clone()",
                )  # fmt: skip
            cut = cut or root._view.cut
            root = root._view.base
        if mode.grad and root._tangent is not None and not cut:
            raise RuntimeError(
                f"{what}: a leaf that requires grad is changed in place; "
                "do it inside gt.no_grad(), or on a copy"
            )

    def _written(self, value: Operand, grad: bool) -> None:
        before = self.operand()
        tape = self._home.tape
        with self._home.recording(grad, user_location()):
            if not isinstance(value, Value) and before in tape.tangents:
                value = o.reshape(value, shape=value.type.shape)
            if grad and before in tape.tangents and value not in tape.tangents:
                # All of it is new: what it was has derivative zero, which is not none at all.
                never = literal(False, tensor_type(np.dtype(bool), value.type.shape))
                value = o.where(never, before, value)
            if self._view is not None:
                assert self._view.write is not None
                base = self._view.base
                part = o.stop_gradient(value) if self._view.cut else value
                made = self._view.write(base.operand(), part)
        if not grad and before in tape.tangents and value not in tape.tangents:
            tape.tangents[value] = tape.tangents[before]
        self._value = value
        self._version += 1
        if self._view is not None:
            base._written(made, grad and not self._view.cut)
            self._seen = base._version

    # ---- what it is ------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The sizes of the axes."""
        return Size(self._value.type.shape)  # type: ignore[arg-type]

    @property
    def dtype(self) -> dtype:
        """The dtype by torch's name."""
        return name_of(self._value.type.dtype)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._value.type.shape)

    @property
    def device(self) -> str:
        """Where it is: the session's workers choose; to the program it is one place."""
        return "cpu"

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded op made it."""
        return self._tangent is not None or not self.requires_grad

    @property
    def requires_grad(self) -> bool:
        """Whether derivatives by it, or through it, are recorded."""
        return self._tangent is not None or self.operand() in self._home.tape.tangents

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        self.requires_grad_(wanted)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Record derivatives by this tensor from now on, or no more."""
        if requires_grad == self.requires_grad:
            return self
        if requires_grad:
            if category(self._value.type.dtype) < 2:
                raise DtypeError(
                    f"requires_grad: only tensors of floats have derivatives, not {self.dtype}",
                    location=user_location(), hint="convert it: x.float()",
                )  # fmt: skip
            if self._view is not None and not self._view.cut:
                raise NotSupported(
                    "requires_grad_ of a view of another tensor",
                    location=user_location(), hint="work on a copy: x.clone().requires_grad_()",
                )  # fmt: skip
            own: Any = self._home.again(self.operand())
            if own is None:
                with self._home.recording(False, user_location()):
                    own = o.stop_gradient(self.operand())
                    if not isinstance(own, Value):  # a number that stands inline
                        own = o.reshape(own, shape=own.type.shape)
                self._home.placing.share(self.operand(), own)
            self._value = own
            self._tangent = self._home.tape.leaf(own)
            self._home.leaves[self._tangent] = weakref.ref(self)
        elif self._tangent is None:
            raise RuntimeError("requires_grad of a result cannot be unset: use x.detach()")
        else:
            with self._home.recording(False, user_location()):
                self._value = o.stop_gradient(self.operand())
            self._tangent = None
        return self

    # ---- looking at values -----------------------------------------------------------------------

    def array(self) -> np.ndarray:
        """A copy as a numpy array; waits for it."""
        return self._home.fetch(self.operand())

    def numpy(self) -> np.ndarray:
        """The tensor as a numpy array; waits for it."""
        if self.requires_grad:
            raise RuntimeError(
                "numpy() of a tensor that requires grad would lose its derivative: "
                "use x.detach().numpy()"
            )
        return self.array()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.numpy(), dtype=dtype)

    def item(self) -> Any:
        """The Python number of a tensor of one element; waits for it."""
        if self.shape.numel() != 1:
            raise ShapeError(
                f"item: a tensor of shape {tuple(self.shape)} has {self.shape.numel()} elements",
                location=user_location(), hint="item() is for one element; use tolist()",
            )  # fmt: skip
        return self.array().reshape(()).item()

    def tolist(self) -> Any:
        """Nested lists of Python numbers."""
        return self.array().tolist()

    def __bool__(self) -> bool:
        if self.shape.numel() != 1:
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __index__(self) -> int:
        if category(self._value.type.dtype) > 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        from gradloom.eager.printing import text_of

        return text_of(self)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec and not self.ndim else format(repr(self), spec)


def _misfit(target: Tensor, value: Operand, what: str) -> ShapeError | DtypeError:
    shape, own = tuple(value.type.shape), tuple(target.shape)
    if shape != own:
        return ShapeError(
            f"{what}: the result has shape {shape} and the tensor changed in place {own}",
            location=user_location(), hint="assign the result to a name instead",
        )  # fmt: skip
    return DtypeError(
        f"{what}: a result of {name_of(value.type.dtype)} does not fit into a tensor of "
        f"{target.dtype}", location=user_location(), hint="convert the tensor first: x.float()",
    )  # fmt: skip
