"""Random programs, as text, of lists that grow and shrink behind conditions, and of generators."""

from __future__ import annotations

from random import Random
from typing import Final

_HEAD: Final = """\
def some(v, c):
    for q in v:
        if q > c:
            yield q
        elif q < -c:
            c = c * 0.5
            yield q * 2.0

def pairs(v, c):
    last = 0.0
    for q in some(v, c):
        if q > last:
            yield q - last
        last = q

class Bag:
    def __init__(self):
        self.held = []

    def put(self, v, c):
        if v > c:
            self.held.append(v)

def fill(to, v, c):
    if v > c:
        to.append(v)
        return True
    return False

"""
_START: Final = """\
def program(x, s, n, m, flag):
    a, b, u = s * 0.5, x[0], 0.0
    xs, ys, zs = [], [s, a], [1.0]
    o = Bag()
    k = 0
"""
_END: Final = """\
    return a, b, u, k, xs, ys, zs, o.held, np.sum(xs), len(ys), np.array(zs)
"""


class GrowthWriter:
    """Writes one program, with choices from `rng`."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._lines: list[str] = []
        self._left = rng.randint(3, 10)
        self._count = 0

    def text(self) -> str:
        """The whole program."""
        self._block(1, 0, None)
        return _HEAD + _START + "".join(f"{line}\n" for line in self._lines) + _END

    def _pick(self, *options: str) -> str:
        return self._rng.choice(options)

    def _put(self, indent: int, text: str) -> None:
        self._lines.append("    " * indent + text)

    def _value(self) -> str:
        return self._pick("a", "b", "s", "x[0]", "x[1]", "x[2]", "0.5", "a * x[1]", "b + s", "u")

    def _list(self, busy: str | None) -> str:
        """A list that no loop around goes through."""
        return self._pick(*[name for name in ("xs", "ys", "zs", "o.held") if name != busy])

    def _test(self) -> str:
        return self._pick(
            f"{self._value()} > {self._value()}", "flag", "n > 1", f"len({self._list(None)}) > 1",
            "m == n", f"{self._pick('xs', 'ys', 'o.held')}", f"not {self._pick('xs', 'zs')}",
            f"len(xs) < {self._pick('len(ys)', '3')}", f"x[k % 3] > {self._value()}",
        )  # fmt: skip

    def _block(self, indent: int, depth: int, busy: str | None) -> None:
        before = len(self._lines)
        for _ in range(self._rng.randint(1, 3 if depth else 6)):
            if self._left <= 0:
                break
            self._left -= 1
            kinds = ["simple"] * 4 + (["if"] * 4 + ["for", "gen"] if depth < 3 else [])
            getattr(self, f"_{self._rng.choice(kinds)}")(indent, depth, busy)
        if len(self._lines) == before:
            self._simple(indent, depth, busy)

    def _simple(self, indent: int, depth: int, busy: str | None) -> None:
        to, v = self._list(busy), self._value()
        lines = [
            f"{to}.append({v})",
            f"{to}.append({v})",
            f"{to}.insert({self._pick('0', '1', '-1', 'n', 'len(xs)')}, {v})",
            f"if {to}: {self._pick('a', 'b')} = {to}.pop()",
            f"if {to}: u = {to}.pop(0)",
            f"if {to}: {to}[{self._pick('0', '-1', 'n % len(' + to + ')')}] = {v}",
            f"a = {to}[{self._pick('0', '-1', 'k % len(' + to + ')')}] if {to} else {v}",
            f"if len({to}) > 1: del {to}[1]",
            f"b = sum({to}, 0.0)",
            f"b = max({to}) if {to} else 0.0",
            f"u = min({to}, default=1.0)",
            f"{to}.extend({self._pick('[a, b]', 'list(zs)', 'list(xs)')})",
            f"{self._pick('xs', 'ys')} = {self._pick('xs + [a]', 'sorted(ys)', 'list(xs)')}"
            if busy is None
            else "k += 1",
            f"o.put({v}, {self._value()})",
            f"k += fill({to}, {v}, {self._value()})",
            f"a, u = {v}, a",
            f"u = np.sum({to}) * 0.5",
            "k = len(xs)",
            f"if len({to}) > 4: {to}.clear()",
            f"{to} += [{v}]" if to != "o.held" else "o.held += [a]",
            f"k += any({to})",
            f"u = u + sum({to}[{self._pick('1:', '::-1', ':-1', '-2:', 'n:', ':len(xs)')}])",
            f"{to}.{self._pick('reverse', 'sort')}()",
            f"k += {to}.count({v}) + ({self._value()} in {to})",
            f"if {v} in {to}: {to}.remove({v})",
            f"if {v} in {to}: k = {to}.index({v})",
            f"del {to}[{self._pick('1:', '::2', '-1:')}]",
            f"k += {to} == {self._list(None)}",
            f"{self._pick('xs', 'ys')} = {self._pick('xs[1:]', 'ys[::-1]', 'zs * 2')}"
            if busy is None
            else "k += 1",
            f"zs = list(pairs(x, {self._value()}))" if busy is None else "k += 1",
            f"u = sum(some(x, {self._value()}), 0.0)",
            f"u = sum(q * q for q in {self._list(None)} if q > {self._value()})",
            f"b = next((q for q in {self._list(None)} if q > {self._value()}), 0.5)",
            f"xs = [q + {v} for q in {self._pick('ys', 'zs', 'x')} if q > {self._value()}]"
            if busy is None
            else "k += 1",
        ]
        self._put(indent, self._rng.choice(lines))

    def _if(self, indent: int, depth: int, busy: str | None) -> None:
        self._put(indent, f"if {self._test()}:")
        self._block(indent + 1, depth + 1, busy)
        if self._rng.random() < 0.5:
            self._put(indent, "else:")
            self._block(indent + 1, depth + 1, busy)

    def _for(self, indent: int, depth: int, busy: str | None) -> None:
        self._count += 1
        v, source = f"t{self._count}", self._pick("xs", "ys", "zs", "x", "[a, b]")
        if busy is not None and source == busy:
            source = "x"
        header = self._pick(f"for {v} in {source}:", f"for k, {v} in enumerate({source}):")
        self._put(indent, header)
        self._put(indent + 1, f"a = a * 0.5 + {v}")
        self._block(indent + 1, depth + 1, source if busy is None else busy)

    def _gen(self, indent: int, depth: int, busy: str | None) -> None:
        self._count += 1
        v = f"t{self._count}"
        source = self._pick("some", "pairs")
        self._put(indent, f"for {v} in {source}(x, {self._pick('0.5', 's', '1.0')}):")
        self._put(indent + 1, f"{self._pick('a', 'b', 'u')} += {v}")
        self._block(indent + 1, depth + 1, busy)


def growth(rng: Random) -> str:
    """The text of a program."""
    return GrowthWriter(rng).text()
