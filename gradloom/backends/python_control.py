"""Choice, loops and calls as Python's own, for the backends that run line by line (numpy and
torch).
"""

from __future__ import annotations

from collections.abc import Callable

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal
from gradloom.ir.op import Op


def cond(site: Site) -> str:
    """`true(x) if p else false(x)`."""
    taken, other = site.region(0, "true"), site.region(1, "false")
    arguments = ", ".join(site.args[1:])
    return f"{taken}({arguments}) if {site.args[0]} else {other}({arguments})"


def while_loop(site: Site) -> str:
    """A `while` statement over a tuple of carried values."""
    predicate, body = site.region(0, "predicate"), site.region(1, "body")
    state, consts = site.fresh("state"), site.attrs.consts
    arguments = ", ".join([*site.args[:consts], f"*{state}"])
    site.line(f"{state} = {joined(site.args[consts:])}")
    site.line(f"while {predicate}({arguments})[0]:")
    site.line(f"    {state} = {body}({arguments})")
    return state


def scan(stack: str) -> Callable[[Site], str]:
    """A `for` statement that collects the rows of each stacked result; `stack` joins a tuple of
    arrays.
    """

    def row(site: Site) -> str:
        consts, carried = site.attrs.consts, site.attrs.carry
        body, state, rows, out, i = (
            site.region(0, "body"),
            *map(site.fresh, ("state", "rows", "out", "i")),
        )
        carry = site.args[consts : consts + carried]
        xs = [f"{x}[{i}]" for x in site.args[consts + carried :]]
        length = site.dim(site.attrs.length)
        steps = f"range({f'int({site.args[0]})' if site.attrs.counted else length})"
        site.line(f"{state}, {rows} = {joined(carry) if carry else '()'}, []")
        site.line(f"for {i} in {f'reversed({steps})' if site.attrs.reverse else steps}:")
        site.line(f"    {out} = {body}({', '.join([*site.args[:consts], f'*{state}', *xs])})")
        site.line(f"    {state} = {out}[:{carried}]")
        site.line(f"    {rows}.append({out}[{carried}:])")
        if site.attrs.reverse:
            site.line(f"{rows}.reverse()")
        return f"(*{state}, {_stacked(site, rows, stack)})"

    return row


def _stacked(site: Site, rows: str, stack: str) -> str:
    """The rows of each result as one array; without a single row, an empty one of its type."""
    ys = site.node.results[site.attrs.carry :]
    if site.attrs.length == 0:
        return ", ".join(site.full(Literal(y.type.dtype.type(0), y.type)) for y in ys)
    if not site.attrs.counted:
        return f"*({stack}(y) for y in zip(*{rows}))"
    rests = [Literal(y.type.dtype.type(0), y.type.with_shape(y.type.shape[1:])) for y in ys]
    missing = f"({site.dim(site.attrs.length)} - len({rows}))"
    return ", ".join(
        f"{stack}([row[{i}] for row in {rows}] + [{site.full(rest)}] * {missing})"
        for i, rest in enumerate(rests)
    )


def rows(stack: str) -> dict[Op, Row]:
    """The rows of the control flow ops."""
    return {o.cond: cond, o.while_: while_loop, o.scan: scan(stack)}
