"""docs/ops.md: the matrix of ops and the table of what lies outside their domains, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from gradloom.ir import ops as o
from tests.matrix.rules import COLUMNS, REASON, matrix

PAGE: Final = Path(__file__).parents[2] / "docs" / "ops.md"
OUTSIDE: Final = "## Outside the domain"

_HEAD: Final = """# Ops

What `python -m tests.matrix` wrote; a test holds it to what the code says and does.

## Rules and backends

{count} ops. *direct*: the op has a rule, or a row in the backend's table, of its own. *derived*:
the rule follows from another one. *decomposed*: the backend runs it as other ops. *zero*: constant
by pieces, or no number to differentiate. *whole on every worker*: sharding gathers the operands.
A letter in brackets is a reason, told below the table.
"""

_OUTSIDE: Final = """
What an answer is where numpy has none to give, or gives one that depends on the machine. The column
*Python* is numpy itself, run by Python; the others are compiled programs. Where columns differ,
keep the program inside the domain, or check with `np.where` and `np.clip`.

JAX clamps an index and gives NaN for a singular matrix, so that programs compiled for it ask: each
index that is not known to be in range (constants, `np.arange`, `np.argmax`, `i % n`, `np.clip` are)
and each factorisation gets an `assert`, whose answer comes with the results. A program that others
run (`gl.to_jax`, stand-alone source) raises for indices that have values; inside a `jax.jit` or
`jax.vmap` of your own nothing can raise, and they are clamped. StableHLO clamps too. ONNX Runtime
raises for an index past the end. On CUDA torch stops at an index out of range with an error of the
device, after which the process has to end.
"""


def written(outside: Mapping[str, Mapping[str, str]]) -> str:
    """The whole page; `outside` is column -> case -> answer."""
    return f"{matrix_part()}\n{OUTSIDE}\n{_OUTSIDE}\n{_outside_table(outside)}"


def matrix_part() -> str:
    """The page down to the table of what lies outside."""
    reasons: dict[str, str] = {}
    rows = []
    for name, cells in matrix().items():
        told = [_short(cell, reasons) for cell in cells.values()]
        rows.append([f"`{name}`", *told, o.all_ops()[name].domain or "all values"])
    table = _table(["op", *COLUMNS, "domain"], rows)
    notes = "\n".join(f"* ({letter}) {why}" for why, letter in reasons.items())
    return f"{_HEAD.format(count=len(rows))}\n{table}\n{notes}\n"


def _short(cell: str, reasons: dict[str, str]) -> str:
    if not cell.startswith(REASON):
        return cell
    why = cell.removeprefix(REASON)
    letter = reasons.setdefault(why, chr(ord("a") + len(reasons)))
    return f"absent ({letter})"


def _outside_table(outside: Mapping[str, Mapping[str, str]]) -> str:
    columns = list(outside)
    cases = outside[columns[0]]
    rows = [[case, *(outside[c][case] for c in columns)] for case in cases]
    return _table(["program", *columns], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(_cell(c) for c in line) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def read_outside(page: str) -> dict[str, dict[str, str]]:
    """Column -> case -> answer, as the page has it."""
    lines = [x for x in page.partition(OUTSIDE)[2].splitlines() if x.startswith("|")]
    head, _, *rows = [[c.strip() for c in line.strip("|").split(" | ")] for line in lines]
    return {c: {row[0]: row[i] for row in rows} for i, c in enumerate(head) if i}
