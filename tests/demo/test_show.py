"""The demo trains through the public path, shows its graph and ships it."""

import statistics
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

import gradloom as gl
from gradloom import backends
from gradloom.demo import digits, model, show
from gradloom.demo.train import train


def accuracy(seed: int) -> float:
    """The test accuracy of one training with the compiled gradient, in per cent."""
    data = digits.load()
    step = gl.compile(gl.value_and_grad(model.loss), backend="numpy")
    params = train(step, data, seed)
    assert step.explain().count("first call") == 1
    return 100 * model.accuracy(params, data.x_test, data.y_test)


def test_a_training_with_the_compiled_gradient_learns_the_digits() -> None:
    assert accuracy(0) >= 98


@pytest.mark.slow
def test_the_median_over_five_seeds_is_at_least_98_percent() -> None:
    assert statistics.median(accuracy(seed) for seed in range(5)) >= 98


def test_the_graph_is_shown_before_and_after_the_passes() -> None:
    console = Console(file=StringIO(), width=120)
    data = digits.load()
    show.show_graphs(show.step_graph(model.init(0), data), console)
    text = console.file.getvalue()
    assert "as traced" in text
    assert "after simplify, fold, CSE and DCE" in text
    assert text.count("func @value_and_grad_loss(") == 2
    before, after = text.split("after simplify")
    assert before.splitlines()[3:8] != after.splitlines()[3:8]


def test_the_files_hold_the_graph_and_a_picture(tmp_path: Path) -> None:
    data = digits.load()
    graph = show.step_graph(model.init(0), data)
    show.ship(tmp_path / "out", graph, model.init(0), data, Console(quiet=True))
    assert gl.load(tmp_path / "out" / "digits.gir") == gl.optimize(graph)
    assert ElementTree.parse(tmp_path / "out" / "digits.svg").getroot().tag.endswith("svg")


@pytest.mark.framework
def test_the_onnx_file_answers_as_the_model_does(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    data = digits.load()
    params = model.init(0)
    show.ship(tmp_path, show.step_graph(params, data), params, data, Console(quiet=True))
    session = onnxruntime.InferenceSession(tmp_path / "digits.onnx")
    (scores,) = session.run(None, {"x": data.x_test})
    assert scores == pytest.approx(model.predict(params, data.x_test), abs=1e-4)


@pytest.mark.framework
def test_every_installed_backend_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    show.compare(digits.load(), Console(width=120))
    out = capsys.readouterr().out
    for name in backends.available():
        assert name in out
