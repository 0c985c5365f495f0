"""A Keras model, or a function of TensorFlow's tensors, as a source."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, final

import keras
import numpy as np
import tensorflow as tf

from gradloom.ir.errors import ArgumentError, NotSupported, ShapeError
from gradloom.viz.gradients.called import Asked, Choice, cut_run, this_frame
from gradloom.viz.gradients.computed import Computed, Run, chosen_argument, loss_of
from gradloom.viz.gradients.tensorflow.arrays import (
    array,
    input_tensor,
    is_eager,
    other_argument,
    real_arrays,
)
from gradloom.viz.gradients.tensorflow.cuts import TapeCuts


@final
class TensorFlowProgram(Computed):
    """`program(*args)`, a Keras model, a `tf.Module` or a function, of which argument number
    `argnum` is the input.

    The loss is chosen as `Live` does, of TensorFlow's tensors. Layers are what Keras layers give,
    in the order of their calls, by their names behind those of the layers around them
    (`encoder/dense`); beside them the input, the output and the loss. `layers` is "auto" (layers
    that compute and have no layer inside), names, or a function of a name and a layer. A model is
    run as it predicts (`training=False`); its variables are as before afterwards.
    """

    def __init__(
        self, program: Callable[..., Any], args: Sequence[Any], target: Any = None, *,
        loss: Callable[..., Any] | None = None, layers: Asked = "auto", argnum: int = 0,
    ) -> None:  # fmt: skip
        _check(program)
        self._program, self._argnum, self._loss = program, argnum, _result_first(loss)
        dtype = _own_dtype(program)
        self._like = input_tensor(chosen_argument(args, argnum), dtype)
        self._args = [other_argument(x, dtype) for x in args]
        self._wanted = None if target is None else tf.convert_to_tensor(target)
        self._choice = Choice(layers)
        picture = None if self._wanted is None else array(self._wanted)
        super().__init__(_title(program), array(self._like), picture)

    def begin(self) -> None:
        """Nothing: it is looked at at every run."""

    def run(self, input: np.ndarray) -> Run:
        """The program run twice, in cuts and as it is, which must give the same."""
        x = tf.cast(tf.convert_to_tensor(input), self._like.dtype)
        cuts = TapeCuts(self._program, self._choice, this_frame())
        with self._untouched():
            parted = self._in_cuts(cuts, x)
        with self._untouched():
            whole = real_arrays(self._call(x))
        return cut_run(cuts.layers, cuts.stages, cuts.calls, self._choice, whole, parted)

    def _in_cuts(self, cuts: TapeCuts, x: Any) -> list[np.ndarray]:
        kind = self.title if isinstance(self._program, tf.Module) else ""
        with cuts.recording():
            leaf = cuts.begin(x)
            with cuts.watching():
                result = self._call(leaf)
            if not self._is_loss(result):
                result = cuts.cut_all("output", result, kind, None)
            cuts.end(self._loss_of(result), kind)
        return real_arrays(result)

    @contextmanager
    def _untouched(self) -> Iterator[None]:
        """Put back what a run changes in variables that are not trained."""
        kept = [(v, tf.identity(v)) for v in getattr(self._program, "non_trainable_variables", ())]
        try:
            yield
        finally:
            for variable, value in kept:
                variable.assign(value)

    def _call(self, x: Any) -> Any:
        args = [x if i == self._argnum else a for i, a in enumerate(self._args)]
        if not isinstance(self._program, keras.layers.Layer):
            return self._program(*args)
        inputs = getattr(self._program, "inputs", None)
        if isinstance(inputs, list) and len(inputs) == len(args) > 1:
            return self._program(args, training=False)
        return self._program(*args, training=False)

    def _is_loss(self, result: Any) -> bool:
        given = self._loss is not None or self._wanted is not None
        return not given and is_eager(result) and result.shape.rank == 0

    def _loss_of(self, result: Any) -> Any:
        wanted = self._wanted
        shape: tuple[int, ...] = ()
        if self._loss is None:
            if not is_eager(result):
                raise ArgumentError(
                    f"{self.title} gives a {type(result).__name__}, and one tensor is due",
                    hint="give loss=, a function of what it gives",
                )
            shape = tuple(result.shape)
            wanted = None if wanted is None else tf.cast(wanted, result.dtype)
        elif wanted is not None and wanted.dtype.is_floating and is_eager(result):
            wanted = tf.cast(wanted, result.dtype)
        loss = loss_of(result, shape, self._loss, wanted, tf.reduce_sum)
        if not is_eager(loss) or loss.shape.rank or not loss.dtype.is_floating:
            what = (
                f"{loss.dtype.name} of shape {tuple(loss.shape)}"
                if is_eager(loss)
                else type(loss).__name__
            )
            raise ShapeError(f"the loss is {what}, and one real number is due")
        return loss


def _check(program: Any) -> None:
    """Raises where a model cannot be run as it is without being changed."""
    if not isinstance(program, keras.layers.Layer):
        return
    if keras.backend.backend() != "tensorflow":
        raise NotSupported(
            f"Keras runs on {keras.backend.backend()} here, and is looked into on TensorFlow",
            hint="set KERAS_BACKEND=tensorflow before Keras is imported",
        )
    if not program.built:
        raise ArgumentError(
            f"{type(program).__name__} has no weights yet", hint="call the model once before"
        )


def _result_first(loss: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """The loss as a function of the result and the target; Keras's own take them the other way."""
    is_class = isinstance(loss, keras.losses.Loss)
    is_function = str(getattr(loss, "__module__", "")).partition(".")[0] == "keras"
    if loss is None or not (is_class or is_function):
        return loss
    return lambda result, target: loss(target, result)


def _own_dtype(program: Any) -> str | None:
    """What a model's own numbers are: those of its first weight of floats."""
    if not isinstance(program, keras.layers.Layer):
        return None
    dtypes = (str(weight.dtype) for weight in program.weights)
    return next((d for d in dtypes if "float" in d), program.variable_dtype)


def _title(program: Any) -> str:
    """A layer's name, a function's name."""
    if isinstance(program, functools.partial):
        return _title(program.func)
    if isinstance(program, keras.layers.Layer):
        return str(program.name)
    return str(getattr(program, "__name__", type(program).__name__))
