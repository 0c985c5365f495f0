"""Choice and loops on JAX: `lax.cond`, `lax.while_loop`, `lax.scan` around local functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.ir import ops as o
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import jax.numpy as jnp
    from jax import lax


def _cond(site: Site) -> str:
    taken, other = site.region(0, "true"), site.region(1, "false")
    return f"lax.cond({', '.join([site.args[0], taken, other, *site.args[1:]])})"


def _while(site: Site) -> str:
    predicate, body = site.region(0, "predicate"), site.region(1, "body")
    count = site.attrs.consts
    state = site.fresh("state")
    arguments = ", ".join([*site.args[:count], f"*{state}"])
    test, step = f"{predicate}({arguments})[0]", f"{body}({arguments})"
    start = joined(site.args[count:])
    return f"lax.while_loop(lambda {state}: {test}, lambda {state}: {step}, {start})"


def counted_scan(
    body: Callable[..., Any], consts: tuple[Any, ...], carry: tuple[Any, ...], xs: tuple[Any, ...],
    length: int, reverse: bool, rows: tuple[tuple[Any, Any], ...],
) -> tuple[Any, ...]:  # fmt: skip
    """The carried values after the first `consts[0]` of `length` steps, and the rows of each
    stacked result, given as (dtype, shape of a row), 0 where no step was made.
    """
    count, n = consts[0], len(carry)

    def step(state: tuple[Any, ...]) -> tuple[Any, ...]:
        turn, carry, stacks = state
        at = count - 1 - turn if reverse else turn
        given = (lax.dynamic_index_in_dim(x, at, keepdims=False) for x in xs)
        out = body(*consts, *carry, *given)
        pairs = zip(stacks, out[n:], strict=True)
        written = tuple(lax.dynamic_update_index_in_dim(s, y, at, 0) for s, y in pairs)
        return turn + 1, tuple(out[:n]), written

    empty = tuple(jnp.zeros((length, *shape), dtype) for dtype, shape in rows)
    start = (jnp.zeros_like(count), carry, empty)
    _, carry, stacks = lax.while_loop(lambda state: state[0] < count, step, start)
    return (*carry, *stacks)


def _scan(site: Site) -> str:
    a, body = site.attrs, site.region(0, "body")
    consts, carry = site.args[: a.consts], site.args[a.consts : a.consts + a.carry]
    xs = site.args[a.consts + a.carry :]
    if a.counted:
        ys = [y.type for y in site.node.results[a.carry :]]
        rows = [f"({site.dtype_text(y.dtype)}, {site.write(y.shape[1:])})" for y in ys]
        parts = [*map(_tuple, (consts, carry, xs)), site.dim(a.length), str(bool(a.reverse))]
        return site.call(counted_scan, body, *parts, _tuple(rows))
    step = site.fresh("step")
    state, stacked, out, x = map(site.fresh, ("state", "rows", "out", "x"))
    site.line(f"def {step}({state}, {x}):")
    site.line(f"    {out} = {body}({', '.join([*consts, f'*{state}', f'*{x}'])})")
    site.line(f"    return {out}[:{a.carry}], {out}[{a.carry}:]")
    back = ", reverse=True" if a.reverse else ""
    scanned = f"lax.scan({step}, {_tuple(carry)}, {_tuple(xs)}, length={site.dim(a.length)}{back})"
    site.line(f"{state}, {stacked} = {scanned}")
    return f"(*{state}, *{stacked})"


def _tuple(texts: list[str]) -> str:
    return joined(texts) if texts else "()"


ROWS: Final[dict[Op, Row]] = {o.cond: _cond, o.while_: _while, o.scan: _scan}
