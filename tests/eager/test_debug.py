"""What `gt.debug` tells of tensors that wait, and of workers."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import gradloom as gl
import gradloom.eager as gt


def work():
    w = gt.tensor([1.0, 2.0, 3.0], requires_grad=True)
    x = gt.tensor([4.0, 5.0, 6.0])
    return w, (w * x).sum() * 2


def test_the_tape_tells_what_is_recorded_and_not_yet_sent():
    with gt.local():
        _, y = work()
        tape = gt.debug.get_tape()
        assert [x["op"] for x in tape] == ["multiply", "sum", "multiply"]
        assert [x["output_shape"] for x in tape] == [(3,), (), ()]
        assert all(x["requires_grad"] and x["grad_fn"] == x["op"] for x in tape)
        assert all("test_debug.py" in x["where"] for x in tape)
        first, second, last = tape
        assert second["input_ids"] == [first["output_id"]]
        assert last["input_ids"] == [second["output_id"]]
        assert len(set(first["input_ids"])) == 2
        y.item()
        assert gt.debug.get_tape() == []


def test_what_needs_no_derivative_says_so():
    with gt.local():
        x = gt.tensor([1.0, 2.0])
        y = x + x
        (entry,) = gt.debug.get_tape()
        assert not entry["requires_grad"]
        assert entry["grad_fn"] is None
        assert entry["dtype"] == "f32"
        assert entry["input_ids"][0] == entry["input_ids"][1] != entry["output_id"]
        del y


def test_the_tape_is_printed_a_line_each(capsys):
    with gt.local():
        work()
        gt.debug.print_tape()
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == "3 operations recorded, not yet sent"
    assert len(lines) == 3
    assert "multiply(#0, #1)" in lines[0]
    assert "requires grad" in lines[0]


def test_this_process_counts_as_a_worker():
    with gt.local():
        for _ in range(4):
            _, y = work()
            assert y.item() == 64.0
        (stats,) = gt.debug.get_worker_stats().values()
    assert stats["runs"] == 4
    assert stats["failed"] == 0
    assert stats["operations"]["by_kind"] == {"multiply": 8, "sum": 4}
    assert stats["operations"]["total"] == 12
    assert stats["compilation"]["cache_misses"] + stats["compilation"]["cache_hits"] == 4
    assert stats["bytes"]["values"] >= 0


def test_failures_are_counted():
    with gt.local():
        x = gt.tensor([0.0, 1.0])
        with pytest.raises(gl.GradloomError):
            gt.linalg.inv(gt.tensor([[1.0, 2.0], [2.0, 4.0]])).tolist()
        assert x.tolist() == [0.0, 1.0]
        (stats,) = gt.debug.get_worker_stats().values()
    assert stats["failed"] == 1


def test_the_workers_of_a_cluster_tell_what_they_did(capsys):
    pytest.importorskip("zmq")
    with gl.cluster(workers=2, backend="numpy") as cluster:
        graph = gl.trace(lambda x: np.tanh(x) + 1, np.ones(1000))
        x = cluster.session.put(np.ones(1000))
        made = [cluster.session.call(graph, [x], worker=i)[0] for i in (0, 1, 1)]
        for ref in made:
            cluster.session.fetch(ref)
        stats = gt.debug.get_worker_stats()
        gt.debug.print_worker_stats()
        assert sorted(stats) == ["worker-0", "worker-1"]
        names = {place.worker: place.name for place in cluster.session.places}
        one, two = stats[names[0]], stats[names[1]]
        assert [one["runs"], two["runs"]] == [1, 2]
        assert two["operations"]["by_kind"] == {"tanh": 2, "add": 2}
        assert two["bytes"]["values"] == 3 * 8000
        assert two["bytes"]["sent"] >= 2 * 8000
        assert two["compilation"]["cache_hits"] == 1
        assert one["pid"] != two["pid"]
    out = capsys.readouterr().out
    assert "worker-0" in out
    assert "tanh 2" in out


def test_asking_starts_no_cluster():
    program = (
        "import gradloom.eager as gt\n"
        "from gradloom.runtime import current\n"
        "assert gt.debug.get_worker_stats() == {}\n"
        "gt.debug.print_worker_stats()\n"
        "assert not current.is_started()"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "no session has begun", run.stderr
