"""Prints and asserts on torch."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from gradloom.backends.backend import Row
from gradloom.backends.claims import raised
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import torch


def show(text: str, *values: torch.Tensor) -> None:
    """Print the values as `text` formats them."""
    sys.stdout.write(text.format(*[v.detach().cpu().numpy() for v in values]) + "\n")


def check(holds: torch.Tensor, error: Exception) -> None:
    """Raise the error unless all hold; in a graph of torch's own, a `RuntimeError` that says it."""
    if torch.compiler.is_compiling():
        torch._assert_async(torch.all(holds), str(error))
    elif not bool(torch.all(torch.func.debug_unwrap(holds))):  # inside `torch.func.vmap` too
        raise error


def _print(site: Site) -> str:
    return site.call(show, site.write(site.attrs.format), *site.args)


def _assert(site: Site) -> str:
    return site.call(check, site.args[0], raised(site))


ROWS: Final[dict[Op, Row]] = {o.print: _print, o.assert_: _assert}
