"""The notation: pipelines `x |> f |> $ + 1` and blocks `params{ w = ... }`, as plain Python.

A program in the notation is rewritten to plain Python before it is compiled, places included, so
that everything that reads programs (traces, errors, debuggers) reads this one too. The grammar and
its meaning are pipescript's.

In IPython and Jupyter: `%load_ext gradloom`. In files: `install()`, `load(path)`, `run(path)`, or
`python -m gradloom.frontend.notation program.py`. Needs `gradloom[notebook]`.
"""

from gradloom.frontend.notation.modules import install, load, run, uninstall
from gradloom.frontend.notation.program import to_python

__all__ = ["install", "load", "run", "to_python", "uninstall"]
