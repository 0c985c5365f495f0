"""The TensorFlow backend: `tf.function` of the emitted function, one trace per signature."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from gradloom.backends.backend import Backend, Dialect, Runner
from gradloom.backends.tensorflow import special, window
from gradloom.backends.tensorflow.kernels import CALLS
from gradloom.backends.tensorflow.table import ABSENT, BY_HAND, TABLE
from gradloom.ir import ops as o
from gradloom.ir.op import Op
from gradloom.ir.types import DType


def _dtype(dtype: DType) -> str:
    experimental = "dtypes.experimental." if dtype.name.startswith("float8") else ""
    return f"tf.{experimental}{dtype.name}"


def _is_native(value: Any) -> bool:
    import tensorflow as tf

    return isinstance(value, tf.Tensor | tf.Variable)


def _from_numpy(array: Any, device: str | None) -> Any:
    import tensorflow as tf

    with tf.device(device):
        return tf.constant(np.asarray(array))


def _compile(main: Callable[..., Any]) -> Callable[..., Any]:
    import tensorflow as tf

    function = tf.function(main, autograph=False)
    traced: dict[Any, Callable[..., Any]] = {}

    def run(*tensors: Any) -> Any:
        """Calls the trace for these shapes (what a `tf.function` looks up, without its
        warnings).
        """
        shapes = tuple([tuple(t.shape) for t in tensors])
        found = traced.get(shapes)
        if found is None:
            found = traced[shapes] = function.get_concrete_function(*tensors)
        return found(*tensors)

    return _as_numpy_raises(run)


_SINGULAR: Final = ("nput is not invertible", "nput matrix is not invertible")
_NO_VALUES: Final = ("igen decomposition was not successful",)
_OUTSIDE: Final = re.compile(r"indices.* = .* does not index into.*")


def _as_numpy_raises(run: Callable[..., Any]) -> Callable[..., Any]:
    """`run`, where what numpy would tell by a `LinAlgError` or an `IndexError` is told by one."""
    import tensorflow as tf

    def guarded(*tensors: Any) -> Any:
        try:
            return run(*tensors)
        except tf.errors.InvalidArgumentError as error:
            for text in (*_SINGULAR, *_NO_VALUES):
                if text in str(error):
                    what = "Singular matrix" if text in _SINGULAR else "E" + text
                    raise np.linalg.LinAlgError(what) from error
            outside = _OUTSIDE.search(str(error))
            if outside is not None:
                raise IndexError(f"index out of bounds: {outside[0]}") from error
            raise

    return guarded


def _devices() -> tuple[str, ...]:
    import tensorflow as tf

    return tuple(
        d.name.removeprefix("/physical_device:") for d in tf.config.list_physical_devices()
    )


_SILENT: Final = frozenset([o.cholesky, o.triangular_solve, o.svd, o.svd_full])
"""What gives NaN, or an infinite number, where numpy raises."""


def _silent(device: str | None) -> frozenset[Op]:
    """On a GPU `gather_nd` reads 0 past the end, and a scatter leaves out what lies there."""
    import tensorflow as tf

    on_gpu = tf.config.list_physical_devices("GPU") and "CPU" not in (device or "").upper()
    return _SILENT | {o.gather, o.scatter} if on_gpu else _SILENT


_COMPILED: Final = Backend(
    name="tensorflow",
    package="tensorflow",
    extra="tensorflow",
    table=TABLE,
    absences=ABSENT,
    dialect=Dialect(
        imports=("import tensorflow as tf",),
        names=("tf", "np"),
        dtype=_dtype,
        scalar=lambda number, dtype: f"tf.constant({number}, {dtype})",
        full=lambda shape, number, dtype, site: f"tf.fill({shape}, tf.constant({number}, {dtype}))",
        constant=lambda text, cast: f"tf.constant({text}{f', {cast}' if cast else ''})",
        # TensorFlow fixes a number's dtype before it looks at the tensor beside it.
        bare_numbers=lambda dtype: False,
    ),
    runner=Runner(
        is_native=_is_native,
        from_numpy=_from_numpy,
        to_numpy=lambda tensor: tensor.numpy(),
        compile=_compile,
        devices=_devices,
    ),
    asserts="code",
    silent=_silent,
    serves={o.conv: window.serves, **special.SERVES},
    calls=CALLS,
)

BACKEND: Final = replace(
    _COMPILED,
    by_hand=replace(
        _COMPILED,
        asserts="both",
        table=BY_HAND,
        runner=replace(_COMPILED.runner, compile=_as_numpy_raises),
    ),
)
