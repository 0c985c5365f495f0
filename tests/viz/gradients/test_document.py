"""A document is bounded, and tells what it leaves out."""

import json
from itertools import pairwise

import numpy as np
import pytest

from gradloom.viz.gradients import document
from gradloom.viz.gradients.layer import Flow, Layer
from gradloom.viz.gradients.source import Snapshot


def snapshot(*sizes: int, links: int = 0) -> Snapshot:
    """Layers of these sizes, each with so many links to the next."""
    layers = tuple(Layer(f"layer {i}", (n,), np.ones(n), np.ones(n)) for i, n in enumerate(sizes))
    flows = tuple(
        Flow(
            a.name, b.name, np.arange(links) % a.size, np.arange(links) % b.size,
            np.arange(links) + 1.0, "given",
        )
        for a, b in pairwise(layers)
    )  # fmt: skip
    return Snapshot(np.ones(1), layers, flows if links else ())


def test_of_many_large_layers_the_smaller_are_sent_and_the_others_named() -> None:
    many = snapshot(300_000, 400_000, 10, 100_000)
    told = document.snapshot_data(many, 10)
    held = [layer["gradient"] is not None for layer in told["layers"]]
    assert held == [True, False, True, True]
    assert document.left_out(many, 10) == [
        "layer layer 1 has 400,000 elements, and its numbers are not sent"
    ]
    assert len(json.dumps(told)) < 20 * document.NUMBERS


def test_of_many_flows_each_has_its_share_of_the_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "ALL_LINKS", 30)
    many = snapshot(9, 9, 9, 9, links=20)
    flows = document.snapshot_data(many, 2_000)["flows"]
    assert [flow["values"] for flow in flows] == [list(np.arange(11, 21.0))] * 3
    assert document.left_out(many, 2_000)[0] == "layer 0 -> layer 1: 10 of 20 links"
    few = snapshot(9, 9, links=20)
    assert len(document.snapshot_data(few, 2_000)["flows"][0]["values"]) == 20
    assert document.left_out(few, 2_000) == []


def test_the_links_of_a_cell_are_bounded_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    one = snapshot(1, 30, links=30)
    assert document.links_data(one, 0, 0, one.flows)["flows"][0]["whole"]
    monkeypatch.setattr(document, "LINKS", 10)
    told = document.links_data(one, 0, 0, one.flows)["flows"][0]
    assert (told["whole"], told["values"]) == (False, list(np.arange(21, 31.0)))
