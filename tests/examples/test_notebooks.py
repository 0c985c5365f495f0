"""Notebooks run, print what their files keep, and have the cells of the pages beside them."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.tree.files import ROOT, name, tracked

pytestmark = pytest.mark.framework
PAGES = tracked("docs/notebooks/*.md")
TOOL = ROOT / "docs" / "notebooks.py"
EVERY = [
    pytest.param(page, id=page.stem, marks=() if page.stem == "tour" else pytest.mark.slow)
    for page in PAGES
]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    import importlib.util

    for package in ("nbclient", "nbformat", "ipykernel"):
        pytest.importorskip(package)
    spec = importlib.util.spec_from_file_location("notebooks", TOOL)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def check(*words: str) -> "subprocess.CompletedProcess[str]":
    """The tool in a process of its own, as a kernel's warnings are not ours."""
    command = [sys.executable, str(TOOL), *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("page", EVERY)
def test_a_notebook_runs_and_prints_what_it_keeps(page: Path, tool: ModuleType) -> None:
    for package in ("torch", "jax", "tensorflow", "onnxruntime", "zmq"):
        pytest.importorskip(package)
    done = check("--check", page.stem)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_notebook_has_the_cells_of_its_page(page: Path, tool: ModuleType) -> None:
    sources = [cell.source for cell in tool.kept(page).cells]
    assert sources == [cell.source for cell in tool.cells(page)]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_nothing_in_a_notebook_changes_from_run_to_run(page: Path, tool: ModuleType) -> None:
    import nbformat

    made = tool.kept(page)
    nbformat.validate(made)
    for cell in made.cells:
        assert not cell.metadata
        if cell.cell_type == "code":
            assert cell.execution_count is None
            assert all(o.get("execution_count") is None for o in cell.outputs)
            assert all(o.output_type != "error" for o in cell.outputs)


def test_every_notebook_has_results(tool: ModuleType) -> None:
    for page in PAGES:
        code = [cell for cell in tool.kept(page).cells if cell.cell_type == "code"]
        assert sum(bool(cell.outputs) for cell in code) >= len(code) / 2, page


def test_every_notebook_has_a_page() -> None:
    kept = {path.stem for path in tracked("docs/notebooks/*.ipynb")}
    assert kept == {page.stem for page in PAGES}


def test_a_notebook_that_is_not_there_is_told() -> None:
    pytest.importorskip("nbclient")
    done = check("nothing")
    assert done.returncode == 2
    assert "no notebook nothing; there are" in done.stderr
