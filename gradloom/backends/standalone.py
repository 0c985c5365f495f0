"""Stand-alone programs: the emitted source with its constants inside, for a process without
gradloom.
"""

from __future__ import annotations

from typing import Final

from gradloom.backends import get
from gradloom.backends.emit import emit
from gradloom.ir.graph import Graph

_WIDE_TYPES: Final = "jax.config.update('jax_enable_x64', True)  # the program computes in 64 bits"


def program_text(graph: Graph, backend: str = "numpy") -> str:
    """A module that defines `main(...)` over `backend`'s arrays and imports nothing of gradloom's.

    `main` gives a tuple of results.
    """
    serving = get(backend).serving(graph)
    text = emit(graph, serving.embedded or serving).text
    if get(backend).name == "jax":
        text = _after_imports(text, _WIDE_TYPES)
    head, _, rest = text.partition("\n")
    return f"{head}\n{_usage(graph)}{rest}"


def _after_imports(text: str, line: str) -> str:
    """`text` with a line of its own behind the imports at its top."""
    lines = text.split("\n")
    top = lines.index("import jax")
    end = next(i for i in range(top, len(lines)) if not lines[i])
    return "\n".join([*lines[:end], "", line, *lines[end:]])


def _usage(graph: Graph) -> str:
    """How to call it, as comments."""
    takes = "".join(f"#   {_plain(p.name) or 'x'}: {p.type}\n" for p in graph.parameters)
    gives = ", ".join(str(r.type) for r in graph.results)
    return f"#\n# main takes\n{takes}# and gives a tuple of {gives or 'nothing'}.\n"


def _plain(name: str) -> str:
    return "".join(c for c in name if c.isascii() and (c.isalnum() or c == "_"))
