"""Programs that change their arguments in place: their graphs give the new contents as well."""

from __future__ import annotations

from typing import Any

from gradloom.ir.graph import Graph


def changes_arguments(graph: Graph) -> bool:
    """Whether the traced function changes an argument in place."""
    return any("is changed in place" in note for note in graph.notes)


def own_result(graph: Graph, made: Any) -> Any:
    """What the function itself returns, out of what its graph gives."""
    return made[0] if changes_arguments(graph) else made
