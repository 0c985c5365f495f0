import ast
import functools
import inspect
import linecache
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from gradloom.frontend.source.files import parsed
from gradloom.frontend.source.find import Absent, Definition, definition
from gradloom.frontend.source.rebuild import compiled
from tests.frontend.source import zoo


def written(function: Any) -> str:
    """The text of the node that is found for a function."""
    found = definition(function.__code__)
    assert isinstance(found, Definition), found
    assert found.file == function.__code__.co_filename
    return ast.unparse(found.node)


def reason(function: Any) -> str:
    found = definition(function.__code__)
    assert isinstance(found, Absent)
    return found.reason


def codes(code: CodeType) -> Iterator[CodeType]:
    """The code of every function in a code object."""
    for c in code.co_consts:
        if isinstance(c, CodeType):
            if c.co_flags & inspect.CO_NEWLOCALS and (c.co_name[0] != "<" or "lamb" in c.co_name):
                yield c
            yield from codes(c)


def loaded(name: str, text: str, **names: Any) -> dict[str, Any]:
    """The globals of a text that is registered under a name, as notebooks do."""
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), names)
    return names


def module_at(path: Path, text: str) -> ModuleType:
    path.write_text(textwrap.dedent(text))
    module = ModuleType("written")
    exec(compile(path.read_text(), str(path), "exec"), module.__dict__)
    return module


@pytest.mark.parametrize(
    "name", ["tests.frontend.source.zoo", "textwrap", "functools", "inspect", "enum", "dataclasses"]
)
def test_every_function_of_a_file_is_found_and_compiles_to_the_very_same_code(name: str) -> None:
    file = __import__(name, fromlist=["x"]).__file__
    text = Path(file).read_text()
    whole = parsed(file, linecache.getlines(file))
    assert whole is not None
    seen = 0
    for code in codes(compile(text, file, "exec", dont_inherit=True)):
        found = definition(code)
        if code.co_flags & inspect.CO_COROUTINE:
            assert isinstance(found, Absent)
            continue
        assert isinstance(found, Definition), code.co_qualname
        made = compiled(code, found.node, imports=whole.imports)
        assert made == code  # Python compares names, constants, places
        assert made.co_qualname == code.co_qualname
        assert made.co_linetable == code.co_linetable
        seen += 1
    assert seen >= 15


def test_lambdas_on_one_line_are_told_apart() -> None:
    columns = [definition(f.__code__).node.col_offset for f in zoo.pair]  # type: ignore[union-attr]
    assert columns == sorted(columns)
    assert len(set(columns)) == 3
    assert [written(f) for f in zoo.pair][2] == "lambda y: y * 2"
    assert written(zoo.shifted[1]) == "lambda x, k=k: x + k"
    assert written(zoo.numbers["two"]) == "lambda x: x * n"


def test_a_lambda_inside_a_formatted_string_is_found() -> None:
    code = next(c for c in codes(zoo.everything.__code__) if c.co_name == "<lambda>")
    found = definition(code)
    assert isinstance(found, Definition)
    assert ast.unparse(found.node) == "lambda q: q + 1"


def test_a_function_under_decorators_is_found() -> None:
    inner = zoo.decorated.__wrapped__.__wrapped__  # type: ignore[attr-defined]
    assert written(inner).startswith("@twice\n@twice\ndef decorated(x: int, step: int=1)")
    assert written(zoo.decorated).startswith("@functools.wraps(f)\ndef wrapper")


def test_functions_of_one_name_are_told_apart_by_their_lines() -> None:
    assert "x + 1" in written(zoo.first_again)
    assert "x + 2" in written(zoo.again)
    assert "'zero'" in written(zoo.chosen)


def test_the_classes_around_a_method_are_told() -> None:
    found = definition(zoo._Child.Deep.name.__code__)
    assert isinstance(found, Definition)
    assert found.classes == ("_Child", "Deep")
    doubled = definition(zoo._Child.doubled.fget.__code__)  # type: ignore[attr-defined]
    assert isinstance(doubled, Definition)
    assert doubled.classes == ("_Child",)


def test_each_definition_has_a_tree_of_its_own() -> None:
    one, other = (definition(zoo.holding.__code__) for _ in range(2))
    assert isinstance(one, Definition)
    assert isinstance(other, Definition)
    assert isinstance(one.node, ast.FunctionDef)
    before = ast.dump(other.node, include_attributes=True)
    for node in ast.walk(one.node):
        if isinstance(node, ast.Name):
            node.id = "changed"
    one.node.body.clear()
    assert ast.dump(other.node, include_attributes=True) == before
    again = definition(zoo.holding.__code__)
    assert isinstance(again, Definition)
    assert ast.dump(again.node, include_attributes=True) == before


def test_functions_of_a_notebook_cell_are_found() -> None:
    cell = "<ipython-input-7-abc>"
    names = loaded(cell, "k = 3\ndef f(x):\n    return x * k\ng = lambda x: f(x) + k\n")
    assert written(names["f"]) == "def f(x):\n    return x * k"
    assert written(names["g"]) == "lambda x: f(x) + k"
    again = loaded(cell, "def f(x):\n    return x * 5\n")  # a cell run anew under its name
    assert written(again["f"]) == "def f(x):\n    return x * 5"
    assert "changed since it was loaded" in reason(names["f"])


def test_a_cell_that_is_compiled_statement_by_statement_is_found() -> None:
    cell, text = "<ipython-input-8-abc>", "import math\ndef f(x):\n    return math.sin(x)\n"
    linecache.cache[cell] = (len(text), None, text.splitlines(keepends=True), cell)
    names: dict[str, Any] = {}
    for statement in ast.parse(text).body:
        exec(compile(ast.Module([statement], []), cell, "exec"), names)
    whole = loaded("<whole cell>", text)
    assert names["f"].__code__.co_code != whole["f"].__code__.co_code  # Python knows its imports
    assert written(names["f"]) == written(whole["f"])


def test_functions_of_a_doctest_are_found() -> None:
    """
    >>> def halved(x):
    ...     return x / 2
    >>> print(definition(halved.__code__).file)
    <doctest ...[0]>
    >>> print(ast.unparse(definition(halved.__code__).node))
    def halved(x):
        return x / 2
    """
    import doctest

    me = test_functions_of_a_doctest_are_found
    found = doctest.DocTestFinder().find(me, "me", globs=globals())
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert runner.run(found[0]).failed == 0


def test_a_program_of_the_command_line_is_found() -> None:
    program = (
        "from gradloom.frontend.source.find import definition\n"
        "import ast\n"
        "def f(x):\n    return x + 1\n"
        "print(ast.unparse(definition(f.__code__).node))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "def f(x):\n    return x + 1\n", done.stderr


def test_what_has_no_source_says_so() -> None:
    names: dict[str, Any] = {}
    exec(compile("def f(x):\n    return x + 1", "<nowhere>", "exec"), names)
    assert "made by exec" in reason(names["f"])
    assert "made by exec" in reason(eval(compile("lambda x: x", "<nowhere>", "eval")))
    assert "async" in reason(zoo.waiting)
    genexpr = next(c for c in zoo.everything.__code__.co_consts if "genexpr" in repr(c))
    assert "genexpr" in definition(genexpr).reason  # type: ignore[union-attr]


def test_a_file_that_was_edited_is_not_taken_for_what_runs(tmp_path: Path) -> None:
    path = tmp_path / "edited.py"
    module = module_at(path, "def f(x):\n    return x + 1\n")
    path.write_text("def f(x):\n    return x + 1.0\n")
    assert "changed since it was loaded" in reason(module.f)
    path.write_text("def f(x:\n")
    linecache.checkcache(str(path))
    assert "changed since it was loaded" in reason(module.f)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x + 1", "x - 1"),
        ("x + 1", "x + True"),
        ("0.0 * x", "-0.0 * x"),
        ("x in {1, 2}", "x in {1, 2.0}"),
        ("x[0, 1]", "x[0, 1.0]"),
        ("abs(x)", "len(x)"),
        ("lambda y: y", "lambda y: 1"),
        ("x.real", "x.imag"),
    ],
)
def test_the_smallest_change_is_seen(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "small.py"
    module = module_at(path, f"def f(x):\n    return {before}\n")
    assert before in written(module.f)
    path.write_text(f"def f(x):\n    return {after}\n")
    linecache.checkcache(str(path))
    assert isinstance(definition(module.f.__code__), Absent)


def test_a_function_that_moved_in_its_file_is_found_there(tmp_path: Path) -> None:
    path = tmp_path / "moved.py"
    module = module_at(path, "def f(x):\n    return x + 1\n")
    path.write_text("# new\n\n\ndef f(x):\n    return x + 1\n")
    found = definition(module.f.__code__)
    assert isinstance(found, Definition)
    assert found.node.lineno == 4


def test_a_module_loaded_anew_is_found_anew(tmp_path: Path) -> None:
    path = tmp_path / "anew.py"
    old = module_at(path, "def f(x):\n    return x + 1\n")
    assert "x + 1" in written(old.f)
    new = module_at(path, "def f(x):\n    return x + 22222\n")
    assert "x + 22222" in written(new.f)


def checked(x: int) -> int:
    y = x + 1
    assert y > 0, f"{y} is positive"  # pytest puts its own instructions here
    total = [y + k for k in range(3)]
    if y > 3:
        assert sum(total) == 3 * y + 3
    return sum(total)


def test_asserts_that_pytest_has_changed_do_not_hide_a_function() -> None:
    assert any(name.startswith("@py") for name in checked.__code__.co_varnames)
    assert "assert y > 0" in written(checked)
    assert checked(4) == 18


def test_a_changed_function_with_asserts_of_pytest_is_not_taken(tmp_path: Path) -> None:
    _pytest = pytest.importorskip("_pytest.assertion.rewrite")
    text = "def f(x):\n    y = x + 1\n    assert y > 0\n    return y * 2\n"
    path = tmp_path / "asserts.py"
    path.write_text(text)
    tree = ast.parse(text)
    _pytest.rewrite_asserts(tree, text.encode(), str(path))
    names: dict[str, Any] = {}
    exec(compile(tree, str(path), "exec"), names)
    assert "y * 2" in written(names["f"])
    for other in ("y * 3", "x * 2", "y + 2", "abs(y * 2)"):
        path.write_text(text.replace("y * 2", other))
        linecache.checkcache(str(path))
        assert isinstance(definition(names["f"].__code__), Absent), other


def test_a_wrapped_function_of_another_module_is_found_by_its_own_code() -> None:
    @functools.wraps(zoo.again)
    def mine(x: int) -> int:
        return 100 + x

    assert isinstance(mine, FunctionType)
    assert "100 + x" in written(mine)
