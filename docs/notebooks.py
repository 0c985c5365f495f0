"""Makes the notebooks of docs/notebooks: each from the page beside it, run, with what it printed.

    python docs/notebooks.py [NAME ...]           make them anew
    python docs/notebooks.py --check [NAME ...]   run them, and fail where a text differs

A page `NAME.md` is the source: "```ipython" opens a cell of code, and all else is text. A notebook
is a file `NAME.ipynb` with the same cells, their results, and nothing that changes from run to run.
"""

import difflib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import v4 as format4
from rich.console import Console

FOLDER = Path(__file__).with_name("notebooks")
_FENCE = re.compile(r"^```ipython\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LONGEST_S = 60
"""Seconds that a cell may take."""
_QUIET = {
    "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}  # fmt: skip
"""What keeps frameworks from telling about the machine."""
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")


def pages() -> list[Path]:
    """The sources, in order of their names."""
    return sorted(FOLDER.glob("*.md"))


def cells(page: Path) -> Iterator[Any]:
    """The cells of a page, without results."""
    text, end = page.read_text(encoding="utf-8"), 0
    parts: list[tuple[Any, str]] = []
    for match in _FENCE.finditer(text):
        parts += [(format4.new_markdown_cell, text[end : match.start()])]
        parts += [(format4.new_code_cell, match[1])]
        end = match.end()
    parts += [(format4.new_markdown_cell, text[end:])]
    filled = [(make, source.strip()) for make, source in parts if source.strip()]
    for i, (make, source) in enumerate(filled):
        yield make(source, id=f"{page.stem}-{i}")


def notebook(page: Path) -> Any:
    """The notebook of a page, not run."""
    made = format4.new_notebook(cells=list(cells(page)))
    made.metadata["kernelspec"] = {
        "name": "python3", "display_name": "Python 3", "language": "python",
    }  # fmt: skip
    return made


def run(page: Path) -> Any:
    """The notebook of a page with its results; raises where a cell does."""
    os.environ.update(_QUIET)
    made = notebook(page)
    NotebookClient(
        made, timeout=_LONGEST_S, kernel_name="python3", resources={"metadata": {"path": FOLDER}}
    ).execute()
    for cell in made.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, _settled(cell.outputs)
    made.metadata.pop("language_info", None)
    return made


def _settled(outputs: list[Any]) -> list[Any]:
    """Results without counts and addresses, what is printed in one piece; what goes to stderr
    (progress, a framework's notes on the machine) is left out.
    """
    made: list[Any] = []
    for output in outputs:
        is_stream = output.output_type == "stream"
        if is_stream and output.name == "stderr":
            continue
        if is_stream and made and made[-1].output_type == "stream":
            made[-1].text += output.text
            continue
        if "execution_count" in output:
            output.execution_count = None
        made.append(output)
    for output in made:
        held, key = (output, "text") if "text" in output else (output.get("data", {}), "text/plain")
        if key in held:
            held[key] = _ADDRESS.sub("0x...", held[key])
    return made


def texts(made: Any) -> list[str]:
    """A notebook as lines: its cells, what they printed, and the kinds of pictures they show."""
    lines: list[str] = []
    for cell in made.cells:
        lines += [f"---- {cell.cell_type}", *cell.source.splitlines()]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            told = data.get("text/plain", output.get("text", ""))
            lines += [f"-> {' '.join(sorted(data))}".rstrip(), *told.splitlines()]
    return lines


def kept(page: Path) -> Any:
    """The notebook as its file has it."""
    return nbformat.read(page.with_suffix(".ipynb"), as_version=4)


def main(words: list[str]) -> int:
    """Make or check the notebooks that are named, or all."""
    console, is_check = Console(stderr=True), "--check" in words
    names = [word for word in words if word != "--check"]
    known = {page.stem: page for page in pages()}
    unknown = [name for name in names if name not in known]
    if unknown:
        console.print(f"no notebook {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    differing = 0
    for name in names or known:
        made = run(known[name])
        if not is_check:
            nbformat.write(made, known[name].with_suffix(".ipynb"))
            console.print(f"{name}: made")
            continue
        lines = list(difflib.unified_diff(texts(kept(known[name])), texts(made), "kept", "now"))
        differing += bool(lines)
        console.print("\n".join(lines) if lines else f"{name}: as kept", markup=False)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
