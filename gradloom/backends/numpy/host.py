"""Prints and asserts on numpy."""

from __future__ import annotations

import sys
from typing import Final

import numpy as np

from gradloom.backends.backend import Row
from gradloom.backends.claims import raised
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def show(text: str, *values: np.ndarray) -> None:
    """Print the values as `text` formats them."""
    sys.stdout.write(text.format(*values) + "\n")


def _print(site: Site) -> str:
    return site.call(show, site.write(site.attrs.format), *site.args)


def _assert(site: Site) -> str:
    holds = site.args[0] if not site.type_of(0).ndim else f"np.all({site.args[0]})"
    site.line(f"if not {holds}:")
    return f"    raise {raised(site)}"


ROWS: Final[dict[Op, Row]] = {o.print: _print, o.assert_: _assert}
