"""Prints and asserts on JAX."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from gradloom.backends.backend import Row
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


def check(holds: jax.Array, message: str) -> None:
    """Raise unless all hold; JAX wraps the `AssertionError` in an error of its runtime."""

    def raise_unless(found: Any) -> None:
        if not found:
            raise AssertionError(message)

    jax.debug.callback(raise_unless, jnp.all(holds), ordered=True)


def _print(site: Site) -> str:
    return site.call(show, site.write(site.attrs.format), *site.args)


def _assert(site: Site) -> str:
    return site.call(check, site.args[0], site.write(site.attrs.message))


ROWS: Final[dict[Op, Row]] = {o.print: _print, o.assert_: _assert}
