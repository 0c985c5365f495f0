"""What flows make up together: gradients of elements, and derivatives along all ways."""

from __future__ import annotations

import numpy as np

from gradloom.viz.gradients.debugger import Gradients


def leaving(shown: Gradients, name: str) -> np.ndarray:
    """The sum of the flows that leave each element."""
    size = shown.layer(name).size
    flows = [f for f in shown.flows if f.source == name]
    return sum((np.bincount(f.sources, f.values, size) for f in flows), np.zeros(size))


def check_sums(shown: Gradients, atol: float = 1e-9) -> None:
    """What leaves an element adds up to its gradient."""
    for layer in shown.layers[:-1]:
        assert layer.gradient is not None
        np.testing.assert_allclose(leaving(shown, layer.name), layer.gradient.ravel(), atol=atol)


def all_ways(shown: Gradients, first: str) -> dict[str, np.ndarray]:
    """Jacobians `[first, layer]` along all ways: products of slopes, summed."""
    along = {first: np.eye(shown.layer(first).size)}
    for layer in shown.layers:
        if layer.name != first:
            along[layer.name] = np.zeros((shown.layer(first).size, layer.size))
        for flow in shown.flows:
            if flow.target == layer.name and flow.source in along and layer.name != first:
                slopes = np.zeros((shown.layer(flow.source).size, layer.size))
                assert flow.is_whole
                assert flow.slopes is not None
                slopes[flow.sources, flow.targets] = flow.slopes
                along[layer.name] += along[flow.source] @ slopes
    return along
