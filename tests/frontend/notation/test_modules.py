import importlib
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import gradloom as gl
from gradloom import notation

Write = Callable[[str, str], Path]

MODEL = """\
# gradloom: notation
'''A model in the notation.'''
from __future__ import annotations

import numpy as np

weights = params{
    w = np.ones((3, 2))
    b = frozen[np.zeros(2)]
}


def loss(x: np.ndarray) -> np.ndarray:
    with weights:
        return x |> $ @ w + b |> np.tanh |> np.sum


def positive(x):
    return x |> f{
        if np.sum($) > 0:
            y = np.sum($ * 2.0)
        else:
            y = np.sum($ * 0.0)
        y
    }


def wrong(x):
    return (x
        |> np.tanh
        |> $ @ np.ones((7, 7)))
"""


@pytest.fixture(name="write")
def _write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    monkeypatch.syspath_prepend(tmp_path)
    before = {*sys.modules}

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        importlib.invalidate_caches()
        return path

    yield write
    notation.uninstall()
    for name in {*sys.modules} - before:
        if name.startswith("noted"):
            del sys.modules[name]


def test_a_module_that_asks_for_the_notation_is_imported(write: Write, tmp_path: Path) -> None:
    write("noted_model.py", MODEL)
    notation.install()
    notation.install()
    model = importlib.import_module("noted_model")
    assert model.__doc__ == "A model in the notation."
    x = np.linspace(-1.0, 1.0, 12).reshape(4, 3)
    assert model.loss(x) == pytest.approx(np.tanh(x @ np.ones((3, 2))).sum())
    value, grads = model.weights.grad(model.loss, x)
    assert value == pytest.approx(model.loss(x))
    t = np.tanh(x @ np.ones((3, 2)))
    np.testing.assert_allclose(grads.w, x.T @ (1 - t**2))
    assert grads.b is None
    assert not (tmp_path / "__pycache__").exists()


def test_branches_on_traced_values_compile(write: Write) -> None:
    model = notation.load(write("noted_model.py", MODEL))
    compiled = gl.compile(model.positive)
    assert (compiled(np.ones(3)), compiled(-np.ones(3))) == (6.0, 0.0)


def test_an_error_points_to_the_line_of_the_step(write: Write) -> None:
    path = write("noted_model.py", MODEL)
    model = notation.load(path)
    with pytest.raises(gl.ShapeError, match=r"noted_model\.py:31 in wrong.*\|> \$ @ np") as e:
        gl.grad(model.wrong)(np.ones(3))
    lines = [f.lineno for f in traceback.extract_tb(e.tb) if f.filename == str(path)]
    assert lines == [31, 31]


def test_modules_that_do_not_ask_are_left_alone(write: Write) -> None:
    write("noted_plain.py", "# notation is not for this one\nf = [1, 2]\nx = f[0] | 4\n")
    write("noted_wrong.py", "x = 1 |> print\n")
    notation.install()
    plain = importlib.import_module("noted_plain")
    assert plain.x == 5
    assert type(plain.__loader__).__name__ == "SourceFileLoader"
    with pytest.raises(SyntaxError):
        importlib.import_module("noted_wrong")


def test_uninstalling_gives_import_back(write: Write) -> None:
    before = [*sys.meta_path]
    notation.install()
    notation.uninstall()
    notation.uninstall()
    assert sys.meta_path == before
    write("noted_after.py", "# gradloom: notation\nx = 1 |> str\n")
    with pytest.raises(SyntaxError):
        importlib.import_module("noted_after")


def test_a_file_is_loaded_by_its_path_and_read_anew(write: Write) -> None:
    path = write("noted_file.py", "x = 1 |> $ + 1\n")
    assert notation.load(path).x == 2
    assert sys.modules["noted_file"].x == 2
    write("noted_file.py", "x = 1 |> $ + 2\n")
    module = notation.load(path, "noted_other")
    assert (module.x, module.__name__, module.__file__) == (3, "noted_other", str(path))
    with pytest.raises(gl.FileMissing, match="nothing_here"):
        notation.load(path.parent / "nothing_here.py")


def test_a_module_that_fails_leaves_no_half_of_itself(write: Write) -> None:
    path = write("noted_bad.py", "x = 1 |> $ + 1\ny = x |> 5\n")
    with pytest.raises(gl.GradloomError, match="a pipeline's step is 5, a int"):
        notation.load(path)
    assert "noted_bad" not in sys.modules


def test_a_mistake_names_the_file_and_its_line(write: Write) -> None:
    path = write("noted_mistake.py", "# gradloom: notation\nx = 1\ny = $ + x\n")
    notation.install()
    with pytest.raises(SyntaxError) as caught:
        importlib.import_module("noted_mistake")
    assert (caught.value.filename, caught.value.lineno) == (str(path), 3)
    assert caught.value.text == "y = $ + x"


def test_a_script_runs_with_its_arguments(write: Write) -> None:
    write("noted_helper.py", "# gradloom: notation\ndouble = $ |> $ * 2\n")
    path = write(
        "noted_script.py",
        """\
        import sys
        from noted_helper import double
        if __name__ == "__main__":
            sys.argv[1:] |> map[int] |> map[double] |> print
        """,
    )
    command = [sys.executable, "-W", "ignore", "-m", "gradloom.frontend.notation"]
    run = subprocess.run([*command, path, "1", "2"], capture_output=True, text=True, check=True)
    assert run.stdout == "[2, 4]\n"
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (1, "")
    assert "usage" in run.stderr


def test_running_a_script_gives_its_names_and_leaves_main_alone(write: Write) -> None:
    path = write("noted_names.py", "answer = 41 |> $ + 1\nname = __name__\n")
    main, argv = sys.modules["__main__"], sys.argv
    names = notation.run(path)
    assert (names["answer"], names["name"]) == (42, "__main__")
    assert sys.modules["__main__"] is main
    assert sys.argv is argv


def test_without_its_packages_the_notation_names_the_extra(write: Write) -> None:
    path = write("noted_needs.py", "x = 1 |> str\n")
    program = f"""
import sys
sys.modules["pipescript"] = None
import gradloom as gl
for act in (gl.notation.install, lambda: gl.notation.load({str(path)!r}),
            lambda: gl.load_ipython_extension(None)):
    try:
        act()
    except gl.BackendMissing as error:
        print(error)
print(gl.notation.to_python("x = 1"))
"""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.count("pip install 'gradloom[notebook]'") == 3
    assert run.stdout.endswith("x = 1\n")
