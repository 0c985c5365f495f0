"""Loops that plain numbers control: what stands twice, and that it does what numpy does."""

from __future__ import annotations

import ast
import linecache
from itertools import count
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.record import record
from gradloom.frontend.source.rewrite import rewritten
from gradloom.ir.errors import GradloomError

PROPERTY = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
_files = count(1)


class Writer:
    """Writes one loop over a range, with choices from `rng`."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._left = rng.randint(3, 8)

    def text(self) -> str:
        """The whole function."""
        head = ["def program(x, s, n, m, flag):", "    c = d = 0", "    items = [s]"]
        head += ["    x = x * 1.0", f"    for i in range({self._pick('n', '5', 'n + 1', '1, n')}):"]
        body = self._block(2)
        return "\n".join([*head, *body, "    return x, c, d, len(items)", ""])

    def _pick(self, *options: str) -> str:
        return self._rng.choice(options)

    def _int(self) -> str:
        return self._pick("i", "c", "d", "m", "1", "2", "i % 3", "(c + i) % 5", "-d", "n - i")

    def _test(self) -> str:
        return self._pick(
            "i % 2 == 0", "c > d", "flag", "not flag", "i % 3", "0 <= c < 4", "i in (1, 2)",
            "flag and c > 1", "c is None", "m == 2 or d > 3", "x[0] > 0.3", "s > 0.5", "i == n - 1",
        )  # fmt: skip

    def _block(self, level: int) -> list[str]:
        made = [line for _ in range(self._rng.randint(1, 3)) for line in self._statement(level)]
        return made or ["    " * level + "pass"]

    def _statement(self, level: int) -> list[str]:
        pad = "    " * level
        self._left -= 1
        kinds = ["count", "set", "array", "list", "chosen", "swap"]
        if self._left > 0 and level < 4:
            kinds += ["if", "if", "for", "while", "jump", "traced"]
        match self._pick(*kinds):
            case "count":
                return [f"{pad}{self._pick('c', 'd')} += {self._int()}"]
            case "set":
                return [f"{pad}{self._pick('c', 'd', 'e')} = {self._int()}"]
            case "array":
                return [f"{pad}{self._pick('x = x * 0.5 + c', 'x[i % 3] += d', 'x = x + s')}"]
            case "list":
                return [f"{pad}items.append({self._int()})"]
            case "chosen":
                return [f"{pad}x = x * 2.0 if {self._test()} else x - {self._int()}"]
            case "swap":
                return [f"{pad}c, d = d, {self._pick('c', 'c + 1', 'i')}"]
            case "traced":
                return [f"{pad}{self._pick('d = d + s', 'c = x[1]', 'c = len(items)')}"]
            case "for":
                times = self._pick("3", "i % 3", "m", "2")
                return [f"{pad}for j in range({times}):", *self._block(level + 1)]
            case "while":
                test = self._test()
                start = [f"{pad}q = 0", f"{pad}while q < 3 and {test}:", f"{pad}    q += 1"]
                return [*start, *self._block(level + 1)]
            case "jump":
                jump = self._pick("break", "continue", "return x, c, d, 0")
                return [f"{pad}if {self._test()}:", f"{pad}    {jump}"]
        made = [f"{pad}if {self._test()}:", *self._block(level + 1)]
        if self._rng.random() < 0.4:
            made += [f"{pad}else:", *self._block(level + 1)]
        return made


def made_of(text: str) -> Any:
    """The function of a source, which is at hand."""
    file = f"<steady {next(_files)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    scope: dict[str, Any] = {"np": np}
    exec(compile(text, file, "exec"), scope)
    return scope["program"]


def arguments(rng: Random) -> tuple[Any, ...]:
    """An array, a number, and what controls: plain or traced."""
    numbers = [rng.randint(0, 5), rng.randint(0, 3), rng.random() < 0.5]
    held = [np.asarray(v)[()] if rng.random() < 0.25 else v for v in numbers]
    return (np.array([rng.uniform(-1, 1) for _ in range(3)]), np.float64(rng.random()), *held)


def outcome(f: Any, args: tuple[Any, ...]) -> list[np.ndarray] | str:
    """The results as arrays, or which error it was."""
    try:
        return [np.asarray(v) for v in f(*args)]
    except (GradloomError, ArithmeticError, TypeError, ValueError, LookupError) as error:
        return type(error).__name__


@given(st.randoms(use_true_random=False))
@PROPERTY
@pytest.mark.filterwarnings("ignore")
def test_a_loop_does_what_numpy_does_or_is_refused(rng: Random) -> None:
    f = made_of(Writer(rng).text())
    args = arguments(rng)
    expected = outcome(f, (args[0].copy(), *args[1:]))
    found = outcome(gl.compile(f, "numpy"), args)
    if not isinstance(expected, str) and not isinstance(found, str):
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@given(st.randoms(use_true_random=False))
@PROPERTY
@pytest.mark.filterwarnings("ignore")
def test_the_graph_is_that_of_the_function_as_it_is_written(rng: Random) -> None:
    f = made_of(Writer(rng).text().replace("x[0] > 0.3", "i > 2").replace("s > 0.5", "m > 1"))
    args = (np.ones(3), np.float64(0.5), rng.randint(0, 5), rng.randint(0, 3), True)
    try:
        written = record(f, args, {}).graph
    except (GradloomError, ArithmeticError, TypeError, ValueError, LookupError):
        return
    if not record(f, args, {}).looked:
        assert str(record(f, args, {}, values=False).graph) == str(written)


def _text_of(source: str) -> str:
    (node,) = ast.parse(source).body
    assert isinstance(node, ast.FunctionDef)
    return ast.unparse(rewritten(node))


@pytest.mark.parametrize(
    "body",
    [
        "for i in range(n):\n        if i % 2: x = x * 2.0",
        "for i in range(3, n, 2):\n        x = x if i > m else -x",
        "for i in range(n):\n        if i > m: break\n        x = x * 2.0",
        "while m < n:\n        m += 1\n        if m == 3: return x",
        "k = 0\n    for i in range(n):\n        for j in range(i):\n            k += j\n"
        "            if k > 3: x = x + 1.0",
    ],
)
def test_a_loop_stands_twice_that_plain_numbers_may_control(body: str) -> None:
    text = _text_of(f"def f(x, n, m):\n    {body}\n    return x\n")
    assert "in _gl_.plain" in text


@pytest.mark.parametrize(
    "body",
    [
        "for i in range(n):\n        if x[i] > 0: m = m + 1\n        if x[i] > 1: break",
        "for i in range(n):\n        if x > m: return i",  # a return that a traced value may decide
        "global m\n    for i in range(n):\n        if m: x = x * 2.0",
        "for i in range(n):\n        try:\n            x = x / i\n        except E: break",
        "for i in range(len(x)):\n        if i: x = x + 1.0",
        "for i in range(n):\n        x = x * 2.0",  # nothing is asked in it
    ],
)
def test_a_loop_stands_once_that_is_not_understood_or_asks_nothing(body: str) -> None:
    parameters = "x, n" if "global" in body else "x, n, m"
    body = body.replace("if x > m", "if x[0] > m")
    text = _text_of(f"def f({parameters}):\n    {body}\n    return x\n")
    assert "in _gl_.plain" not in text


def _counted(x: Any, n: Any) -> Any:
    c = 0
    for i in range(n):
        if i % 2 == 0:
            c += 1
        if c > 2:
            break
        x = x + c
    return x, c


def test_what_controls_may_be_plain_in_one_call_and_traced_in_another() -> None:
    compiled = gl.compile(_counted, "numpy")
    for n in (0, 1, 4, 9):
        for size in (n, np.int64(n)):
            for ours, due in zip(compiled(np.ones(2), size), _counted(np.ones(2), n), strict=True):
                np.testing.assert_array_equal(ours, due)


def _appends(x: Any) -> Any:
    out = []
    for i in range(3):
        out.append(x[i])  # noqa: PERF401 - what is tested
    before = len(out)
    if x[0] > 0:
        out.append(x[1])
    positive = x[x > 0]
    return before, len(out), len(positive)


def test_lists_are_asked_in_full_once_something_is_staged() -> None:
    compiled = gl.compile(_appends, "numpy")
    for x in (np.array([1.0, -2.0, 3.0]), np.array([-1.0, -2.0, -3.0])):
        assert tuple(map(int, compiled(x))) == _appends(x)


class Keeper:
    """Keeps a function that was rewritten for an earlier trace."""

    push: Any = None


def _keeps(x: Any, keeper: Any) -> Any:
    def push(items: Any, v: Any) -> None:
        items.append(v)

    if keeper.push is None:
        keeper.push = push
    out: list[Any] = []
    if x[0] > 0:
        keeper.push(out, x[1])
    return len(out)


def test_a_function_of_an_earlier_trace_asks_in_full() -> None:
    keeper = Keeper()

    def first(x: Any) -> Any:
        return _keeps(x, keeper)

    for sign in (1.0, -1.0):
        for f in (first, lambda x: _keeps(x, keeper)):
            x = sign * np.array([1.0, 2.0])
            try:
                made = gl.compile(f, "numpy")(x)
            except GradloomError:
                continue
            assert int(made) == (sign > 0)
