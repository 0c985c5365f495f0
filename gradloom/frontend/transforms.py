"""grad, vmap and the other transforms, of functions and of graphs.

Each takes a function and gives a function, or takes a `Graph` and gives a `Graph`. They nest in any
order.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.frontend import jacobians, lifted
from gradloom.frontend.contents import Contents
from gradloom.frontend.guards import holders
from gradloom.frontend.kept import Keeper
from gradloom.frontend.record import Recorded, record
from gradloom.frontend.run import execute, finish
from gradloom.frontend.signature import Leaf, flatten, signature_of, unflatten
from gradloom.frontend.state import Watch
from gradloom.frontend.still import still_leaves
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import DtypeError, NotDifferentiable, ShapeError
from gradloom.ir.graph import Graph
from gradloom.ir.ops.called import require_numbers
from gradloom.passes.dce import dce
from gradloom.passes.reroll import reroll

Function = Callable[..., Any]
GraphTransform = Callable[[Graph], Graph]


def _of_graph_or_function(f: Any, transform: GraphTransform, name: str, active: Any = None) -> Any:
    """The transform of a graph, or a function that traces `f` on its arguments, transforms and
    runs.
    """
    if isinstance(f, Graph):
        return transform(require_numbers(f, name, NotDifferentiable))
    if not callable(f):
        raise DtypeError(f"{name} wants a function or a Graph, and got {type(f).__name__}")

    keeper = Keeper(f)

    @functools.wraps(f, updated=())
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        found = keeper.key(args, kwargs)
        done = keeper.run(found) if found is not None else None
        if done is not None:
            return done[0]
        environment = keeper.environment(args, kwargs) if found is not None else None
        then = Contents(environment, set(), {}) if environment is not None else None
        marks = None if active is None else active(args, kwargs)
        recorded = record(
            f,
            args,
            kwargs,
            active=marks,
            paths=environment.paths if environment is not None else None,
            writes="forgotten",
            watch=Watch(holders(environment)) if environment is not None else None,
        )
        given = reroll(recorded.graph)
        graph = dce(transform(given))
        if found is not None and environment is not None and then is not None:
            keeper.keep(found[0], graph, recorded, environment, then)
        return run_recorded(graph, recorded, args, kwargs)

    wrapper.__name__ = f"{name}_{getattr(f, '__name__', 'fn')}"
    return wrapper


def run_recorded(
    graph: Graph, recorded: Recorded, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Run a transformed graph on the arguments that were traced."""
    leaves, _ = flatten((args, kwargs))
    signature = signature_of(graph)
    arrays = [
        _as_input(x, leaf)
        for x, leaf in zip(leaves, signature.inputs, strict=True)
        if leaf.type is not None
    ]
    return finish(graph, execute(graph, [*arrays, *recorded.extras]))


def _as_input(x: Any, leaf: Leaf) -> Any:
    if type(x) is Tracer:
        return x
    assert leaf.type is not None
    return np.asarray(x, leaf.type.dtype)


def _active(argnums: int | Sequence[int]) -> Callable[..., list[bool]]:
    """Which leaves of a call are differentiated (before its signature is known)."""

    def marks(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[bool]:
        numbers = lifted.normal_argnums(argnums, len(args))
        each = [
            not still if i in numbers else False
            for i, arg in enumerate(args)
            for still in still_leaves(flatten(arg)[1])
        ]
        return each + [False] * len(flatten(kwargs)[0])

    return marks


# ---- reverse mode --------------------------------------------------------------------------------


def value_and_grad(
    f: Any, argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> Any:
    """A function that gives `(f(...), gradient)`; with `has_aux`, `f` returns `(value, aux)` and so
    does the result.

    The value must be a scalar (`ShapeError`), the arguments floats (`DtypeError`). A tuple of
    `argnums` gives a tuple of gradients, each structured as its argument. Complex: the gradient of
    |z|^2 at 1+2j is 2-4j, as in JAX.

    >>> import numpy as np
    >>> value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """

    def transform(graph: Graph) -> Graph:
        return lifted.value_and_grad(graph, argnums, has_aux, holomorphic, "value_and_grad")

    return _of_graph_or_function(f, transform, "value_and_grad", _active(argnums))


def grad(
    f: Any, argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> Any:
    """A function that gives the gradient of `f`; with `has_aux`, `(gradient, aux)`.

    >>> import numpy as np
    >>> grad(lambda x: np.sum(np.sin(x)))(np.zeros(2))
    array([1., 1.])
    """

    def transform(graph: Graph) -> Graph:
        both = lifted.value_and_grad(graph, argnums, has_aux, holomorphic, "grad")
        return lifted.only_grad(both, len(graph.results), has_aux)

    return _of_graph_or_function(f, transform, "grad", _active(argnums))


def elementwise_grad(f: Any, argnums: int = 0) -> Any:
    """The derivative of an elementwise function, in the argument's shape (the gradient of its sum).

    >>> import numpy as np
    >>> elementwise_grad(np.sin)(np.zeros(3))
    array([1., 1., 1.])
    """

    def summed(*args: Any, **kwargs: Any) -> Any:
        return sum(np.sum(leaf) for leaf in flatten(f(*args, **kwargs))[0])

    return grad(
        functools.wraps(f, updated=())(summed) if not isinstance(f, np.ufunc) else summed, argnums
    )


def vjp(f: Any, *primals: Any, has_aux: bool = False) -> Any:
    """`(f(*primals), vjp_fn)`; `vjp_fn(ct)` gives a tuple of cotangents, one per primal.

    With `has_aux`: `(value, vjp_fn, aux)`. Of a `Graph`: the graph `(*primals, ct) -> (value,
    cotangents)`.

    >>> import numpy as np
    >>> y, back = vjp(np.sin, np.array([0.0, 1.0]))
    >>> back(np.ones(2))[0].round(3)
    array([1.  , 0.54])
    """
    if isinstance(f, Graph) and not primals:
        return lifted_vjp(f)
    from gradloom.frontend.linear import split_call

    return split_call(f, primals, has_aux).vjp()


def lifted_vjp(graph: Graph) -> Graph:
    """The graph `(*primals, ct) -> (value, cotangents)`."""
    from gradloom.frontend.linear import vjp_graph

    return vjp_graph(graph)


def linearize(f: Any, *primals: Any, has_aux: bool = False) -> Any:
    """`(f(*primals), jvp_fn)`; `jvp_fn(*tangents)` gives the tangent of the result, without running
    `f` again.

    >>> import numpy as np
    >>> y, forward = linearize(np.sin, np.array([0.0, 1.0]))
    >>> forward(np.ones(2)).round(3)
    array([1.  , 0.54])
    """
    from gradloom.frontend.linear import split_call

    return split_call(f, primals, has_aux).linearize()


# ---- forward mode --------------------------------------------------------------------------------


def jvp(f: Any, primals: Sequence[Any] | None = None, tangents: Sequence[Any] | None = None) -> Any:
    """`(f(*primals), tangent of the result)`. Of a `Graph` alone: the graph `(primals, tangents) ->
    (value, tangent)`.

    >>> import numpy as np
    >>> jvp(np.sin, (np.array(0.0),), (np.array(2.0),))
    (np.float64(0.0), np.float64(2.0))
    """
    if isinstance(f, Graph) and primals is None:
        return lifted.jvp(f)
    from gradloom.frontend.linear import push_call

    if primals is None or tangents is None:
        raise ShapeError("jvp(f, primals, tangents) wants two tuples", hint="jvp(f, (x,), (dx,))")
    return push_call(f, tuple(primals), tuple(tangents))


def _jacobian(
    f: Any, argnums: int | Sequence[int], forward: bool, holomorphic: bool, has_aux: bool, name: str
) -> Any:
    def transform(graph: Graph) -> Graph:
        return jacobians.jacobian(graph, argnums, forward, holomorphic, name, has_aux)

    return _of_graph_or_function(f, transform, name, _active(argnums))


def jacfwd(
    f: Any, argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> Any:
    """The Jacobian by forward mode, shape `(*result, *argument)`; best for few inputs and many
    outputs.

    >>> import numpy as np
    >>> jacfwd(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return _jacobian(f, argnums, True, holomorphic, has_aux, "jacfwd")


def jacrev(
    f: Any, argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> Any:
    """The Jacobian by reverse mode, shape `(*result, *argument)`; best for many inputs and few
    outputs.

    >>> import numpy as np
    >>> jacrev(lambda x: np.cumsum(x))(np.array([1.0, 2.0]))
    array([[1., 0.],
           [1., 1.]])
    """
    return _jacobian(f, argnums, False, holomorphic, has_aux, "jacrev")


def jacobian(
    f: Any, argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> Any:
    """The Jacobian, shape `(*result, *argument)` (reverse mode).

    >>> import numpy as np
    >>> jacobian(lambda x: np.array([[1.0, 2.0], [3.0, 4.0]]) @ x)(np.ones(2))
    array([[1., 2.],
           [3., 4.]])
    """
    return _jacobian(f, argnums, False, holomorphic, has_aux, "jacobian")


def hessian(f: Any, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Any:
    """The matrix of second derivatives, shape `(*result, *argument, *argument)`: forward over
    reverse.

    >>> import numpy as np
    >>> hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return jacfwd(jacrev(f, argnums, has_aux), argnums, has_aux)


def hvp(f: Any, primals: Any = None, tangents: Any = None) -> Any:
    """The Hessian of a scalar function times a vector, without the Hessian.

    `hvp(f, x, v)`, with tuples for several arguments; `hvp(f)` is the function of `(x, v)`; of a
    `Graph`, a `Graph`.

    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])
    """
    if isinstance(f, Graph) and primals is None:
        from gradloom.frontend.linear import hvp_graph

        return hvp_graph(f)
    if primals is None:
        return lambda x, v: hvp(f, x, v)
    several = isinstance(primals, tuple)
    xs, vs = (primals, tangents) if several else ((primals,), (tangents,))
    g = grad(f, tuple(range(len(xs))) if several else 0)
    return jvp(g, xs, vs)[1]


# ---- vmap ----------------------------------------------------------------------------------------


def vmap(f: Any, in_axes: Any = 0, out_axes: Any = 0) -> Any:
    """`f` mapped over an axis of its arguments: one program for the whole batch, equal to a loop.

    `in_axes`, `out_axes`: an axis number, None (the same for all), or pytrees of them that fit the
    arguments. `.explain(*args)` of the result says which ops became something else than the same op
    with one more axis, and which fell back to a loop; without arguments, of the last call.

    >>> import numpy as np
    >>> dots = vmap(np.dot)
    >>> dots(np.ones((5, 3)), np.ones((5, 3)))
    array([3., 3., 3., 3., 3.])
    >>> print(dots.explain().splitlines()[0])
    vmap of dot: 1 of 1 ops depend on the mapped axis; 0 fell back to a loop over it
    """
    from gradloom.frontend.mapped import abstract, explained_call, mapped, mapped_graph

    if isinstance(f, Graph):
        return mapped_graph(require_numbers(f, "vmap"), in_axes, out_axes)
    if not callable(f):
        raise DtypeError(f"vmap wants a function or a Graph, and got {type(f).__name__}")

    last: list[Any] = []

    @functools.wraps(f, updated=())
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        result = mapped(f, in_axes, out_axes, args, kwargs)
        last[:] = abstract(args, kwargs)
        return result

    def explain(*args: Any, **kwargs: Any) -> str:
        """What became of every op, for these arguments or those of the last call."""
        if not args and not kwargs:
            if not last:
                raise ShapeError(
                    "vmap: nothing to explain before a call",
                    hint="call the mapped function first, or give explain() its arguments",
                )
            args, kwargs = last
        return explained_call(f, in_axes, out_axes, args, kwargs)

    wrapper.explain = explain  # type: ignore[attr-defined]
    wrapper.__name__ = f"vmap_{getattr(f, '__name__', 'fn')}"
    return wrapper


# ---- pieces --------------------------------------------------------------------------------------


def stop_gradient(x: Any) -> Any:
    """`x` (a pytree) as a constant for derivatives.

    >>> import numpy as np
    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    from gradloom.ir import ops as o

    trace = current_trace()
    if trace is None:
        return x
    leaves, tree = flatten(x)
    stopped = [
        Tracer(trace, o.stop_gradient(v.here(trace)), v.kind) if type(v) is Tracer else v
        for v in leaves
    ]
    return unflatten(tree, stopped)


def checkpoint(f: Function, policy: Any = None) -> Function:
    """`f`, whose intermediate values reverse mode computes again instead of keeping.

    >>> import numpy as np
    >>> grad(checkpoint(lambda x: np.sum(np.sin(np.exp(x)))))(np.zeros(1)).round(3)
    array([0.54])
    """
    from gradloom.frontend.pieces import checkpointed

    return checkpointed(f, policy)
