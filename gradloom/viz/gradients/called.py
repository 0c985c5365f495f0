"""What an adapter notes of the calls that a model makes: their names, their choice, their lines."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, final

import numpy as np

from gradloom.ir.errors import ArgumentError, NotSupported
from gradloom.ir.location import Location, user_frame
from gradloom.viz.gradients.computed import Run
from gradloom.viz.gradients.layer import Layer
from gradloom.viz.gradients.stage import Stage

Asked = str | Sequence[str] | Callable[[str, Any], bool]
"""Which parts of a framework's model are layers: "auto", names, or a question asked of every name
and part.
"""


@final
class Choice:
    """Which of the parts that a model calls are layers.

    A name without a number means every call of that part: "block.0" also "block.0#2".
    """

    def __init__(self, asked: Asked) -> None:
        self._ask = asked if callable(asked) else None
        self._wanted = [asked] if isinstance(asked, str) else [] if callable(asked) else list(asked)
        self.is_auto = asked == "auto"

    def takes(self, name: str, part: Any) -> bool:
        """Whether this call was asked for by name or by function."""
        if self._ask is not None:
            return bool(self._ask(name.partition("#")[0], part))
        return not {name, name.partition("#")[0]}.isdisjoint(
            wanted.partition("[")[0] for wanted in self._wanted
        )

    def keeps(self, layer: str) -> bool:
        """Whether a tensor that a taken call gives is a layer: "lstm[0]" may be named alone."""
        if self._ask is not None or self.is_auto:
            return True
        call = layer.partition("[")[0]
        names = {layer, call, call.partition("#")[0]}
        return any(w in names or layer.startswith(w + "[") for w in self._wanted)

    def check(self, layers: Sequence[str], called: Sequence[str]) -> None:
        """Raises `ArgumentError` where a name is no layer's; `called` are all calls there were."""
        if self._ask is not None or self.is_auto:
            return
        for wanted in self._wanted:
            if any(_is_of(layer, wanted) for layer in layers):
                continue
            why = (
                "has no part in the derivative of the loss by the input"
                if any(_is_of(name, wanted) for name in called)
                else "is not called"
            )
            raise ArgumentError(
                f"layers: {wanted!r} {why}",
                hint=f'say "auto", a function of name and part, or names of: {", ".join(called)}'[
                    :400
                ],
            )


def _is_of(layer: str, wanted: str) -> bool:
    call = layer.partition("[")[0]
    return wanted in (layer, call, call.partition("#")[0]) or layer.startswith(wanted + "[")


@final
class Calls:
    """Names of calls, in order: the second one of "conv" is "conv#2"."""

    def __init__(self, taken: Sequence[str]) -> None:
        self._counts = Counter(taken)
        self._taken = set(taken)
        self.names: list[str] = []

    def name(self, part: str) -> str:
        """The name of the next call of this part."""
        name = ""
        while not name or name in self._taken:  # a part may itself be called "conv#2"
            self._counts[part] += 1
            count = self._counts[part]
            name = part if count == 1 else f"{part}#{count}"
        self._taken.add(name)
        self.names.append(name)
        return name


def cut_run(
    layers: Sequence[Layer], stages: Sequence[Stage], calls: Calls, choice: Choice,
    whole: Sequence[np.ndarray], cut: Sequence[np.ndarray], notes: tuple[str, ...] = (),
) -> Run:  # fmt: skip
    """What a run in cuts tells, once its results are those of the run without."""
    _check_same(whole, cut)
    kept, used = _reaching(layers, stages)
    choice.check([layer.name for layer in kept], calls.names)
    return Run(kept, used, notes=notes)


def _reaching(
    layers: Sequence[Layer], stages: Sequence[Stage]
) -> tuple[tuple[Layer, ...], tuple[Stage, ...]]:
    """Those from which a way leads to the loss, and the input. Raises `ArgumentError` where the
    input is not among them.
    """
    needed = {"loss"}
    for stage in reversed(stages):
        if stage.target in needed:
            needed.update(stage.sources)
    if "input" not in needed:
        raise ArgumentError(
            "the loss does not depend on the input by a way that has a derivative",
            hint="is the input used, and as floats?",
        )
    kept = tuple(layer for layer in layers if layer.name in needed)
    return kept, tuple(stage for stage in stages if stage.target in needed)


def _check_same(whole: Sequence[np.ndarray], cut: Sequence[np.ndarray]) -> None:
    """Raises `NotSupported` where a program's results are others when it is run in cuts: it writes
    to what a layer gave by another way, or draws numbers that are not fixed.
    """
    for a, b in zip(whole, cut, strict=True):
        size = np.max(np.abs(a[np.isfinite(a)]), initial=0.0)
        slack = float(np.sqrt(np.finfo(a.dtype).eps)) * float(size)  # sums in another order
        if not np.allclose(a, b, rtol=0, atol=slack, equal_nan=True):
            raise NotSupported(
                f"cut into layers, its result differs by {np.nanmax(np.abs(a - b)):.3g} of "
                f"{size:.3g}",
                hint="a layer's tensor is shared and written to, or numbers are drawn outside of "
                "the framework: choose fewer layers (layers=)",
            )


def place_below(outermost: FrameType) -> Location | None:
    """The nearest line of the user's own code that is running, if `outermost` called it: what
    called us is no part of the program.
    """
    found = user_frame(1)
    frame: FrameType | None = found
    while frame is not None and frame is not outermost:
        frame = frame.f_back
    if found is None or frame is None:
        return None
    return Location(found.f_code.co_filename, found.f_lineno, found.f_code.co_qualname)


def this_frame() -> FrameType:
    """The frame of the function that calls this one."""
    return sys._getframe(1)
