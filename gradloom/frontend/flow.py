"""Control flow by hand: cond, while_loop, fori_loop and scan, as JAX spells them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.frontend.numpy.lift import lift, operand_of
from gradloom.frontend.record import Recorded, as_called, record
from gradloom.frontend.run import execute, finish
from gradloom.frontend.signature import Leaf, flatten, rebuild, unflatten
from gradloom.frontend.trace import Trace, current_trace
from gradloom.frontend.tracer import Tracer
from gradloom.frontend.wrapping import as_result
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ShapeError, TraceError
from gradloom.ir.graph import Graph, Operand, Value
from gradloom.ir.location import user_location
from gradloom.ir.ops.loops import While
from gradloom.ir.ops.scan import Scan
from gradloom.ir.types import TensorType

Function = Callable[..., Any]


def _eagerly(f: Function, *args: Any) -> Any:
    """Outside a trace: trace `f` on these arguments and run it."""
    recorded = record(f, args, {}, numbers=True)
    leaves, _ = flatten((args, {}))
    arrays = [
        np.asarray(x)
        for x, leaf in zip(leaves, recorded.signature.inputs, strict=True)
        if leaf.type is not None
    ]
    return finish(recorded.graph, execute(recorded.graph, [*arrays, *recorded.extras]))


def _operands(recorded: Recorded, args: tuple[Any, ...], trace: Trace) -> list[Operand]:
    leaves, _ = flatten((args, {}))
    pairs = zip(leaves, recorded.signature.inputs, strict=True)
    return [operand_of(x, trace) for x, leaf in pairs if leaf.type is not None]


def _extras(recorded: Recorded, trace: Trace) -> list[Operand]:
    return [operand_of(x, trace) for x in recorded.extras]


def _region(recorded: Recorded, order: Sequence[Value]) -> Graph:
    g = recorded.graph
    return Graph(tuple(order), g.nodes, g.results, g.name)


def _fresh(xs: Sequence[Operand]) -> list[Value]:
    return [Value(x.type) for x in xs]


# ---- cond ----------------------------------------------------------------------------------------


def cond(pred: Any, true_fun: Function, false_fun: Function, *operands: Any) -> Any:
    """`true_fun(*operands)` if `pred` else `false_fun(*operands)`; only the branch taken runs.

    Both branches give the same structure, shapes and dtypes (`ShapeError`). `pred` is a scalar bool
    or number.

    >>> import numpy as np
    >>> cond(np.array(True), lambda x: x + 1, lambda x: x - 1, np.array(1.0))
    np.float64(2.0)
    """
    trace = current_trace()
    if trace is None:
        return _eagerly(lambda p, *xs: cond(p, true_fun, false_fun, *xs), pred, *operands)
    taken, other = (record(f, operands, {}, numbers=True) for f in (true_fun, false_fun))
    taken, other = _same_results(taken, other)
    with build.located(user_location()):
        given = _operands(taken, operands, trace)
        mine, theirs = _extras(taken, trace), _extras(other, trace)
        count = len(given)
        first = taken.graph.parameters
        second = other.graph.parameters
        regions = (
            _region(taken, [*first, *_fresh(theirs)]),
            _region(other, [*second[:count], *_fresh(mine), *second[count:]]),
        )
        outs = build.emit(o.cond, (_predicate(pred, trace), *given, *mine, *theirs), None, regions)
    return rebuild(taken.signature, outs, as_result)


def _predicate(pred: Any, trace: Trace) -> Operand:
    from gradloom.frontend.numpy.direct import truth_of

    x = lift(pred)
    if x.shape != ():
        raise ShapeError(
            f"the predicate of gl.cond has shape {x.shape}",
            location=user_location(),
            hint="reduce it with np.all or np.any",
        )
    return truth_of(x)


def _same_results(a: Recorded, b: Recorded) -> tuple[Recorded, Recorded]:
    """Both branches with equal result types; Python numbers take the other branch's dtype."""
    if a.signature.out_tree != b.signature.out_tree:
        raise ShapeError(
            f"the branches of gl.cond return {a.signature.out_tree} and {b.signature.out_tree}",
            location=user_location(),
            hint="return the same structure from both",
        )
    pairs = list(zip(a.signature.outputs, b.signature.outputs, strict=True))
    types = [_common(x, y) for x, y in pairs]
    return _with_results(a, types), _with_results(b, types)


def _common(x: Leaf, y: Leaf) -> TensorType | None:
    if x.type is None or y.type is None:
        if x.type is not y.type or x.static != y.static:
            raise TraceError(
                f"the branches return {x.static!r} and {y.static!r}",
                location=user_location(),
                hint="return arrays",
            )
        return None
    if x.type == y.type:
        return x.type
    if x.kind == "weak" and x.type.shape == y.type.shape:
        return y.type
    if y.kind == "weak" and x.type.shape == y.type.shape:
        return x.type
    raise ShapeError(
        f"the branches return {x.type} and {y.type}",
        location=user_location(),
        hint="make both return one type",
    )


def _with_results(recorded: Recorded, types: Sequence[TensorType | None]) -> Recorded:
    g = recorded.graph
    wanted = [t for t in types if t is not None]
    if [r.type for r in g.results] == wanted:
        return recorded
    builder = build.Builder()
    with build.scope(builder):
        results = [
            r if r.type == t else o.astype(r, dtype=t.dtype)
            for r, t in zip(g.results, wanted, strict=True)
        ]
    made = Graph(
        g.parameters, (*g.nodes, *builder.nodes), tuple(results), g.name, g.notes, g.signature
    )
    return Recorded(made, recorded.extras, recorded.looked)


# ---- loops ---------------------------------------------------------------------------------------


def while_loop(cond_fun: Function, body_fun: Function, init_val: Any) -> Any:
    """Repeat `val = body_fun(val)` while `cond_fun(val)`; the value keeps its structure, shapes and
    dtypes. Reverse mode makes the turns again, from values saved on the way.

    >>> import numpy as np
    >>> while_loop(lambda x: x < 100.0, lambda x: x * 2, np.array(3.0))
    np.float64(192.0)
    """
    trace = current_trace()
    if trace is None:
        return _eagerly(lambda x: while_loop(cond_fun, body_fun, x), init_val)
    body, init = _stable(body_fun, (init_val,), init_val, lambda r: r.signature.outputs)
    predicate = record(
        lambda val: _traced_bool(as_called(cond_fun)(val)),
        (init,),
        {},
        numbers=True,
        values=False,
        keys="refused",
    )
    test = predicate.signature.outputs
    if len(test) != 1 or test[0].type is None or test[0].type.shape != ():
        raise ShapeError(
            "cond_fun of gl.while_loop must return one scalar",
            location=user_location(),
            hint="reduce it with np.all or np.any",
        )
    predicate = _as_bool(predicate)
    with build.located(user_location()):
        carry = _operands(body, (init,), trace)
        mine, theirs = _extras(predicate, trace), _extras(body, trace)
        n = len(carry)
        p, b = predicate.graph.parameters, body.graph.parameters
        regions = (
            _region(predicate, [*p[n:], *_fresh(theirs), *p[:n]]),
            _region(body, [*_fresh(mine), *b[n:], *b[:n]]),
        )
        outs = build.emit(
            o.while_, (*mine, *theirs, *carry), While(len(mine) + len(theirs)), regions
        )
    return rebuild(body.signature, outs, as_result)


def _traced_bool(x: Any) -> Any:
    return lift(x) if isinstance(x, bool | np.bool_) else x


def _as_bool(recorded: Recorded) -> Recorded:
    type = recorded.graph.results[0].type
    return (
        recorded
        if type.dtype.kind == "b"
        else _with_results(recorded, [type.with_dtype(np.dtype(bool))])
    )


def _stable(
    f: Function, args: tuple[Any, ...], carried: Any, outputs: Callable[[Recorded], Sequence[Leaf]]
) -> tuple[Recorded, Any]:
    """`f` traced so that the carry (its first argument) keeps its types; a Python number takes
    the dtype it is given.
    """
    leaves, tree = flatten(carried)
    for _ in range(3):
        given = (unflatten(tree, leaves), *args[1:])
        recorded = record(f, given, {}, numbers=True, values=False, keys="refused")
        outs = outputs(recorded)
        if len(outs) != len(leaves):
            raise ShapeError(
                "a loop's value changes its structure",
                location=user_location(),
                hint="return what the body was given",
            )
        ins = recorded.signature.inputs[: len(leaves)]
        if all(i.type == out.type for i, out in zip(ins, outs, strict=True)):
            return recorded, unflatten(tree, leaves)
        leaves = [_adapted(x, i, out) for x, i, out in zip(leaves, ins, outs, strict=True)]
    raise ShapeError(
        "a loop's value changes its type in every turn",
        location=user_location(),
        hint="keep shapes and dtypes the same",
    )


def _adapted(x: Any, given: Leaf, out: Leaf) -> Any:
    if given.type == out.type or given.type is None or out.type is None:
        return x
    if given.kind == "weak" and out.type.shape == ():
        return lift(x).astype(out.type.dtype)
    raise ShapeError(
        f"a loop's value is {given.type} and becomes {out.type}", location=user_location(),
        hint="start with the shape and dtype that the body returns",
    )  # fmt: skip


def scan(
    f: Function, init: Any, xs: Any = None, length: int | None = None, reverse: bool = False
) -> Any:
    """`(carry, ys)` of `carry, y = f(carry, x)` stepped along the leading axes of `xs`.

    >>> import numpy as np
    >>> scan(lambda total, x: (total + x, total), np.array(0.0), np.arange(3.0))
    (np.float64(3.0), array([0., 0., 1.]))
    """
    trace = current_trace()
    if trace is None:
        return _eagerly(lambda c, x: scan(f, c, x, length, reverse), init, xs)
    x_leaves, x_tree = flatten(xs)
    arrays = [lift(x) for x in x_leaves]
    steps = _steps(arrays, length)
    example = unflatten(x_tree, [x[0] if steps != 0 else x.sum(0) for x in arrays])
    count = len(flatten(init)[0])
    body, start = _stable(
        f, (init, example), init, lambda r: r.signature.outputs[: _carry_leaves(r)]
    )
    with build.located(user_location()):
        carry = _operands(body, (start, example), trace)[:count]
        extras = _extras(body, trace)
        p, m = body.graph.parameters, count + len(arrays)
        region = _region(body, [*p[m:], *p[:m]])
        operands = (*extras, *carry, *(x.here(trace) for x in arrays))
        outs = build.emit(o.scan, operands, Scan(len(extras), count, steps, reverse), (region,))
    return rebuild(_stacked(body, count), outs, as_result)


def _carry_leaves(recorded: Recorded) -> int:
    children = recorded.signature.out_tree.children()
    if recorded.signature.out_tree.type is not tuple or len(children) != 2:
        raise ShapeError("the function of gl.scan must return (carry, y)", location=user_location())
    return int(children[0].num_leaves)


def _steps(arrays: Sequence[Tracer], length: int | None) -> int | Dim:
    sizes = [x.shape[0] if x.shape else None for x in arrays] + (
        [length] if length is not None else []
    )
    if not sizes or None in sizes:
        raise ShapeError(
            "gl.scan wants xs with a leading axis, or length=", location=user_location()
        )
    for size in sizes:
        if size != sizes[0]:
            raise ShapeError(
                f"gl.scan: leading axes of {sizes[0]} and {size}",
                location=user_location(),
                hint="give all xs one length",
            )
    return sizes[0]  # type: ignore[return-value]


def _stacked(recorded: Recorded, carry: int) -> Any:
    from dataclasses import replace

    outputs = [
        leaf if i < carry or leaf.type is None else Leaf(leaf.type, "array")
        for i, leaf in enumerate(recorded.signature.outputs)
    ]
    return replace(recorded.signature, outputs=tuple(outputs))


def fori_loop(lower: Any, upper: Any, body_fun: Function, init_val: Any) -> Any:
    """Repeat `val = body_fun(i, val)` for i from `lower` to `upper`; static bounds make it a
    `scan`, whose derivative is cheaper.

    >>> import numpy as np
    >>> fori_loop(0, 5, lambda i, x: x + i, np.array(0.0))
    np.float64(10.0)
    """
    if isinstance(lower, int) and isinstance(upper, int):
        counts = np.arange(lower, upper)
        return scan(lambda val, i: (as_called(body_fun)(i, val), None), init_val, counts)[0]
    start = (lower, init_val)
    return while_loop(
        lambda s: s[0] < upper, lambda s: (s[0] + 1, as_called(body_fun)(s[0], s[1])), start
    )[1]
