"""Layers and functions on a worker whose backend is torch: the same numbers as on numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import gradloom as gl
import gradloom.eager as gt

pytestmark = pytest.mark.framework
RNG = np.random.default_rng(5)
IMAGE = RNG.normal(size=(2, 4, 6, 6))
ROWS = RNG.uniform(0.1, 0.9, (4, 6))
SEQUENCE = RNG.normal(size=(5, 3, 4))
LAYERS = (
    ("Conv2d(4, 6, 3, padding=1, stride=2, groups=2)", IMAGE),
    ("MaxPool2d(3, 2, 1, return_indices=True)", IMAGE), ("AvgPool2d(3, 2, 1)", IMAGE),
    ("AdaptiveMaxPool2d(4)", IMAGE), ("BatchNorm2d(4)", IMAGE),
    ("GroupNorm(2, 4)", IMAGE), ("Upsample(size=(9, 4), mode='bicubic')", IMAGE),
    ("LSTM(4, 3, bidirectional=True)", SEQUENCE),
    ("TransformerEncoderLayer(4, 2, 7, 0.0)", SEQUENCE),
    ("Linear(6, 3)", ROWS), ("GELU()", ROWS), ("Softplus()", ROWS),
)  # fmt: skip
FUNCTIONS = (
    "x.median(1)", "x.quantile(0.3, 1)", "x.cummax(1)", "x.logcumsumexp(1)",
    "x.scatter_reduce(0, gt.tensor([[0, 0, 1, 2, 1, 1]]), x[:1] * 2, 'amax')",
    "gt.searchsorted(x[0].sort().values, x)", "gt.fft.rfft(x).abs()", "gt.linalg.svdvals(x)",
    "gt.linalg.solve(x[:, :4] + 2 * gt.eye(4, dtype=x.dtype), x)", "gt.special.entr(x)",
    "x.index_add(0, gt.tensor([0, 2]), x[:2])", "x.mode(1).values",
)  # fmt: skip


def _results() -> list[np.ndarray]:
    found: list[Any] = []
    for text, array in LAYERS:
        gt.manual_seed(0)
        layer: Any = eval(f"gt.nn.{text}").double()
        x = gt.from_numpy(array).requires_grad_()
        made = layer(x)
        made = made[0] if isinstance(made, tuple) else made
        (made * made).sum().backward()
        found += [made.detach(), x.grad, *[p.grad for p in layer.parameters()]]
    for text in FUNCTIONS:
        x = gt.from_numpy(ROWS).requires_grad_()
        made = eval(text, {"gt": gt, "x": x})
        parts = list(made) if isinstance(made, tuple) else [made]
        found += [p.detach() for p in parts]
        if parts[0].requires_grad:
            (parts[0] * parts[0]).sum().backward()
            found.append(x.grad)
    return [t.numpy() for t in found]


def test_a_worker_with_torch_gives_what_numpy_gives() -> None:
    with gt.local():
        expected = _results()
    with gl.cluster(workers=1):
        found = _results()
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)
