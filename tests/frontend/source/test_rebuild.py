import bdb
import gc
import inspect
import sys
import traceback
import weakref
from collections.abc import Callable, Iterator
from types import FrameType, FunctionType, ModuleType
from typing import Any

import pytest

from gradloom.frontend.source.find import definition
from gradloom.frontend.source.rebuild import rebuilt_code, with_code
from gradloom.ir.location import user_location
from tests.frontend.source import zoo
from tests.frontend.source.calls import HOOK, Calls, anew, fresh_module, renew, same, through_hook

REWRITES = pytest.mark.parametrize("rewrite", [same, through_hook])


@pytest.fixture
def fresh_zoo() -> ModuleType:
    return fresh_module("tests.frontend.source.zoo")


@REWRITES
def test_functions_do_what_they_did(rewrite: Any) -> None:
    hook = Calls()
    for args in ((), (1, 2, 3), (1, 2), (-4,), (5, 6), (0, 0, 7)):
        made = anew(zoo.everything, rewrite, hook)
        if not args:  # `b` is not bound
            with pytest.raises(UnboundLocalError):
                made(*args)
            continue
        assert made(*args, scale=3, k=1) == zoo.everything(*args, scale=3, k=1)
    for name in ("holding", "asserting"):
        assert anew(getattr(zoo, name), rewrite, hook)(4) == getattr(zoo, name)(4)
    assert [anew(f, rewrite)(10) for f in zoo.pair] == [11, 11, 20]
    assert [anew(f, rewrite)(10) for f in zoo.shifted] == [10, 11, 12]
    assert anew(zoo.numbers["three"], rewrite)(10) == 30
    assert (hook.count > 0) == (rewrite is through_hook)


@REWRITES
def test_generators_yield_take_and_return(rewrite: Any) -> None:
    def run(f: Callable[[int], Iterator[int]]) -> list[Any]:
        it: Any = f(4)
        seen = [next(it), it.send(10), it.send(None), next(it)]
        try:
            while True:
                seen.append(next(it))
        except StopIteration as stop:
            return [*seen, stop.value]

    assert run(anew(zoo.running, rewrite)) == run(zoo.running)
    assert inspect.isgeneratorfunction(anew(zoo.running, rewrite))


@REWRITES
def test_free_variables_live_in_the_same_cells(rewrite: Any) -> None:
    step, look = zoo.counter(5)
    made_step, made_look = anew(step, rewrite), anew(look, rewrite)
    assert (made_step(), look(), step(), made_look(), made_step()) == (6, 6, 7, 7, 8)
    assert look() == 8


@REWRITES
def test_a_closure_that_calls_itself_keeps_its_cell(rewrite: Any) -> None:
    def factorial(n: int) -> int:
        return 1 if n < 2 else n * factorial(n - 1)

    assert anew(factorial, rewrite)(6) == 720
    unbound = 1
    del unbound

    def early() -> Any:
        return unbound

    made = anew(early, rewrite)
    with pytest.raises(NameError):
        made()
    unbound = 3
    assert made() == 3


@REWRITES
def test_globals_are_the_modules_own(fresh_zoo: ModuleType, rewrite: Any) -> None:
    made = anew(fresh_zoo.add_to_total, rewrite)
    assert made.__globals__ is vars(fresh_zoo)
    assert (made(3), fresh_zoo.total, fresh_zoo.add_to_total(4), made(1)) == (3, 3, 7, 8)
    fresh_zoo.again = lambda x: 50
    namespace = vars(fresh_zoo)
    exec("def late(x): return again(x) + new(x)", namespace)
    assert HOOK not in namespace


@REWRITES
def test_methods_keep_super_private_names_and_class(fresh_zoo: ModuleType, rewrite: Any) -> None:
    zoo = fresh_zoo
    before = zoo._Child(4)
    expected = _ask(before, zoo)
    assert renew(zoo, rewrite, Calls()) == 24
    assert _ask(before, zoo) == expected
    made = zoo._Child(4)
    assert sorted(vars(made)) == sorted(vars(before)) == ["_Base__x", "_Child__x"]
    assert _ask(made, zoo) == expected
    assert zoo._Child.mine(made) is zoo._Child


def _ask(child: Any, zoo: Any) -> list[Any]:
    return [
        child.value(),
        child.secret(),
        child.doubled,
        type(child).made(2).value(),
        child.plain(1),
        child.later()(),
        zoo._Child.Deep().name(),
        zoo.decorated(1),
        zoo.decorated(1, step=3),
        zoo.holding(3),
    ]


@REWRITES
def test_what_is_known_of_a_function_stays(rewrite: Any) -> None:
    def outer() -> Callable[..., Any]:
        def f(a: int, /, b: str = "b", *c: Any, d: float = 1.5, e: Any, **g: Any) -> list[int]:
            """What it does."""
            return [a, b, c, d, e, g]  # type: ignore[list-item]

        f.mark = [1]  # type: ignore[attr-defined]
        f.__name__ = "renamed"
        f.__module__ = "elsewhere"
        return f

    f = outer()
    made = anew(f, rewrite)
    kept = (
        "__name__ __qualname__ __module__ __doc__ __defaults__ __kwdefaults__ __annotations__ "
        "__dict__ __globals__"
    )
    for name in kept.split():
        assert getattr(made, name) is getattr(f, name), name
    assert inspect.signature(made) == inspect.signature(f)
    assert made.__code__.co_qualname == f.__code__.co_qualname
    assert made.__code__.co_name == "f"
    assert made(1, e=2) == f(1, e=2)
    f.more = 2  # type: ignore[attr-defined]
    assert made.more == 2
    assert anew(zoo.decorated, rewrite).__wrapped__ is zoo.decorated.__wrapped__  # type: ignore[attr-defined]
    assert inspect.getsource(made) == inspect.getsource(f)


def test_nothing_of_the_definition_is_evaluated_again() -> None:
    seen: list[str] = []

    def note(what: str) -> Any:
        seen.append(what)
        return lambda f=None: f

    @note("decorator")
    def f(x: note("annotation"), y: Any = note("default"), *, z: Any = note("keyword")) -> None:  # type: ignore[valid-type] # noqa: B008
        return x

    assert len(seen) == 4
    made = anew(f)
    assert made(3) == 3
    assert len(seen) == 4
    assert made.__defaults__ is f.__defaults__


def test_places_inside_are_those_of_the_original() -> None:
    for function in (zoo.everything, zoo.running, zoo.holding, zoo._Child.later, zoo.pair[1]):
        code, made = function.__code__, anew(function).__code__
        assert made.co_firstlineno == code.co_firstlineno
        assert {n for *_, n in made.co_lines()} == {n for *_, n in code.co_lines()}
        assert made.co_filename == code.co_filename
        assert [c.co_qualname for c in made.co_consts if hasattr(c, "co_qualname")] == [
            c.co_qualname for c in code.co_consts if hasattr(c, "co_qualname")
        ]


def _lines(f: Any, *args: Any) -> list[tuple[str, str, int]]:
    """What a debugger sees of a call: function, event, line."""
    seen = []

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code.co_filename == zoo.__file__:
            seen.append((frame.f_code.co_qualname, event, frame.f_lineno))
            return trace
        return None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        f(*args)
    finally:
        sys.settrace(before)
    return seen


@REWRITES
def test_a_debugger_steps_through_the_same_lines(rewrite: Any) -> None:
    for f, args in ((zoo.everything, (1, 2)), (zoo.holding, (3,)), (zoo.pair[2], (4,))):
        assert _lines(anew(f, rewrite), *args) == _lines(f, *args)


@REWRITES
def test_breakpoints_on_the_users_lines_are_hit(rewrite: Any) -> None:
    class Watch(bdb.Bdb):
        stops: list[tuple[int, str]]

        def user_line(self, frame: FrameType) -> None:
            if self.break_here(frame):
                self.stops.append((frame.f_lineno, frame.f_code.co_name))

    line = zoo.everything.__code__.co_firstlineno + 1
    watch = Watch()
    watch.stops = []
    assert watch.set_break(zoo.__file__, line) is None
    watch.runcall(anew(zoo.everything, rewrite), 1, 2)
    watch.clear_all_breaks()
    assert (line, "everything") in watch.stops


@REWRITES
def test_tracebacks_show_the_users_file_line_and_columns(rewrite: Any) -> None:
    def told(f: Any) -> Any:
        with pytest.raises(ZeroDivisionError) as caught:
            f(1)
        return traceback.extract_tb(caught.tb)[-1]

    before, after = told(zoo.raising), told(anew(zoo.raising, rewrite))
    assert after.filename == zoo.__file__
    assert after.lineno == before.lineno
    assert after.name == before.name
    assert after.line == before.line
    assert (after.colno, after.end_colno) == (before.colno, before.end_colno)


def place() -> Any:
    return user_location(0)


@REWRITES
def test_user_locations_are_the_users(rewrite: Any) -> None:
    before, after = place(), anew(place, rewrite)()
    assert (after.file, after.line, after.function) == (before.file, before.line, before.function)
    assert after.source() == "return user_location(0)"


def test_a_lambda_may_come_back_as_a_function() -> None:
    import ast

    def rewrite(node: ast.Lambda) -> ast.FunctionDef:
        body = [ast.copy_location(ast.Return(node.body), node.body)]
        made = ast.FunctionDef("any name", node.args, body, [], None)
        return ast.copy_location(made, node)

    for f in (*zoo.pair, zoo.shifted[2], zoo.numbers["two"]):
        made = anew(f, rewrite)
        assert made(10) == f(10)
        assert made.__code__.co_name == made.__name__ == "<lambda>"
        assert made.__code__.co_qualname == f.__code__.co_qualname


def test_given_names_are_cells_and_may_not_be_private() -> None:
    found = definition(zoo.again.__code__)
    made = anew(zoo._Child.secret, through_hook, Calls())
    assert made.__code__.co_freevars == (HOOK,)
    with pytest.raises(ValueError, match="private name"):
        rebuilt_code(zoo.again.__code__, found.node, ["__gl"])  # type: ignore[union-attr]


def test_a_cell_that_is_no_longer_used_is_left_out() -> None:
    import ast

    def rewrite(node: ast.FunctionDef) -> ast.FunctionDef:
        node.body = [ast.Return(ast.Constant(7))]
        return node

    step, look = zoo.counter()
    assert anew(look, rewrite)() == 7
    assert step() == 1


def test_future_statements_of_the_module_hold() -> None:
    import __future__

    bit = __future__.annotations.compiler_flag
    assert zoo.holding.__code__.co_flags & bit
    assert anew(zoo.holding).__code__.co_flags == zoo.holding.__code__.co_flags
    inner = anew(zoo.counter)()[0]
    assert inner.__annotations__ == {"return": "int"}
    assert not anew(place).__code__.co_flags & bit


def test_code_is_compiled_once_for_many_closures() -> None:
    f = zoo.shifted[0]
    found = definition(f.__code__)
    code = rebuilt_code(f.__code__, through_hook(found.node), [HOOK])  # type: ignore[union-attr]
    made = [with_code(g, code, {HOOK: Calls()}) for g in zoo.shifted]
    assert [g(1) for g in made] == [1, 2, 3]


def test_a_rebuilt_function_does_not_keep_the_original_alive() -> None:
    def made() -> tuple[FunctionType, weakref.ref[FunctionType]]:
        def f(x: int) -> int:
            return x

        return anew(f), weakref.ref(f)

    kept, gone = made()
    gc.collect()
    assert gone() is None
    assert kept(3) == 3


@REWRITES
def test_asserts_changed_by_pytest_stand_as_they_are_written(rewrite: Any) -> None:
    def positive(x: int) -> int:
        assert x > 0, "positive"
        return x

    made = anew(positive, rewrite)
    assert made(1) == 1
    with pytest.raises(AssertionError, match="positive"):
        made(-1)
    with pytest.raises(AssertionError, match="positive"):
        anew(zoo.asserting, rewrite)(-1)


@REWRITES
def test_rebuilt_may_be_built_again_and_nested_functions_with_it(rewrite: Any) -> None:
    hook = Calls()
    step, look = anew(zoo.counter, rewrite, hook)(3)
    assert (step(), look()) == (4, 4)
    assert (HOOK in anew(zoo.holding, rewrite).__code__.co_freevars) == (rewrite is through_hook)
