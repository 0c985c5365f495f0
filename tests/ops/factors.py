"""Samples with one factor of their axis mapping given another size, or cut into parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph
from gradloom.ir.op import WHOLE, AxisMap
from gradloom.ir.types import Dim, type_of
from tests.ops.sample import Sample

# Attributes that hold the size of each axis of the result.
_SIZES = {"reshape": "shape", "broadcast_to": "shape", "slice": "stop", "dynamic_slice": "sizes"}


def mapping_of(name: str, sample: Sample) -> AxisMap:
    """The op's axis mapping on this sample."""
    op = o.by_name(name)
    (node,) = sample.graph(name).nodes
    assert op.axes is not None
    found: AxisMap = op.axes(node.attrs, *map(type_of, sample.operands))
    return found


def factors_of(mapping: AxisMap) -> list[int]:
    """The factors that some operand has."""
    return sorted({f for axes in mapping.operands for f in axes} - {WHOLE})


def size_of_factor(mapping: AxisMap, factor: int, sample: Sample) -> int:
    """The number of elements along a factor."""
    pairs = zip(mapping.operands, sample.operands, strict=True)
    return next(x.shape[axes.index(factor)] for axes, x in pairs if factor in axes)


def resized(
    name: str, attrs: dict[str, Any], mapping: AxisMap, factor: int, size: int | Dim
) -> dict[str, Any]:
    """The attributes for another size of one factor."""
    if name not in _SIZES or factor not in mapping.results[0]:
        return attrs
    sizes = list(attrs[_SIZES[name]])
    sizes[mapping.results[0].index(factor)] = size
    return {**attrs, _SIZES[name]: tuple(sizes)}


def part(name: str, sample: Sample, mapping: AxisMap, factor: int, start: int, stop: int) -> Sample:
    """The sample with every operand cut along one factor."""
    cut = []
    for axes, x in zip(mapping.operands, sample.operands, strict=True):
        kept = tuple(slice(start, stop) if f == factor else slice(None) for f in axes)
        cut.append(np.asarray(x[kept]))
    attrs = resized(name, sample.attrs, mapping, factor, stop - start)
    return replace(sample, operands=tuple(cut), attrs=attrs)


def symbolic_graph(name: str, sample: Sample, mapping: AxisMap, factor: int, size: Dim) -> Graph:
    """The op's graph with one factor of a named size."""
    types = []
    for axes, x in zip(mapping.operands, sample.operands, strict=True):
        type = type_of(x)
        named = [size if f == factor else d for f, d in zip(axes, type.shape, strict=True)]
        types.append(type.with_shape(named))
    attrs = resized(name, sample.attrs, mapping, factor, size)
    return build.graph_of(lambda *xs: o.by_name(name)(*xs, **attrs), types)
