"""Keras layers cut where they return."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, final

import keras
import numpy as np
import optree
import tensorflow as tf

from gradloom.viz.gradients.called import Choice
from gradloom.viz.gradients.cutting import Cutting
from gradloom.viz.gradients.stage import Stage
from gradloom.viz.gradients.tensorflow.arrays import array, is_eager
from gradloom.viz.gradients.tensorflow.stage import TapeStage

_CARRY: Final = (
    keras.layers.ActivityRegularization, keras.layers.AlphaDropout, keras.layers.Dropout,
    keras.layers.Flatten, keras.layers.GaussianDropout, keras.layers.GaussianNoise,
    keras.layers.Identity, keras.layers.InputLayer, keras.layers.Reshape,
)  # fmt: skip
"""Layers whose output is their input, in another shape, outside of training."""
_PATCHED: Final = threading.RLock()
"""Held while calls of layers are watched: they are, one run after the other."""


@final
class TapeCuts(Cutting):
    """Cuts on one persistent tape, which records while it is watching."""

    def __init__(self, program: Any, choice: Choice, outermost: FrameType) -> None:
        super().__init__(program, choice, outermost)
        self._tape = tf.GradientTape(persistent=True)
        self._thread = threading.get_ident()

    def array(self, tensor: Any) -> np.ndarray:
        """Its numbers; those of formats that numpy lacks as float32."""
        return array(tensor)

    def can_be_layer(self, x: Any) -> bool:
        """Whether it is a tensor of floats that has numbers."""
        return is_eager(x) and x.dtype.is_floating and bool(tf.size(x) > 0)

    def computes(self, part: Any) -> bool:
        """Whether the layer is none of those that carry their input."""
        return not isinstance(part, _CARRY)

    def copied(self, tensor: Any) -> Any:
        """The same tensor, made anew."""
        return tf.identity(tensor)

    def fresh(self, tensor: Any) -> tuple[Any, Any]:
        """A watched tensor, which is its own stand-in: nobody can write to it."""
        leaf = tf.stop_gradient(tensor)
        self._tape.watch(leaf)
        return leaf, leaf

    def sources(self, made: Any, leaves: Mapping[str, Any]) -> Sequence[str]:
        """The leaves that the tape gives a derivative by."""
        with self._tape.stop_recording():
            parts = self._tape.gradient(made, list(leaves.values()))
        return [name for name, part in zip(leaves, parts, strict=True) if part is not None]

    def stage(self, name: str, made: Any, leaves: Mapping[str, Any]) -> Stage:
        """The tape's record of it."""
        return TapeStage(name, made, tuple(leaves), list(leaves.values()), self._tape)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record what is computed inside."""
        with self._tape:
            yield

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Cut what the layers give that are called inside, by this thread."""
        with _PATCHED:
            call = keras.layers.Layer.__call__

            def watched(layer: Any, *args: Any, **options: Any) -> Any:
                if threading.get_ident() != self._thread or self._is_inside_loop():
                    return call(layer, *args, **options)
                self.enter(layer, self._path(layer))
                output = call(layer, *args, **options)
                return _masked(output, self.leave(output))

            keras.layers.Layer.__call__ = watched
            try:
                yield
            except Exception as error:
                self.tell(error)
                raise
            finally:
                keras.layers.Layer.__call__ = call

    def _is_inside_loop(self) -> bool:
        """Whether a recurrent layer runs: its cell is called once per step."""
        within = any(isinstance(c.part, keras.layers.RNN) for c in self.running)
        return within and self._choice.is_auto

    def _path(self, layer: Any) -> str:
        """Its name behind those of the layers that call it: `encoder/dense`."""
        around = [c.part.name for c in self.running if c.part is not self._program]
        return "/".join([*around, layer.name])


def _masked(output: Any, stands: Any) -> Any:
    """What stands for an output, with its masks."""
    for old, new in zip(optree.tree_leaves(output), optree.tree_leaves(stands), strict=True):
        mask = getattr(old, "_keras_mask", None)  # where Keras keeps it on an eager tensor
        if mask is not None and new is not old:
            new._keras_mask = mask
    return stands
