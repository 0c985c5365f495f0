"""The same program with `gt` and with torch: values, dtype, shape, and derivatives."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes
import numpy as np
import torch

import gradloom.eager as gt

Program = Callable[..., Any]


def as_torch(array: np.ndarray) -> Any:
    """The array as torch's tensor."""
    if array.dtype == ml_dtypes.bfloat16:
        return torch.from_numpy(array.astype(np.float32)).bfloat16()
    return torch.from_numpy(array.copy())


def flat(result: Any) -> list[Any]:
    """The tensors of a result."""
    return list(result) if isinstance(result, tuple | list) else [result]


def assert_same(ours: Any, theirs: Any) -> None:
    """Both hold the same tensors or Python numbers."""
    mine, others = flat(ours), flat(theirs)
    assert len(mine) == len(others)
    for a, b in zip(mine, others, strict=True):
        if not isinstance(b, torch.Tensor):
            assert a == b, (a, b)
            continue
        assert str(b.dtype) == f"torch.{a.dtype}", (a.dtype, b.dtype)
        assert tuple(a.shape) == tuple(b.shape), (a.shape, b.shape)
        expected = b.detach().resolve_conj().float() if b.dtype == torch.bfloat16 else b.detach()
        found = a.detach().numpy()
        loose = 1e-2 if b.dtype in (torch.float16, torch.bfloat16) else 2e-6
        # On some processors torch's own gelu is 7e-7 off what it should be between -4 and 4.
        # Torch's own functions differ by so much from one kind of processor to the next (gelu).
        np.testing.assert_allclose(
            found.astype(expected.numpy().dtype), expected.numpy(), rtol=loose, atol=loose / 2
        )
        assert a.requires_grad == b.requires_grad


def run_both(f: Program, arrays: Sequence[np.ndarray], *, grad: bool) -> None:
    """`f(module, *tensors)` with both, and the derivatives of its sum by every float tensor."""
    mine = [gt.from_numpy(a) for a in arrays]
    others = [as_torch(a) for a in arrays]
    if grad:
        for a, b in zip(mine, others, strict=True):
            if b.dtype.is_floating_point:
                a.requires_grad_()
                b.requires_grad_()
    ours, theirs = f(gt, *mine), f(torch, *others)
    assert_same(ours, theirs)
    if not grad:
        return
    pairs = [
        (a, b)
        for a, b in zip(flat(ours), flat(theirs), strict=True)
        if isinstance(b, torch.Tensor) and b.requires_grad
    ]
    if not pairs:
        return
    weigh = [np.cos(np.arange(b.numel())).reshape(tuple(b.shape)) for _, b in pairs]
    total, expected = 0.0, 0.0
    for (a, b), w in zip(pairs, weigh, strict=True):
        total = total + (a * gt.from_numpy(w).to(a.dtype)).sum()
        expected = expected + (b * torch.from_numpy(w).to(b.dtype)).sum()
    total.backward()
    with contextlib.suppress(RuntimeError):  # derivatives that torch does not have
        expected.backward()
    for a, b in zip(mine, others, strict=True):
        if b.grad is None:  # torch says so for some that are zero, too
            assert a.grad is None or not a.grad.any(), a.grad
        else:
            np.testing.assert_allclose(
                a.grad.numpy(), b.grad.numpy(force=True), rtol=2e-5, atol=1e-6
            )


def run_twice(f: Program, arrays: Sequence[np.ndarray]) -> None:
    """The second derivatives of `f(module, *tensors)` are torch's: those of the sum of the squares
    of its first ones.
    """
    found = []
    for m, make in ((gt, gt.from_numpy), (torch, as_torch)):
        xs = [make(a.astype(np.float64) if a.dtype.kind == "f" else a) for a in arrays]
        learnt = [x.requires_grad_() for x in xs if x.dtype.is_floating_point]
        results = [r for r in flat(f(m, *xs)) if r is not None and r.requires_grad]
        total = sum(((r * r).sum() for r in results), 0.0 * learnt[0].sum())
        first = m.autograd.grad(total, learnt, create_graph=True, allow_unused=True)
        again = [g for g in first if g is not None and g.requires_grad]
        second = m.autograd.grad(
            sum((g * g).sum() for g in again), learnt, allow_unused=True
        )  # fmt: skip
        found.append([
            np.zeros(tuple(x.shape)) if g is None else g.detach().numpy()
            for x, g in zip(learnt, second, strict=True)
        ])  # fmt: skip
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8)
