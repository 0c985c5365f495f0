"""Choice, loops and calls as Python's own, for the backends that run line by line (numpy and
torch).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal
from gradloom.ir.op import Op
from gradloom.ir.types import TensorType


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


def scan(stack: str, each: str = "", empty: str = "") -> Callable[[Site], str]:
    """A `for` statement around the body. `stack` joins a list of arrays; `each` gives what to
    iterate over for an array's rows, where that is faster than an index; `empty` makes an array of
    a shape and dtype to write the stacked results into, where that is faster than a list.
    """

    def row(site: Site) -> str:
        attrs = site.attrs
        n, m = attrs.consts, attrs.consts + attrs.carry
        ys = site.node.results[attrs.carry :]
        state, rows = (
            [site.fresh("state") for _ in site.args[n:m]],
            [site.fresh("rows") for _ in ys],
        )
        xs = [site.fresh("x") for _ in site.args[m:]]
        consts = _named(site, site.args[:n])
        _assign(site, "", state, site.args[n:m])
        for name, y in zip(rows, ys, strict=True):
            site.line(f"{name} = {_begun(site, y.type, empty)}")
        i = site.fresh("i") if (rows and empty) or not (xs and each) else ""
        site.line(f"for {_turns(site, i, xs, each)}:")
        if not each:
            _assign(site, "    ", xs, [f"{x}[{i}]" for x in site.args[m:]])
        results = site.spliced(0, [*consts, *state, *xs])
        for name, value in zip(rows, results[attrs.carry :], strict=True):
            site.line(f"    {name}[{i}] = {value}" if empty else f"    {name}.append({value})")
        _assign(site, "    ", state, results[: attrs.carry])
        if not rows and list(state) == list(results[: attrs.carry]):
            site.line("    pass")
        if attrs.reverse and not empty:
            for name in rows:
                site.line(f"{name}.reverse()")
        return joined([*state, *(rows if empty else _stacked(site, rows, stack))])

    return row


def _begun(site: Site, type: TensorType, empty: str) -> str:
    """What the rows of a stacked result are written into, or appended to."""
    if not empty:
        return "[]"
    if site.attrs.counted:  # the rows of steps that are not made are 0
        return site.full(Literal(type.dtype.type(0), type))
    return empty.format(joined([site.dim(d) for d in type.shape]), site.dtype_text(type.dtype))


def _turns(site: Site, i: str, xs: Sequence[str], each: str) -> str:
    """What stands between `for` and the colon: the step's number, where it is wanted, and rows."""
    attrs = site.attrs
    count = f"int({site.args[0]})" if attrs.counted else site.dim(attrs.length)
    names, over = ([i], [f"range({count})"]) if i else ([], [])
    part = ""
    if attrs.reverse:
        over = [f"range({count} - 1, -1, -1)"] if i else []
        part = f"[:{count}][::-1]" if attrs.counted else "[::-1]"
    elif attrs.counted:
        part = f"[:{count}]"
    if each:
        names += xs
        stepped = site.args[attrs.consts + attrs.carry :]
        over += [each.format(x) + part for x in stepped]
    together = over[0] if len(over) == 1 else f"zip({', '.join(over)})"
    return f"{', '.join(names)} in {together}"


def _named(site: Site, values: Sequence[str]) -> list[str]:
    """The values as names, so that the loop does not make one at every step."""
    names = [v if v.isidentifier() else site.fresh("c") for v in values]
    changed = [(n, v) for n, v in zip(names, values, strict=True) if n != v]
    _assign(site, "", [n for n, _ in changed], [v for _, v in changed])
    return names


def _assign(site: Site, indent: str, names: Sequence[str], values: Sequence[str]) -> None:
    """All at once, for a value may be another name's old one; a name keeps what it is."""
    changed = [(n, v) for n, v in zip(names, values, strict=True) if n != v]
    if changed:
        left, right = ", ".join(n for n, _ in changed), ", ".join(v for _, v in changed)
        site.line(f"{indent}{left} = {right}")


def _stacked(site: Site, rows: Sequence[str], stack: str) -> list[str]:
    """The rows of each result as one array; without a single row, an empty one of its type; 0 for
    the rows of steps that are not made.
    """
    types = [r.type for r in site.node.results[site.attrs.carry :]]
    if site.attrs.length == 0:
        return [site.full(Literal(t.dtype.type(0), t)) for t in types]
    if not site.attrs.counted:
        return [f"{stack}({row})" for row in rows]
    length = site.dim(site.attrs.length)
    rests = [site.full(Literal(t.dtype.type(0), t.with_shape(t.shape[1:]))) for t in types]
    return [
        f"{stack}({row} + [{rest}] * ({length} - len({row})))"
        for row, rest in zip(rows, rests, strict=True)
    ]


def rows(stack: str, each: str = "", empty: str = "") -> dict[Op, Row]:
    """The rows of the control flow ops."""
    return {o.cond: cond, o.while_: while_loop, o.scan: scan(stack, each, empty)}
