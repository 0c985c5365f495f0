import abc
import contextlib
import dataclasses
import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from gradloom.frontend.source.converted import Rewriter
from tests.frontend.source import zoo
from tests.frontend.source.calls import HOOK
from tests.frontend.source.hooked import Hook, Model, fresh_hook, inner, rewritten, seen


@pytest.fixture
def hook() -> Hook:
    return fresh_hook()


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
