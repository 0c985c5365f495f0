"""Prints and asserts on JAX."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from gradloom.backends.backend import Row
from gradloom.backends.claims import raised
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import jax
    import jax.numpy as jnp


def show(text: str, *values: jax.Array) -> None:
    """Print the values as `text` formats them, in the program's order."""

    def write(*found: Any) -> None:
        sys.stdout.write(text.format(*found) + "\n")

    jax.debug.callback(write, *values, ordered=True)


def check(holds: jax.Array, error: Exception) -> None:
    """Raise the error unless all hold; behind `jax.jit`, an error of JAX's runtime that says it."""

    def raise_unless(found: Any) -> None:
        if not found:
            raise error

    if isinstance(holds, jax.core.Tracer):
        jax.debug.callback(raise_unless, jnp.all(holds), ordered=True)
    else:
        raise_unless(jnp.all(holds))


def _print(site: Site) -> str:
    return site.call(show, site.write(site.attrs.format), *site.args)


def _assert(site: Site) -> str:
    return site.call(check, site.args[0], raised(site))


ROWS: Final[dict[Op, Row]] = {o.print: _print, o.assert_: _assert}
