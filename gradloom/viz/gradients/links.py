"""The links of one element, both ways."""

from __future__ import annotations

import numpy as np

from gradloom.viz.gradients.layer import Flow
from gradloom.viz.gradients.source import LooksBack, Snapshot, Source


def links_from(source: Source, snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
    """The flows that leave an element, whole: computed where the snapshot does not hold them."""
    computed = source.links(snapshot, layer, element)
    known = {flow.target for flow in computed}
    held = links_held(snapshot, layer, element)
    return (*(flow for flow in held if flow.target not in known), *computed)


def links_held(snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
    """The flows that leave an element, of the links that are held. The `total` of one that may have
    more is larger.
    """
    from_it = [flow for flow in snapshot.flows if flow.source == layer]
    return tuple(_only(flow, flow.sources == element, element) for flow in from_it)


def links_into(source: Source, snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
    """The flows that come to an element: whole where the source computes them backwards, else of
    the links that are held.
    """
    computed: tuple[Flow, ...] = ()
    if isinstance(source, LooksBack):
        computed = source.links_into(snapshot, layer, element)
    known = {flow.source for flow in computed}
    held = links_held_into(snapshot, layer, element)
    return (*(flow for flow in held if flow.source not in known), *computed)


def links_held_into(snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
    """The flows that come to an element, of the links that are held. The `total` of one that may
    have more is larger: a link that is not held may be one of this element.
    """
    return tuple(_only(f, f.targets == element) for f in snapshot.flows if f.target == layer)


def _only(flow: Flow, mark: np.ndarray, selected: int = -1) -> Flow:
    slopes = None if flow.slopes is None else flow.slopes[mark]
    total = int(mark.sum()) + flow.total - len(flow.values)
    return Flow(
        flow.source, flow.target, flow.sources[mark], flow.targets[mark], flow.values[mark],
        flow.kind, slopes, total, selected,
    )  # fmt: skip
