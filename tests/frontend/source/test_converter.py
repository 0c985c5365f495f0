import functools
import gc
import math
import textwrap
import timeit
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.source.converted import Rewriter, convertible
from gradloom.frontend.source.find import Absent, Definition
from gradloom.frontend.source.rebuild import FunctionNode
from tests.frontend.source import zoo
from tests.frontend.source.calls import HOOK
from tests.frontend.source.hooked import Hook, Model, fresh_hook, inner, rewritten, seen


@pytest.fixture
def hook() -> Hook:
    return fresh_hook()


def outer(x: int) -> int:
    return inner(inner(x))


def test_a_function_and_all_that_it_calls_is_converted_once(hook: Hook) -> None:
    c = hook.converter.c
    assert c(outer) is c(outer)
    assert c(outer) is not outer
    assert c(outer)(3) == 5
    assert c(outer)(-4) == 6
    assert seen == ["outer", "inner"]
    assert hook.asked == 2 * [inner, inner, abs, abs]


def test_what_is_converted_already_stays_as_it_is(hook: Hook) -> None:
    c = hook.converter.c
    made = c(outer)
    assert c(made) is made
    step, look = c(zoo.counter)(1)
    assert c(step) is step
    assert (step(), look()) == (2, 2)
    assert seen == ["outer", "counter"]


def test_closures_of_one_code_are_compiled_once(hook: Hook) -> None:
    def adding(k: int) -> Callable[[int], int]:
        def add(x: int) -> int:
            return inner(x) + k

        return add

    made = [hook.converter.c(adding(k)) for k in range(1000)]
    assert [f(1) for f in made[:3]] == [2, 3, 4]
    assert seen == ["add", "inner"]
    assert len({f.__code__ for f in made}) == 1


def test_bound_methods_are_bound_to_the_same_object(hook: Hook) -> None:
    child = zoo._Child(4)
    made = hook.converter.c(child.value)
    assert made.__self__ is child
    assert made.__func__ is not zoo._Child.value
    assert made() == child.value() == 44
    assert hook.converter.c(zoo._Child.made)(3).value() == 33
    assert hook.converter.c(zoo._Child.plain)(3) == 4
    assert seen == ["value", "value", "made", "__init__", "__init__", "plain"]


def test_partials_hold_the_converted_function(hook: Hook) -> None:
    made = hook.converter.c(functools.partial(functools.partial(outer), x=5))
    assert made() == 7
    assert seen == ["outer", "inner"]
    plain = functools.partial(max, 3)
    assert hook.converter.c(plain) is plain


def test_callable_objects_are_called_by_their_converted_method(hook: Hook) -> None:
    model = Model(1)
    assert hook.converter.c(model)(3) == 6
    assert hook.converter.c(model.half)() == 7
    assert seen == ["__call__", "inner"]


def test_functions_of_libraries_stay(hook: Hook) -> None:
    gradient = gl.grad(lambda x: x * x)
    rule = gl.custom_jvp(lambda x: x)
    for f in (
        *(textwrap.wrap, math.sin, np.sin, np.sum, np.linalg.norm, len, [].append, "".join, str),
        *(gradient, gl.vmap(outer), rule, gl.grad, gl.compile(outer), np.vectorize(outer)),
    ):
        assert hook.converter.c(f) is f
    assert seen == []


def test_what_cannot_be_converted_tells_why(hook: Hook) -> None:
    names: dict[str, Any] = {}
    exec(compile("def unseen(x): return x", "<nowhere>", "exec"), names)
    rewriter = hook.converter._rewriter
    for f, reason in (
        (names["unseen"], "made by exec"),
        (zoo.waiting, "async"),
        (textwrap.wrap, "Python's standard library"),
        (pytest.importorskip, "the installed package _pytest"),
        (gl.grad, "gradloom"),
        (outer, ""),
    ):
        hook.converter.c(f)
        assert reason in rewriter.why_not(f.__code__)
        assert bool(reason) == bool(rewriter.why_not(f.__code__))
    assert convertible(len) == "it is not written in Python"
    assert convertible(outer) == ""
    assert rewriter.why_not(inner.__code__) == ""


def test_a_rewrite_may_leave_a_function_or_refuse_it() -> None:
    def rewrite(node: FunctionNode, found: Definition) -> FunctionNode | Absent | None:
        return Absent("not this one") if getattr(node, "name", "") == "inner" else None

    hook = Hook(Rewriter(rewrite, (HOOK,)))
    assert hook.converter.c(outer) is outer
    assert hook.converter.c(inner) is inner
    assert hook.converter._rewriter.why_not(outer.__code__) == ""
    assert hook.converter._rewriter.why_not(inner.__code__) == "not this one"


def test_a_rewrite_that_nests_too_deeply_leaves_the_function() -> None:
    def rewrite(node: FunctionNode, found: Definition) -> FunctionNode:
        import ast

        body = node.body
        for _ in range(30):
            name = ast.Name("_", ast.Store())
            body = [ast.For(name, ast.Tuple([ast.Constant(1)], ast.Load()), body, [])]
        node.body = body
        return node

    hook = Hook(Rewriter(rewrite, (HOOK,)))
    assert hook.converter.c(inner) is inner
    assert "too many statically nested blocks" in hook.converter._rewriter.why_not(inner.__code__)


def test_wrappers_of_the_users_are_functions_like_any(hook: Hook) -> None:
    assert hook.converter.c(zoo.decorated)(1, step=2) == zoo.decorated(1, step=2)
    assert seen == ["wrapper", "decorated"]


def test_known_callables_are_replaced(hook: Hook) -> None:
    made = Hook(hook.converter._rewriter, known={abs: lambda x: 100, inner: lambda x: x})
    assert made.converter.c(abs)(-1) == 100
    assert made.converter.c(outer)(7) == 7


def test_after_its_trace_a_converted_function_calls_what_is_written(hook: Hook) -> None:
    made = hook.converter.c(outer)
    hook.converter.close()
    assert made(3) == 5
    assert hook.converter.c(outer) is outer
    assert hook.converter.c(zoo._Child) is zoo._Child
    assert seen == ["outer"]


def test_nothing_is_kept_after_the_trace() -> None:
    rewriter = Rewriter(rewritten, (HOOK,))

    def run() -> list[weakref.ref[Any]]:
        hook = Hook(rewriter)
        names: dict[str, Any] = {"inner": inner}

        def recursive(n: int) -> int:
            return n if n < 1 else recursive(n - 1)

        made = hook.converter.c(recursive)
        assert made(3) == 0
        hook.converter.close()
        return [weakref.ref(x) for x in (recursive, made, hook, hook.converter)] if names else []

    gone = run()
    gc.collect()
    assert [ref() for ref in gone] == [None] * 4


def test_code_that_is_gone_is_forgotten() -> None:
    import linecache

    rewriter = Rewriter(rewritten, (HOOK,))
    sizes = []
    gc.collect()
    gc.freeze()  # what other tests left is not looked through again each time
    for k in range(20):
        name = f"<cell {k}>"
        text = f"def f(x):\n    return abs(x) + {k}\n"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        names: dict[str, Any] = {}
        exec(compile(text, name, "exec"), names)
        hook = Hook(rewriter)
        assert hook.converter.c(names["f"])(-1) == 1 + k
        hook.converter.close()
        del names, hook
        gc.collect()
        sizes.append(len(rewriter._known))
    gc.unfreeze()
    assert sizes[-1] == sizes[0]


def test_equal_code_of_two_files_is_told_apart() -> None:
    import linecache

    found = []
    rewriter = Rewriter(rewritten, (HOOK,))
    text = "def f(x):\n    return abs(x)\n"
    for name in ("<cell one>", "<cell two>"):
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        names: dict[str, Any] = {}
        exec(compile(text, name, "exec"), names)
        found.append(names["f"])
    assert found[0].__code__ == found[1].__code__
    made = [Hook(rewriter).converter.c(f) for f in found]
    assert [f.__code__.co_filename for f in made] == ["<cell one>", "<cell two>"]


def test_looking_up_a_converted_function_is_quick(hook: Hook) -> None:
    c = hook.converter.c
    model = Model(1)
    for f, limit_s in ((outer, 1.5e-6), (len, 1.5e-6), (model.__call__, 2.5e-6), (model, 5e-6)):
        c(f)
        best = min(timeit.repeat(lambda f=f: c(f), number=2000, repeat=20)) / 2000
        assert best < limit_s, f  # several times the usual: machines differ
