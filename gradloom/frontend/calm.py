"""Whether rewritten code may leave questions out: `_gl_.calm`, while every list has its length and
every object is the one that Python sees.
"""

from __future__ import annotations

from gradloom.frontend.trace import stack


def stir() -> None:
    """Let rewritten code of the running trace ask in full: something in it is decided by values."""
    trace = stack.trace
    if trace is not None and trace.converter is not None:
        trace.converter.stir()
