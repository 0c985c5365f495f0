"""Statements of random programs. Loops are bounded; what raises is meant to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.fuzz.python.forms import Form


def _forms(weight: int, *texts: str) -> tuple[Form, ...]:
    return tuple(Form(text, weight=weight) for text in texts)


_SET: Final = (
    *_forms(4, "«=f» = «f»", "«=v» = «v»", "«.v»[«x3»] = «f»"),
    *_forms(2, "«!f» ‹+|-|*›= «f»", "«=i» = «i»", "«=b» = «b»", "«!v» ‹+|-|*›= «f»"),
    *_forms(
        1,
        "«=w» = «w»", "«=m» = «m»", "«=l» = «l»", "«=d» = «d»", "«=t» = «t»", "«=o» = «o»",
        "«=c» = «c»", "«=y» = «y»", "«=n» = «n»", "«=s» = «s»", "«=k» = «k»", "«=h» = «h»",
        "«=f», «=v» = «t»", "«=f», «=f» = «f», «f»", "«=f», *«=l» = [«f», *«l»]",
        "(«=f», «=f»), «=f» = («f», «f»), «f»", "«=v» = «=v» = «v»", "«=f» = «=f» = «f»",
        "«=i» = («i» + «i») % 6",
        "«=f» = ($q := «f») + $q", "«=f», «=f», «=f» = «v»", "«f»",
    ),
)  # fmt: skip
_WRITES: Final = (
    *_forms(
        1,
        "«.v»[«x3»] ‹+|*|-›= «f»", "«.v»[‹1:|:2|::2|:|::-1|-2:›] = «f»", "«.v»[«h»] = «f»",
        "«.v»[«h»] ‹+|*›= «f»", "«.v»[[0, 2]] = «f»", "«.v»[‹1:|:2›] = «w»", "«.v»[:] = «v»",
        "«.v»[...] = «v»", "«.v»[«k»] = «f»", "«.v»[«k»] += «v»", "«.w»[«x2»] = «f»", "«!w» *= «f»",
        "«.m»[«x2»] = «v»", "«.m»[:, «x3»] = «f»", "«.m»[«x2», «x3»] ‹+|*|›= «f»", "«!m» += «v»",
        "«.m»[«x2»][«x3»] = «f»", "«.m».T[«x3»] = «w»", "«.m».reshape(6)[‹1|4|-1›] = «f»",
        "«.m».ravel()[«x3»] = «f»", "«.m»[«.m» > «f»] = «f»", "«.m»[::-1, 1:] = «f»",
        "«.m»[«x2», :] ‹+|*›= «f»", "np.transpose(«.m»)[«x3», «x2»] += «f»",
        "«.m».flat[«x3»] = «f»",
        "np.‹add|multiply|maximum›(«v», «f», out=«.v»)", "np.add.at(«.v», [0, 2, 0], «f»)",
        "np.add.at(«.v», «k», «f»)", "«.v».fill(«f»)", "«.v».sort()", "np.copyto(«.v», «v»)",
        "np.copyto(«.v», «f», where=«h»)", "np.put(«.v», [0, 1], «f»)",
        "np.fill_diagonal(«.m», «f»)",
        "«.v»[0], «.v»[2] = «f», «f»", "«.v»[[0, 1]] = «.v»[[1, 0]]", "np.tanh(«.v», out=«.v»)",
        "np.putmask(«.v», «h», «f»)", "np.place(«.v», «h», [«f»])", "«.m».sort(axis=0)",
        "«=v» = «.v»", "«=w» = «.v»[‹1:|:2|::2›]", "«=v» = «.m»[«x2»]", "«=w» = «.m»[:, «x3»]",
        "«=v» = «.v»[::-1]", "«=m» = «.m»[::-1]", "«=v» = «.v».ravel()", "«=v» = «.v».reshape(3)",
        "«=v» = «.m»[«x2»].T", "«=m» = «.m».T.T", "«=w» = «.m».T[«x3»]", "«=v» = np.asarray(«.v»)",
        "for $q in «.m»:\n    $q[«x3»] = «f»",
    ),
    *_forms(
        1,
        "«.l»[‹0|-1›] = «f»", "«.l#»[«i» % len(«#l»)] = «f»" , "«.l»[0] ‹+|*›= «f»",
        "«.l».append(«f»)", "«.l».insert(‹0|1›, «f»)", "«.l».append(«.l».pop(0))", "«.l».reverse()",
        "«!l» += [«f»]", "«.l».extend(«l»)", "«.l»[:] = [$q * 0.5 for $q in «.l»]", "«.l».sort()",
        "«=f» = «.l#».pop() if len(«#l») > 1 else «f»", "del «.l»[1:]", "«.l»[:1] = [«f», «f»]",
        "«.l»[0], «.l»[-1] = «.l»[-1], «.l»[0]", "«.l».sort(key=lambda $q: -$q)",
        "«.d»['‹p|q|r›'] = «f»", "«.d»['‹p|q›'] ‹+|*|-›= «f»", "«.d».update(p=«f»)",
        "«.d».update({'q': «f»})", "«.d».setdefault('‹p|r›', «f»)", "«.d»[«s»] = «f»",
        "«=f» = «.d».pop('r', «f»)", "«!d» |= {'p': «f»}", "«=f» = «.d».get(«s», «f»)",
        "«.o».p = «f»", "«.o».p ‹+|*›= «f»", "«.o».q = «v»", "«.o».q[«x3»] = «f»",
        "«.o».both = «f»",
        "«.o».step(«f»)", "«.o»[«x3»] = «f»", "«.o».q = «.v»", "setattr(«.o», 'p', «f»)",
        "«.o».scale = «f»", "«.o».q += «f»", "«=v» = «.o».q", "change(«.v», «f»)",
        "change(«.m»[0], «f»)",
        "$q = «f»\ndel $q", "$q = «f»\n$r = f'{$q} {«.v»}'", "$q = «f»\nprint('it is', $q, «.v»)",
        "assert «f» < 1e6, 'large'",
        "KEEP.p = «f»", "STORE[«x3»] = «f»", "SEEN[0] = «f»", "TABLE['p'] = «f»",
    ),
)  # fmt: skip
_BRANCHES: Final = (
    *_forms(
        6,
        "if «q»:\n    «block»", "if «q»:\n    «block»\nelse:\n    «block»",
    ),
    *_forms(2, "if «q»:\n    «block»\nelif «b»:\n    «block»\nelse:\n    «block»"),
    Form("if «q»:\n    «block»\n    $q = «f»\nelse:\n    $q = «f»\n    «block»", {"q": "f"}, 2),
    Form("if «q»:\n    $q = «v»\n    «block q:v»\nelse:\n    $q = «.v»", {"q": "v"}, 2),
    Form("if «q»:\n    $q, $r = «f», «v»\nelse:\n    $q, $r = «t»", {"q": "f", "r": "v"}),
    Form("if «q»:\n    $q = «l»\nelse:\n    $q = «l»", {"q": "l"}),
    Form("if «q»:\n    $q = «c»\nelse:\n    $q = «c»", {"q": "c"}),
    Form("if «q»:\n    $q = «o»\nelse:\n    $q = «.o»", {"q": "o"}),
    *_forms(
        1,
        "match «i»:\n    case 0:\n        «block»\n    case 1 | 2:\n        «block»\n"
        "    case _:\n        «block»",
        "match «i»:\n    case 0 if «q»:\n        «block»\n    case $q if $q > 1:\n"
        "        «block q:i»",
        "match «s»:\n    case 'up':\n        «block»\n    case _:\n        «block»",
        "match («f», «i»):\n    case ($q, 0):\n        «block q:f»\n    case (_, $r):\n"
        "        «block r:i»",
    ),
)  # fmt: skip
_LOOPS: Final = (
    *_forms(
        2,
        "$c = 0\nwhile $c < «i» and «b»:\n    $c += 1\n    «block loop»",
        "$c = 0\nwhile $c < ‹2|3|4›:\n    $c += 1\n    «block loop»\n    if «q»:\n        break",
        "$c = 3\nwhile $c and «b»:\n    $c -= 1\n    «block loop»",
        "$c = «f»\nfor $q in range(4):\n    if $c > «f»:\n        break\n    $c = $c + ‹0.5|0.75›\n"
        "    «block loop q:i»",
        "for $q in range(‹2|3›):\n    «block loop q:i»",
        "for $q in range(«i»):\n    «block loop q:i»",
        "for $q in «v»:\n    «block loop q:f»", "for $q in «l»:\n    «block loop fixed q:f»",
    ),
    *_forms(
        1,
        "for $q, $r in zip(«v», «l»):\n    «block loop fixed q:f r:f»",
        "for $q, $r in enumerate(«v»):\n    «block loop q:i r:f»",
        "for $q, $r in «d».items():\n    «block loop r:f»",
        "for $q in reversed(range(3)):\n    «block loop q:i»",
        "for $q in «m»:\n    «block loop q:v»",
        "for $q in range(2, -1, -1):\n    «block loop q:x3»",
        "for $q in («f», «f»):\n    «block loop q:f»",
        "for $q in «.y»(«v»):\n    «block loop q:f»", "for $q in [«v», «v»]:\n    «block loop q:v»",
        "for $q, ($r, $z) in enumerate(zip(«v», «w»)):\n    «block loop q:i r:f z:f»",
        "for $q in «.d»:\n    «.d»[$q] = «f»",
        "for $q in list(«.l»)[:2]:\n    «.l».append($q * «f»)",
        "for $q in range(3):\n    «block loop q:i»\nelse:\n    «block»",
        "for $q in «v»:\n    if $q > «f»:\n        «=f» = $q\n        break\nelse:\n    «block»",
        "$c = 0\nwhile True:\n    $c += 1\n    if $c > 3 or «b»:\n        break\n    «block»",
        "$c = 0\nwhile «b» and $c < 3:\n    $c += 1\n    «block loop»\nelse:\n    «block»",
        "$q = iter(«l»)\n«=f» = next($q)\nfor $r in $q:\n    «block loop fixed r:f»",
    ),
    *_forms(3, "if «q»:\n    ‹break|continue›", "if «q»:\n    «block»\n    ‹break|continue›"),
    *_forms(2, "if «q»:\n    «return»"),
)  # fmt: skip
_RAISED: Final = _forms(
    1,
    "try:\n    «block»\n    if «q»:\n        raise ValueError('x')\n    «block»\n"
    "except ValueError:\n    «block»",
    "try:\n    «block»\n    «=f» = «.d»['‹p|r›']\nexcept KeyError:\n    «block»\nelse:\n"
    "    «block»",
    "try:\n    «block»\nfinally:\n    «block»",
    "try:\n    if «q»:\n        raise KeyError('x')\n    «block»\n"
    "except (KeyError, ValueError) as $e:\n"
    "    «block»\nfinally:\n    «block»",
    "with contextlib.suppress(ValueError):\n    «block»\n    if «q»:\n"
    "        raise ValueError('x')\n    «block»",
    "with «.o» as $q:\n    «block q:o»", "with scaled(«.o», «f») as $q:\n    «block q:o»",
    "if «f» > 3.0:\n    raise ValueError('far')", "assert «f» < 4.0, 'far'",
    "try:\n    «=f» = [«f»][«i»]\nexcept IndexError:\n    «block»",
)  # fmt: skip
_FUNCTIONS: Final = (
    Form("$q: float = «f»", {"q": "f"}),
    Form("def $g($q):\n    «body q:f ->f»", {"g": "c"}, 3),
    Form("def $g($q, $r=«f», *, $z=«v»):\n    «body q:f r:f z:v ->f»", {"g": "c"}),
    Form("def $g($q):\n    def $h($r):\n        «body q:f r:f ->f»\n    return $h\n"
         "$c = $g(«f»)", {"c": "c"}),
    Form("def $g($q):\n    for $r in $q:\n        if «b r:f q:v»:\n"
         "            yield «f r:f q:v»", {"g": "y"}, 2),
    Form("def $g($q):\n    for $r in $q:\n        «body r:f ->yield»\n"
         "        yield «f r:f»", {"g": "y"}),
    Form("def $g($q, $n=‹1|2|3›):\n    if $n <= 0:\n        return $q\n"
         "    return «f q:f» + 0.5 * $g(«f q:f», $n - 1)",
         {"g": "c"}),
    Form("def $g($q):\n    if «b q:f»:\n        return «f q:f»\n    for $r in «v»:\n"
         "        if «b q:f r:f»:\n"
         "            return «f q:f r:f»\n    return «f q:f»", {"g": "c"}, 2),
    Form("$q, $r = (lambda *$z: ($z[0], $z[-1]))(«f», «f»)", {"q": "f", "r": "f"}),
)  # fmt: skip
STATEMENTS: Final[Sequence[Form]] = (
    *_SET, *_WRITES, *_BRANCHES, *_LOOPS, *_RAISED, *_FUNCTIONS,
)  # fmt: skip
