"""Lines of random programs: of tensors x and y, and of the module m that they are from."""

from __future__ import annotations

from typing import Any

VIEWS = (
    "x[1:]", "x[:, 0]", "x[0]", "x[..., 1:]", "x.T", "x.reshape(-1)", "x.unsqueeze(0)",
    "x.transpose(0, 1)", "x[::2]", "x.detach()", "x.reshape(2, -1)", "x.squeeze()", "x[None]",
)  # fmt: skip
MADE = (
    "x * y", "x + y", "x.sin()", "x.exp().sum(0)", "x.clone()", "x - y.mean()", "x[[0, 0]]",
    "x.cumsum(0)", "m.where(x > 0, x, -x)", "x.sum()", "m.stack([x, x])", "x * 2",
)  # fmt: skip
WRITTEN = (
    "x.mul_(0.5)", "x.add_(y)", "x.sin_()", "x.zero_()", "x.copy_(y)", "set(x, 0, 1.5)",
    "set(x, slice(None), y)", "set(x, x > 0.5, 0.25)", "x.sub_(y.mean())", "set(x, -1, x[0])",
    "x.clamp_(-1, 1)", "read(x)",
)  # fmt: skip


def write(x: Any, key: Any, value: Any) -> None:
    """`x[key] = value`, as a function."""
    x[key] = value
