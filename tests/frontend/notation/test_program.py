import ast
import json
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from gradloom.frontend.notation.program import to_python, to_tree
from tests.frontend.notation.cases import CASES, NAMES

REFERENCE = """
import contextlib, io, json, sys
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
shell.run_line_magic("load_ext", "pipescript")
shell.run_cell("pass")
names, programs = json.load(sys.stdin)
given = []
for program in programs:
    with contextlib.redirect_stdout(io.StringIO()):
        shell.run_cell(names)
        given.append(repr(shell.run_cell(program).result))
print("\\nGIVEN", json.dumps(given))
"""


def value(program: str, names: str = NAMES) -> Any:
    """What the last expression of a program gives."""
    bound: dict[str, Any] = {}
    exec(names, bound)
    tree = to_tree(program, "<case>", namespace=bound)
    assert tree is not None
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    exec(compile(tree, "<case>", "exec"), bound)
    return eval(compile(ast.Expression(last.value), "<case>", "eval"), bound)


@pytest.mark.parametrize("program", CASES)
def test_a_program_gives_what_the_table_says(program: str) -> None:
    assert value(program) == CASES[program]


def test_pipescript_gives_what_the_table_says() -> None:
    told = json.dumps([NAMES, list(CASES)])
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", REFERENCE],
        input=told, capture_output=True, text=True, check=True,
    )  # fmt: skip
    given = json.loads(run.stdout.rpartition("GIVEN ")[2])
    differing = {
        program: (mine, repr(expected))
        for (program, expected), mine in zip(CASES.items(), given, strict=True)
        if mine != repr(expected) and program not in BEYOND
    }
    assert differing == {}


BEYOND = {"list(map(str($), items))": "the innermost of three calls has a $"}
"""Programs that pipescript does not run, and why."""


@pytest.mark.parametrize("program", [p for p in CASES if "parallel" not in p and "once" not in p])
def test_the_python_of_a_program_is_a_program(program: str) -> None:
    bound: dict[str, Any] = {}
    exec(NAMES, bound)
    tree = ast.parse(to_python(program))
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    exec(compile(tree, "<python>", "exec"), bound)
    assert eval(compile(ast.Expression(last.value), "<python>", "eval"), bound) == CASES[program]


@pytest.mark.parametrize(
    "program",
    [
        "x = 1 < .5", "x = a <.5", "def f(a, /, *, b): return a | b", "s = '$ |> x'", "x = {1: 2}",
        "f = [1, 2]\nf[0]", "x = f'{a!r:>{w}}'", "'''\n$x |> y\n'''", "# $ |> f\nx = 1", "",
        "lambda *a, **k: (a, k)", "x = a if b else {c}",
        "match x:\n    case {'a': 1}:\n        y = 1",
    ],
)  # fmt: skip
def test_plain_python_is_left_alone(program: str) -> None:
    assert to_tree(program) is None
    assert to_python(program) == program


def test_every_node_stands_where_it_was_written() -> None:
    text = textwrap.dedent("""\
        é = ['ü'] |> map[$ * 2]
        y = |> len(items) |> $ + é
        with params{
            w = ones(3)
            v = w |> $ + 1
        } as weights:
            z = w ?? 0
    """)
    tree = to_tree(text)
    assert tree is not None
    written = {ast.get_source_segment(text, n) for n in ast.walk(tree) if isinstance(n, ast.Name)}
    assert {"é", "items", "w", "ones", "weights", "z", "$"} <= written
    places = [
        (n.lineno, ast.get_source_segment(text, n))
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and ast.get_source_segment(text, n) == "ones(3)"
    ]
    assert places == [(4, "ones(3)")]


@pytest.mark.parametrize(
    ("program", "line", "column", "message"),
    [
        ("x = 1\ny = 3 + $", 2, 9, "$ stands in no pipeline step, macro or call"),
        ("x = 1 |> 2 |>> 3", 1, 16, "|>> stores under a name, and this is none"),
        ("x = (*|> f)", 1, 6, "nothing stands to the left of *|>"),
        ("y = a$b |> c", 1, 6, "a$b: a name may not touch what stands left of its $"),
        ("z = nosuch{\n  a = 1\n}", 1, 5, "nosuch{...}: there is no macro of this name"),
        ("params{\n  _a = 1\n}", 1, 1, "params{...} gives no parameter a value"),
        ("x = f{\n  a = 1", 1, 6, "this { is never closed"),
        ("x = 1 |> $ + $", 1, 10, "this step takes 2 arguments, and |> gives it one"),
        ("x = f{)", 1, 6, "this { is never closed"),
        ("x = f{ # nothing\n}", 1, 5, "there is nothing between these braces"),
        ("x = [1] |> map[$ +\n", 1, 15, "'[' was never closed"),
        ("é = 1 |> $ + + ) 2", 1, 16, "unmatched ')'"),
        ("f{\n  a = 1\n  b = = 2\n}", 3, 7, "invalid syntax"),
        ("x = macro[$$](1)", 1, 5, "macro[...] defines a macro: give it a name"),
        ("g = macro[($$b, $$a)]\ng[1]", 2, 1, "the macro takes 2 arguments, and is given 1"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_where_it_was_written(
    program: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(SyntaxError) as caught:
        to_tree(program, "cell.py")
    error = caught.value
    assert error.msg.startswith(message)
    assert (error.filename, error.lineno, error.offset) == ("cell.py", line, column)
    assert error.text is not None
    assert error.text.rstrip("\n") == program.split("\n")[line - 1]


def test_names_of_the_user_are_no_macros() -> None:
    assert value("f[1] |> $ + 1", "f = [5, 6]") == 7
    assert value("f = [5, 6]\ng = f[$]\ng(1) |> $ + 1") == 7
    tree = to_tree("y = f[0]", namespace={"f": [5]})
    assert tree is None
    assert to_tree("from somewhere import *\ny = f[0]") is None


def test_a_dollar_does_not_hide_a_name_that_looks_like_its_parameter() -> None:
    assert value("5 |> $ + _0", "_0 = 10") == 15
    assert value("5 |> $x + x", "x = 10") == 15
    assert value("(4, 5) *|> $lambda * 10 + $other") == 45


def test_functions_read_their_names_when_they_are_called() -> None:
    program = "scale = 2\ndouble = $ |> $ * scale\nscale = 3\ndouble(5)"
    assert value(program) == 15


def test_a_block_gives_values_to_the_names_of_the_function_around() -> None:
    program = textwrap.dedent("""\
        def total(xs):
            sum_ = 0
            xs |> $.foreach{
                sum_ = sum_ + $
            }
            return sum_
        total([1, 2, 3])
    """)
    assert value(program) == 6


def test_a_block_sees_the_names_of_the_expression_around() -> None:
    program = "[n |> f{\n    a = $ * n + m\n    a\n} for n in range(3) for m in (1,)]"
    assert value(program) == [1, 2, 5]
    assert value("(lambda k: 2 |> f{\n    a = $ + k\n    a\n})(40)") == 42


def test_macros_of_the_user_expand_and_nest() -> None:
    program = textwrap.dedent("""\
        switch = macro[fork[$$] .> collapse]
        flip = macro[($$b, $$a), a, b]
        twice = method[$$ |> map[$$] |> map[$ * 2]]
        [
            1 |> switch[when[$ == 0] .> $ + 1, when[$ == 1] .> $ - 1],
            flip[0, 1],
            [1, 2].twice[$ + 1],
        ]
    """)
    assert value(program) == [0, (1, 0), [4, 6]]


def test_a_macro_may_be_a_function_of_trees() -> None:
    def doubled(node: ast.expr) -> ast.expr:
        return ast.BinOp(node, ast.Mult(), ast.Constant(2))

    names = {"doubled": doubled}
    tree = to_tree("twice = macro[doubled]\nx = twice[20 + 1] |> $ + 0", namespace=names)
    assert tree is not None
    bound: dict[str, Any] = {}
    exec(compile(tree, "<case>", "exec"), bound)
    assert bound["x"] == 42


def test_async_functions_await_outside_of_steps() -> None:
    program = textwrap.dedent("""\
        import asyncio
        async def f(x):
            await asyncio.sleep(0)
            return x |> $ + 1
        asyncio.run(f(1))
    """)
    assert value(program) == 2
