"""Write docs/ops.md anew: `python -m tests.matrix`. Every framework must be installed."""

from __future__ import annotations

from rich.progress import track

from tests.matrix.outside import BACKENDS, answers, by_numpy
from tests.matrix.page import PAGE, written

outside = {"Python": by_numpy()}
for backend in track(BACKENDS, description="running outside the domains"):
    outside[backend] = answers(backend)
PAGE.write_text(written(outside))
