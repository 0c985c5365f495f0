"""custom_jvp and custom_vjp: functions with derivative rules of the user's own."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, final

from gradloom.frontend.fixed import Fixed, with_first, written_at
from gradloom.frontend.pieces import operands_of, region
from gradloom.frontend.record import Recorded, name_of, record
from gradloom.frontend.signature import Leaf, flatten, rebuild, specified, unflatten
from gradloom.frontend.trace import current_trace
from gradloom.frontend.wrapping import as_result
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import NotDifferentiable, ShapeError, TraceError
from gradloom.ir.graph import Graph
from gradloom.ir.location import user_location
from gradloom.ir.ops.custom import Custom

_SELF_CALLS: Final = 3
"""How often a rule that calls its own function is traced inside itself: so many more derivatives
can be taken.
"""


class _Depth(threading.local):
    def __init__(self) -> None:
        self.of: dict[int, int] = {}


_depth = _Depth()


def _rules(owner: object, make: Callable[[], tuple[Graph, ...]]) -> tuple[Graph, ...]:
    """The rules' regions; none where the function is called inside its own rule too often."""
    depth = _depth.of.get(id(owner), 0)
    if depth >= _SELF_CALLS:
        return ()
    _depth.of[id(owner)] = depth + 1
    try:
        return make()
    finally:
        _depth.of[id(owner)] = depth


def _no_captures(recorded: Recorded, what: str) -> None:
    if recorded.extras:
        raise TraceError(
            f"{what} uses a traced value from outside its arguments", location=user_location(),
            hint="pass it as an argument, so that the rule can say what its derivative is",
        )  # fmt: skip


def _inexact_specs(leaves: Sequence[Leaf]) -> list[Any]:
    """A spec per leaf: of its tangent, or None where it has none."""
    return [
        specified(leaf) if leaf.type is not None and leaf.type.inexact else None for leaf in leaves
    ]


def _only_inexact(
    graph: Graph, leaves: Sequence[Leaf], wanted: Sequence[Leaf], what: str, rule: Any
) -> Graph:
    """A rule's graph giving one result per inexact leaf of `wanted`; zeros stand for None."""
    from gradloom.ir.graph import literal

    results = iter(graph.results)
    out = []
    for given, leaf in zip(leaves, wanted, strict=True):
        value = next(results) if given.type is not None else None
        if leaf.type is None or not leaf.type.inexact:
            continue
        if value is not None and value.type != leaf.type:
            raise ShapeError(
                f"{what} gives {value.type} where {leaf.type} is due",
                location=written_at(rule),
                hint="a tangent or cotangent has the shape and dtype of its value",
            )
        out.append(literal(0, leaf.type) if value is None else value)
    return Graph(graph.parameters, graph.nodes, tuple(out), graph.name)


def _filled(given: Sequence[Leaf], tree: Any, whole: Any, what: str, rule: Any) -> list[Leaf]:
    """The leaves of a rule's result, one for each of a value's: None stands for all that it is in
    the place of.
    """
    if tree.num_leaves == 0:
        return [Leaf(None)] * whole.num_leaves
    parts, wholes = tree.children(), whole.children()
    if tree == whole or not parts:
        if tree.num_leaves == whole.num_leaves:
            return list(given)
    elif tree.type is whole.type and tree.entries() == whole.entries():
        out: list[Leaf] = []
        rest = iter(given)
        for part, other in zip(parts, wholes, strict=True):
            some = [next(rest) for _ in range(part.num_leaves)]
            out += _filled(some, part, other, what, rule)
        return out
    raise ShapeError(f"{what} is structured as {tree}, and is due as {whole}",
                     location=written_at(rule), hint="None stands for what has none")  # fmt: skip


@final
class custom_jvp:
    """A function whose forward derivative is given by `defjvp`; reverse mode transposes it.

    >>> import numpy as np, gradloom as gl
    >>> @gl.custom_jvp
    ... def f(x):
    ...     return np.sin(x)
    >>> @f.defjvp
    ... def f_jvp(primals, tangents):
    ...     return f(*primals), 10.0 * tangents[0]
    >>> gl.grad(f)(0.3)
    10.0

    Arguments in `nondiff_argnums` (functions, texts, sizes) come first in the rule, as they are:
    `rule(*nondiff, primals, tangents)`. Arguments by name are put in their places.
    """

    def __init__(self, f: Callable[..., Any], nondiff_argnums: int | Sequence[int] = ()) -> None:
        functools.update_wrapper(self, f, updated=())
        self._f = f
        self._fixed = Fixed(f, nondiff_argnums)
        self._rule: Callable[..., Any] | None = None

    def defjvp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Set the rule: `rule(primals, tangents) -> (value, tangent of the value)`."""
        self._rule = rule
        return rule

    def defjvps(self, *rules: Callable[..., Any] | None) -> None:
        """Set the rule argument by argument: `rule(tangent, value, *primals)` is what one adds to
        the tangent of the value; None: nothing.
        """

        def rule(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
            value = self(*primals)
            pairs = zip(rules, tangents, strict=True)
            parts = [f(t, value, *primals) for f, t in pairs if f is not None]
            return value, sum(parts[1:], parts[0]) if parts else 0 * value

        self._rule = rule

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's value; in a trace a node that holds the rule."""
        trace = current_trace()
        if trace is None:
            return self._f(*args, **kwargs)
        fixed, args = self._fixed.split(args, kwargs)
        if self._rule is None:
            raise NotDifferentiable(
                f"{name_of(self._f)} has no rule yet", hint="give it one with @f.defjvp"
            )
        recorded = record(self._fixed.of(fixed), args, {}, values=False, hides=False)
        _no_captures(recorded, name_of(self._f))
        with build.located(user_location()):
            rules = _rules(self, lambda: (self._traced_rule(fixed, args, recorded),))
            outs = build.emit(
                o.custom_jvp,
                tuple(operands_of(recorded, args, {}, trace)),
                Custom(name_of(self._f)),
                (region(recorded), *rules),
            )
        return rebuild(recorded.signature, outs, as_result)

    def _traced_rule(
        self, fixed: tuple[Any, ...], args: tuple[Any, ...], recorded: Recorded
    ) -> Graph:
        inputs, outputs = recorded.signature.inputs, recorded.signature.outputs
        _, tree = flatten(args)
        tangents = unflatten(tree, _inexact_specs(inputs))
        own = with_first(self._rule, fixed)
        rule = record(own, (args, tangents), {}, values=False, hides=False)
        _no_captures(rule, f"the rule of {name_of(self._f)}")
        children = rule.signature.out_tree.children()
        if rule.signature.out_tree.type is not tuple or len(children) != 2:
            raise ShapeError("a jvp rule returns (value, tangent)", location=written_at(self._rule))
        count = children[0].num_leaves
        arrays = sum(leaf.type is not None for leaf in rule.signature.outputs[:count])
        g = rule.graph
        only = Graph(g.parameters, g.nodes, g.results[arrays:], g.name)
        given = _filled(
            rule.signature.outputs[count:], children[1], recorded.signature.out_tree,
            "the tangent", self._rule,
        )  # fmt: skip
        return _only_inexact(only, given, outputs, "the jvp rule", self._rule)


@final
class custom_vjp:
    """A function whose reverse derivative is given by `defvjp(fwd, bwd)`.

    `fwd(*args) -> (value, residuals)`; `bwd(residuals, ct) -> one cotangent per argument` (None for
    none).

    >>> import numpy as np, gradloom as gl
    >>> @gl.custom_vjp
    ... def clipped(x):
    ...     return x
    >>> clipped.defvjp(lambda x: (x, None), lambda _, ct: (np.clip(ct, -1, 1),))
    >>> gl.grad(lambda x: 5 * clipped(x))(2.0)
    1.0

    Arguments in `nondiff_argnums` come first in the reverse rule, as they are: `bwd(*nondiff,
    residuals, ct)`; `fwd` takes all arguments in their places.
    """

    def __init__(self, f: Callable[..., Any], nondiff_argnums: int | Sequence[int] = ()) -> None:
        functools.update_wrapper(self, f, updated=())
        self._f = f
        self._fixed = Fixed(f, nondiff_argnums)
        self._fwd: Callable[..., Any] | None = None
        self._bwd: Callable[..., Any] | None = None

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Set the rules."""
        self._fwd, self._bwd = fwd, bwd

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's value; in a trace a node that holds the rule."""
        trace = current_trace()
        if trace is None:
            return self._f(*args, **kwargs)
        fixed, args = self._fixed.split(args, kwargs)
        if self._fwd is None or self._bwd is None:
            raise NotDifferentiable(
                f"{name_of(self._f)} has no rule yet", hint="give it one with f.defvjp(fwd, bwd)"
            )
        recorded = record(self._fixed.of(fixed), args, {}, values=False, hides=False)
        _no_captures(recorded, name_of(self._f))
        with build.located(user_location()):
            rules = _rules(self, lambda: self._traced_rules(fixed, args, recorded))
            outs = build.emit(
                o.custom_vjp,
                tuple(operands_of(recorded, args, {}, trace)),
                Custom(name_of(self._f)),
                (region(recorded), *rules),
            )
        return rebuild(recorded.signature, outs, as_result)

    def _traced_rules(
        self, fixed: tuple[Any, ...], args: tuple[Any, ...], recorded: Recorded
    ) -> tuple[Graph, Graph]:
        fwd: Any = self._fixed.of(fixed, self._fwd)
        forward = record(fwd, args, {}, values=False, hides=False)
        _no_captures(forward, "fwd")
        children = forward.signature.out_tree.children()
        if (
            forward.signature.out_tree.type is not tuple
            or len(children) != 2
            or children[0] != recorded.signature.out_tree
        ):
            raise ShapeError(
                "fwd returns (value, residuals), the value as the function returns it",
                location=written_at(self._fwd),
            )
        count = children[0].num_leaves
        residuals = unflatten(
            children[1], [specified(leaf) for leaf in forward.signature.outputs[count:]]
        )
        ct = unflatten(recorded.signature.out_tree, _inexact_specs(recorded.signature.outputs))
        bwd = with_first(self._bwd, fixed)
        backward = record(bwd, (residuals, ct), {}, values=False, hides=False)
        _no_captures(backward, "bwd")
        return region(forward), self._cotangents(backward, args, recorded)

    def _cotangents(self, backward: Recorded, args: tuple[Any, ...], recorded: Recorded) -> Graph:
        """bwd's graph, one result per inexact argument leaf; a None stands for a whole argument."""
        outs = backward.signature.out_tree
        if outs.type is not tuple or len(outs.children()) != len(args):
            raise ShapeError(
                f"bwd returns {len(args)} cotangents in a tuple, one per argument",
                location=written_at(self._bwd),
            )
        leaves: list[Leaf] = []
        given = iter(backward.signature.outputs)
        for arg, child in zip(args, outs.children(), strict=True):
            some = [next(given) for _ in range(child.num_leaves)]
            leaves += _filled(some, child, flatten(arg)[1], "bwd's cotangent", self._bwd)
        inputs = recorded.signature.inputs
        return _only_inexact(backward.graph, leaves, inputs, "bwd", self._bwd)
