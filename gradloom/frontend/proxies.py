"""numpy's names that no protocol reaches because they are no functions of arrays: r_, c_ and
vectorize.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.numpy.lift import as_array
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer, any_tracer, refuse

_UNROLLED: Final = 256
"""So many calls of a vectorized function are written out; more run as one mapped call."""


def _parts(key: Any, name: str, original: Any) -> list[Any]:
    parts = key if isinstance(key, tuple) else (key,)
    if any(isinstance(p, str) for p in parts):
        raise refuse(f"np.{name}", "a string directive beside traced values", "use np.concatenate")
    return [np.r_[p] if isinstance(p, slice) else as_array(p) for p in parts]


def _rows(key: Any, original: Any) -> Any:
    return np.concatenate([np.atleast_1d(p) for p in _parts(key, "r_", original)])


def _columns(key: Any, original: Any) -> Any:
    parts = [np.atleast_1d(p) for p in _parts(key, "c_", original)]
    return np.concatenate([p[:, None] if p.ndim == 1 else p for p in parts], axis=-1)


@final
class Joined:
    """np.r_ or np.c_: the original, or a concatenation where a traced value stands in the key."""

    def __init__(self, original: Any, joined: Callable[[Any, Any], Any]) -> None:
        self._original = original
        self._joined = joined

    def __getitem__(self, key: Any) -> Any:
        if current_trace() is None or not any_tracer(key):
            return self._original[key]
        return self._joined(key, self._original)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


JOINED: Final = {"r_": Joined(np.r_, _rows), "c_": Joined(np.c_, _columns)}


def vectorized(original: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    """What a call of an `np.vectorize` object gives: the function of every element."""
    if not any_tracer([*args, *kwargs.values()]):
        return original(self, *args, **kwargs)
    settings: Any = self
    if settings.signature is not None or settings.excluded or kwargs:
        raise refuse(
            "np.vectorize", "signature=, excluded= and keywords are not offered", "use gl.vmap"
        )
    xs: Any = np.broadcast_arrays(*[as_array(a) for a in args])
    shape, size = xs[0].shape, xs[0].size
    if not isinstance(size, int) or size == 0:
        raise refuse("np.vectorize", f"its arguments have {size} elements", "use gl.vmap")
    flat = [x.reshape(-1) for x in xs]
    if size > _UNROLLED:
        return _by_vmap(self, flat, shape)
    results = [self.pyfunc(*[x[i] for x in flat]) for i in range(size)]
    if isinstance(results[0], tuple):
        columns = [list(column) for column in zip(*results, strict=True)]
        return tuple(_filled(c, shape, self.otypes, i) for i, c in enumerate(columns))
    return _filled(results, shape, self.otypes, 0)


def _filled(values: Any, shape: Any, otypes: Any, i: int) -> Any:
    """The results as an array of this shape, in the dtype asked for, else that of the first."""
    first = values[0]
    dtype = np.dtype(otypes[i]) if otypes else np.dtype(getattr(first, "dtype", type(first)))
    made: Any = np.stack([as_array(v).astype(dtype) for v in values])
    return made.reshape(shape)


def _by_vmap(self: Any, flat: list[Tracer], shape: Any) -> Any:
    from gradloom.frontend.mapped import mapped

    found = mapped(self.pyfunc, 0, 0, tuple(flat), {})
    several = found if isinstance(found, tuple) else (found,)
    made = []
    for i, x in enumerate(several):
        made.append(
            x.astype(np.dtype(self.otypes[i])).reshape(shape) if self.otypes else x.reshape(shape)
        )
    return tuple(made) if isinstance(found, tuple) else made[0]
