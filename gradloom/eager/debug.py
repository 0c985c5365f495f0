"""What tensors are about to do, and what their workers have done: `gt.debug`.

>>> import gradloom.eager as gt
>>> with gt.local():
...     y = gt.tensor([1.0, 2.0]) + 1
...     gt.debug.print_tape()  # doctest: +ELLIPSIS
1 operation recorded, not yet sent
#1  f32[2]  add(#0)  ...
"""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from gradloom.eager.home import Home, here
from gradloom.ir.graph import Literal, Node, Operand
from gradloom.runtime import current
from gradloom.runtime.logs import seconds, sizes
from gradloom.runtime.watch import Standing


def get_tape() -> list[dict[str, Any]]:
    """What is recorded and not yet sent, a dict for each result in the order of recording:
    `output_id`, `output_shape`, `dtype`, `op`, `input_ids`, `requires_grad`, `grad_fn` (the op,
    where it is differentiated) and `where` (your line). Values are numbered by their first mention.
    """
    home = here()
    numbers: dict[Operand, int] = {}
    return [
        _entry(home, node, result, numbers)
        for node in tuple(home.trace.builder.nodes)
        for result in node.results
    ]


def _entry(home: Home, node: Node, result: Operand, numbers: dict[Operand, int]) -> dict[str, Any]:
    inputs = [
        numbers.setdefault(x, len(numbers)) for x in node.operands if not isinstance(x, Literal)
    ]
    is_followed = result in home.tape.tangents
    return {
        "output_id": numbers.setdefault(result, len(numbers)),
        "output_shape": tuple(result.type.shape),
        "dtype": str(result.type).partition("[")[0],
        "op": node.op.name,
        "input_ids": inputs,
        "requires_grad": is_followed,
        "grad_fn": node.op.name if is_followed else None,
        "where": str(node.location or ""),
    }


def print_tape() -> None:
    """Print what is recorded and not yet sent."""
    tape = get_tape()
    lines = [f"{len(tape)} operation{'s' * (len(tape) != 1)} recorded, not yet sent"]
    for x in tape:
        shape = ",".join(map(str, x["output_shape"]))
        inputs = ", ".join(f"#{i}" for i in x["input_ids"])
        noted = "requires grad  " if x["requires_grad"] else ""
        lines.append(
            f"#{x['output_id']}  {x['dtype']}[{shape}]  {x['op']}({inputs})  {noted}{x['where']}"
        )
    print("\n".join(line.rstrip() for line in lines))  # noqa: T201  (what it is for)


def get_worker_stats() -> dict[str, dict[str, Any]]:
    """What each worker has done since it began, and what it has now; empty where no session has
    begun. Counts are of all its sessions; seconds and bytes.
    """
    if current.inner() is None and not current.is_started():
        return {}
    return {x.name: _stats(x) for x in current.current().survey().workers}


def _stats(x: Standing) -> dict[str, Any]:
    hits = max(0, x.runs - x.built)
    return {
        "backend": x.backend,
        "device": x.device,
        "pid": x.pid,
        "runs": x.runs,
        "failed": x.failed,
        "operations": {"total": sum(x.ops.values()), "by_kind": dict(x.ops)},
        "busy_s": dict(x.busy),
        "compilation": {
            "programs": x.kept,
            "cache_size": x.built,
            "cache_hits": hits,
            "cache_misses": x.built,
            "hit_rate": hits / x.runs if x.runs else 0.0,
            "seconds": x.build_s,
        },
        "bytes": {"sent": x.sent, "received": x.received, "values": x.value_bytes},
        "values": x.values,
        "queued": x.queued,
        "rss": x.rss,
        "running": x.running,
    }


def print_worker_stats() -> None:
    """Print what each worker has done, as a table."""
    table = Table(box=None, pad_edge=False)
    rows = {name: _row(x) for name, x in get_worker_stats().items()}
    table.add_column("")
    for name in rows:
        table.add_column(name, justify="right")
    if not rows:
        print("no session has begun")  # noqa: T201  (what it is for)
        return
    for i, (label, _) in enumerate(next(iter(rows.values()))):
        table.add_row(label, *[row[i][1] for row in rows.values()])
    Console(width=max(80, 24 * (1 + len(rows)))).print(table)


def _row(x: dict[str, Any]) -> list[tuple[str, str]]:
    programs, moved = x["compilation"], x["bytes"]
    kinds = sorted(x["operations"]["by_kind"].items(), key=lambda item: -item[1])[:3]
    return [
        ("computes with", f"{x['backend']} {x['device']}"),
        ("runs", f"{x['runs']} ({x['failed']} failed)"),
        ("operations", str(x["operations"]["total"])),
        ("most of them", ", ".join(f"{kind} {n}" for kind, n in kinds)),
        ("busy", seconds(sum(x["busy_s"].values()))),
        ("programs built", f"{programs['cache_size']} in {seconds(programs['seconds'])}"),
        ("used again", f"{programs['cache_hits']} ({programs['hit_rate']:.0%})"),
        ("received", sizes(moved["received"]) or "0 B"),
        ("sent", sizes(moved["sent"]) or "0 B"),
        ("values", f"{x['values']}, {sizes(moved['values']) or '0 B'}"),
        ("waiting", str(x["queued"])),
    ]
