"""A real Dask cluster as executor: values, errors, lost workers, tables."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    made = distributed.Client(
        processes=False, n_workers=1, threads_per_worker=2, dashboard_address=":0"
    )
    with made:
        yield made


def test_values_are_those_of_plain_calls(client: Any) -> None:
    G = GraphBuilder()
    x = G.add(np.linspace)(0.0, 1.0, 5)
    parts = [G.add(lambda x, k: x * k)(x, k) for k in range(4)]
    total = G.add(lambda parts: np.sum(parts, axis=0))(parts)
    np.testing.assert_array_equal(G.run(total, executor=client), np.linspace(0, 1, 5) * 6)
    assert set(G.places.values()) == {"Client"}
    assert not x.has_value()


def test_errors_name_their_node_and_what_was_made_stays(client: Any) -> None:
    G = GraphBuilder()
    good = G.add(int)(1)
    bad = G.add(operator.truediv, retry=1)(good, 0)
    with pytest.raises(ZeroDivisionError) as caught:
        G.run(bad, executor=client)
    assert "truediv_0" in caught.value.__notes__[0]
    assert good.has_value()


def test_what_is_cancelled_there_is_told_with_its_node(client: Any) -> None:
    class Cancelling:
        """The client, with somebody beside it who cancels."""

        def submit(self, function: Any, /, *args: Any) -> Any:
            future = client.submit(function, *args, pure=False)
            future.cancel()
            return future

    G = GraphBuilder()
    node = G.add(lambda: [1])()
    with pytest.raises(gl.Cancelled, match="lambda_0 was cancelled by its executor"):
        G.run(node, executor=Cancelling())


def test_results_are_kept_on_disk_by_this_process(client: Any, tmp_path: Any) -> None:
    for place in ("Client", "its cache"):
        G = GraphBuilder()
        node = G.add(lambda x: x + 1, cache=tmp_path)(np.arange(3))
        np.testing.assert_array_equal(G.run(node, executor=client), [1, 2, 3])
        assert G.places == {"lambda_0": place}


@pytest.mark.slow
def test_a_worker_process_that_dies_is_told_with_the_node(tmp_path: Any) -> None:
    with (
        distributed.LocalCluster(
            processes=True, n_workers=1, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.cluster.scheduler.allowed_failures = 0
        G = GraphBuilder()
        node = G.add(_dies)(G.add(int)(3))
        with pytest.raises(distributed.KilledWorker) as caught:
            G.run(node, executor=client)
        assert "_dies_0" in caught.value.__notes__[0]
        assert node.step is not None
        assert node.step.inputs[0].has_value()


def _dies(code: int) -> None:
    import os

    os._exit(code)
