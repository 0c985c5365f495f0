"""How an op on tensors is recorded: as the function of numpy's arrays that it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gradloom.eager import layouts
from gradloom.eager.dtypes import category, result_dtype
from gradloom.eager.home import Home, here, mode
from gradloom.eager.tensor import Tensor, View
from gradloom.frontend.numpy.lift import broadcast_shapes, operand_of
from gradloom.frontend.numpy.lift import cast as cast_operand
from gradloom.frontend.trace import Trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir import ops as o
from gradloom.ir.errors import (
    ArgumentError,
    CallError,
    GradloomError,
    IndexOutOfRange,
    ShapeError,
)
from gradloom.ir.graph import Operand, literal
from gradloom.ir.location import Location, user_location
from gradloom.ir.op import Op
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import tensor_type

NUMBERS: Final = (bool, int, float, complex)
Number = bool | int | float | complex
_NUMPYS: Final = re.compile(r"^(np[\w.]*|ndarray[\w.]*|\w+): (?=\w)")
_KINDS: Final[tuple[tuple[type[Exception], type[GradloomError]], ...]] = (
    (IndexError, IndexOutOfRange), (ValueError, ShapeError), (TypeError, CallError),
)  # fmt: skip
Array = Any
"""A traced array in the function that an op is."""


def home_of(tensors: Sequence[Tensor]) -> Home:
    """The one home of tensors; that of the current session where there are none."""
    if not tensors:
        return here()
    home = tensors[0]._home
    for other in tensors:
        if other._home is not home:
            raise ArgumentError(
                "tensors of two sessions meet in one operation", location=user_location(),
                hint="carry one over: gt.from_numpy(x.detach().numpy())",
            )  # fmt: skip
    return home


def one(what: str, f: Callable[..., Any], tensors: Sequence[Tensor]) -> Tensor:
    """The tensor that `f` makes of these as traced arrays."""
    return several(what, lambda *xs: (f(*xs),), tensors)[0]


def level(what: str, f: Callable[..., Any], tensors: Sequence[Tensor]) -> Tensor:
    """The same for a function that is constant in pieces: its derivative is zero, as torch has it,
    where no derivative at all would be an error in `backward`.
    """
    if not (mode.grad and any(t.requires_grad for t in tensors)):
        return one(what, f, tensors)

    def tied(*xs: Array) -> Array:
        made = f(*xs)
        for x in xs:
            if x.dtype == made.dtype:
                made = np.where(np.False_, np.broadcast_to(x, made.shape), made)
        return made

    return one(what, tied, tensors)


def direct(what: str, op: Op, tensors: Sequence[Tensor], dtype: np.dtype) -> Tensor:
    """The same for one op on tensors as this dtype, broadcast: no function of numpy is asked."""
    home = home_of(tensors)
    grad = mode.grad and any(t.requires_grad for t in tensors)
    operands = [t.operand() for t in tensors]
    shape = broadcast_shapes(f"gt.{what}", [x.type.shape for x in operands])
    with home.recording(grad, user_location()):
        made = op(*[broadcast(cast_operand(x, dtype), shape) for x in operands])
        tensor = Tensor(home, made)
    tensor._lie = layouts.followed(what, tensors, tensor)
    home.settle()
    return tensor


def several(
    what: str, f: Callable[..., tuple[Any, ...]], tensors: Sequence[Tensor]
) -> tuple[Tensor, ...]:
    """The tensors that `f` makes of these as traced arrays."""
    home = home_of(tensors)
    grad = mode.grad and any(t.requires_grad for t in tensors)
    operands = [t.operand() for t in tensors]
    location = user_location()
    with home.recording(grad, location) as trace:
        try:
            made = f(*[traced(trace, x) for x in operands])
            results = [operand_of(m, trace) for m in made]
        except Exception as error:
            raise told(error, what, location) from error.__cause__
        results = _narrow(what, operands, results)
        # An op that changes nothing hands its operand back; a tensor has a value of its own.
        results = [_own(r) if r in operands else r for r in results]
        tensors_made = tuple([Tensor(home, r) for r in results])
    for tensor in tensors_made:
        tensor._lie = layouts.followed(what, tensors, tensor)
    home.settle()
    return tensors_made


_WIDENING: Final = frozenset((
    "to", "float_power", "sum", "prod", "mean", "nansum", "cumsum", "cumprod", "softmax",
    "log_softmax",
))  # fmt: skip
"""Functions whose result has the dtype that they are asked for."""


def _narrow(what: str, operands: Sequence[Operand], results: list[Operand]) -> list[Operand]:
    """The results in the low precision that all floats that went in have: some of numpy's
    functions make wider ones of it, as torch does inside.
    """
    kinds = {x.type.dtype for x in operands if category(x.type.dtype) == 2}
    if what in _WIDENING or len(kinds) != 1 or (kind := kinds.pop()).itemsize != 2:
        return results
    return [cast_operand(r, kind) if category(r.type.dtype) == 2 else r for r in results]


def traced(trace: Trace, x: Operand) -> Array:
    """The operand as functions of numpy take it."""
    made = Tracer(trace, x, "array")
    made.layout = "C"
    return made


def told(error: Exception, what: str, location: Location | None) -> Exception:
    """The error as the user knows it: typed, with the line and the name of the function."""
    if isinstance(error, GradloomError):
        error.location = error.location or location
        error.message = f"gt.{what}: {_NUMPYS.sub('', error.message)}"
        return error
    kind = next((ours for theirs, ours in _KINDS if isinstance(error, theirs)), None)
    return error if kind is None else kind(f"gt.{what}: {error}", location=location)


def _own(x: Operand) -> Operand:
    made: Operand = o.reshape(x, shape=x.type.shape)
    return made


def view(
    what: str,
    x: Tensor,
    read: Callable[[Array], Any],
    write: Callable[[Array, Array], Any] | None,
    *,
    cut: bool = False,
) -> Tensor:
    """A part of a tensor: `read(base)` gives it, and `write(base, part)` the base with another."""
    home = x._home

    def reader(base: Operand) -> Operand:
        made = operand_of(read(traced(home.trace, base)), home.trace)
        return _own(made) if made is base else made

    def writer(base: Operand, part: Operand) -> Operand:
        assert write is not None
        made = write(traced(home.trace, base), traced(home.trace, part))
        return operand_of(made, home.trace)

    grad = mode.grad and x.requires_grad and not cut
    base = x.operand()
    location = user_location()
    with home.recording(grad, location):
        try:
            value = reader(base)
        except Exception as error:
            raise told(error, what, location) from error.__cause__
    made = Tensor(home, value, View(x, reader, writer if write is not None else None, cut))
    made._lie = layouts.of(x) if cut else read(layouts.of(x))
    home.settle()
    return made


def constant(home: Home, number: Number, dtype: np.dtype) -> Tensor:
    """A Python number as a tensor without axes."""
    return Tensor(home, literal(number, tensor_type(dtype, ())))


def common(what: str, *xs: Tensor | Number) -> tuple[list[Tensor], np.dtype]:
    """The operands as tensors, and the dtype that torch computes in."""
    tensors = [x for x in xs if isinstance(x, Tensor)]
    numbers = [x for x in xs if not isinstance(x, Tensor)]
    for x in numbers:
        if type(x) not in NUMBERS:
            raise CallError(
                f"gt.{what}: an operand is a tensor or a number, not {type(x).__name__}",
                location=user_location(), hint="make it a tensor: gt.tensor(x)",
            )  # fmt: skip
    dtype = result_dtype([(t._value.type.dtype, t.ndim) for t in tensors], numbers)
    home = home_of(tensors)
    return [x if isinstance(x, Tensor) else constant(home, x, dtype) for x in xs], dtype


def cast(x: Array, dtype: np.dtype) -> Array:
    """A traced array as this dtype."""
    return x if x.dtype == dtype else x.astype(dtype)


def is_operand(x: Any) -> bool:
    """Whether an operator takes it."""
    return isinstance(x, Tensor) or type(x) in NUMBERS


def numbered(x: Any) -> Any:
    """numpy's scalars as Python's tensors of them; anything else as it is."""
    if isinstance(x, np.generic | np.ndarray):
        return Tensor(here(), here().put(np.array(x)))
    return x
