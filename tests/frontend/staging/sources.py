"""Random Python programs, as text: branches, loops, jumps, views, writes in place, containers.

Every program runs to its end with numpy for any arguments: loops are bounded, and nothing raises.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any, Final

import numpy as np

_HEAD: Final = """\
def early(v, w):
    if v > w:
        return v - w
    if w > 2.0:
        v = v + 1.0
    return w * 0.5

def search(v):
    for q in range(4):
        if v[q % 3] > 0.5:
            return v[q % 3] * q
    return v[0]

def change(v, c):
    if c > 0.0:
        v[0] = c
        return 1.0
    v[1] += c
    return 2.0

def deepest(v, n):
    if n == 0:
        return v
    return deepest(v * 0.5 + 1.0, n - 1) if n > 0 else v

class Box:
    def __init__(self, p, q):
        self.p = p
        self.q = q

    def step(self, c):
        if c > self.p:
            self.p = c * 0.5
            return c
        self.q[1] = c
        return self.p

    @property
    def both(self):
        return self.p + self.q[0]

"""
_START: Final = """\
def program(x, s, n, m, flag):
    a, b = s * 0.5, x[0]
    i, j = n, m
    h = flag
    y, z = x * 1.5, x + 1.0
    w = y[1:]
    xs = [a, b, s]
    d = {"p": a, "q": z}
    o = Box(a, z * 2.0)
    u = 0.0
    e = np.zeros(3)
"""
_END: Final = """\
    return a, b, i, j, h, y, z, w, xs, d, o.p, o.q, u, e
"""
_MANY: Final = ("y", "xs", "w")
_names: Final = count(1)


class Writer:
    """Writes one program, with choices from `rng`."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._count = 0
        self._lines: list[str] = []
        self._left = rng.randint(3, 16)

    def text(self) -> str:
        """The whole program."""
        self._block(1, 0, False)
        return _HEAD + _START + "".join(f"{line}\n" for line in self._lines) + _END

    # ---- expressions -----------------------------------------------------------------------------

    def _pick(self, *options: str) -> str:
        return self._rng.choice(options)

    def _fresh(self) -> str:
        self._count += 1
        return f"t{self._count}"

    def _number(self) -> str:
        return self._pick("0.5", "1.0", "-0.75", "2.0", "0.0", "1.5")

    def _index(self) -> str:
        return self._pick("0", "1", "2", "-1", "i % 3", "j % 3", "(i + j) % 3")

    def _scalar(self, depth: int = 0) -> str:
        if depth > 1:
            return self._pick("a", "b", "s", "u", self._number())
        deeper = depth + 1
        make: list[Callable[[], str]] = [
            lambda: self._pick("a", "b", "s", "u", "a", "b"),
            self._number,
            lambda: f"{self._pick('x', 'y', 'z', 'e')}[{self._index()}]",
            lambda: f"w[{self._pick('0', '1', '-1', 'i % 2')}]",
            lambda: f"({self._scalar(deeper)} {self._pick('+', '-', '*')} {self._scalar(deeper)})",
            lambda: f"np.tanh({self._scalar(deeper)})",
            lambda: f"({self._scalar(deeper)} if {self._test(deeper)} else {self._scalar(deeper)})",
            lambda: f"{self._pick('np.sum', 'np.max', 'sum', 'max')}({self._array(deeper)})",
            lambda: f"{self._pick('max', 'min')}({self._scalar(deeper)}, {self._scalar(deeper)})",
            lambda: f"abs({self._scalar(deeper)})",
            lambda: f"xs[{self._pick('0', '1', '-1', 'i % 3')}]",
            lambda: self._pick("d['p']", "o.p", "o.both", "d['q'][1]", "o.q[2]"),
            lambda: f"early({self._scalar(deeper)}, {self._scalar(deeper)})",
            lambda: f"search({self._pick('y', 'z', 'x')})",
            lambda: f"o.step({self._scalar(deeper)})",
            lambda: f"change({self._pick('y', 'z', 'e', 'x')}, {self._scalar(deeper)})",
            lambda: f"({self._scalar(deeper)} {self._pick('or', 'and')} {self._scalar(deeper)})",
            lambda: f"{self._scalar(deeper)} * 1.0",
            lambda: f"sum([v * 0.5 if v > {self._number()} else -v for v in {self._pick(*_MANY)}])",
            lambda: f"deepest({self._scalar(deeper)}, {self._pick('0', '1', '2')})",
            lambda: f"(lambda v: v if v > {self._number()} else v + 1.0)({self._scalar(deeper)})",
        ]  # fmt: skip
        return self._rng.choice(make)()

    def _array(self, depth: int = 0) -> str:
        plain = self._pick("x", "y", "z", "e", "d['q']", "o.q")
        if depth > 1:
            return plain
        deeper = depth + 1
        make: list[Callable[[], str]] = [
            lambda: plain,
            lambda: f"({plain} {self._pick('+', '-', '*')} {self._scalar(deeper)})",
            lambda: f"np.where({plain} > {self._number()}, {self._array(deeper)}, {plain})",
            lambda: f"{plain}[::-1]",
            lambda: f"({self._array(deeper)} if {self._test(deeper)} else {self._array(deeper)})",
            lambda: f"{plain}.copy()",
            lambda: f"np.tanh({plain})",
        ]
        return self._rng.choice(make)()

    def _whole(self) -> str:
        return self._pick("i", "j", "n", "0", "1", "2", "i + 1", "(i + j) % 4", "(j * 2) % 5")

    def _test(self, depth: int = 0) -> str:
        deeper = depth + 1
        compare = self._pick("<", ">", "<=", ">=")
        make: list[Callable[[], str]] = [
            lambda: f"{self._scalar(deeper)} {compare} {self._scalar(deeper)}",
            lambda: f"{self._scalar(deeper)} {compare} {self._number()}",
            lambda: f"{self._whole()} {self._pick('==', '<', '!=', '>=')} {self._whole()}",
            lambda: "h",
            lambda: "flag",
            lambda: f"{self._number()} < {self._scalar(deeper)} {compare} {self._scalar(deeper)}",
            lambda: f"np.any({self._array(deeper)} > {self._number()})",
            lambda: self._pick("True", "len(xs) > 2", "y.shape[0] == 3", "'p' in d", "x is None"),
            lambda: f"{self._whole()} in (0, 2)",
        ]
        if depth < 2:
            make += [
                lambda: f"not ({self._test(deeper)})",
                lambda: f"({self._test(deeper)} {self._pick('and', 'or')} {self._test(deeper)})",
            ]
        return self._rng.choice(make)()

    # ---- statements ------------------------------------------------------------------------------

    def _put(self, indent: int, text: str) -> None:
        self._lines.append("    " * indent + text)

    def _block(self, indent: int, depth: int, in_loop: bool) -> None:
        before = len(self._lines)
        for _ in range(self._rng.randint(1, 4 if depth else 7)):
            if self._left <= 0:
                break
            self._left -= 1
            self._statement(indent, depth, in_loop)
        if len(self._lines) == before:
            self._simple(indent)

    def _statement(self, indent: int, depth: int, in_loop: bool) -> None:
        kinds = ["simple"] * 5
        if depth < 3:
            kinds += ["if", "if", "if", "while", "for", "for", "match", "try", "nested"]
        if in_loop and depth:
            kinds += ["jump", "jump"]
        if depth > 0 and self._rng.random() < 0.25:
            kinds += ["return"]
        kind = self._rng.choice(kinds)
        if kind == "simple":
            self._simple(indent)
        elif kind == "jump":
            self._put(indent, f"if {self._test()}:")
            self._put(indent + 1, self._pick("break", "continue"))
        elif kind == "return":
            self._put(indent, f"if {self._test()}:")
            self._put(indent + 1, _END.strip())
        else:
            getattr(self, f"_{kind}")(indent, depth, in_loop)

    def _simple(self, indent: int) -> None:
        s, r = self._scalar, self._array
        array = self._pick("x", "y", "z", "e", "o.q", "d['q']")
        make: list[Callable[[], str]] = [
            lambda: f"{self._pick('a', 'b', 'u')} = {s()}",
            lambda: f"{self._pick('a', 'b', 'u')} {self._pick('+=', '-=', '*=')} {s(1)}",
            lambda: f"{array}[{self._index()}] = {s()}",
            lambda: f"{array}[{self._index()}] {self._pick('+=', '*=')} {s(1)}",
            lambda: f"{array}[{self._pick('1:', ':2', '::2', ':')}] = {s(1)}",
            lambda: f"{array}[{array} > {self._number()}] = {s(1)}",
            lambda: f"{self._pick('y', 'z', 'e')} {self._pick('+=', '*=', '-=')} {s(1)}",
            lambda: f"{self._pick('y', 'z', 'e')} = {r()}",
            lambda: f"w = {self._pick('y', 'z', 'e')}[{self._pick('1:', ':2', '::2')}]",
            lambda: f"w[{self._pick('0', '1', ':')}] = {s(1)}",
            lambda: "w *= 0.5",
            lambda: self._pick("y, z = z, y", "a, b = b, a", "y, e = e, y", "a, u = u + a, a"),
            lambda: f"i = {self._whole()}",
            lambda: f"j += {self._pick('1', '2', 'i % 2')}",
            lambda: f"h = {self._test()}",
            lambda: f"xs[{self._pick('0', '1', '2', '-1')}] = {s(1)}",
            lambda: f"d['p'] = {s()}",
            lambda: f"d['q'] = {r()}",
            lambda: f"o.p = {s()}",
            lambda: f"o.p += {s(1)}",
            lambda: f"o.q = {r()}",
            lambda: f"o.step({s(1)})",
            lambda: f"change({array}, {s(1)})",
            lambda: f"u = (t0 := {s(1)}) + t0",
            lambda: f"e = np.array([v if v > {self._number()} else {s(1)} for v in {array}])",
            lambda: "xs.append(xs.pop(0))",
            lambda: "xs.reverse()",
            lambda: "xs[:] = [v * 0.5 for v in xs]",
            lambda: f"o = Box({s(1)}, {array})",
        ]  # fmt: skip
        self._put(indent, self._rng.choice(make)())

    def _if(self, indent: int, depth: int, in_loop: bool) -> None:
        self._put(indent, f"if {self._test()}:")
        self._block(indent + 1, depth + 1, in_loop)
        if self._rng.random() < 0.3:
            self._put(indent, f"elif {self._test()}:")
            self._block(indent + 1, depth + 1, in_loop)
        if self._rng.random() < 0.6:
            self._put(indent, "else:")
            self._block(indent + 1, depth + 1, in_loop)

    def _while(self, indent: int, depth: int, in_loop: bool) -> None:
        c = self._fresh()
        limit = self._pick("3", "n", "m", "2 + n")
        self._put(indent, f"{c} = 0")
        test = self._pick(f"{c} < {limit}", f"{c} < {limit} and {self._test(1)}",
                          f"({self._test(1)}) and {c} < {limit}")  # fmt: skip
        self._put(indent, f"while {test}:")
        self._put(indent + 1, f"{c} += 1")
        self._block(indent + 1, depth + 1, True)
        self._else(indent, depth, in_loop)

    def _for(self, indent: int, depth: int, in_loop: bool) -> None:
        v = self._fresh()
        header = self._pick(
            f"for {v} in range(3)", f"for {v} in range(n)", f"for {v} in range(1, m)",
            f"for {v} in {self._array(1)}", f"for {v} in xs", f"for {v} in [1.0, a, b]",
            f"for {v}, v2 in zip(x, z)", f"for v2, {v} in enumerate(y)",
            f"for {v} in reversed(range(3))", f"for {v}, v2 in zip(range(n), y)",
            f"for {v} in (0, 2, 1)", f"for {v} in x.copy()",
        )  # fmt: skip
        self._put(indent, header + ":")
        self._put(indent + 1, f"{self._pick('a', 'b', 'u')} {self._pick('+=', '-=')} {v} * 0.5")
        self._block(indent + 1, depth + 1, True)
        self._else(indent, depth, in_loop)

    def _else(self, indent: int, depth: int, in_loop: bool) -> None:
        if self._rng.random() < 0.2:
            self._put(indent, "else:")
            self._block(indent + 1, depth + 1, in_loop)

    def _match(self, indent: int, depth: int, in_loop: bool) -> None:
        self._put(indent, f"match {self._whole()}:")
        for case in ("0", self._pick("1", "1 | 2"), self._pick("_", "q if q > 2", "3")):
            self._put(indent + 1, f"case {case}:")
            self._block(indent + 2, depth + 2, in_loop)

    def _try(self, indent: int, depth: int, in_loop: bool) -> None:
        self._put(indent, "try:")
        self._block(indent + 1, depth + 1, in_loop)
        if self._rng.random() < 0.3:
            self._put(indent + 1, "raise KeyError('x')")
        self._put(indent, "except KeyError:")
        self._block(indent + 1, depth + 1, in_loop)
        if self._rng.random() < 0.4:
            self._put(indent, "finally:")
            self._simple(indent + 1)

    def _nested(self, indent: int, depth: int, in_loop: bool) -> None:
        inner = self._fresh()
        self._put(indent, f"def {inner}(v):")
        self._put(indent + 1, "nonlocal a, u" if indent else "")
        self._put(indent + 1, f"if {self._test(1)}:")
        self._put(indent + 2, self._pick("a = v", "u += v", "a = v + 1.0; return a", "y[0] = v"))
        self._put(indent + 1, self._pick("return v * 2.0", "return a + v", "u = v; return u"))
        self._put(indent, f"b = {inner}({self._scalar(1)})")


def compiled(text: str) -> Callable[..., Any]:
    """The function `program` of this text, whose source is found."""
    name = f"<program {next(_names)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    names: dict[str, Any] = {"np": np}
    exec(compile(text, name, "exec"), names)
    made: Callable[..., Any] = names["program"]
    return made


def program(rng: Random) -> str:
    """The text of a program."""
    return Writer(rng).text()


def arguments(rng: Random) -> tuple[Any, ...]:
    """Arguments of a program: an array, a float, two small integers and a bool, all traced."""
    values = [rng.choice([-1.5, -0.5, 0.25, 0.75, 1.25, 2.5, 0.0]) for _ in range(4)]
    return (
        np.array(values[:3]), np.float64(values[3]), np.int64(rng.randint(0, 4)),
        np.int64(rng.randint(0, 3)), np.bool_(rng.random() < 0.5),
    )  # fmt: skip
