"""One run of a program in which the output of every layer is cut: what is computed of it starts at
a fresh leaf.

Torch's derivatives between two cuts are then those of the ways that pass no other layer, and no
graph has to be taken apart.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, final

import optree
import torch
from torch import nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)

from gradloom.ir.location import Location
from gradloom.viz.gradients.called import Calls, Choice, place_below
from gradloom.viz.gradients.layer import Layer
from gradloom.viz.gradients.torch.arrays import array
from gradloom.viz.gradients.torch.modules import computes, is_shell
from gradloom.viz.gradients.torch.stage import TorchStage


@dataclass
class _Call:
    """A module that is running; `has_layers` where one inside it is a layer."""

    module: nn.Module
    name: str
    place: Location | None
    has_layers: bool = False


@final
class Cuts:
    """The layers and stages of one run, as they come."""

    def __init__(self, program: Any, names: dict[int, str], choice: Choice) -> None:
        self.layers: list[Layer] = []
        self.stages: list[TorchStage] = []
        self.calls = Calls(["input", "output", "loss"])
        self._program, self._names, self._choice = program, names, choice
        self._leaves: dict[int, tuple[str, torch.Tensor]] = {}
        self._running: list[_Call] = []
        self._thread = threading.get_ident()
        self._outermost: FrameType | None = None

    def begin(self, input: torch.Tensor) -> torch.Tensor:
        """The first layer; gives what the program is run on."""
        self.layers.append(Layer("input", tuple(input.shape), array(input), op="input"))
        return self._leaf("input", input)

    def cut_all(self, name: str, output: Any, op: str, place: Location | None) -> Any:
        """The same structure of tensors, each cut that can be a layer and is asked for."""
        paths, leaves, tree = optree.tree_flatten_with_path(output, none_is_leaf=True)
        done: dict[int, torch.Tensor] = {}
        for path, leaf in zip(paths, leaves, strict=True):
            own = name + "".join(f"[{key}]" for key in path)
            asked = name == "output" or self._choice.keeps(own)
            if id(leaf) not in done and _can_be_layer(leaf) and asked:
                done[id(leaf)] = self._cut(own, leaf, op, place)
        return optree.tree_unflatten(tree, [done.get(id(leaf), leaf) for leaf in leaves])

    def _cut(
        self, name: str, tensor: torch.Tensor, op: str, place: Location | None
    ) -> torch.Tensor:
        """The layer of this name, and what stands for it from here on: the tensor itself where it
        does not depend on the input.
        """
        made = tensor.clone()  # the caller may write to its own
        sources = self._sources(made)
        if not sources:
            return tensor
        self._note(name, made, sources, op, place)
        return self._leaf(name, made.detach())

    def end(self, loss: torch.Tensor, op: str) -> None:
        """The last layer."""
        self._note("loss", loss, self._sources(loss), op, None)

    def _note(
        self, name: str, made: torch.Tensor, sources: list[str], op: str, place: Location | None
    ) -> None:
        layer = Layer(name, tuple(made.shape), array(made), op=op)
        self.layers.append(layer if place is None else layer.at(place))
        found = {source: leaf for source, leaf in self._leaves.values() if source in sources}
        self.stages.append(TorchStage(name, made, tuple(found), list(found.values())))

    def _leaf(self, name: str, tensor: torch.Tensor) -> torch.Tensor:
        leaf = tensor.detach().requires_grad_()
        self._leaves[id(leaf)] = (name, leaf)
        return leaf.clone()  # a leaf must not be written to, and the program may

    def _sources(self, tensor: torch.Tensor) -> list[str]:
        """The layers that torch's record of a tensor ends at."""
        found: list[str] = []
        seen: set[Any] = {None}
        due = [tensor.grad_fn]
        while due:
            node = due.pop()
            if node in seen or node is None:
                continue
            seen.add(node)
            variable = getattr(node, "variable", None)  # of a leaf's node
            if id(variable) in self._leaves:
                found.append(self._leaves[id(variable)][0])
            due += [before for before, _ in node.next_functions]
        return found

    # ---- modules ---------------------------------------------------------------------------------

    @contextmanager
    def watching(self, outermost: FrameType) -> Iterator[None]:
        """Cut what the modules give that are called inside, by this frame. No module is touched:
        the hooks are torch's own for all modules, and heed this thread alone.
        """
        self._outermost = outermost
        enter = register_module_forward_pre_hook(self._enter)
        leave = register_module_forward_hook(self._leave)
        try:
            yield
        except Exception as error:
            self._tell(error)
            raise
        finally:
            enter.remove()
            leave.remove()
            self._outermost = None  # a frame holds all that its function does

    def _tell(self, error: Exception) -> None:
        if self._running:
            call = self._running[-1]
            at = f", called at {call.place.with_source()}" if call.place else ""
            error.add_note(f"in layer {call.name!r} ({type(call.module).__name__}){at}")

    def _enter(self, module: nn.Module, args: Any) -> None:
        if threading.get_ident() != self._thread or is_shell(module):
            return
        assert self._outermost is not None
        kind = type(module).__name__
        part = self._names.get(id(module), kind)
        name = self.calls.name(part) if module is not self._program else self._names[id(module)]
        self._running.append(_Call(module, name or kind, place_below(self._outermost)))

    def _leave(self, module: nn.Module, args: Any, output: Any) -> Any:
        if threading.get_ident() != self._thread or is_shell(module):
            return None
        call = self._running.pop()
        before = len(self.layers)
        made = output
        if module is not self._program and self._takes(call):
            made = self.cut_all(call.name, output, type(call.module).__name__, call.place)
        if self._running and (call.has_layers or len(self.layers) > before):
            self._running[-1].has_layers = True
        return made

    def _takes(self, call: _Call) -> bool:
        if self._choice.is_auto:
            return not call.has_layers and computes(call.module)
        return self._choice.takes(call.name, call.module)


def _can_be_layer(x: Any) -> bool:
    """Whether it is a plain tensor of real numbers that depends on something."""
    return (
        isinstance(x, torch.Tensor)
        and x.layout == torch.strided
        and not x.is_nested
        and not x.is_quantized
        and x.is_floating_point()
        and x.requires_grad
        and x.numel() > 0
    )
