"""Prints and asserts on torch."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import torch


def show(text: str, *values: torch.Tensor) -> None:
    """Print the values as `text` formats them."""
    sys.stdout.write(text.format(*[v.detach().cpu().numpy() for v in values]) + "\n")


def check(holds: torch.Tensor, message: str) -> None:
    """Raise `AssertionError` unless all hold."""
    if not bool(torch.all(holds)):
        raise AssertionError(message)


def _print(site: Site) -> str:
    return site.call(show, site.write(site.attrs.format), *site.args)


def _assert(site: Site) -> str:
    return site.call(check, site.args[0], site.write(site.attrs.message))


ROWS: Final[dict[Op, Row]] = {o.print: _print, o.assert_: _assert}
