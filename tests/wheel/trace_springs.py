"""Runs in a fresh environment: gradloom differentiates a package that does not know it."""

import numpy as np
import springs

import gradloom as gl

points = np.random.default_rng(0).standard_normal((5, 2))

graph = gl.trace(springs.energy, points)
np.testing.assert_allclose(graph(points), springs.energy(points), rtol=1e-12)
text = graph.text(locations=True)
assert "chain.py:" in text, text
assert "geometry.py:" in text, text

gradient = gl.grad(springs.energy)(points)
assert gradient.shape == points.shape
direction = np.random.default_rng(1).standard_normal(points.shape)
step = 1e-6
high, low = (springs.energy(points + s * direction) for s in (step, -step))
np.testing.assert_allclose(np.sum(gradient * direction), (high - low) / (2 * step), rtol=1e-6)
