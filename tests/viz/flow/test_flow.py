"""A flow is arrays with names; it goes to a file and comes back, and a foreign file is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.viz.flow.places import named_apart
from tests.viz.flow.programs import batch, deep, layers, made


def test_norms_of_a_place_by_name() -> None:
    flow = made([[1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6, 7]])
    assert flow.of("tanh").tolist() == [4, 5]
    with pytest.raises(KeyError, match="no place is called 'other'"):
        flow.of("other")


def test_a_flow_comes_back_from_its_file(tmp_path: Path) -> None:
    flow = gl.viz.gradient_flow(deep, layers(6), [batch()], steps=3)
    back = gl.viz.GradientFlow.load(flow.save(tmp_path / "run.npz"))
    for name in ("steps", "losses", "seconds", "norms", "largest", "zeros", "dead", "passed"):
        np.testing.assert_array_equal(getattr(back, name), getattr(flow, name))
    assert (back.places, back.links, back.limits) == (flow.places, flow.links, flow.limits)
    assert back.findings == flow.findings
    assert str(back) == str(flow)


def changed(path: Path, **parts: Any) -> Path:
    """The file with other parts."""
    with np.load(path) as found:
        arrays = dict(found)
    about = json.loads(arrays["about"].tobytes())
    for name, value in parts.items():
        if name in arrays:
            arrays[name] = value
        else:
            about[name] = value
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"version": 2}, "version 2"),
        ({"format": "else"}, "holds no gradient flow"),
        ({"places": [{}]}, "lacks a part"),
        ({"norms": np.zeros((1, 2))}, "norms has shape"),
        ({"links": [{"source": 0, "target": 99}] * 5}, "a link leads"),
    ],
    ids=["newer", "foreign", "broken", "shapes", "links"],
)
def test_a_file_of_another_kind_is_refused(
    tmp_path: Path, parts: dict[str, Any], words: str
) -> None:
    path = made([[1.0] * 6]).save(tmp_path / "run.npz")
    with pytest.raises(gl.FileError, match=words):
        gl.viz.GradientFlow.load(changed(path, **parts))


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = made([[1.0] * 6]).save(tmp_path / "run.npz").read_bytes()
    part = tmp_path / "part.npz"
    for end in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        part.write_bytes(whole[:end])
        with pytest.raises(gl.FileError):
            gl.viz.GradientFlow.load(part)
    with pytest.raises(gl.FileMissing):
        gl.viz.GradientFlow.load(tmp_path / "none.npz")


def test_a_file_with_pickled_objects_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    np.savez(path, about=np.array([{"a": 1}], dtype=object))
    with pytest.raises(gl.FileError):
        gl.viz.GradientFlow.load(path)


def test_the_report_tells_steps_places_and_findings() -> None:
    text = str(made([[1e-5, 1, 1e-6, 0.7, 1, 1]] * 3))
    assert text.splitlines()[0] == ("made on numpy: steps 0 to 2, 3 measured; loss 0 to 2")
    assert "  matmul  1.00e-06 ▁▁▁  model.py:2       vanishing" in text.splitlines()
    assert "vanishing: w:" in text
    assert str(made([[1.0] * 6])).endswith("nothing vanishes, explodes, is dead or not finite")


def test_the_report_of_numbers_that_are_none_stays_readable() -> None:
    row = [np.nan, np.inf, 0.0, 1.0, 1.0, 1.0]
    text = str(made([row, row], nans=[1, 0, 0, 0, 0, 0]))
    assert "!!" in text
    assert "··" in text


def test_names_are_told_apart() -> None:
    assert named_apart(["a", "a", "a_2", "a"]) == ["a", "a_3", "a_2", "a_4"]
