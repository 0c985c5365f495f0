"""A graph as a TensorFlow SavedModel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from gradloom.backends.outlet import whole
from gradloom.backends.program import build
from gradloom.backends.tensorflow.run import BACKEND as TENSORFLOW
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph
from gradloom.ir.paths import PathLike

BACKEND: Final = replace(
    TENSORFLOW,
    table={
        **TENSORFLOW.table,
        o.dim: lambda site: f"tf.cast({site.dim(site.attrs.size)}, tf.int64)",
    },
    by_hand=None,
    dialect=replace(
        TENSORFLOW.dialect,
        size="tf.shape({0}, out_type=tf.int64)[{1}]",
        found_size="tf.shape({0}, out_type=tf.int64)[0]",
    ),
)
"""TensorFlow whose named sizes are known when the program runs, not when it is traced."""


def save(graph: Graph, path: PathLike) -> None:
    """Write a SavedModel folder with the signature `serving_default`, whole or not at all;
    named sizes stay free.
    """
    with whole(path, mark="saved_model.pb") as place:
        _write(graph, place)


def _write(graph: Graph, path: Path) -> None:
    import tensorflow as tf

    main = build(graph, BACKEND).main
    specs = [
        tf.TensorSpec(
            [d if isinstance(d, int) else None for d in p.type.shape], p.type.dtype, name=p.name
        )
        for p in graph.parameters
    ]
    names = (
        ["result"] if len(graph.results) == 1 else [f"result{i}" for i in range(len(graph.results))]
    )

    def call(*tensors: Any) -> dict[str, Any]:
        return dict(zip(names, main(*tensors), strict=True))

    module = tf.Module()
    module.run = tf.function(call, input_signature=specs, autograph=False)
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.run})
