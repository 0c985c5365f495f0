"""The cells of docs/notation.md; its Python programs run with those of the other pages."""

import re
from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import gradloom as gl
from tests.tree.files import ROOT

PAGE = ROOT / "docs" / "notation.md"


def cells() -> Iterator[tuple[str, str]]:
    """Each cell, and what it prints."""
    for found in re.finditer(r"```ipython\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        lines = found.group(1).splitlines()
        told = [line[3:] for line in lines if line.startswith("#> ")]
        yield "\n".join(line for line in lines if not line.startswith("#> ")), "\n".join(told)


def test_the_cells_of_the_page_print_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    count = 0
    for cell, told in cells():
        shell.run_cell(cell).raise_error()
        assert capsys.readouterr().out.strip() == told, cell
        count += 1
    assert count > 3
    gl.unload_ipython_extension(shell)
