"""What a user of JAX hands over, and what numpy is given of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gradloom.ir.errors import ArgumentError, DtypeError

if TYPE_CHECKING:
    import jax


def taken(x: Any) -> jax.Array:
    """The input as JAX takes it, with 64 bits where its flag says so. Raises for what is no
    array of real floats.
    """
    import jax
    import jax.numpy as jnp

    if isinstance(x, jax.core.Tracer):
        raise ArgumentError(
            f"the input is a traced value of JAX, {x.aval.str_short()}, and numbers are due",
            hint="look at the function outside of jax.jit, jax.grad and jax.vmap",
        )
    if not isinstance(x, jax.Array | np.ndarray | np.generic | float):
        raise DtypeError(f"the input is {type(x).__name__}, and one array is due")
    made = jnp.asarray(x)
    if not jnp.issubdtype(made.dtype, jnp.floating):
        raise DtypeError(
            f"the input is of {made.dtype}, which has no derivatives in JAX",
            hint="give floats (x.astype(float)), or choose another argument by argnum=",
        )
    return made


def one_array(x: Any, what: str) -> jax.Array:
    """The one array of a pytree; raises where there are more, or none."""
    import jax
    import jax.numpy as jnp

    leaves = jax.tree.leaves(x)
    if len(leaves) != 1:
        raise ArgumentError(
            f"{what} gives {len(leaves)} arrays, and one is due",
            hint="wrap it in a function that returns the one to look at",
        )
    return jnp.asarray(leaves[0])


def as_numpy(x: Any) -> np.ndarray:
    """The array for numpy: of floats of less than 32 bits (bfloat16, float16, float8) as float32,
    which holds them all.
    """
    import jax.numpy as jnp

    low = jnp.issubdtype(x.dtype, jnp.floating) and x.dtype.itemsize < 4
    return np.asarray(x.astype(np.float32) if low else x)


def types_now() -> Callable[[], Any]:
    """A context in which JAX has 64-bit types if it has them now, on other threads too."""
    import jax

    return partial(jax.enable_x64, bool(jax.config.jax_enable_x64))
