"""Choice and loops on JAX: `lax.cond`, `lax.while_loop`, `lax.scan` around local functions."""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.ir import ops as o
from gradloom.ir.op import Op


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


def _scan(site: Site) -> str:
    a, body, step = site.attrs, site.region(0, "body"), site.fresh("step")
    consts, carry = site.args[: a.consts], site.args[a.consts : a.consts + a.carry]
    xs = site.args[a.consts + a.carry :]
    state, rows, out, x = map(site.fresh, ("state", "rows", "out", "x"))
    site.line(f"def {step}({state}, {x}):")
    site.line(f"    {out} = {body}({', '.join([*consts, f'*{state}', f'*{x}'])})")
    site.line(f"    return {out}[:{a.carry}], {out}[{a.carry}:]")
    back = ", reverse=True" if a.reverse else ""
    scanned = f"lax.scan({step}, {_tuple(carry)}, {_tuple(xs)}, length={site.dim(a.length)}{back})"
    site.line(f"{state}, {rows} = {scanned}")
    return f"(*{state}, *{rows})"


def _tuple(texts: list[str]) -> str:
    return joined(texts) if texts else "()"


ROWS: Final[dict[Op, Row]] = {o.cond: _cond, o.while_: _while, o.scan: _scan}
