"""A gradient flow as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from gradloom.viz.flow.flow import GradientFlow

_MOST_ROWS: Final = 40
_MOST_FINDINGS: Final = 12
_BARS: Final = "▁▂▃▄▅▆▇█"
_COLUMNS: Final = 24


def report(flow: GradientFlow) -> str:
    """A line per place with its norms over time, then what was found."""
    if not len(flow.steps):
        return f"{flow.title}: no step was measured"
    first, last = flow.steps[0], flow.steps[-1]
    lines = [
        f"{flow.title} on {flow.backend}: steps {first} to {last}, {len(flow.steps)} measured; "
        f"loss {flow.losses[0]:.4g} to {flow.losses[-1]:.4g}"
    ]
    shown = range(len(flow.places))[:_MOST_ROWS]
    width = max(len(flow.places[i].name) for i in shown) if flow.places else 0
    low, high = _range(flow.norms)
    troubles = {f.index: f.trouble for f in reversed(flow.findings)}
    for i in shown:
        place, norms = flow.places[i], flow.norms[:, i]
        line = f"  {place.name:<{width}} {norms[-1]:9.2e} {_bars(norms, low, high)}"
        lines.append(f"{line}  {place.where:<16} {troubles.get(i, '')}".rstrip())
    if len(flow.places) > _MOST_ROWS:
        lines.append(f"  ... and {len(flow.places) - _MOST_ROWS} more")
    return "\n".join([*lines, *_found(flow)])


def _found(flow: GradientFlow) -> list[str]:
    if not flow.findings:
        return ["nothing vanishes, explodes, is dead or not finite"]
    lines = [str(f) for f in flow.findings[:_MOST_FINDINGS]]
    more = len(flow.findings) - _MOST_FINDINGS
    return [*lines, f"... and {more} more"] if more > 0 else lines


def _range(norms: np.ndarray) -> tuple[float, float]:
    usable = norms[np.isfinite(norms) & (norms > 0)]
    if not usable.size:
        return 0.0, 0.0
    return float(np.log10(usable.min())), float(np.log10(usable.max()))


def _bars(norms: np.ndarray, low: float, high: float) -> str:
    """The norms over time on one scale for all places: the taller, the longer by powers of ten."""
    picked = np.linspace(0, len(norms) - 1, min(_COLUMNS, len(norms))).round().astype(int)
    return "".join(_bar(float(norms[i]), low, high) for i in picked)


def _bar(norm: float, low: float, high: float) -> str:
    if not np.isfinite(norm):
        return "!"
    if norm <= 0:
        return "·"
    share = (np.log10(norm) - low) / (high - low) if high > low else 1.0
    return _BARS[round(share * (len(_BARS) - 1))]
