"""Functions written in every way that Python knows; pytest does not change the asserts in here."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

total = 0
pair = (lambda x: x + 1, lambda x: x + 1, lambda y: y * 2)
shifted = [lambda x, k=k: x + k for k in range(3)]
numbers = {name: (lambda n: lambda x: x * n)(factor) for name, factor in (("two", 2), ("three", 3))}
if total == 0:

    def chosen(x: int) -> str:
        return "zero"

else:

    def chosen(x: int) -> str:
        return "more"


def twice(f: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(f)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return f(f(*args, **kwargs))

    return wrapper


@twice
@twice
def decorated(x: int, step: int = 1) -> int:
    """Adds four steps."""
    return x + step


def again(x: int) -> int:
    return x + 1


first_again = again


def again(x: int) -> int:  # type: ignore[no-redef]
    return x + 2


def add_to_total(x: int) -> int:
    global total
    total += x
    return total


def counter(start: int = 0) -> tuple[Callable[[], int], Callable[[], int]]:
    count = start

    def step() -> int:
        nonlocal count
        count += 1
        return count

    def look() -> int:
        return count

    return step, look


def everything(*args: int, scale: int = 2, **named: int) -> list[Any]:
    found: list[Any] = [scale * a for a in args if (b := a) > 0]
    found += [*args, {**named}, {k: v + 1 for k, v in named.items()}, sum(a for a in args), b]
    for i, a in enumerate(args):
        if a == 3:
            break
        if a == 2:
            continue
        found.append((i, a))
    else:
        found.append("whole")
    while len(found) > 100:
        found.pop()
    with contextlib.suppress(ZeroDivisionError):
        found.append(1 // 0)
    try:
        found.append([][scale])
    except IndexError as error:
        found.append(type(error).__name__)
    else:
        found.append("none")
    finally:
        found.append("last")
    match args:
        case (1, *rest):
            found.append(("one", rest))
        case (int(n),) if n < 0:
            found.append(("negative", n))
        case _:
            found.append("other")
    del b
    return [*found, f"{scale:>{scale}} {named!r} {(lambda q: q + 1)(scale)}"]


def running(limit: int) -> Iterator[int]:
    """Counts, and takes what is sent."""
    given = 0
    for i in range(limit):
        given = (yield i + given) or 0
    return (yield from [limit, given])


def holding(x: int) -> list[Any]:
    offset = x

    class Inner:
        kept = tuple(offset + k for k in range(2))

        def __init__(self, x: int) -> None:
            self.__hidden = x + offset

        def hidden(self) -> int:
            return self.__hidden

    def deeper(y: int) -> int:
        def deepest(z: int) -> int:
            return z + y + offset

        return deepest(1)

    inner = Inner(3)
    return [Inner.kept, inner.hidden(), sorted(vars(inner)), deeper(2), deeper.__qualname__]


class Base:
    """Has a private name and a method to be extended."""

    def __init__(self, x: int) -> None:
        self.__x = x

    def value(self) -> int:
        return self.__x

    def __secret(self) -> int:
        return self.__x + 1

    def secret(self) -> int:
        return self.__secret()


class _Child(Base):
    def __init__(self, x: int) -> None:
        super().__init__(x)
        self.__x = 10 * x

    def value(self) -> int:
        return super().value() + self.__x

    def mine(self) -> type:
        return __class__  # type: ignore[name-defined, no-any-return]

    @property
    def doubled(self) -> int:
        return 2 * self.__x

    @classmethod
    def made(cls, x: int) -> _Child:
        return cls(x)

    @staticmethod
    def plain(x: int) -> int:
        return x + 1

    def later(self) -> Callable[[], int]:
        return lambda: super(_Child, self).value() + self.__x

    class Deep:
        """A class in a class."""

        def name(self) -> str:
            return __class__.__qualname__  # type: ignore[name-defined, no-any-return]


def raising(x: int) -> float:
    y = x + 1
    return (
        y
        / (x - x)
    )  # fmt: skip


def asserting(x: int) -> int:
    assert x > 0, "positive"
    return x


async def waiting(x: int) -> int:
    return x
