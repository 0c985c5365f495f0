import textwrap
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import gradloom as gl

WORDS = ("params", "frozen", "tied", "buffer")


@pytest.fixture(name="shell")
def _shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    shell.extension_manager.load_extension("gradloom")
    shell.run_cell("import numpy as np, gradloom as gl")
    yield shell
    gl.unload_ipython_extension(shell)


def run(shell: InteractiveShell, cell: str) -> Any:
    """What a cell gives; what it raises is raised."""
    done = shell.run_cell(textwrap.dedent(cell))
    done.raise_error()
    return done.result


def test_a_cell_runs_pipelines_and_names_their_results(shell: InteractiveShell) -> None:
    assert run(shell, "[3, 1, 2] |> sorted($, reverse=True) |> $[0] |>> largest") == 3
    assert run(shell, "largest + 1") == 4


def test_a_block_of_parameters_trains(shell: InteractiveShell) -> None:
    run(
        shell,
        """
        rng = np.random.default_rng(0)
        centers = np.array([[2.0, 2.0], [-2.0, 2.0], [0.0, -2.5]])
        X = np.vstack([rng.normal(c, 0.5, (40, 2)) for c in centers])
        labels = np.repeat(np.arange(3), 40)
    """,
    )
    run(
        shell,
        """
        with params{
            w = np.zeros((2, 3))
            b = np.zeros(3)
        } as weights:
            forward = $ |> $ @ w + b
            objective = |> X |> forward |> gl.nn.cross_entropy($, labels)
            for step in range(100):
                loss, grads = weights.grad(objective)
                first = loss if step == 0 else first
                weights.step(grads, 0.5)
            hits = X |> forward |> np.argmax($, axis=1) |> np.mean($ == labels)
    """,
    )
    names = shell.user_ns
    assert names["first"] == pytest.approx(np.log(3))  # nothing is known of three classes
    assert names["loss"] < 0.02
    assert names["hits"] == 1.0
    assert not {"w", "b"} & {*names}
    assert names["weights"].w.shape == (2, 3)


def test_the_roles_of_parameters_and_blocks_in_blocks(shell: InteractiveShell) -> None:
    tree = run(
        shell,
        """
        params{
            _scale = 3.0
            w = _scale * np.ones((2, 2))
            fixed = frozen[np.ones(2)]
            again = tied[w]
            seen = buffer[np.zeros(2)]
            inner = params{ a = np.ones(1); c = a * 2 }
            p, q = np.ones(1), np.zeros(1)
        }
    """,
    )
    assert [*tree] == ["w", "fixed", "again", "seen", "inner", "p", "q"]
    shell.user_ns["tree"] = tree
    value, grads = run(
        shell,
        """
        with tree:
            made = tree.grad(lambda: np.sum(w * again) + np.sum(fixed * seen) + np.sum(p))
        made
    """,
    )
    assert value == 4 * 9.0 + 1
    np.testing.assert_array_equal(grads.w, np.full((2, 2), 6.0))
    assert grads.fixed is None
    assert grads.seen is None
    assert [*tree.inner] == ["a", "c"]


def test_a_block_may_leave_out_its_with(shell: InteractiveShell) -> None:
    assert run(shell, "params{ w = np.ones(3) } as weights:\n    total = np.sum(w)\ntotal") == 3.0


def test_gradients_and_programs_follow_names_that_change(shell: InteractiveShell) -> None:
    run(
        shell,
        """
        w = 2.0 * np.ones(3)
        f = $ |> $ * w |> np.sum
        compiled = gl.compile(f)
        x = np.ones(3)
    """,
    )
    assert run(shell, "f(x), compiled(x)") == (6.0, 6.0)
    assert run(shell, "w = 3.0 * w\nf(x), compiled(x), gl.grad(f)(x).sum()") == (18.0, 18.0, 18.0)


def test_branches_on_traced_values_inside_pipelines_compile(shell: InteractiveShell) -> None:
    run(
        shell,
        """
        def relu(x):
            return x |> f{
                if np.sum($) > 0:
                    y = 2.0 * $
                else:
                    y = 0.0 * $
                y
            }
        g = gl.compile($ |> relu |> np.sum)
    """,
    )
    assert run(shell, "g(np.ones(3)), g(-np.ones(3))") == (6.0, 0.0)
    assert run(shell, "relu(np.ones(3))[0]") == 2.0


def test_powers_of_functions_are_pointwise_or_repeated(shell: InteractiveShell) -> None:
    run(
        shell,
        """
        x = np.linspace(-1.0, 1.0, 5)
        squared = $ |> np.tanh ** 2 |> np.sum
        twice = $ |> np.tanh .** 2 |> np.sum
    """,
    )
    x = shell.user_ns["x"]
    t = np.tanh(x)
    np.testing.assert_allclose(run(shell, "gl.grad(squared)(x)"), 2 * t * (1 - t**2))
    np.testing.assert_allclose(run(shell, "gl.grad(twice)(x)"), (1 - np.tanh(t) ** 2) * (1 - t**2))
    assert run(shell, "str(gl.trace(twice, x)).count('tanh(')") == 2


def test_an_error_shows_the_line_as_it_was_written(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    done = shell.run_cell("def bad(x):\n    y = x |> $ @ np.ones((4, 4))\n    return y")
    done = shell.run_cell("gl.grad(bad)(np.ones(3))")
    assert isinstance(done.error_in_exec, gl.ShapeError)
    assert ":2 in bad.<locals>.<lambda>:  y = x |> $ @ np.ones((4, 4))" in str(done.error_in_exec)
    assert "y = x |> $ @ np.ones((4, 4))" in capsys.readouterr().out


def test_a_mistake_in_the_notation_is_a_syntax_error_of_the_cell(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    done = shell.run_cell("x = 1\ny = 3 + $")
    assert isinstance(done.error_before_exec or done.error_in_exec, SyntaxError)
    told = capsys.readouterr()
    assert "y = 3 + $" in told.out + told.err


def test_a_function_of_a_cell_runs_in_threads(shell: InteractiveShell) -> None:
    run(shell, "def cube(x):\n    return x |> $ ** 3 |> np.sum\ngrad = gl.grad(cube)")
    grad, made = shell.user_ns["grad"], []
    given = [float(n) * np.ones(2) for n in range(1, 5)]
    threads = [threading.Thread(target=lambda x=x: made.append((x, grad(x)))) for x in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    for x, g in made:
        np.testing.assert_allclose(g, 3 * x**2)


def test_an_exception_in_a_block_leaves_no_names_behind(shell: InteractiveShell) -> None:
    done = shell.run_cell("with params{ w = np.ones(3) } as weights:\n    1 / 0")
    assert isinstance(done.error_in_exec, ZeroDivisionError)
    assert "w" not in shell.user_ns
    done = shell.run_cell("params{\n    w = 1.0 / int('0')\n}")
    assert isinstance(done.error_in_exec, ZeroDivisionError)
    assert run(shell, "with params{ w = np.ones(3) } as again:\n    s = w |> np.sum\ns") == 3.0


def test_cells_may_be_run_again_and_names_given_anew(shell: InteractiveShell) -> None:
    cell = "with params{ w = np.zeros(2) } as weights:\n    f = $ |> $ + w\n    y = f(1.0)\ny.sum()"
    assert [run(shell, cell) for _ in range(3)] == [2.0, 2.0, 2.0]
    assert run(shell, "f = np.arange(3)\nf[2]") == 2
    assert run(shell, "f[0] |> $ + 1") == 1
    assert run(shell, "del f\n") is None
    assert run(shell, "5 |> f[$ + 1]") == 6


def test_macros_of_the_user_live_from_cell_to_cell(shell: InteractiveShell) -> None:
    run(shell, "switch = macro[fork[$$] .> collapse]")
    assert run(shell, "1 |> switch[when[$ == 0] .> $ + 1, when[$ == 1] .> $ - 1]") == 0
    run(
        shell,
        """
        import ast
        def negated(node):
            return ast.UnaryOp(ast.USub(), node)
        minus = macro[negated]
    """,
    )
    assert run(shell, "minus[3 + 1]") == -4
    run(shell, "switch = [10, 20]")
    assert run(shell, "switch[1]") == 20


def test_magics_see_the_notation(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "%time y = [1, 2] |> map[$ + 1]")
    run(shell, "%%time\nz = [1, 2] |> map[$ + 2]")
    run(shell, "%timeit -n 1 -r 1 [1, 2] |> map[$ + 3]")
    assert (shell.user_ns["y"], shell.user_ns["z"]) == ([2, 3], [3, 4])
    assert "per loop" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("x |> f", "complete"), ("x = 1 |> f{\n", "incomplete"), ("with params{\n", "incomplete"),
        ("params{ w = 1 } as weights:", "incomplete"), ("map[$ +", "incomplete"),
        ("x = |> f |> g", "complete"), ("x |> ) f", "invalid"),
    ],
)  # fmt: skip
def test_the_prompt_knows_when_a_cell_is_complete(
    shell: InteractiveShell, cell: str, status: str
) -> None:
    assert shell.input_transformer_manager.check_complete(cell)[0] == status


def test_completion_knows_what_flows_into_a_step(shell: InteractiveShell) -> None:
    text = "y = [1, 2] |> sorted |> $.app"
    with provisionalcompleter():
        found = [*shell.Completer.completions(text, len(text))]
        plain = [*shell.Completer.completions("np.linspa", 9)]
    assert [(c.text, text[c.start : c.end]) for c in found] == [("append", "app")]
    assert "linspace" in [c.text for c in plain]


def test_loading_twice_changes_nothing_and_unloading_gives_the_shell_back() -> None:
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    shell.user_ns["frozen"] = mine = object()
    before = [*shell.input_transformers_post]
    gl.load_ipython_extension(shell)
    gl.load_ipython_extension(shell)
    assert len(shell.input_transformers_post) == len(before) + 1
    assert shell.user_ns["params"] is gl.params
    assert shell.user_ns["frozen"] is mine
    shell.user_ns["tied"] = yours = object()
    gl.unload_ipython_extension(shell)
    gl.unload_ipython_extension(shell)
    assert shell.input_transformers_post == before
    assert "ast_parse" not in vars(shell.compile)
    assert "completions" not in vars(shell.Completer)
    assert "check_complete" not in vars(shell.input_transformer_manager)
    assert {word: shell.user_ns.get(word) for word in WORDS} == {
        "params": None, "frozen": mine, "tied": yours, "buffer": None,
    }  # fmt: skip
    assert isinstance(shell.run_cell("1 |> print").error_before_exec, SyntaxError)


def test_plain_cells_are_compiled_as_ever(shell: InteractiveShell) -> None:
    plain = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    cell = "def g(a, *, b=2):\n    return a | b\ng(4)"
    assert run(shell, cell) == run(plain, cell) == 6
    mine, theirs = (s.user_ns["g"].__code__ for s in (shell, plain))
    assert mine.co_code == theirs.co_code
    assert "__notation__" not in shell.user_ns
