"""Expressions of random programs, by type. No program raises what it does not mean to raise.

f: a float, i: an int from 0 to 6, b: a truth, q: anything that has one, x2, x3: an index of 2 or 3
things, v: three floats, w: two floats, m: 2 x 3 floats, h: a mask of three, k: three ints, l: a
list of floats (one at least), d: a dict of floats with "p" and "q", t: a tuple of a float and a
`v`, o: a Box, c: a function of a float, y: a generator function of a `v`, n: a float or None, s:
one of two texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tests.fuzz.python.forms import Form


def _forms(*texts: str) -> tuple[Form, ...]:
    return tuple(Form(text) for text in texts)


EXPRESSIONS: Final[Mapping[str, Sequence[Form]]] = {
    "f": (
        *(Form(text, weight=3) for text in (
            "‹0.5|1.0|-0.75|2.0|0.0|1.5›", "(«f» ‹+|-|*› «f»)", "«v»[«x3»]",
            "(«f» if «b» else «f»)", "np.‹tanh|sin|arctan|cos›(«f»)", "abs(«f»)",
        )),
        *_forms(
            "«w»[«x2»]", "«m»[«x2», «x3»]", "«.m»[«x2»][«x3»]", "np.sqrt(abs(«f»))",
            "(«f» / (1.0 + abs(«f»)))", "-«.f»", "(«f» ‹and|or› «f»)", "‹max|min›(«f», «f»)",
            "‹max|min›(«.f», «f», «f»)", "‹max|min|sum›(«v»)", "‹max|min|sum›(«l»)",
            "np.‹sum|max|min|mean|prod|median›(«v»)", "«v».‹sum|max|mean›()", "float(«.f»)",
            "‹max|min›(«l», key=lambda $q: «f q:f»)", "«l»[‹0|-1›]", "«.l#»[«i» % len(«#l»)]",
            "np.‹maximum|minimum|hypot|fmin›(«f», «f»)", "np.clip(«f», -1.0, «f»)",
            "«d»['‹p|q›']", "«.d».get('‹p|q|r›', «f»)", "«t»[0]", "«.o».p", "«.o».both",
            "«.o».step(«f»)", "«.o»(«f»)", "«.o»[«x3»]", "«.c»(«f»)", "«.c»(«.c»(«f»))",
            "sum([«f q:f» for $q in «v»])", "sum(«f q:f» for $q in «l»)",
            "sum($q * «f q:f» for $q in «l» if True)", "sum(«.y»(«v»))", "max([0.0, *«.y»(«v»)])",
            "(lambda $q, $r=«f»: «f q:f r:f»)(«f»)", "len(«l») * 0.5",
            "np.where(«b», «f», «f»)[()]",
            "(«v» @ «v»)", "np.dot(«w», «w»)", "float(«i»)", "«i» * 0.5", "(«f» ‹%|//› 2.0)",
            "divmod(«f», 1.5)[‹0|1›]", "round(«f», 1)", "float(round(«f»))", "float(int(«f»))",
            "functools.reduce(lambda $q, $r: «f q:f r:f», «l», «f»)", "early(«f», «f»)",
            "search(«v»)", "change(«.v», «f»)", "deepest(«f», ‹0|1|2›)", "first(«v», «f»)",
            "star(«f», *«l»)", "star(«f», k=«f»)", "star(**{'z': «f», 'k': «f»})",
            "sorted(«v»)[«x3»]", "sorted([«f», «f», «f»], reverse=True)[0]", "np.sort(«v»)[1]",
            "sum(map(lambda $q: «f q:f», «v»))", "sum($q * $r for $q, $r in zip(«v», «l»))",
            "sum(«f q:i r:f» for $q, $r in enumerate(«v»))", "next(iter(«l»))",
            "[«f», «f»][int(«b»)]", "(«f», «f»)[int(«b»)]",
            "[«f», «f», «f»][«x3»]", "chained(«f»)(«f»)",
            "(«f» if «.n#» is None else «#n»)", "{'up': «f», 'down': «f»}[«s»]",
            "isinstance(«f», float) * 1.0 * 0.0", "sum($q for $r in [«v», «v»] for $q in $r)",
            "np.linalg.norm(«v»)", "np.interp(«f», [0.0, 1.0, 2.0], «v»)", "abs(-«.f») ** 2",
            "getattr(«.o», 'p')", "vars(«.o»)['p']", "np.sum(«v»[«h»])", "np.sum(«v», where=«h»)",
            "(«f» + «i»)", "operator.mul(«f», «f»)",
            "math.floor(«f») * 1.0", "math.sqrt(abs(«f»))", "(«f» * «b»)", "[*«l»][0]",
            "np.cumsum(«v»)[-1]", "np.einsum('i,i->', «v», «v»)", "np.average(«v»)",
        ),
    ),
    "i": (
        *(Form(text, weight=3) for text in ("‹0|1|2|3›", "(«i» + «i») % 5")),
        *_forms(
            "(«i» * 2) % 5", "int(«b»)", "len(«l») % 5", "int(np.sum(«v» > «f»))", "abs(«i» - 2)",
            "(«i» if «b» else «i»)", "int(np.arg‹max|min›(«v»))", "‹max|min›(«i», «i»)",
            "sum([$q > «f» for $q in «v»]) % 5", "«i» // 2", "int(abs(«f»)) % 4", "«k»[«x3»] % 5",
            "(«i» ‹&|^› «i») % 5", "counted(«f»)", "(«i» << 1) % 7",
            "np.count_nonzero(«h»)",
            "{'up': 1, 'down': 2}[«s»]", "divmod(«i», 3)[‹0|1›]", "round(abs(«f»)) % 3",
            "np.searchsorted(np.array([0.0, 1.0]), «f»)", "len(«.d»)",
        ),
    ),
    "b": (
        *(Form(text, weight=4) for text in (
            "«f» ‹<|>|<=|>=› «f»", "«.f» ‹<|>› ‹0.5|0.0|1.0›", "«i» ‹==|<|!=|>=› «i»",
        )),
        *_forms(
            "‹True|False›", "not «b»", "(«b» ‹and|or› «b»)", "«f» < «f» ‹<=|>|<› «f»",
            "np.‹any|all›(«v» > «f»)", "‹any|all›(«h»)", "(«v» > «f»).‹any|all›()",
            "‹any|all›($q > «f q:f» for $q in «v»)", "‹any|all›([$q > «f» for $q in «l»])",
            "«i» in (0, 2)", "«i» not in [1, «i»]", "len(«l») > 2", "'‹p|r›' in «.d»",
            "«.n» is ‹None|not None›", "«s» == 'up'", "bool(«f»)", "bool(«i»)", "bool(«q»)",
            "«h»[«x3»]", "(«b» ^ «b»)", "bool(«.o»)", "(«b» == «b»)",
            "isinstance(«.v», np.ndarray)",
            "np.‹allclose|array_equal›(«v», «v»)", "np.isfinite(«f»)", "«.v» is «.v»",
            "«f» in «l»", "«x3» == len(«.v») - 1", "«.o» < «f»", "bool(«.o»)", "«f» in «.o»",
            "np.logical_‹and|or|xor›(«b», «b»)", "callable(«.c»)", "hasattr(«.o», '‹p|z›')",
        ),
    ),
    "q": (
        Form("«b»", weight=8), *_forms("«f»", "«i»", "«i» % 2", "«l»", "«.o»", "bool(«f») and «b»",
        "«.n»"),
    ),
    "x3": _forms("0", "1", "2", "-1", "«i» % 3", "int(np.argmax(«v»))"),
    "x2": _forms("0", "1", "-1", "«i» % 2", "int(«b»)"),
    "v": (
        *(Form(text, weight=3) for text in ("(«v» ‹+|-|*› «f»)", "(«v» ‹+|-|*› «v»)")),
        *_forms(
            "np.zeros(3)", "np.array([1.0, -0.5, 2.0])", "np.array([«f», «f», «f»])", "«v».copy()",
            "(«v» if «b» else «v»)", "np.where(«h», «v», «f»)", "«.v»[::-1]", "np.tanh(«v»)",
            "np.full(3, «f»)", "np.array([«f q:f» for $q in «v»])", "«m»[«x2»]", "«m».sum(axis=0)",
            "np.stack([«f», «f», «f»])", "np.concatenate([«w», [«f»]])", "np.sort(«v»)",
            "np.maximum(«v», «f»)", "np.clip(«v», -1.0, 1.0)", "«t»[1]", "«.o».q", "«w» @ «m»",
            "np.roll(«v», «i»)", "np.cumsum(«v»)", "«v»[[2, 0, 1]]", "«v»[np.argsort(«v»)]",
            "np.array(«l»[:1] * 3)", "(«v» > «f») * 1.0", "np.select([«h»], [«v»], «f»)",
            "«v».astype(np.float64)", "np.append(«w», «f»)", "np.ones_like(«v»)", "doubled(«v»)",
            "np.diff(«v», append=0.0)", "np.outer(«v», «v»)[«x3»]", "-«.v»", "abs(«v»)",
            "np.array(list(map(lambda $q: «f q:f», «v»)))", "np.apply_along_axis(doubled, 0, «v»)",
            "np.flip(«v»)", "«m».max(axis=0)",
            "np.array([$q * «f» for $q in «v»])", "np.choose(«i» % 2, [«v», «v»])", "np.round(«v»)",
        ),
    ),
    "w": _forms(
        "np.array([«f», «f»])", "«.v»[1:]", "«.v»[:2]", "«.v»[::2]", "«w» ‹+|*› «f»",
        "«m»[:, «x3»]",
        "(«w» if «b» else «w»)", "«m» @ «v»", "«m».‹sum|max|mean›(axis=1)", "np.diff(«v»)",
        "«v»[1:] - «v»[:-1]", "np.delete(«v», 1)",
    ),
    "m": _forms(
        "np.zeros((2, 3))", "np.stack([«v», «v»])", "np.array([«v», «v»])", "«m» ‹+|-|*› «f»",
        "«m» ‹+|*› «v»", "(«m» if «b» else «m»)", "np.where(«m» > «f», «m», «f»)", "«m».copy()",
        "np.outer(«w», «v»)", "«.m»[::-1]", "np.tanh(«m»)", "«m» + «w»[:, None]",
        "np.array([[«f q:i r:i» for $r in range(3)] for $q in range(2)])", "np.vstack((«v», «v»))",
        "np.array([$q * «f» for $q in «m»])", "«m».T.reshape(2, 3)", "np.sort(«m», axis=‹0|1›)",
    ),
    "h": _forms(
        "«v» ‹>|<|>=› «f»", "«v» > «v»", "~(«h»)", "(«h» ‹&|^› «h»)",
        "np.array([«b», «b», «b»])", "np.isfinite(«v»)", "np.logical_or(«h», «h»)",
    ),
    "k": _forms("np.arange(3)", "np.array([2, 0, 1])", "np.argsort(«v»)",
    "np.array([«i» % 3, «i» % 3, 1])"),
    "l": _forms(
        "[«f», «f»]", "[«f»]", "list(«v»)", "[«f q:f» for $q in «v»]",
        "[«f q:i» for $q in range(2)]",
        "[*«v», «f»]", "sorted([«f», «f», «f»])", "[$q for $q in («f», «f»)]", "«.l»[:]",
        "«l» + [«f»]",
        "[«f q:f r:f» for $q, $r in zip(«v», «l»)]", "[0.0, *«.y»(«v»)]", "list(reversed(«l»))",
        "[$q * «f» for $q in «l»]", "[«f», *filter(None, [1.0, 0.0])]", "[«f»] * 2", "«v».tolist()",
        "list(map(abs, «v»))", "list(«.d».values())", "[$q for $r in «m» for $q in $r if True]",
        "sorted(«v», key=lambda $q: -$q)",
    ),
    "d": _forms(
        "{'p': «f», 'q': «f»}", "dict(p=«f», q=«f»)", "{$q: «f» for $q in 'pq'}", "dict(«.d»)",
        "{**«.d», 'p': «f»}", "{$q: $r * 0.5 for $q, $r in «.d».items()}", "dict(zip('pq', «w»))",
        "(«.d» | {'q': «f»})", "«.d».copy()",
    ),
    "t": _forms("(«f», «v»)", "tuple([«f», «v»])", "both(«v», «f»)",
    "((«t») if «b» else («f», «v»))"),
    "o": _forms("Box(«f», «v»)", "Box(«f», «.v»)", "«.o».moved(«f»)", "Other(«f», «v»)"),
    "c": _forms("(lambda $q: «f q:f»)", "np.tanh", "abs", "early_by(«f»)", "«.o».step",
                "functools.partial(early, «f»)"),
    "y": _forms("jumps", "rising", "(lambda $q: («f r:f» for $r in $q))"),
    "n": _forms("None", "«f»", "(None if «b» else «f»)", "maybe(«f»)"),
    "s": _forms("'up'", "'down'", "('up' if «b» else 'down')"),
}  # fmt: skip
