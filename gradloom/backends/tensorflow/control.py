"""Choice and loops on TensorFlow: `tf.cond` and `tf.while_loop` around local functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import tensorflow as tf


def _cond(site: Site) -> str:
    taken, other = site.region(0, "true"), site.region(1, "false")
    arguments = ", ".join(site.args[1:])
    return f"tf.cond({site.args[0]}, lambda: {taken}({arguments}), lambda: {other}({arguments}))"


def _while(site: Site) -> str:
    predicate, body, state = (
        site.region(0, "predicate"),
        site.region(1, "body"),
        site.fresh("state"),
    )
    count = site.attrs.consts
    arguments = ", ".join([*site.args[:count], f"*{state}"])
    test, step = (
        f"lambda *{state}: {predicate}({arguments})[0]",
        f"lambda *{state}: {body}({arguments})",
    )
    return f"tf.while_loop({test}, {step}, {joined(site.args[count:])})"


def scan(
    body: Callable[..., Any], consts: tuple[Any, ...], carry: tuple[Any, ...], xs: tuple[Any, ...],
    length: int, reverse: bool, counted: bool, rows: tuple[tuple[Any, Any], ...],
) -> tuple[Any, ...]:  # fmt: skip
    """The last carried values, and the rows of each stacked result, given as (dtype, shape of a
    row); if `counted`, of the first `consts[0]` steps, and rows of 0.
    """
    count = tf.cast(consts[0], tf.int32) if counted else length
    stacks = tuple(tf.TensorArray(d, length, element_shape=shape) for d, shape in rows)

    def step(turn: Any, carry: tuple[Any, ...], stacks: tuple[Any, ...]) -> tuple[Any, ...]:
        i = count - 1 - turn if reverse else turn
        out = body(*consts, *carry, *(x[i] for x in xs))
        written = tuple(s.write(i, y) for s, y in zip(stacks, out[len(carry) :], strict=False))
        return turn + 1, tuple(out[: len(carry)]), written

    _, carry, stacks = tf.while_loop(
        lambda turn, *_: turn < count, step, (tf.constant(0), carry, stacks)
    )
    return (*carry, *(s.stack() for s in stacks))


def _scan(site: Site) -> str:
    a, body = site.attrs, site.region(0, "body")
    groups = (
        site.args[: a.consts],
        site.args[a.consts : a.consts + a.carry],
        site.args[a.consts + a.carry :],
    )
    ys = site.node.results[a.carry :]
    if a.length == 0:
        empty = [site.full(Literal(y.type.dtype.type(0), y.type)) for y in ys]
        return joined([*groups[1], *empty])
    rows = [f"({site.dtype_text(y.type.dtype)}, {site.write(y.type.shape[1:])})" for y in ys]
    flags = bool(a.reverse), bool(a.counted)
    parts = [joined(g) if g else "()" for g in (*groups, rows)]
    return site.call(scan, body, *parts[:3], site.dim(a.length), *map(str, flags), parts[3])


ROWS: Final[dict[Op, Row]] = {o.cond: _cond, o.while_: _while, o.scan: _scan}
