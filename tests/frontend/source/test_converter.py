import abc
import contextlib
import dataclasses
import functools
import gc
import math
import textwrap
import timeit
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.source.converted import Rewriter, convertible
from gradloom.frontend.source.converter import Converter
from gradloom.frontend.source.find import Absent, Definition
from gradloom.frontend.source.rebuild import FunctionNode
from tests.frontend.source import zoo
from tests.frontend.source.calls import HOOK, through_hook

seen: list[str] = []


def rewritten(node: FunctionNode, found: Definition) -> FunctionNode:
    """Every call goes through `c`, and every function is noted."""
    seen.append(getattr(node, "name", "<lambda>"))
    return through_hook(node)


class Hook:
    """What rewritten code calls: the converter, and a note of what it was asked for."""

    def __init__(self, rewriter: Rewriter, **options: Any) -> None:
        self.asked: list[Any] = []
        self.converter = Converter(rewriter, {HOOK: self}, **options)

    def c(self, f: Any) -> Any:
        self.asked.append(f)
        return self.converter.c(f)


@pytest.fixture
def hook() -> Hook:
    seen.clear()
    return Hook(Rewriter(rewritten, (HOOK,)))


def inner(x: int) -> int:
    return abs(x) + 1


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


class Model:
    def __init__(self, k: int) -> None:
        self.k = inner(k)

    def __call__(self, x: int) -> int:
        return inner(x) + self.k

    def __eq__(self, other: object) -> bool:
        raise AssertionError("nobody compares")

    __hash__ = None  # type: ignore[assignment]

    @functools.singledispatchmethod
    def told(self, x: object) -> str:
        return f"object {inner(1)}"

    @told.register
    def _(self, x: int) -> str:
        return f"int {inner(x)}"

    half = functools.partialmethod(__call__, 4)


def test_callable_objects_are_called_by_their_converted_method(hook: Hook) -> None:
    model = Model(1)
    assert hook.converter.c(model)(3) == 6
    assert hook.converter.c(model.half)() == 7
    assert seen == ["__call__", "inner"]


class Kept:
    made = 0

    def __new__(cls, *args: Any) -> "Kept":
        cls.made = inner(cls.made)
        return super().__new__(cls)


class Elsewhere:
    def __new__(cls, x: int) -> Any:
        return inner(x)

    def __init__(self, x: int) -> None:
        raise AssertionError("not an instance")


class Abstract(abc.ABC):
    def __init__(self) -> None:
        self.x = inner(1)

    @abc.abstractmethod
    def f(self) -> int: ...


class Concrete(Abstract):
    def f(self) -> int:
        return self.x


class WrongInit:
    def __init__(self) -> None:
        return inner(1)  # type: ignore[return-value]


class Wrong(ValueError):
    def __init__(self, x: int) -> None:
        super().__init__(f"wrong: {inner(x)}")


class Meta(type):
    def __call__(cls, *args: Any) -> Any:
        return ("made", inner(1), super().__call__(*args))


class WithMeta(metaclass=Meta):
    pass


def test_classes_are_made_by_their_converted_constructors(hook: Hook) -> None:
    c = hook.converter.c
    model = c(Model)(2)
    assert type(model) is Model
    assert model.k == 3
    assert type(c(Kept)(1, 2)) is Kept
    assert c(Elsewhere)(4) == 5
    assert c(Concrete)().f() == 2
    assert {"__init__", "__new__"} <= {*seen}
    with pytest.raises(TypeError, match="abstract"):
        c(Abstract)()
    with pytest.raises(TypeError, match="should return None, not 'int'"):
        c(WrongInit)()
    with pytest.raises(TypeError, match="argument"):
        c(Model)()
    error = c(Wrong)(1)
    assert type(error) is Wrong
    assert error.args == ("wrong: 2",)
    assert c(WithMeta)()[:2] == ("made", 2)


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int = 0
    start: dataclasses.InitVar[int] = 5

    def __post_init__(self, start: int) -> None:
        object.__setattr__(self, "y", inner(self.y) + start)


@dataclasses.dataclass(slots=True)
class Slotted:
    x: int

    def __post_init__(self) -> None:
        self.x = inner(self.x)


@dataclasses.dataclass
class Plain:
    x: int


class Pair(NamedTuple):
    a: int
    b: int = 2


def test_dataclasses_run_their_converted_post_init(hook: Hook) -> None:
    made = hook.converter.c(Point)(1, start=3)
    assert made == Point(1, start=3)
    assert vars(made) == {"x": 1, "y": 4}
    assert seen == ["__post_init__", "inner"]
    assert hook.converter.c(Slotted)(3) == Slotted(3)


def test_classes_without_source_of_the_users_stay(hook: Hook) -> None:
    for kind in (Plain, Pair, int, dict, Exception, np.ndarray, type, zoo.Base.__base__, super):
        assert hook.converter.c(kind) is kind
    assert hook.converter.c(Pair)(1) == (1, 2)


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
    exec("def unseen(x): return x", names)
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


calls = 0


@functools.cache
def fibonacci(n: int) -> int:
    global calls
    calls += 1
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@functools.lru_cache(maxsize=4, typed=True)
def noted(x: Any, *, k: int = 0) -> list[Any]:
    return [inner(1), type(x), k]


def test_cached_functions_are_remembered_for_the_trace(hook: Hook) -> None:
    global calls
    calls = 0
    assert hook.converter.c(fibonacci)(60) == 1548008755920
    assert calls == 61
    assert fibonacci.cache_info().currsize == 0
    made = hook.converter.c(noted)
    assert made(1) is made(1)
    assert made(1) is not made(True)
    assert made(1, k=1) is not made(1)
    assert made(np.ones(2))[1] is np.ndarray  # has no hash: a call of its own


def test_cached_results_stay_in_their_region() -> None:
    region = 1
    hook = Hook(Rewriter(rewritten, (HOOK,)), region=lambda: region)
    made = hook.converter.c(noted)
    first = made(3)
    region = 2
    assert made(3) is not first
    region = 1
    assert made(3) is first


@functools.singledispatch
def told(x: object) -> str:
    return f"object {inner(1)}"


@told.register
def _(x: int) -> str:
    return f"int {inner(x)}"


def test_single_dispatch_chooses_a_converted_function(hook: Hook) -> None:
    made = hook.converter.c(told)
    assert [made(x) for x in (3, "x")] == [told(x) for x in (3, "x")]
    assert seen == ["_", "inner", "told"]
    model = Model(1)
    assert [hook.converter.c(model.told)(x) for x in (3, "x")] == [model.told(x) for x in (3, "x")]
    assert seen[3:] == ["_", "told"]


@contextlib.contextmanager
def held(x: int) -> Iterator[int]:
    yield inner(x)


def test_context_managers_run_the_converted_generator(hook: Hook) -> None:
    with hook.converter.c(held)(3) as x:
        assert x == 4
    assert seen == ["held", "inner"]


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
