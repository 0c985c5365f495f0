"""The program behind the layers, as the explorer shows it: where a layer's node leads to."""

from __future__ import annotations

from gradloom.ir.graph import Graph
from gradloom.viz.explorer.book import book
from gradloom.viz.explorer.page import explorer_page
from gradloom.viz.explorer.sources import sources
from gradloom.viz.explorer.subject import Step


def program_page(graph: Graph, title: str, theme: str = "auto", code: bool = True) -> str:
    """The explorer's page of a graph, as it was traced; node 3 is shown at its address `#n3`.

    `code=False` leaves the lines of the source out.
    """
    told = book(title, [Step("traced", graph)])
    places = (row.facts.where for row in told.rows)
    return explorer_page(told, sources((at for at in places if at is not None), code), theme)
