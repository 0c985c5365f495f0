"""Every program of examples/plain_numpy runs as docs/plain-numpy.md says, and nothing is wrong."""

from __future__ import annotations

import ast
import importlib.util

import pytest

from tests.examples.columns import COLUMNS, ask
from tests.examples.gallery import EXAMPLES, FOLDER, Example
from tests.examples.page import PAGE, as_read, read

PACKAGES = {"torch": "torch", "jax": "jax", "tensorflow": "tensorflow", "onnx": "onnxruntime"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "column",
    [pytest.param(c, marks=pytest.mark.slow if c == "tensorflow" else ()) for c in COLUMNS],
)
def test_the_page_says_what_running_says(column: str) -> None:
    if importlib.util.find_spec(PACKAGES.get(column, "numpy")) is None:
        pytest.skip(f"{PACKAGES[column]} is not installed")
    said = read(PAGE.read_text())[column]
    found = {e.name: as_read(ask(column, e)) for e in EXAMPLES}
    names = sorted({*said, *found})
    assert {n: (said.get(n), found.get(n)) for n in names if said.get(n) != found.get(n)} == {}


def test_nothing_is_wrong():
    said = read(PAGE.read_text())
    assert [
        (c, n) for c, of in said.items() for n, (word, _) in of.items() if word == "WRONG"
    ] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_a_program_knows_numpy_and_pythons_own_library_only(example: Example) -> None:
    tree = ast.parse((FOLDER / f"{example.name}.py").read_text())
    froms = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert froms | names <= {"numpy", "math", "dataclasses"}
