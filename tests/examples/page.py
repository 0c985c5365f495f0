"""docs/plain-numpy.md: written from answers, and read back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.coverage.answers import Answer
from tests.examples.columns import COLUMNS
from tests.examples.gallery import EXAMPLES

PAGE: Final = Path(__file__).parents[2] / "docs" / "plain-numpy.md"
Table = Mapping[str, Mapping[str, Answer]]
"""By column, then by program."""
_TYPE: Final = re.compile(r"\b(?:bool|[fciu]\d+|bf16)\[[^\]]*\]")

_FOUND: Final = re.compile(r"\bfound\d+\b")
"""A size that a program finds, which is numbered as it is met."""

INTRODUCTION: Final = """\
# Plain numpy programs

Written by `python -m tests.examples`, which runs the {count} programs of
[examples/plain_numpy](../examples/plain_numpy); a test compares this page with what running says.

* **plain**: numpy alone gives what the file's `check` expects.
* **grad**, **jvp**: derivatives with values at hand agree with finite differences.
* **trace**: the graph recorded without values, interpreted, gives what numpy gives.
* **numpy**, **torch**, **jax**, **tensorflow**: `gl.compile` gives numpy's results; **onnx**: so
  does the exported file in onnxruntime. **grad compiled**: `gl.compile(gl.grad(...))` on numpy.
* **vmap**: two examples at once give what a Python loop gives.

A number says why not, [below](#reasons).
"""


def write(table: Table) -> str:
    """The page."""
    numbers = _numbers(table)
    counts = [str(Counter(a.word for a in table[c].values())["yes"]) for c in COLUMNS]
    lines = [_line(["program", *COLUMNS]), "|---" * (len(COLUMNS) + 1) + "|"]
    lines += [
        _line([f"`{e.name}`", *(_cell(table[c][e.name], numbers) for c in COLUMNS)])
        for e in EXAMPLES
    ]
    lines.append(_line(["yes in all", *counts]))
    reasons = [f"{number}. {reason}" for reason, number in numbers.items()]
    return "\n".join(
        [INTRODUCTION.format(count=len(EXAMPLES)), *lines, "", "## Reasons", "", *reasons, ""]
    )


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(answer: Answer, numbers: Mapping[str, int]) -> str:
    word, reason = as_read(answer)
    return word if word == "yes" else f"{word} {numbers[reason]}"


def _answers(table: Table) -> Iterator[Answer]:
    for example in EXAMPLES:
        for column in COLUMNS:
            yield table[column][example.name]


def _numbers(table: Table) -> dict[str, int]:
    """A number for every reason, in the order in which the page comes to them."""
    found: dict[str, int] = {}
    for answer in _answers(table):
        if answer.word != "yes":
            found.setdefault(as_read(answer)[1], len(found) + 1)
    return found


def as_read(answer: Answer) -> tuple[str, str]:
    """An answer as `read` gives it: its reason without the shapes of one program."""
    why = _FOUND.sub("n", _TYPE.sub("an array", " ".join(answer.why.split())))
    return answer.word, re.sub(r"([*_<>|\[\]])", r"\\\1", why)


def read(text: str) -> dict[str, dict[str, tuple[str, str]]]:
    """By column and program, the word and the reason that a page says."""
    reasons = dict(re.findall(r"^(\d+)\. (.*)$", text, re.M))
    found: dict[str, dict[str, tuple[str, str]]] = {c: {} for c in COLUMNS}
    for name, rest in re.findall(r"^\| `(.*?)` \| (.*) \|$", text, re.M):
        for column, cell in zip(COLUMNS, rest.split(" | "), strict=True):
            word, _, number = cell.partition(" ")
            found[column][name] = word, reasons[number] if number else ""
    return found
