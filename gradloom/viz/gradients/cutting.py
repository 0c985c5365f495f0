"""One run of a framework's model in which the output of every layer is cut: what is computed of it
starts at a fresh leaf.

The framework's own derivatives between two cuts are then those of the ways that pass no other
layer, and no graph has to be taken apart.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np
import optree

from gradloom.ir.location import Location
from gradloom.viz.gradients.called import Calls, Choice, place_below
from gradloom.viz.gradients.layer import Layer
from gradloom.viz.gradients.stage import Stage


@dataclass
class Call:
    """A part of a model that is running; `layers` is how many there were before."""

    part: Any
    name: str
    place: Location | None
    layers: int

    @property
    def kind(self) -> str:
        """The name of its class."""
        return type(self.part).__name__


class Cutting(ABC):
    """The layers and stages of one run, as they come; what is a framework's is abstract.

    `program` itself is no layer: what it gives is the output. `outermost` is the frame that runs
    it.
    """

    def __init__(self, program: Any, choice: Choice, outermost: FrameType) -> None:
        self.layers: list[Layer] = []
        self.stages: list[Stage] = []
        self.calls = Calls(["input", "output", "loss"])
        self.running: list[Call] = []
        self._program, self._choice, self._outermost = program, choice, outermost
        self._leaves: dict[str, Any] = {}

    @abstractmethod
    def array(self, tensor: Any) -> np.ndarray:
        """The tensor's numbers."""

    @abstractmethod
    def can_be_layer(self, x: Any) -> bool:
        """Whether it is a plain tensor of real numbers."""

    @abstractmethod
    def computes(self, part: Any) -> bool:
        """Whether a part of the model does more than to give its input another shape."""

    @abstractmethod
    def copied(self, tensor: Any) -> Any:
        """The same numbers, computed from the tensor, and held by nobody else."""

    @abstractmethod
    def fresh(self, tensor: Any) -> tuple[Any, Any]:
        """A leaf with these numbers, which depends on nothing, and what the model goes on with."""

    @abstractmethod
    def sources(self, made: Any, leaves: Mapping[str, Any]) -> Sequence[str]:
        """The leaves, by name, from which a way leads to a tensor."""

    @abstractmethod
    def stage(self, name: str, made: Any, leaves: Mapping[str, Any]) -> Stage:
        """How the tensor comes from these leaves."""

    # ---- layers ----------------------------------------------------------------------------------

    def begin(self, input: Any) -> Any:
        """The first layer; gives what the program is run on."""
        numbers = self.array(input)
        self.layers.append(Layer("input", numbers.shape, numbers, op="input"))
        return self._go_on("input", input)

    def end(self, loss: Any, op: str) -> None:
        """The last layer."""
        self._note("loss", loss, self.sources(loss, self._leaves), op, None)

    def cut_all(self, name: str, output: Any, op: str, place: Location | None) -> Any:
        """The same structure of tensors, each cut that can be a layer, is asked for, and depends on
        the input.
        """
        paths, tensors, tree = optree.tree_flatten_with_path(output, none_is_leaf=True)
        done: dict[int, Any] = {}
        for path, tensor in zip(paths, tensors, strict=True):
            own = name + "".join(f"[{key}]" for key in path)
            asked = name == "output" or self._choice.keeps(own)
            if id(tensor) not in done and asked and self.can_be_layer(tensor):
                done[id(tensor)] = self._cut(own, tensor, op, place)
        return optree.tree_unflatten(tree, [done.get(id(x), x) for x in tensors])

    def _cut(self, name: str, tensor: Any, op: str, place: Location | None) -> Any:
        made = self.copied(tensor)  # the model may write to its own
        sources = self.sources(made, self._leaves)
        if not sources:
            return tensor
        self._note(name, made, sources, op, place)
        return self._go_on(name, made)

    def _go_on(self, name: str, tensor: Any) -> Any:
        self._leaves[name], stands = self.fresh(tensor)
        return stands

    def _note(
        self, name: str, made: Any, sources: Sequence[str], op: str, place: Location | None
    ) -> None:
        numbers = self.array(made)
        layer = Layer(name, numbers.shape, numbers, op=op)
        self.layers.append(layer if place is None else layer.at(place))
        leaves = {source: leaf for source, leaf in self._leaves.items() if source in sources}
        self.stages.append(self.stage(name, made, leaves))

    # ---- calls -----------------------------------------------------------------------------------

    def enter(self, part: Any, name: str) -> None:
        """A part of the model is called."""
        own = self.calls.name(name) if part is not self._program else name
        place = place_below(self._outermost)
        self.running.append(Call(part, own, place, len(self.layers)))

    def leave(self, output: Any) -> Any:
        """The part called last gives its output; gives what stands for it."""
        call = self.running.pop()
        if call.part is self._program or not self._takes(call):
            return output
        return self.cut_all(call.name, output, call.kind, call.place)

    def _takes(self, call: Call) -> bool:
        if self._choice.is_auto:
            return len(self.layers) == call.layers and self.computes(call.part)
        return self._choice.takes(call.name, call.part)

    def tell(self, error: Exception) -> None:
        """Note on an error which part was running."""
        if self.running:
            call = self.running[-1]
            at = f", called at {call.place.with_source()}" if call.place else ""
            error.add_note(f"in layer {call.name!r} ({call.kind}){at}")
