"""Each command does what its help says, on a small model file."""

import json  # noqa: F401  (a module that is there)
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gradloom as gl
from gradloom.cli import app, main
from tests.tree.files import ROOT

MODEL = """
import numpy as np

params = {"w": np.ones((3, 2), np.float32), "b": np.zeros(2, np.float32)}

def start():
    return params

def loss(w, x):
    return np.sum(np.tanh(x @ w) ** 2)

def predict(p, x):
    return x @ p["w"] + p["b"]

def wasteful(x):
    return np.sin(x) + np.sin(x)

class Holder:
    @staticmethod
    def twice(x):
        return x * 2

def broken(x):
    raise KeyError("mine")
"""
LOSS = ("model.py:loss", "-s", "f32[3, 2]", "-s", "f32[batch, 3]")


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the model file, which is the working folder."""
    (tmp_path / "model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def call(*arguments: str) -> int:
    """The exit code of a command line."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


COMMANDS = [command.callback.__name__ for command in app.registered_commands if command.callback]


def test_the_commands_are_these() -> None:
    assert sorted(COMMANDS) == [
        "animate", "bench", "bisect", "demo", "diverge", "doctor", "examples", "explore", "export",
        "gradients", "keys", "memory", "opt", "record", "roofline", "run", "serve", "timeline",
        "top", "trace", "view", "worker",
    ]  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(name, "--help") == 0
    out = capsys.readouterr().out
    assert "Example" in out
    assert f"gradloom {name}" in out


def test_version_tells_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--version") == 0
    assert capsys.readouterr().out == f"gradloom {gl.__version__}\n"


def test_trace_prints_a_graph_that_parses_with_the_lines_on_demand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call("trace", *LOSS) == 0
    plain = capsys.readouterr().out
    assert call("trace", *LOSS, "--locations") == 0
    located = capsys.readouterr().out
    assert "model.py" not in plain
    assert "model.py:10" in located
    assert gl.parse(plain) == gl.parse(located)
    assert [str(p.type) for p in gl.parse(plain).inputs] == ["f32[3,2]", "f32[batch,3]"]


def test_trace_saves_a_graph_that_the_other_commands_take(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("trace", *LOSS, "-o", "loss.gir") == 0
    assert capsys.readouterr().out == ""
    assert call("opt", "loss.gir", "-p", "simplify,cse,dce", "--history", "-o", "small.gir") == 0
    assert "simplify" in capsys.readouterr().err
    graph = gl.load(model / "small.gir")
    assert graph == gl.optimize(gl.load(model / "loss.gir"), "simplify,cse,dce")


@pytest.mark.parametrize("argument", ["@params", "@start"])
def test_an_argument_can_be_an_object_of_the_file(
    argument: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("trace", "model.py:predict", "-s", argument, "-s", "f32[n, 3]") == 0
    graph = gl.parse(capsys.readouterr().out)
    assert [p.name for p in graph.inputs] == ["p_b", "p_w", "x"]


def test_a_function_may_stand_inside_a_class(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("trace", "model.py:Holder.twice", "-s", "f64[2]") == 0
    assert "multiply(%x, 2.0)" in capsys.readouterr().out


def test_a_file_may_be_called_as_a_module_that_is_there(model: Path) -> None:
    (model / "json.py").write_text((model / "model.py").read_text())
    before = sys.modules["json"]
    assert call("trace", "json.py:wasteful", "-s", "f64[2]") == 0
    assert sys.modules["json"] is before


def test_run_reads_and_writes_arrays(model: Path) -> None:
    w, x = np.ones((3, 2), np.float32), np.full((5, 3), 0.1, np.float32)
    np.save(model / "w.npy", w)
    np.save(model / "x.npy", x)
    assert call("run", "model.py:loss", "w.npy", "x.npy", *LOSS[1:], "-o", "out.npz") == 0
    with np.load(model / "out.npz") as out:
        assert out["result0"] == pytest.approx(np.sum(np.tanh(x @ w) ** 2), rel=1e-6)


def test_run_draws_the_same_inputs_for_the_same_seed(capsys: pytest.CaptureFixture[str]) -> None:
    texts = []
    for seed in ("0", "0", "1"):
        assert call("run", *LOSS, "--seed", seed, "--size", "7") == 0
        texts.append(capsys.readouterr().out)
    assert texts[0].startswith("result 0: f32[]\n")
    assert texts[0] == texts[1] != texts[2]


def test_export_writes_source_that_runs_without_gradloom(model: Path) -> None:
    assert call("export", *LOSS, "--to", "source", "-o", "alone.py") == 0
    program = (
        "import sys; sys.modules['gradloom'] = None\n"
        "import numpy as np, alone\n"
        "(value,) = alone.main(np.ones((3, 2), np.float32), np.ones((5, 3), np.float32))\n"
        "assert np.isclose(value, 10 * np.tanh(3) ** 2)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=model, check=True)


@pytest.mark.framework
def test_export_writes_onnx(model: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    assert call("export", *LOSS, "--to", "onnx", "-o", "loss.onnx") == 0
    session = onnxruntime.InferenceSession(model / "loss.onnx")
    inputs = {"w": np.ones((3, 2), np.float32), "x": np.ones((5, 3), np.float32)}
    (value,) = session.run(None, inputs)
    assert value == pytest.approx(10 * np.tanh(3) ** 2)


def test_view_prints_the_tree_of_a_graph(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("view", *LOSS, "--ascii") == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0] == "loss"
    assert "|- n1 tanh" in printed
    assert printed.isascii()
    assert call("view", *LOSS, "--most", "1") == 0
    assert "\u251c\u2500 n1 tanh" in capsys.readouterr().out


def test_view_says_which_group_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("view", *LOSS, "--open", "g7") != 0
    assert "there is no group 'g7'" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["svg", "dot", "txt", "json"])
def test_view_writes_a_picture(model: Path, kind: str) -> None:
    assert call("view", *LOSS, "-o", f"loss.{kind}") == 0
    assert "tanh" in (model / f"loss.{kind}").read_text()


def test_bisect_finds_no_culprit_in_the_default_pipeline(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call("bisect", "model.py:wasteful", "-s", "f64[n]") == 0
    assert "no pass" in capsys.readouterr().out


def test_diverge_says_that_numpy_agrees_with_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        call("diverge", "model.py:predict", "-s", "@params", "-s", "f32[n,3]", "-b", "numpy") == 0
    )
    assert capsys.readouterr().out == "numpy: every op agrees with numpy\n"


@pytest.mark.framework
def test_diverge_names_the_first_op_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    line = ("diverge", *LOSS, "-b", "torch", "--tolerance", "0", "--size", "64")
    if call(*line) == 1:  # the last bit of a product may or may not agree
        assert "torch leaves numpy at" in capsys.readouterr().out


@pytest.mark.framework
def test_bench_times_every_backend(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("bench", *LOSS, "--seconds", "0.01", "--size", "3") == 0
    out = capsys.readouterr().out
    assert "numpy" in out
    assert "0.0e+00" in out


@pytest.mark.framework
def test_doctor_says_that_numpy_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("doctor") == 0
    out = capsys.readouterr().out
    assert gl.__version__ in out
    assert "works (cpu)" in out


def test_the_module_is_the_command(model: Path) -> None:
    line = [sys.executable, "-m", "gradloom.cli", "trace", *LOSS]
    done = subprocess.run(
        line, cwd=model, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}, check=True
    )
    assert gl.parse(done.stdout).name == "loss"
