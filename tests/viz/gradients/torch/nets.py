"""Small networks, and what torch itself says of their layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

import gradloom as gl
from gradloom.viz.gradients.debugger import Gradients
from tests.viz.gradients.ways import all_ways, check_sums


class Residual(nn.Module):
    """A block whose input goes by it."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.inner(x)
        return out + x


class Beside(nn.Module):
    """Two ways, side by side along the channels."""

    def __init__(self, one: nn.Module, other: nn.Module) -> None:
        super().__init__()
        self.one, self.other = one, other

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.one(x), self.other(x) * x], dim=1)


class Attention(nn.Module):
    """Each position of `[batch, channels, ...]` looks at all."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(channels, 1, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        flat = x.flatten(2).transpose(1, 2)
        seen: torch.Tensor = self.attention(flat, flat, flat)[0]
        return seen.transpose(1, 2).reshape(x.shape)


def loss(out: torch.Tensor) -> torch.Tensor:
    """A loss of which no part is constant."""
    return torch.sin(out).sum()


@contextmanager
def recorded(net: nn.Module) -> Iterator[dict[str, torch.Tensor]]:
    """The tensors that modules give inside, named as layers are, in torch's own whole record."""
    made: dict[str, torch.Tensor] = {}
    names = {module: name for name, module in net.named_modules()}
    calls: Counter[str] = Counter()

    def keep(module: nn.Module, args: Any, out: Any) -> Any:
        calls[names[module]] += 1
        count = calls[names[module]]
        name = names[module] + (f"#{count}" if count > 1 else "")
        if isinstance(out, tuple):
            made[f"{name}[0]"] = out[0]
            return out
        made[name] = out
        return out.clone()  # the next may write over it

    handles = [module.register_forward_hook(keep) for module in names]
    try:
        yield made
    finally:
        for handle in handles:
            handle.remove()


def check_against_torch(net: nn.Module, x: torch.Tensor, **options: Any) -> Gradients:
    """Gradients of layers, and the derivatives of each layer by each before it along all ways,
    which the debugger's flows must make up, as torch's record of the whole run has them.
    """
    shown: Gradients = gl.viz.gradients(net, x, loss=loss, **options)
    check_sums(shown)
    leaf = x.detach().clone().requires_grad_()
    with recorded(net) as made:
        out = net(leaf)
    tensors = {"input": leaf, **made, "output": out, "loss": loss(out)}
    names = [layer.name for layer in shown.layers]
    for name in names:
        (own,) = torch.autograd.grad(tensors["loss"], [tensors[name]], retain_graph=True)
        np.testing.assert_allclose(shown.layer(name).gradient, own, atol=1e-9, err_msg=name)
    for first in names[:3]:
        along = all_ways(shown, first)
        for name in names[names.index(first) + 1 :]:
            own = _jacobian(tensors[name], tensors[first])
            np.testing.assert_allclose(along[name], own, atol=1e-8, err_msg=f"{first} -> {name}")
    return shown


def _jacobian(target: torch.Tensor, source: torch.Tensor) -> np.ndarray:
    """`[source, target]`, by one derivative after the other."""
    rows = [
        torch.autograd.grad(y, [source], retain_graph=True, allow_unused=True)[0]
        for y in target.reshape(-1)
    ]
    return np.stack([np.zeros(source.numel()) if r is None else r.numpy().ravel() for r in rows], 1)
