"""How a layer comes from those just before it, on a gradient tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, final

import numpy as np
import tensorflow as tf

from gradloom.ir.errors import NotDifferentiable
from gradloom.viz.gradients.stage import are_transposed
from gradloom.viz.gradients.tensorflow.arrays import array, eps

ONE_BY_ONE: Final = 32
"""Up to so many derivatives are taken from the tape one after the other, some 1 ms each for a
convolution. For more of them a graph is made, which takes 0.1 s, and then 0.1 ms for each.
"""


@final
@dataclass(eq=False)
class TapeStage:
    """`made` is the target as it was computed, `leaves` are the sources, at which the tape's record
    of it ends; so the tape's derivatives count the ways that pass no other layer.
    """

    target: str
    made: Any
    sources: tuple[str, ...]
    leaves: list[Any]
    tape: Any
    is_elementwise: bool = False  # a tape does not tell
    _pushes: dict[int, bool] = field(default_factory=dict)
    _graphs: dict[int, Any] = field(default_factory=dict)

    def pull(self, cotangents: np.ndarray) -> list[np.ndarray]:
        """`[many, *target] -> [many, *source]` for each source."""
        cts = tf.cast(tf.convert_to_tensor(cotangents), self.made.dtype)
        return [array(x) for x in self._each(-1, self._pull, cts)]

    def push(self, at: int, tangents: np.ndarray) -> np.ndarray:
        """`[many, *source] -> [many, *target]` for source number `at`.

        A pull is linear in its cotangent, and its transpose is the push: the derivative of a pull,
        pulled back. Where an op has no second derivative, or a part of it is not recorded, this
        raises `NotDifferentiable`.
        """
        if not self._pushes.setdefault(at, True):
            raise NotDifferentiable(f"{self.target} has no second derivative")
        try:
            pushed = self._push(at, tf.cast(tf.convert_to_tensor(tangents), self.leaves[at].dtype))
        except (LookupError, TypeError, ValueError, tf.errors.OpError) as error:
            self._pushes[at] = False
            raise NotDifferentiable(f"{self.target}: {error}") from error
        if not self._agrees(at, tangents, pushed):
            self._pushes[at] = False
            raise NotDifferentiable(f"{self.target}'s derivative is not all recorded")
        return pushed

    def _pull(self, ct: Any) -> list[Any]:
        return _dense(self.tape.gradient(
            self.made, self.leaves, output_gradients=ct, unconnected_gradients="zero"
        ))  # fmt: skip

    def _push(self, at: int, tangents: Any) -> np.ndarray:
        if len(tangents) > ONE_BY_ONE and at in self._graphs:
            return array(self._graphs[at](tangents)[0])
        with tf.GradientTape(persistent=True) as outer:
            ct = tf.zeros_like(self.made)
            outer.watch(ct)
            pulled = self._pull(ct)[at]

        def one(tangent: Any) -> list[Any]:
            return _dense([outer.gradient(
                pulled, ct, output_gradients=tangent, unconnected_gradients="zero"
            )])  # fmt: skip

        return array(self._each(at, one, tangents)[0])

    def _agrees(self, at: int, tangents: np.ndarray, pushed: np.ndarray) -> bool:
        """Whether a pull says the same: a gradient of the user's own may hide its derivative."""
        drawn = np.random.default_rng(0).normal(size=self.made.shape)
        ct = array(tf.cast(drawn, self.made.dtype))
        return are_transposed(tangents, pushed, ct, self.pull(ct[None])[at], eps(self.made))

    def _each(self, at: int, one: Callable[[Any], list[Any]], many: Any) -> Sequence[Any]:
        """`one` of each, stacked: in a loop. (tf.vectorized_map, which would take them all at once,
        ends the process for the derivative of Keras's attention, TensorFlow 2.21.)
        """
        if len(many) <= ONE_BY_ONE:
            each = [one(x) for x in many]
            return [tf.stack(parts) for parts in zip(*each, strict=True)]
        if at not in self._graphs:
            results = [leaf.dtype for leaf in self.leaves] if at < 0 else [self.made.dtype]
            looped = tf.function(
                lambda xs: tf.map_fn(one, xs, fn_output_signature=results), autograph=False
            )
            shape = tf.TensorSpec([None, *many.shape[1:]], many.dtype)
            self._graphs[at] = looped.get_concrete_function(shape)
        made: Sequence[Any] = self._graphs[at](many)
        return made


def _dense(parts: Sequence[Any]) -> list[Any]:
    return [tf.convert_to_tensor(x) for x in parts]  # of rows by index, too
