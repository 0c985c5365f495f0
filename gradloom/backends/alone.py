"""Collectives in one process, which is a mesh axis of one worker or none at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Literal
from gradloom.ir.op import Op

_PEERS: Final = "one process has no peers; run the partitioned program on a cluster"


def rows(index: str) -> dict[Op, Row]:
    """Rows for one worker: what it sends it receives. `index` is its number, as a rank-0 array."""
    same = _only("{0}")
    ops = (o.all_reduce, o.all_gather, o.reduce_scatter, o.all_to_all)
    return {**dict.fromkeys(ops, same), o.permute: _permute, o.axis_index: _only(index)}


def _only(row: Row) -> Callable[[Site], str]:
    def alone(site: Site) -> str:
        if site.attrs.size != 1:
            raise NotSupported(f"{site.node.op.name} over {site.attrs.size} workers: {_PEERS}")
        return site.written(row)

    return alone


def _permute(site: Site) -> str:
    """Who receives nothing has zeros."""
    kept: Row = "{0}" if site.attrs.perm else _zeros
    return _only(kept)(site)


def _zeros(site: Site) -> str:
    type = site.node.results[0].type
    return site.full(Literal(type.dtype.type(0), type))
