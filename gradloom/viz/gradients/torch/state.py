"""A module's run that leaves no trace in it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import nn

from gradloom.viz.gradients.torch.modules import modules_of


class Drawn:
    """The state of torch's random numbers at one moment, on this computer and one device."""

    def __init__(self, device: torch.device) -> None:
        self._devices = [device] if device.type == "cuda" else []
        self._here = torch.get_rng_state()
        self._there = [torch.cuda.get_rng_state(d) for d in self._devices]

    @contextmanager
    def again(self) -> Iterator[None]:
        """Draw the same numbers inside, and go on outside as if none had been drawn."""
        with torch.random.fork_rng(devices=self._devices):
            torch.set_rng_state(self._here)
            for device, state in zip(self._devices, self._there, strict=True):
                torch.cuda.set_rng_state(state, device)
            yield


@contextmanager
def untouched(roots: dict[str, nn.Module]) -> Iterator[None]:
    """Run with gradients, eagerly, on copies of all buffers: running statistics stay what they are.

    The buffers are exchanged rather than written back: torch counts writes, and would refuse
    derivatives through what was written to.
    """
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        if "torch._dynamo" in sys.modules:  # loaded by whoever compiles; it takes seconds
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        stack.enter_context(warnings.catch_warnings())
        # Of hooks that are called once more; `Cuts` passes over compiled shells.
        warnings.filterwarnings("ignore", "Using `torch.compile")
        for module in modules_of(roots):
            for name, buffer in list(module.named_buffers(recurse=False)):
                stack.callback(setattr, module, name, buffer)
                setattr(module, name, buffer.clone())
        yield
