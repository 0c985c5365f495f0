"""Random typed graphs out of all ops, each with arrays on which it is well behaved.

    @given(graphs())
    def test_something(case):
        graph, arrays = case

For comparing backends, passes and texts: results are finite, moderate, and hardly depend on
rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, Operand, walk
from gradloom.ir.op import Op
from tests.fuzz import makers as m
from tests.fuzz import regions as r
from tests.fuzz.grower import Grower

MAKERS: dict[str, m.Maker] = {
    "where": m.where,
    "astype": m.astype,
    **dict.fromkeys(["sum", "prod"], m.reduction("ifcu")),
    **dict.fromkeys(["max", "min"], m.reduction("ifu")),
    **dict.fromkeys(["any", "all"], m.reduction("b")),
    **dict.fromkeys(["argmax", "argmin"], m.along_axis("ifu")),
    **dict.fromkeys(["cumulative_sum", "cumulative_prod"], m.along_axis("ifcu", reverse="flag")),
    "reshape": m.reshape,
    "permute_dims": m.permute_dims,
    "broadcast_to": m.broadcast_to,
    "concatenate": m.concatenate,
    "pad": m.pad,
    "slice": m.slice_,
    "flip": m.reduction("bifcu"),
    "constant": m.constant,
    "iota": m.iota,
    "dim": lambda g, op: g.add(op, size=g.size()),
    "gather": m.gather,
    "scatter": m.scatter,
    "dynamic_slice": m.dynamic_slice,
    "dynamic_update_slice": m.dynamic_update_slice,
    **dict.fromkeys(["sort", "argsort"], m.along_axis("ifu")),
    "matmul": m.matmul,
    "einsum": m.einsum,
    "conv": m.conv,
    "call": r.call,
    "cond": r.cond,
    "while": r.while_,
    "scan": r.scan,
    "linear_call": r.linear_call,
    **dict.fromkeys(["cholesky", "eigh"], r.square(positive=True)),
    **dict.fromkeys(["inv", "det", "slogdet", "adjugate", "eig"], r.square()),
    **dict.fromkeys(["qr", "svd", "qr_complete", "svd_full"], r.tall),
    "solve": r.solve,
    "triangular_solve": r.triangular_solve,
    **dict.fromkeys(["fft", "ifft"], r.transform("c")),
    "rfft": r.transform("f"),
    "irfft": r.transform("c", inverse_real=True),
}
"""Op name -> how to make a node of it; elementwise ops need none."""

LEFT_OUT = {
    "undetermined": "NaN of all numbers but 0",
    "bitcast": "bits of any number are a number of any size",
    "print": "an effect, not a number",
    "assert": "an effect, not a number",
    "python_call": "calls the user's code",
    **dict.fromkeys(["threefry", "random_bits"], "wants a key; its bits have known answers"),
    **dict.fromkeys(
        [
            "betainc",
            "betaln",
            "gammainc",
            "gammaincc",
            "erfcinv",
            "erfinv",
            "zeta",
            "expi",
            "exp1",
            "polygamma",
            "expn",
            "bessel_j",
            "bessel_y",
            "bessel_ie",
            "bessel_ke",
        ],
        "a small domain, or a loop that takes seconds; its rules are held to SciPy's values",
    ),
    "nonzero": "the sizes of what follows are known only when it runs",
    **dict.fromkeys(
        ["custom_jvp", "custom_vjp", "custom_vjp_linear"], "holds a derivative that must be right"
    ),
    **dict.fromkeys(
        ["all_reduce", "all_gather", "reduce_scatter", "all_to_all", "permute", "axis_index"],
        "needs several workers",
    ),
}
"""Ops that a random graph must not have, and why."""

DTYPES = ("f64", "f32", "i64", "bool", "c128")


def maker(op: Op) -> m.Maker | None:
    """How to make a node of this op; None when nobody said."""
    return MAKERS.get(op.name, m.elementwise if op.elementwise and op.attrs is None else None)


def makeable(only: Sequence[str] | None = None) -> list[Op]:
    """The ops that a random graph is made of, by name."""
    ops = [op for name, op in sorted(o.builtin_ops().items()) if only is None or name in only]
    return [op for op in ops if op.name not in LEFT_OUT and maker(op) is not None]


def _chooser(ops: Sequence[Op]) -> Callable[[Grower], Any]:
    flat = [op for op in ops if not op.regions] or [o.tanh, o.add]

    def choose(g: Grower) -> Any:
        """Add a node of some op, perhaps; regions stand in the outermost graph only."""
        op = g.one_of(flat if g.depth else ops)
        make = maker(op)
        assert make is not None
        return make(g, op)

    return choose


@st.composite
def graphs(
    draw: Callable[..., Any],
    max_nodes: int = 8,
    dtypes: Sequence[str] = DTYPES,
    symbolic: bool = False,
    empty: bool = False,
    only: Sequence[str] | None = None,
) -> tuple[Graph, tuple[np.ndarray, ...]]:
    """A graph of about `max_nodes` nodes and arrays for its parameters.

    `symbolic` gives some axes names, `empty` size 0; `only` names the ops to choose from.
    """
    sizes = {"n": 3, "batch": 2} if symbolic else {}
    g = Grower(draw, dtypes, sizes, draw(st.integers(0, 2**32 - 1)), empty)
    g.choose = _chooser(makeable(only))
    for _ in range(draw(st.integers(1, max_nodes))):
        g.choose(g)
    assume(g.env)
    graph = g.finish(_results(g), g.one_of(["main", "loss", "<lambda>"]))
    assume(not symbolic or _sizes_are_told(graph))
    return graph, tuple(g.arrays)


def _results(g: Grower) -> Sequence[Operand]:
    """All that no node uses, but at most the last four; at least the last value."""
    used = {x for node in g.builder.nodes for x in node.operands if x in g.env}
    made = [x for node in g.builder.nodes for x in node.results]
    return [x for x in made if x not in used][-4:] or made[-1:] or list(g.env)[-1:]


def _sizes_are_told(graph: Graph) -> bool:
    """Whether every named size is the whole of some axis of a parameter."""
    shown = {str(d) for p in graph.parameters for d in p.type.shape}
    return shown.issuperset(_names(list(walk(graph)))) and shown.issuperset(graph.symbols)


def _names(nodes: Sequence[Node]) -> set[str]:
    """The named sizes in the types of these nodes."""
    shapes = [x.type.shape for n in nodes for x in (*n.operands, *n.results)]
    return {name for s in shapes for d in s if not isinstance(d, int) for name in d.symbols}
