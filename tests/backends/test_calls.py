"""Named pieces: native kernels give what their regions say, whatever a user calls a piece."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradloom import backends
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph
from gradloom.ir.interpret import interpret
from gradloom.ir.types import parse_type
from tests.backends.cases import difference
from tests.backends.test_agreement import BACKENDS, installed

TYPE = parse_type("f64[2,5]")


def softmax(x: Any) -> Any:
    shape = x.type.shape

    def spread(y: Any) -> Any:
        return o.broadcast_to(o.reshape(y, shape=(shape[0], 1)), shape=shape)

    e = o.exp(x - spread(o.max(x, axes=(1,))))
    return e / spread(o.sum(e, axes=(1,)))


def calling(piece: Any, name: str, kind: str) -> Graph:
    region = build.graph_of(piece, [TYPE])
    return build.graph_of(
        lambda x: list(o.call(x, regions=(region,), name=name, kind=kind)), [TYPE]
    )


@pytest.mark.parametrize("name", BACKENDS)
def test_a_softmax_piece_gives_what_its_region_says(name: str) -> None:
    g = calling(softmax, "probabilities", "softmax")
    x = np.random.default_rng(0).normal(size=(2, 5)) * 100
    program = backends.get(installed(name)).build(g)
    assert ("softmax(" in program.source) == (name != "numpy")
    assert difference(program.numpy(x)[0], interpret(g, [x])[0]) is None


@pytest.mark.parametrize("name", BACKENDS)
def test_a_users_piece_called_softmax_is_still_the_users(name: str) -> None:
    g = calling(o.sin, "softmax", "inline")
    x = np.ones((2, 5))
    assert difference(backends.get(installed(name)).build(g).numpy(x)[0], np.sin(x)) is None
