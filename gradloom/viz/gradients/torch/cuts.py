"""torch modules cut into layers, by hooks."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, final

import numpy as np
import torch
from torch import nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)

from gradloom.viz.gradients.called import Choice
from gradloom.viz.gradients.cutting import Cutting
from gradloom.viz.gradients.stage import Stage
from gradloom.viz.gradients.torch.arrays import array
from gradloom.viz.gradients.torch.elementwise import is_elementwise
from gradloom.viz.gradients.torch.modules import computes, is_shell
from gradloom.viz.gradients.torch.stage import TorchStage


@final
class TorchCuts(Cutting):
    """Cuts where modules return; `names` are those of the modules that are known."""

    def __init__(
        self, program: Any, names: Mapping[int, str], choice: Choice, outermost: FrameType
    ) -> None:
        super().__init__(program, choice, outermost)
        self._names = names
        self._thread = threading.get_ident()

    def array(self, tensor: Any) -> np.ndarray:
        """Its numbers; those of formats that numpy lacks as float32."""
        return array(tensor)

    def can_be_layer(self, x: Any) -> bool:
        """Whether it is a dense tensor of floats that something has a derivative by."""
        return (
            isinstance(x, torch.Tensor)
            and x.layout == torch.strided
            and not x.is_nested
            and not x.is_quantized
            and x.is_floating_point()
            and x.requires_grad
            and x.numel() > 0
        )

    def computes(self, part: Any) -> bool:
        """Whether the module is none of those that carry their input."""
        return computes(part)

    def copied(self, tensor: Any) -> Any:
        """A clone."""
        return tensor.clone()

    def fresh(self, tensor: Any) -> tuple[Any, Any]:
        """A leaf and a clone of it: a leaf must not be written to, and the program may."""
        leaf = tensor.detach().requires_grad_()
        return leaf, leaf.clone()

    def sources(self, made: Any, leaves: Mapping[str, Any]) -> Sequence[str]:
        """The leaves that torch's record of a tensor ends at."""
        names = {id(leaf): name for name, leaf in leaves.items()}
        found: list[str] = []
        seen: set[Any] = set()
        due = [made.grad_fn]
        while due:
            node = due.pop()
            if node is None or node in seen:
                continue
            seen.add(node)
            variable = id(getattr(node, "variable", None))  # of a leaf's node
            if variable in names:
                found.append(names[variable])
            due += [before for before, _ in node.next_functions]
        return found

    def stage(self, name: str, made: Any, leaves: Mapping[str, Any]) -> Stage:
        """torch's record of it."""
        tensors = list(leaves.values())
        return TorchStage(name, made, tuple(leaves), tensors, is_elementwise(made, tensors))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Cut what the modules give that are called inside. No module is touched: the hooks are
        torch's own for all modules, and heed this thread alone.
        """
        enter = register_module_forward_pre_hook(self._enter)
        leave = register_module_forward_hook(self._leave)
        try:
            yield
        except Exception as error:
            self.tell(error)
            raise
        finally:
            enter.remove()
            leave.remove()

    def _heeds(self, module: nn.Module) -> bool:
        return threading.get_ident() == self._thread and not is_shell(module)

    def _enter(self, module: nn.Module, args: Any) -> None:
        if self._heeds(module):
            kind = type(module).__name__
            self.enter(module, self._names.get(id(module), kind) or kind)

    def _leave(self, module: nn.Module, args: Any, output: Any) -> Any:
        return self.leave(output) if self._heeds(module) else None
