"""A node knows the line that made it."""

from pathlib import Path

import numpy as np

import gradloom as gl

PROGRAM = "import numpy as np\ndef f(x):\n    return np.tanh(x)\n"


def test_equal_programs_in_two_files_are_told_apart(tmp_path: Path) -> None:
    for name in ("one.py", "two.py", "one.py"):
        path = tmp_path / name
        path.write_text(PROGRAM)
        namespace: dict[str, object] = {}
        exec(compile(PROGRAM, str(path), "exec"), namespace)
        graph = gl.trace(namespace["f"], np.ones(2))
        (node,) = graph.nodes
        assert node.location is not None
        assert node.location.with_source() == f"{name}:3 in f:  return np.tanh(x)"
