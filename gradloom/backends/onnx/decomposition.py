"""How an op is written in others where onnxruntime has no kernel for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

from gradloom.ir.graph import Node


def always(node: Node) -> bool:
    """For ops that ONNX lacks."""
    return True


def of_f64(node: Node) -> bool:
    """For ops that have a kernel for f32 alone."""
    return bool(node.operands[0].type.dtype.name == "float64")


def of_floats(node: Node) -> bool:
    """For ops whose kernel is right for integers."""
    return bool(node.operands[0].type.inexact)


def of_bool(node: Node) -> bool:
    """For arithmetic on truth values."""
    return bool(node.operands[-1].type.dtype.kind == "b")


@final
@dataclass(frozen=True, slots=True)
class Decomposition:
    """`write(node)` gives the result in other ops; it stands for the node `when` says so."""

    write: Callable[[Node], Any]
    when: Callable[[Node], bool] = always
