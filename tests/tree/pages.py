"""The programs that stand in the pages of the documentation.

A block that opens with "```python" is a program; words after that say more: `framework` (it needs
torch, JAX, TensorFlow or onnx), `raises` (it ends in an error, whose text is part of what it
prints), or the name of the file that it stands in. Lines that begin with `#> ` are what the block
prints.
"""

import contextlib
import io
import linecache
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^```python([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARKS = {"framework", "raises"}


@dataclass(frozen=True, slots=True)
class Block:
    """A program of a page: its first line, its text, and the words after its fence."""

    line: int
    text: str
    words: tuple[str, ...]

    @property
    def file(self) -> str:
        names = [word for word in self.words if word not in MARKS]
        return names[0] if names else "example.py"

    @property
    def expected(self) -> str:
        """What the block prints, as the page has it."""
        lines = [line for line in self.text.splitlines() if re.match(r"#>( |$)", line)]
        return "".join(line[3:] + "\n" for line in lines)

    def run(self, namespace: dict[str, Any], folder: Path) -> str:
        """What the block prints when it runs in the folder, with the names of earlier blocks."""
        path = folder / self.file
        path.write_text(self.text)
        linecache.checkcache(str(path))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                exec(compile(self.text, str(path), "exec"), namespace)
            except Exception as error:
                if "raises" not in self.words:
                    raise
                printed.write(f"{type(error).__name__}: {error}\n")
            else:
                assert "raises" not in self.words, f"line {self.line}: nothing was raised"
        return "".join(line.rstrip() + "\n" for line in printed.getvalue().splitlines())


def blocks(page: Path) -> list[Block]:
    """The programs of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start(2)) + 1
        found.append(Block(line, match[2], tuple(match[1].split())))
    return found
