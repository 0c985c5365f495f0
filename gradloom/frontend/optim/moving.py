"""One parameter's step: dtypes, complex numbers, and results like what they replace."""

from __future__ import annotations

import numpy as np

from gradloom.frontend.optim.rule import Array, Number, Options, Rule
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import DtypeError


def moved(
    rule: Rule, w: Array, g: Array, kept: tuple[Array, ...], numbers: tuple[Number, ...],
    options: Options,
) -> tuple[Array, ...]:  # fmt: skip
    """The new parameter and what is kept of it, in their own dtypes."""
    if np.iscomplexobj(w) and rule.sizes is not None:
        raise DtypeError(f"{rule.name}: a complex parameter, where real ones are due")
    if np.iscomplexobj(w):
        pairs = [_pair(w), _pair(np.conj(g)), *map(_pair, kept)]
        made = rule.move(pairs[0], pairs[1], tuple(pairs[2:]), numbers, options)
        return tuple([like(w, x[0] + 1j * x[1]) for x in made])
    g = g if g.dtype == w.dtype else g.astype(w.dtype)
    made = rule.move(w, g, kept, numbers, options)
    return like(w, made[0]), *made[1:]


def _pair(x: Array) -> Array:
    """A complex array's real and imaginary part, as torch sees them in an optimizer."""
    return np.stack([np.real(x), np.imag(x)])


def picked(x: Number, place: int, w: Array) -> Number:
    """One parameter's number out of those of all, in its dtype."""
    if isinstance(x, int | float):
        return x
    one = x[place] if np.ndim(x) else x
    return one.astype(np.finfo(w.dtype).dtype if w.dtype.kind == "c" else w.dtype)


def like(old: Array, new: Array) -> Array:
    """A result in the dtype of what it replaces; arrays without axes stay arrays."""
    if type(new) is Tracer:
        new = new if new.dtype == old.dtype else new.astype(old.dtype)
        return new[...] if is_scalar(new) and not is_scalar(old) else new
    return old.dtype.type(new) if is_scalar(old) else np.asarray(new, old.dtype)


def is_scalar(x: Array) -> bool:
    """Whether it is one of numpy's scalars, not an array without axes."""
    return x.kind != "array" if type(x) is Tracer else isinstance(x, np.generic)
