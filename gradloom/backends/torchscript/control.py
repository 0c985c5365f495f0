"""Choice and loops as statements: TorchScript has no local functions, no unpacking and no
generators.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal
from gradloom.ir.op import Op


def _assign(site: Site, names: Sequence[str], values: Sequence[str]) -> None:
    """All at once, for a value may be another name's old one."""
    if names:
        site.line(f"    {', '.join(names)} = {', '.join(values)}")


def cond(site: Site) -> str:
    """`if p: ... else: ...`, each branch assigning the same names."""
    names = [site.fresh("r") for _ in site.node.results]
    for i, head in enumerate((f"if bool({site.args[0]}):", "else:")):
        site.line(head)
        results = site.spliced(i, site.args[1:])
        _assign(site, names, results)
        if not names:
            site.line("    pass")
    return joined(names)


def while_loop(site: Site) -> str:
    """`while` over names that each turn assigns anew; the predicate is a name too."""
    consts, carry = site.args[: site.attrs.consts], site.args[site.attrs.consts :]
    state = [site.fresh("s") for _ in carry]
    going = site.fresh("going")
    site.line("if True:")
    _assign(site, state, carry)
    (first,) = site.spliced(0, [*consts, *state])
    site.line(f"    {going} = bool({first})")
    site.line(f"while {going}:")
    _assign(site, state, site.spliced(1, [*consts, *state]))
    (again,) = site.spliced(0, [*consts, *state])
    site.line(f"    {going} = bool({again})")
    return joined(state)


def scan(site: Site) -> str:
    """`for` over the steps, collecting each stacked result in a list."""
    attrs = site.attrs
    n, m = attrs.consts, attrs.consts + attrs.carry
    consts, carry, xs = site.args[:n], site.args[n:m], site.args[m:]
    state, rows = (
        [site.fresh(s) for _ in r] for s, r in (("s", carry), ("rows", site.node.results[m - n :]))
    )
    step = site.fresh("i")
    for name, value in [*zip(state, carry, strict=True), *((row, "[]") for row in rows)]:
        site.line(f"{name} = {value}")
    count = f"int({consts[0]})" if attrs.counted else site.dim(attrs.length)
    steps = f"range({count} - 1, -1, -1)" if attrs.reverse else f"range({count})"
    site.line(f"for {step} in {steps}:")
    slices = [site.fresh("x") for _ in xs]
    _assign(site, slices, [f"{x}[{step}]" for x in xs])
    results = site.spliced(0, [*consts, *state, *slices])
    for row, value in zip(rows, results[m - n :], strict=True):
        site.line(f"    {row}.append({value})")
    _assign(site, state, results[: m - n])
    if not (state or rows):
        site.line("    pass")
    if attrs.reverse:
        for row in rows:
            site.line(f"{row}.reverse()")
    return joined([*state, *_stacked(site, rows)])


def _stacked(site: Site, rows: Sequence[str]) -> list[str]:
    attrs = site.attrs
    types = [r.type for r in site.node.results[attrs.carry :]]
    if attrs.length == 0:
        return [site.full(Literal(t.dtype.type(0), t)) for t in types]
    if not attrs.counted:
        return [f"torch.stack({row})" for row in rows]
    rests = [site.full(Literal(t.dtype.type(0), t.with_shape(t.shape[1:]))) for t in types]
    length = site.dim(attrs.length)
    return [
        f"torch.stack({row} + [{rest}] * ({length} - len({row})))"
        for row, rest in zip(rows, rests, strict=True)
    ]


ROWS: Final[dict[Op, Row]] = {o.cond: cond, o.while_: while_loop, o.scan: scan}
