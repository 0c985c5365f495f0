"""`gt.autograd.Function`: a function whose derivative its user writes, as torch has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

from gradloom.eager.calls import constant, home_of
from gradloom.eager.grads import grad_mode, no_grad
from gradloom.eager.home import Home, mode
from gradloom.eager.tensor import Tensor
from gradloom.ir import ops as o
from gradloom.ir.errors import CallError, ShapeError
from gradloom.ir.graph import Node, Operand, Value
from gradloom.ir.location import user_location
from gradloom.ir.ops.custom import Pending


@final
class Context:
    """What `forward` leaves for `backward`: saved tensors, and attributes of any name."""

    def __init__(self) -> None:
        self.needs_input_grad: tuple[bool, ...] = ()
        self._saved: tuple[Tensor | Operand | None, ...] = ()
        self._home: Home | None = None
        self._constant: set[int] = set()
        self._materialize = True

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for `backward`."""
        self._saved = tensors

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """The tensors that were kept."""
        return tuple([
            x if x is None or isinstance(x, Tensor) else Tensor(self._home, x)  # type: ignore[arg-type]
            for x in self._saved
        ])  # fmt: skip

    def hold_results(self, home: Home, results: dict[int, Operand]) -> tuple[Operand, ...]:
        """Keep results as values: a tensor would keep its own function, and that the tensor."""
        self._home = home
        kept = {id(x): results[id(x)] for x in self._saved if id(x) in results}
        self._saved = tuple([kept.get(id(x), x) for x in self._saved])
        return tuple(kept.values())

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """These results have no derivative."""
        self._constant.update(id(x) for x in tensors)

    def mark_dirty(self, *tensors: Tensor) -> None:
        """These arguments were changed in place, and are results."""

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` gets zeros, or None, for a result that was not used."""
        self._materialize = value

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the context has no {name!r}: forward did not set it")


class Function:
    """Subclasses say `forward(ctx, *args)` and `backward(ctx, *grads)`, static methods both;
    `forward(*args)` where there is a `setup_context(ctx, inputs, output)`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(f"call {type(self).__name__}.apply(...), and make no object of it")

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The results."""
        raise NotImplementedError("a Function says what forward computes")

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep what `backward` needs."""
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Context, *grads: Any) -> Any:
        """The derivatives by the arguments, of those by the results."""
        raise NotImplementedError("a Function says what backward computes")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """What `forward` gives, with the derivative that `backward` says."""
        tensors = [x for x in args if isinstance(x, Tensor)]
        home = home_of(tensors)
        tape = home.tape
        given = [tape.tangents.get(x.operand()) if isinstance(x, Tensor) else None for x in args]
        context = Context()
        context.needs_input_grad = tuple([t is not None for t in given])
        learns = mode.grad and any(context.needs_input_grad)
        with no_grad():
            found = _forward(cls, context, args, kwargs)
        several = isinstance(found, tuple)
        listed = list(found) if several else [found]
        made = [_fresh(home, x, args, context) if isinstance(x, Tensor) else x for x in listed]
        if learns:
            pairs = [(x, m) for x, m in zip(listed, made, strict=True) if isinstance(m, Tensor)]
            results = {id(t): m._value for x, m in pairs for t in (x, m)}
            _follow(home, cls, context, given, made, context.hold_results(home, results))
        return tuple(made) if several else made[0]


def _forward(
    cls: type[Function], context: Context, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    if cls.setup_context is Function.setup_context:
        return cls.forward(context, *args, **kwargs)
    results = cls.forward(*args, **kwargs)
    cls.setup_context(context, args, results)
    return results


def _fresh(home: Home, x: Tensor, args: Sequence[Any], context: Context) -> Tensor:
    """A result with a value of its own, so that its derivative is not that of what it is."""
    if any(x is a for a in args) or x._view is not None or not isinstance(x._value, Value):
        with home.recording(False, user_location()):
            own: Operand = o.reshape(x.operand(), shape=x._value.type.shape)
        made = Tensor(home, own)
        if id(x) in context._constant:
            context._constant.add(id(made))
        return made
    home.tape.tangents.pop(x._value, None)  # what an argument changed in place had
    return x


def _follow(
    home: Home, cls: type[Function], context: Context, given: Sequence[Value | None],
    made: Sequence[Any], held: tuple[Operand, ...],
) -> None:  # fmt: skip
    """Put the function on the tape: its results' tangents come of its arguments'."""
    learnt = [
        x for x in made
        if isinstance(x, Tensor) and x._value.type.inexact and id(x) not in context._constant
    ]  # fmt: skip
    operands = (*[t for t in given if t is not None], *held)
    types = tuple([x._value.type for x in learnt])
    if not learnt:
        return
    node = Node(
        o.custom_vjp_linear, operands, Pending(cls.__name__, types), types, (), user_location()
    )
    tangents = iter(node.results)
    places: list[tuple[Value | None, Any]] = []
    for x in made:
        is_learnt = any(x is y for y in learnt)
        tangent = next(tangents) if is_learnt else None
        if tangent is not None:
            home.tape.linear.add(tangent)
            home.tape.tangents[x._value] = tangent
        places.append((tangent, x._value.type if isinstance(x, Tensor) else None))
    home.functions[node.results[0]] = _called(home, cls, context, given, places)


Backward = Callable[[Sequence[Operand | None], bool], list[tuple[Value, Operand]]]


def _called(
    home: Home, cls: type[Function], context: Context, given: Sequence[Value | None],
    places: Sequence[tuple[Value | None, Any]],
) -> Backward:  # fmt: skip
    """The function's `backward`, of cotangents of its learnt results, for its arguments."""

    def backward(cts: Sequence[Operand | None], create_graph: bool) -> list[tuple[Value, Operand]]:
        following = iter(cts)
        grads: list[Tensor | None] = []
        for tangent, type_ in places:
            ct = None if tangent is None else next(following)
            if ct is not None:
                grads.append(Tensor(home, ct))
            elif type_ is not None and context._materialize:
                zero = constant(home, 0, type_.dtype)
                grads.append(_expanded(zero, type_.shape))
            else:
                grads.append(None)
        with grad_mode(create_graph):
            found = cls.backward(context, *grads)
        listed = list(found) if isinstance(found, tuple | list) else [found]
        return _matched(cls.__name__, given, listed)

    return backward


def _expanded(x: Tensor, shape: Any) -> Tensor:
    from gradloom.eager.shapes import clone, expand

    return clone(expand(x, *shape))


def _matched(
    name: str, given: Sequence[Value | None], found: list[Any]
) -> list[tuple[Value, Operand]]:
    """The cotangents by their arguments' tangents, each of its argument's shape and dtype."""
    extra = found[len(given) :]
    if len(found) < len(given) or any(x is not None for x in extra):
        raise CallError(
            f"{name}.backward gives {len(found)} derivatives, and forward took {len(given)} "
            "arguments", location=user_location(), hint="give one per argument, or None",
        )  # fmt: skip
    made: list[tuple[Value, Operand]] = []
    for i, (tangent, x) in enumerate(zip(given, found, strict=False)):
        if tangent is None or x is None:
            continue
        if not isinstance(x, Tensor):
            raise CallError(f"{name}.backward: derivative {i} is {type(x).__name__}, no tensor")
        made.append((tangent, _fitted(name, i, tangent, x).operand()))
    return made


def _fitted(name: str, i: int, tangent: Value, x: Tensor) -> Tensor:
    from gradloom.eager.methods import FUNCTIONS
    from gradloom.eager.products import cast_to

    wanted = tuple(tangent.type.shape)
    if tuple(x.shape) != wanted:
        lead = x.ndim - len(wanted)
        fits = lead >= 0 and all(
            n == own or n == 1 for n, own in zip(wanted, x.shape[lead:], strict=True)
        )
        if not fits:
            raise ShapeError(
                f"{name}.backward: derivative {i} has shape {tuple(x.shape)}, and the argument "
                f"{wanted}", location=user_location(),
            )  # fmt: skip
        kept = [lead + j for j, n in enumerate(wanted) if n == 1 and x.shape[lead + j] != 1]
        x = FUNCTIONS["reshape"](FUNCTIONS["sum"](x, (*range(lead), *kept), True), wanted)
    return cast_to(x, tangent.type.dtype)


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """A `backward` whose own derivative is not asked for."""

    def once(ctx: Context, *grads: Any) -> Any:
        with no_grad():
            return function(ctx, *grads)

    return once
