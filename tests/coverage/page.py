"""docs/numpy-coverage.md: written from cells, and read back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from tests.coverage.cells import SHOWN, Cell
from tests.coverage.columns import COLUMNS
from tests.coverage.programs import SECTIONS, Section
from tests.coverage.scope import OUT_OF_SCOPE

PAGE: Final = Path(__file__).parents[2] / "docs" / "numpy-coverage.md"
WORDS: Final = ("yes", "partly", "differs", "refused", "n/a", "WRONG")
Table = Mapping[str, Mapping[str, Cell]]
"""By column, then by name."""

INTRODUCTION: Final = """\
# What of numpy is covered

Written by `sh scripts/run.sh coverage`, which runs {programs} sample programs with numpy {numpy};
[tests/coverage](../tests/coverage) holds them and a test compares this page with what running says.

* **trace**: the traced graph, interpreted, gives what numpy gives: value, dtype, shape, array or
  scalar, and an error where numpy raises one. Every program runs with its floats as float64,
  float32, float16, complex128, int64 and bool.
* **grad**, **jvp**: reverse and forward derivatives agree with finite differences, `grad` to
  second order. **vmap**: a batch gives what a Python loop gives.
* **numpy**, **torch**, **jax**, **tensorflow**: `gl.compile` gives numpy's results.
  **onnx**: so does the exported file in onnxruntime.

`yes`: for every sample program. `partly`: for some. `refused`: for none, with an error that says
why. `differs`: by design, in what numpy decides by looking at values. `n/a`: there is nothing to
ask. A number says why, [below](#reasons).
"""


def write(table: Table) -> str:
    """The page."""
    numbers = _numbers(table)
    parts = [
        INTRODUCTION.format(
            programs=sum(len(s.programs()) for s in SECTIONS), numpy=np.__version__
        ),
        "## Counts\n\n" + "\n\n".join(_counts(section, table) for section in SECTIONS),
        *(f"## {s.title}\n\n" + _rows(s, table, numbers) for s in SECTIONS),
        "## Reasons\n\n" + "\n".join(_reasons(table, numbers)),
        "## Not counted\n\n" + "\n".join(_not_counted()),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _names(section: Section) -> list[str]:
    return [section.prefix + name for name in sorted(section.texts)]


def _line(cells: Iterator[str] | list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _counts(section: Section, table: Table) -> str:
    """How many names of a section have which word, column by column."""
    names = _names(section)
    found = {c: Counter(table[c][n].word for n in names) for c in COLUMNS}
    words = [w for w in WORDS if any(found[c][w] for c in COLUMNS)]
    lines = [_line([f"{section.title} ({len(names)})", *COLUMNS])]
    lines += ["|---" * (len(COLUMNS) + 1) + "|"]
    lines += [_line([word, *(str(found[c][word]) for c in COLUMNS)]) for word in words]
    return "\n".join(lines)


def _rows(section: Section, table: Table, numbers: Mapping[str, int]) -> str:
    lines = [_line(["name", *COLUMNS]), "|---" * (len(COLUMNS) + 1) + "|"]
    for name in _names(section):
        cells = [_cell(table[c][name], numbers) for c in COLUMNS]
        lines.append(_line([f"`{name}`", *cells]))
    return "\n".join(lines)


def _cell(cell: Cell, numbers: Mapping[str, int]) -> str:
    return " ".join([cell.word, ", ".join(str(numbers[r]) for r in cell.reasons)]).strip()


# ---- reasons -------------------------------------------------------------------------------------


def _numbers(table: Table) -> dict[str, int]:
    """A number for every reason, in the order in which the page comes to them."""
    found: dict[str, int] = {}
    for section in SECTIONS:
        for name in _names(section):
            for column in COLUMNS:
                for reason in table[column][name].reasons:
                    found.setdefault(reason, len(found) + 1)
    return found


def _reasons(table: Table, numbers: Mapping[str, int]) -> Iterator[str]:
    """Each reason with a few of the programs that met it."""
    programs: dict[str, dict[str, None]] = {}
    for column in COLUMNS:
        for cell in table[column].values():
            for reason, texts in cell.why:
                programs.setdefault(reason, {}).update(dict.fromkeys(texts))
    for reason, number in numbers.items():
        texts = list(programs[reason])
        shown = ", ".join(f"`{_flat(t)}`" for t in texts[:SHOWN])
        more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
        yield f"{number}. {_plain(reason)}: {shown}{more}"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _plain(reason: str) -> str:
    """A reason as Markdown takes it as it stands."""
    return re.sub(r"([*_<>|\[\]])", r"\\\1", reason)


def _not_counted() -> Iterator[str]:
    by_reason: dict[str, list[str]] = {}
    for name, reason in OUT_OF_SCOPE.items():
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        yield f"* {reason}: " + ", ".join(f"`np.{n}`" for n in names)


# ---- reading back --------------------------------------------------------------------------------


def read(text: str) -> dict[str, dict[str, tuple[str, frozenset[str]]]]:
    """By column and name, the word and the reasons that a page says."""
    reasons = dict(re.findall(r"^(\d+)\. (.*?): `", text, re.M))
    found: dict[str, dict[str, tuple[str, frozenset[str]]]] = {c: {} for c in COLUMNS}
    for name, rest in re.findall(r"^\| `(.*?)` \| (.*) \|$", text, re.M):
        for column, cell in zip(COLUMNS, rest.split(" | "), strict=True):
            word, _, why = cell.partition(" ")
            found[column][name] = word, frozenset(reasons[n] for n in why.split(", ") if n)
    return found


def as_read(cell: Cell) -> tuple[str, frozenset[str]]:
    """A cell as `read` gives it."""
    return cell.word, frozenset(map(_plain, cell.reasons))
