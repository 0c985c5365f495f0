"""A torch module, or a function of torch tensors, as a source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, final

import numpy as np
import torch
from torch import nn

from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.viz.gradients.called import Asked, Choice, cut_run, this_frame
from gradloom.viz.gradients.computed import Computed, Run, chosen_argument, loss_of
from gradloom.viz.gradients.torch.arrays import array, input_tensor, other_argument, real_arrays
from gradloom.viz.gradients.torch.cuts import TorchCuts
from gradloom.viz.gradients.torch.modules import (
    check_modules,
    floating_weight,
    is_training,
    names_of,
    plain,
    roots_of,
    title_of,
)
from gradloom.viz.gradients.torch.state import Drawn, untouched

_TRAINING: Final = (
    "it is in training mode: every run draws the same random numbers, and running statistics are "
    "as before"
)


@final
class TorchProgram(Computed):
    """`program(*args)`, a module or a function, of which argument number `argnum` is the input.

    The loss is chosen as `Live` does, of torch's tensors. Layers are what modules give, in the
    order of their calls, by their qualified names; beside them the input, the output and the loss.
    `layers` is "auto" (modules that compute and have no layer inside), names, or a function of a
    name and a module. The program runs in the mode it is in, on copies of its buffers, and with the
    same random numbers every time; nothing of it is changed.
    """

    def __init__(
        self, program: Callable[..., Any], args: Sequence[Any], target: Any = None, *,
        loss: Callable[..., Any] | None = None, layers: Asked = "auto", argnum: int = 0,
    ) -> None:  # fmt: skip
        self._program = plain(program)
        self._roots = roots_of(self._program)
        check_modules(self._roots)
        weight = floating_weight(self._roots)
        self._like = input_tensor(chosen_argument(args, argnum), weight)
        if self._like.is_meta:
            raise ArgumentError("the input is on the meta device: it has no numbers")
        self._args = [other_argument(x, weight) for x in args]
        self._argnum = argnum
        wanted = target.detach() if isinstance(target, torch.Tensor) else target
        self._wanted = None if wanted is None else torch.as_tensor(wanted)
        self._loss = loss
        self._choice = Choice(layers)
        picture = None if self._wanted is None else array(self._wanted)
        super().__init__(title_of(self._program), array(self._like), picture)

    def begin(self) -> None:
        """The modules' names anew, and the random numbers of now."""
        check_modules(self._roots)
        self._names = names_of(self._roots)
        self._drawn = Drawn(self._like.device)

    def run(self, input: np.ndarray) -> Run:
        """The program run twice, in cuts and as it is, which must give the same."""
        cuts = TorchCuts(self._program, self._names, self._choice, this_frame())
        with untouched(self._roots):
            x = torch.tensor(input, dtype=self._like.dtype, device=self._like.device)
            with self._drawn.again():
                parted = self._in_cuts(cuts, x)
            with self._drawn.again():
                whole = real_arrays(self._call(x.requires_grad_().clone()))
        notes = (_TRAINING,) if is_training(self._roots) else ()
        return cut_run(cuts.layers, cuts.stages, cuts.calls, self._choice, whole, parted, notes)

    def _in_cuts(self, cuts: TorchCuts, x: torch.Tensor) -> list[np.ndarray]:
        kind = self.title if isinstance(self._program, nn.Module) else ""
        leaf = cuts.begin(x)
        with cuts.watching():
            result = self._call(leaf)
        if not self._is_loss(result):
            result = cuts.cut_all("output", result, kind, None)
        cuts.end(self._loss_of(result), kind)
        return real_arrays(result)

    def _call(self, x: torch.Tensor) -> Any:
        args = [
            x if i == self._argnum else a.clone() if isinstance(a, torch.Tensor) else a
            for i, a in enumerate(self._args)
        ]
        return self._program(*args)

    def _is_loss(self, result: Any) -> bool:
        given = self._loss is not None or self._wanted is not None
        return not given and isinstance(result, torch.Tensor) and result.ndim == 0

    def _loss_of(self, result: Any) -> torch.Tensor:
        wanted = self._wanted
        shape: tuple[int, ...] = ()
        if self._loss is None:
            if not isinstance(result, torch.Tensor):
                raise ArgumentError(
                    f"{self.title} gives a {type(result).__name__}, and one tensor is due",
                    hint="give loss=, a function of what it gives",
                )
            shape = tuple(result.shape)
            wanted = None if wanted is None else wanted.to(result)
        elif wanted is not None:
            wanted = wanted.to(self._like.device)
            if wanted.is_floating_point() and isinstance(result, torch.Tensor):
                wanted = wanted.to(result.dtype)
        loss = loss_of(result, shape, self._loss, wanted, torch.sum)
        if not isinstance(loss, torch.Tensor) or loss.ndim or not loss.is_floating_point():
            what = (
                f"{loss.dtype} of shape {tuple(loss.shape)}"
                if isinstance(loss, torch.Tensor)
                else type(loss).__name__
            )
            raise ShapeError(f"the loss is {what}, and one real number is due")
        return loss
