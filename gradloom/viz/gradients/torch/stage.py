"""How a layer comes from those just before it, in torch's own record of a run."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
import torch

from gradloom.ir.errors import NotDifferentiable
from gradloom.viz.gradients.stage import are_transposed
from gradloom.viz.gradients.torch.arrays import array, like


@final
@dataclass(eq=False)
class TorchStage:
    """`made` is the target as it was computed, `leaves` are the sources, at which the record ends.

    `made` is read from the leaves alone, so that torch's derivatives of it by them count the ways
    that pass no other layer.
    """

    target: str
    made: torch.Tensor
    sources: tuple[str, ...]
    leaves: list[torch.Tensor]
    is_elementwise: bool = False
    _is_looped: bool = False
    _pushes: dict[int, bool] = field(default_factory=dict)

    def pull(self, cotangents: np.ndarray) -> list[np.ndarray]:
        """`[many, *target] -> [many, *source]` for each source."""
        with torch.inference_mode(False):
            pulled = self._pull(self.made, self.leaves, like(cotangents, self.made))
        many = len(cotangents)
        return [
            np.zeros((many, *leaf.shape), array(leaf.new_zeros(())).dtype)
            if part is None
            else array(part)
            for part, leaf in zip(pulled, self.leaves, strict=True)
        ]

    def push(self, at: int, tangents: np.ndarray) -> np.ndarray:
        """`[many, *source] -> [many, *target]` for source number `at`.

        A pull is linear in its cotangent, and its transpose is the push: the derivative of a pull,
        pulled back. Where torch cannot go through a derivative twice, or loses a part of it there,
        this raises `NotDifferentiable`.
        """
        if not self._pushes.setdefault(at, True):
            raise NotDifferentiable(f"{self.target} has no second derivative")
        try:
            with torch.inference_mode(False), torch.enable_grad():
                pushed = self._push(at, like(tangents, self.leaves[at]))
        except RuntimeError as error:
            self._pushes[at] = False
            raise NotDifferentiable(f"{self.target}: {error}") from error
        if not self._agrees(at, tangents, pushed):
            self._pushes[at] = False
            raise NotDifferentiable(f"{self.target}'s derivative is not all recorded")
        return pushed

    def _push(self, at: int, tangents: torch.Tensor) -> np.ndarray:
        ct = torch.zeros_like(self.made, requires_grad=True)
        (pulled,) = torch.autograd.grad(
            [self.made], [self.leaves[at]], [ct], create_graph=True, allow_unused=True
        )
        pushed = None
        if pulled is not None and pulled.requires_grad:
            (pushed,) = self._pull(pulled, [ct], tangents)
        if pushed is None:
            return np.zeros((len(tangents), *ct.shape), array(ct).dtype)
        return array(pushed)

    def _agrees(self, at: int, tangents: np.ndarray, pushed: np.ndarray) -> bool:
        """Whether a pull says the same: a function of the user's own may hide its derivative."""
        ct = array(like(np.random.default_rng(0).normal(size=self.made.shape), self.made))
        eps = torch.finfo(self.made.dtype).eps
        return are_transposed(tangents, pushed, ct, self.pull(ct[None])[at], eps)

    def _pull(
        self, made: torch.Tensor, leaves: Sequence[torch.Tensor], cotangents: torch.Tensor
    ) -> Sequence[torch.Tensor | None]:
        """All at once where torch has that for every op on the way, else one after the other."""
        if len(cotangents) > 1 and not self._is_looped:
            try:
                return _grad(made, leaves, cotangents, is_grads_batched=True)
            except RuntimeError:
                self._is_looped = True
        each = [_grad(made, leaves, ct) for ct in cotangents]
        return [_stacked(parts) for parts in zip(*each, strict=True)]


def _stacked(parts: Iterable[torch.Tensor | None]) -> torch.Tensor | None:
    """One tensor of them all, None counting as zeros."""
    given = list(parts)
    some = next((p for p in given if p is not None), None)
    if some is None:
        return None
    return torch.stack([torch.zeros_like(some) if p is None else p for p in given])


def _grad(
    made: torch.Tensor, leaves: Sequence[torch.Tensor], ct: torch.Tensor, **how: bool
) -> tuple[torch.Tensor | None, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ops that are not as fast as others at many at once
        pulled: tuple[torch.Tensor | None, ...] = torch.autograd.grad(
            [made], leaves, [ct], retain_graph=True, allow_unused=True, **how
        )
    return pulled
