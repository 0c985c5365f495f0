"""`gt.autograd.functional` and `gt.func`: derivatives of functions of tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, Final

from gradloom.eager import creation, grads
from gradloom.eager.methods import FUNCTIONS
from gradloom.eager.shapes import detach, reshape, stack
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, NotSupported
from gradloom.ir.location import user_location

F: Final = FUNCTIONS


def _own(xs: Any) -> tuple[bool, list[Tensor]]:
    """Whether it is several, and leaves with the same elements."""
    several = isinstance(xs, tuple | list)
    listed = list(xs) if several else [xs]
    return several, [F["clone"](detach(x)).requires_grad_() for x in listed]


def _inputs(xs: Any, create_graph: bool) -> tuple[bool, list[Tensor]]:
    if not create_graph:
        return _own(xs)
    several = isinstance(xs, tuple | list)
    listed = list(xs) if several else [xs]
    learnt = [x if x.requires_grad else F["clone"](x).requires_grad_() for x in listed]
    return several, [F["mul"](x, 1) for x in learnt]


def _results(made: Any) -> tuple[bool, list[Tensor]]:
    several = isinstance(made, tuple | list)
    return several, list(made) if several else [made]


def _zeros(x: Tensor) -> Tensor:
    return creation.zeros(tuple(x.shape), dtype=x.dtype)


def _pulled(
    y: Tensor, xs: Sequence[Tensor], seed: Tensor | None, create_graph: bool
) -> list[Tensor]:
    """The derivatives of one result by the inputs; zeros where there are none."""
    if not y.requires_grad:
        return [_zeros(x) for x in xs]
    found = grads.grad(y, xs, seed, True, create_graph, True)
    return [_zeros(x) if g is None else g for g, x in zip(found, xs, strict=True)]


def _rows(y: Tensor, xs: Sequence[Tensor], create_graph: bool) -> list[Tensor]:
    """The Jacobians of one result: its shape, then an input's."""
    flat = reshape(y, -1)
    rows = [_pulled(flat[i], xs, None, create_graph) for i in range(y.shape.numel())]  # type: ignore[index]
    made = []
    for j, x in enumerate(xs):
        shape = (*y.shape, *x.shape)
        parts = [row[j] for row in rows]
        made.append(reshape(stack(parts), shape) if parts else creation.zeros(*shape))
    return made


def jacobian(
    func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False,
    vectorize: bool = False, strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The derivative of every element of the results by every element of the inputs."""
    with grads.enable_grad():
        many_in, xs = _inputs(inputs, create_graph)
        many_out, ys = _results(func(*xs))
        made = [_rows(y, xs, create_graph) for y in ys]
    rows = [tuple(row) if many_in else row[0] for row in made]
    return tuple(rows) if many_out else rows[0]


def hessian(
    func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False,
    vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The second derivatives of a function that gives one number."""
    several = isinstance(inputs, tuple | list)

    def first(*xs: Tensor) -> Any:
        y = func(*xs)
        if not isinstance(y, Tensor) or y.shape.numel() != 1:
            raise ArgumentError("hessian: the function gives one number", location=user_location())
        return tuple(_pulled(reshape(y, ()), xs, None, True))

    made = jacobian(first, inputs, create_graph)
    return made if several else made[0]


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """The results, and `v` times their Jacobian."""
    with grads.enable_grad():
        many_in, xs = _inputs(inputs, create_graph)
        many_out, ys = _results(func(*xs))
        seeds = list(v) if isinstance(v, tuple | list) else [v] * len(ys)
        if v is None and any(y.shape.numel() != 1 for y in ys):
            raise ArgumentError("vjp: v is due, of the results' shapes", location=user_location())
        learnt = [(y, s) for y, s in zip(ys, seeds, strict=True) if y.requires_grad]
        found: Sequence[Tensor | None] = [None] * len(xs)
        if learnt:
            outs_seeds = [y for y, _ in learnt], [s for _, s in learnt]
            found = grads.grad(outs_seeds[0], xs, outs_seeds[1], True, create_graph, True)
        made = tuple([_zeros(x) if g is None else g for g, x in zip(found, xs, strict=True)])
        outs = tuple(ys) if create_graph else tuple([detach(y) for y in ys])
    return outs if many_out else outs[0], made if many_in else made[0]


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """The results, and their Jacobian times `v`: the derivative of a vjp by what it was given."""
    with grads.enable_grad():
        _, xs = _inputs(inputs, create_graph)
        many_out, ys = _results(func(*xs))
        along = list(v) if isinstance(v, tuple | list) else [v]
        if v is None:
            along = [creation.ones(tuple(x.shape), dtype=x.dtype) for x in xs]
        made = [_pushed(y, xs, along, create_graph) for y in ys]
        outs = list(ys) if create_graph else [detach(y) for y in ys]
    return (tuple(outs), tuple(made)) if many_out else (outs[0], made[0])


def _pushed(y: Tensor, xs: Sequence[Tensor], along: Sequence[Tensor], create_graph: bool) -> Tensor:
    if not y.requires_grad:
        return _zeros(y)
    seed = _zeros(y).requires_grad_()
    pulled = _pulled(y, xs, seed, True)
    total = sum((F["sum"](F["mul"](g, v)) for g, v in zip(pulled, along, strict=True)), start=0.0)
    if not isinstance(total, Tensor) or not total.requires_grad:
        return _zeros(y)
    (found,) = grads.grad(total, seed, None, True, create_graph, True)
    return _zeros(y) if found is None else found


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False) -> Any:
    """The result, and the Hessian times `v`."""
    several = isinstance(inputs, tuple | list)
    along = v if isinstance(v, tuple | list) or v is None else (v,)

    def first(*xs: Tensor) -> Any:
        return tuple(_pulled(func(*xs), xs, None, True))

    _, made = vjp(first, inputs, along, create_graph)
    with grads.no_grad():
        out = func(*inputs) if several else func(inputs)
    return out, made


# ---- functions of functions ----------------------------------------------------------------------


def _picked(argnums: int | tuple[int, ...], args: Sequence[Any]) -> tuple[int, ...]:
    listed = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    return tuple([i % len(args) for i in listed])


def grad_and_value(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The function of the derivative by some arguments, and of the result."""

    def function(*args: Any, **kwargs: Any) -> Any:
        with grads.enable_grad():
            places = _picked(argnums, args)
            given = list(args)
            xs = []
            for i in places:
                learnt = args[i] if args[i].requires_grad else detach(args[i])
                made = F["clone"](learnt)
                given[i] = made if made.requires_grad else made.requires_grad_()
                xs.append(given[i])
            out = func(*given, **kwargs)
            y, aux = out if has_aux else (out, None)
            if y.shape.numel() != 1:
                raise ArgumentError(
                    f"grad: the function gives a tensor of shape {tuple(y.shape)}, not one number",
                    location=user_location(),
                )
            nested = any(isinstance(a, Tensor) and a.requires_grad for a in args)
            found = _pulled(reshape(y, ()), xs, None, True)
            keep = found if nested else [detach(g) for g in found]
        result = keep[0] if isinstance(argnums, int) else tuple(keep)
        value = y if nested else detach(y)
        return (result, (value, aux)) if has_aux else (result, value)

    return function


def grad(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The function of the derivative by some arguments."""
    both = grad_and_value(func, argnums, has_aux)

    def function(*args: Any, **kwargs: Any) -> Any:
        made, value = both(*args, **kwargs)
        return (made, value[1]) if has_aux else made

    return function


def jacrev(func: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """The function of the Jacobian by an argument."""

    def function(*args: Any) -> Any:
        def of_one(x: Tensor) -> Any:
            return func(*args[:argnums], x, *args[argnums + 1 :])

        return jacobian(of_one, args[argnums], create_graph=args[argnums].requires_grad)

    return function


def vmap(
    func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, **options: Any
) -> Callable[..., Any]:
    """The function of each part along an axis, its results along a new one: a loop."""
    if options:
        raise NotSupported(f"vmap: {', '.join(options)} are not offered")

    def function(*args: Any) -> Any:
        dims = (in_dims,) * len(args) if isinstance(in_dims, int) else tuple(in_dims)
        sizes = {x.shape[d] for x, d in zip(args, dims, strict=True) if d is not None}
        if len(sizes) != 1:
            raise ArgumentError(f"vmap: sizes {sorted(sizes)} along in_dims={in_dims}")
        parts = [
            func(*[x if d is None else F["select"](x, d, i)
                   for x, d in zip(args, dims, strict=True)])
            for i in range(prod(sizes))
        ]  # fmt: skip
        if isinstance(parts[0], tuple):
            outs = (out_dims,) * len(parts[0]) if isinstance(out_dims, int) else out_dims
            return tuple([stack(list(p), d) for p, d in zip(zip(*parts, strict=True), outs,
                                                             strict=True)])  # fmt: skip
        return stack(parts, out_dims)

    return function


FUNCTIONAL: Final[dict[str, Callable[..., Any]]] = {
    "jacobian": jacobian, "hessian": hessian, "vjp": vjp, "jvp": jvp, "hvp": hvp,
}  # fmt: skip
"""`gt.autograd.functional`."""
FUNC: Final[dict[str, Callable[..., Any]]] = {
    "grad": grad, "grad_and_value": grad_and_value, "jacrev": jacrev, "vmap": vmap,
    "hessian": lambda func, argnums=0: jacrev(jacrev(func, argnums), argnums),
}  # fmt: skip
"""`gt.func`."""
