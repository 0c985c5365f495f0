"""Every use of a value is told once, into regions and out of them."""

from collections.abc import Callable

import pytest

from gradloom.ir.graph import Graph, Value
from gradloom.viz.groups import grouped
from gradloom.viz.uses import ends_by_id, flows, nodes_by_id
from tests.viz.pictured import ALL
from tests.viz.programs import PROGRAMS

EVERY = {**ALL, **PROGRAMS}


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_ids_are_those_of_the_groups(make: Callable[[], Graph]) -> None:
    graph = make()
    tree = grouped(graph)
    known = {*tree.leaves(), *(group.id for group in tree.walk() if group.id[0] == "n")}
    nodes, ends = nodes_by_id(graph), ends_by_id(graph)
    assert {*tree.leaves()} <= {*nodes, *ends} <= known
    for source, target, value in flows(graph):
        assert {source, target} <= known
        assert isinstance(value, Value)


def between(graph: Graph) -> set[tuple[str, str]]:
    """Which id uses which."""
    return {(source, target) for source, target, _ in flows(graph)}


def test_what_a_cond_takes_goes_to_both_branches_and_its_predicate_to_the_op() -> None:
    found = between(PROGRAMS["choice"]())
    assert {("n1", "n2"), ("p0", "n2.0.p0"), ("p0", "n2.1.p0")} <= found
    assert {("n2.0.r0", "r0"), ("n2.1.r0", "r0")} <= found


def test_what_a_while_gives_comes_from_its_body() -> None:
    found = between(PROGRAMS["looped_while"]())
    assert ("n0.1.r0", "r0") in found
    assert not [pair for pair in found if pair[0] == "n0.0.r0"]


def test_what_a_scan_gives_comes_from_its_body() -> None:
    graph = PROGRAMS["scanned"]()
    (loop,) = (id for id, node in nodes_by_id(graph).items() if node.regions)
    assert {(f"{loop}.0.r0", "r0"), (f"{loop}.0.r1", "r1")} <= between(graph)
