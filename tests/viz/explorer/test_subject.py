"""What can be explored."""

from pathlib import Path

import numpy as np
import pytest

import gradloom as gl
from gradloom.viz.explorer.subject import subject
from tests.viz.explorer.explored import W, X, history, loss, slopes


def test_a_graph_brings_its_history() -> None:
    graph = history()
    found = subject(graph, (W, X))
    assert [step.name for step in found.steps] == [str(e.name) for e in graph.history]
    assert found.last is graph.history[-1].graph
    assert found.arrays is not None
    assert [a.shape for a in found.arrays] == [(3, 2), (5, 3)]
    assert [s.name for s in subject(gl.trace(loss, W, X)).steps] == ["graph"]


def test_a_compiled_function_brings_its_own() -> None:
    compiled = gl.compile(slopes(), backend="numpy")
    with pytest.raises(gl.ArgumentError, match="has no program yet"):
        subject(compiled)
    found = subject(compiled, (W, X))
    assert [s.graph for s in found.steps] == [e.graph for e in compiled.history]
    assert found.arrays is not None
    assert len(found.arrays) == len(found.last.parameters)


def test_a_compiled_function_that_reads_arrays_from_outside_can_be_run() -> None:
    outside = {"w": W}
    compiled = gl.compile(lambda x: np.sum(x @ outside["w"]), backend="numpy")
    found = subject(compiled, (X,))
    assert found.arrays is not None
    assert len(found.arrays) == len(found.last.parameters)


def test_a_function_is_traced_on_arrays_or_specs() -> None:
    assert subject(loss, (W, X)).arrays is not None
    found = subject(loss, (gl.spec("f64[3,2]"), gl.spec("f64[batch,3]")))
    assert found.arrays is None
    assert found.last.symbols == ("batch",)


def test_lists_mappings_files_and_folders_are_histories(tmp_path: Path) -> None:
    first, last = gl.trace(loss, W, X), gl.optimize(gl.trace(loss, W, X))
    gl.save(first, tmp_path / "00_trace.gir")
    gl.save(last, tmp_path / "01_cse.gir")
    for program, names in (
        ([first, last], ["graph 0", "graph 1"]),
        ({"mine": first, "yours": last}, ["mine", "yours"]),
        ([("a", first, 0.5), ("b", last, 1.5)], ["a", "b"]),
        (tmp_path, ["trace", "cse"]),
        (tmp_path / "01_cse.gir", ["graph"]),
    ):
        found = subject(program)
        assert [s.name for s in found.steps] == names
        assert found.last == last
    assert subject([("a", first, 0.5)]).steps[0].seconds == 0.5


def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    for wrong, words in ((7, "int is nothing to explore"), ([], "0 entries"), ([1], "1 entries")):
        with pytest.raises(gl.ArgumentError, match=words):
            subject(wrong)
    with pytest.raises(gl.GradloomError, match=r"holds no \.gir file"):
        subject(tmp_path)
