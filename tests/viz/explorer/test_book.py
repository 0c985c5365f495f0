"""All that a page shows, as data."""

from dataclasses import replace

import pytest

import gradloom as gl
from gradloom.passes.liveness import liveness
from gradloom.viz.explorer.book import Book, Extras, Row, Scope, book
from gradloom.viz.explorer.runs import measured
from gradloom.viz.explorer.subject import Step, subject
from tests.viz.explorer.explored import W, X, history, looped, loss


def told() -> Book:
    return book("loss", subject(history()).steps)


def test_a_chapter_per_step_and_a_row_per_node() -> None:
    found, graph = told(), history()
    assert [c.name for c in found.chapters] == [str(e.name) for e in graph.history]
    for chapter, entry in zip(found.chapters, graph.history, strict=True):
        ops = [found.rows[row].facts.op for row in chapter.scope.rows]
        assert ops == [node.op.name for node in entry.graph]
        assert chapter.live == liveness(entry.graph).live
    assert len(found.rows) < sum(len(c.scope.rows) for c in found.chapters)


def test_a_step_that_changed_nothing_shares_its_chapter() -> None:
    graph = gl.trace(loss, W, X)
    first, second = book("x", [Step("a", graph), Step("b", graph)]).chapters
    assert first.scope is second.scope
    assert second.name == "b"


def test_reads_lead_to_rows_of_the_same_scope() -> None:
    found = book("loop", [Step("graph", looped())])
    scan = found.rows[found.chapters[0].scope.rows[0]]
    assert scan.reads == (-1, -2)
    (body,) = scan.regions
    assert _rows_read(body, found.rows) <= set(body.rows)


def _rows_read(scope: Scope, rows: tuple[Row, ...]) -> set[int]:
    read = [r for row in scope.rows for r in rows[row].reads] + list(scope.results)
    return {r for r in read if isinstance(r, int) and r >= 0}


def test_what_a_run_told_stands_in_the_rows_of_the_last_graph() -> None:
    steps = subject(history()).steps
    seen = measured(steps[-1].graph, (W, X))
    found = book("loss", steps, None, Extras(seen, {"numpy": {"n0": 0.5}}, {"n0": 2.0}))
    rows = [found.rows[row] for row in found.chapters[-1].scope.rows]
    assert [row.seen for row in rows] == [seen[f"n{i}"] for i in range(len(rows))]
    assert (rows[0].errors, rows[1].errors, rows[0].gradient) == ((0.5,), (None,), 2.0)


def test_a_graph_without_nodes_has_a_book() -> None:
    found = book("same", [Step("graph", gl.trace(lambda x: x, X))])
    assert found.rows == ()
    assert found.chapters[0].scope.results == (-1,)


def test_books_are_frozen() -> None:
    with pytest.raises(AttributeError):
        told().title = "other"  # type: ignore[misc]
    assert replace(told(), title="other").title == "other"
