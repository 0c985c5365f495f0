"""A graph as StableHLO text, by `jax.export`."""

from __future__ import annotations

from typing import Any

from gradloom.backends.jax.run import BACKEND
from gradloom.backends.outlet import unchecked
from gradloom.backends.program import build
from gradloom.ir.graph import Graph


def stablehlo(graph: Graph) -> str:
    """The module's text; named sizes stay symbolic."""
    import jax
    from jax import export

    main = build(unchecked(graph, "StableHLO", 2), BACKEND).main
    scope = export.SymbolicScope()

    def abstract(type: Any) -> Any:
        text = ", ".join(str(d).replace(" ", "") for d in type.shape)
        return jax.ShapeDtypeStruct(export.symbolic_shape(text, scope=scope), type.dtype)

    with jax.enable_x64(True):
        made = export.export(jax.jit(main))(*[abstract(p.type) for p in graph.parameters])
    return str(made.mlir_module())
