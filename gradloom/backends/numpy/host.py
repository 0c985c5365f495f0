"""Prints and asserts on numpy."""

from __future__ import annotations

import sys
from typing import Final

import numpy as np

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def show(text: str, *values: np.ndarray) -> None:
    """Print the values as `text` formats them."""
    sys.stdout.write(text.format(*values) + "\n")


def check(holds: np.ndarray, message: str) -> None:
    """Raise `AssertionError` unless all hold."""
    if not np.all(holds):
        raise AssertionError(message)


def _print(site: Site) -> str:
    return site.call(show, site.write(site.attrs.format), *site.args)


def _assert(site: Site) -> str:
    return site.call(check, site.args[0], site.write(site.attrs.message))


ROWS: Final[dict[Op, Row]] = {o.print: _print, o.assert_: _assert}
