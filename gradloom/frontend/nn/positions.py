"""What tells attention where in a sequence a token stands."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.nn.operands import Array, array, counted, floating
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


def _require_even(what: str, size: int) -> None:
    if size % 2 != 0:
        raise ShapeError(
            f"{what}: an axis of {size} has no pairs", location=user_location(),
            hint="give an even number of features",
        )  # fmt: skip


def sinusoidal_positions(
    length: int, dim: int, base: float = 10_000.0, dtype: Any = float
) -> Array:
    """Sines in the even columns and cosines in the odd ones, of slower and slower waves: [length,
    dim].

    Vaswani et al. (2017), section 3.5.

    >>> sinusoidal_positions(2, 4).round(3)
    array([[0.   , 1.   , 0.   , 1.   ],
           [0.841, 0.54 , 0.01 , 1.   ]])
    """
    _require_even("sinusoidal_positions", dim)
    angles = _angles(counted(length), dim, base)
    waves = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
    return waves.reshape((length, dim)).astype(dtype)


def _angles(positions: Array, dim: int, base: float) -> Array:
    """positions[i] base^(-2 j / dim)."""
    rates = base ** (-np.arange(0, dim, 2) / dim)
    return np.expand_dims(positions, -1) * rates


def rotary(
    x: Any, positions: Any = None, *, base: float = 10_000.0, interleaved: bool = False
) -> Array:
    """`x` [..., length, dim], each pair of features turned by an angle that grows with the place.

    Pairs are features j and j + dim/2, or (`interleaved`) 2 j and 2 j + 1. `positions` are those of
    the length axis, 0, 1, ... unless given. Su et al. (2021), equation 34. Products of two rotated
    vectors depend on the distance of their places alone.
    """
    x = floating("rotary", x)
    if x.ndim < 2:
        raise ShapeError(
            f"rotary: x has shape {tuple(x.shape)}, where [..., length, dim] is due",
            location=user_location(),
        )
    _require_even("rotary", x.shape[-1])
    at = counted(x.shape[-2]) if positions is None else array(positions)
    angles = _angles(at, x.shape[-1], base)
    cos, sin = np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype)
    if interleaved:
        a, b = x[..., ::2], x[..., 1::2]
        made = np.stack([a * cos - b * sin, b * cos + a * sin], axis=-1)
        return made.reshape(x.shape)
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)


def alibi(num_heads: int, length: int, dtype: Any = float) -> Array:
    """What to add to scores so that far keys count less: [heads, length, length].

    Press et al. (2021), for a power of two of heads: slopes 2^(-8 i / heads), i = 1, 2, ...
    """
    slopes = 2.0 ** (-8 * np.arange(1, num_heads + 1) / num_heads)
    far = counted(length)[None, :] - counted(length)[:, None]
    return (slopes[:, None, None] * np.minimum(far, 0)).astype(dtype)
