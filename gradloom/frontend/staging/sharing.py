"""Arrays that come out of branches and loops: whose memory they may have.

Which of two arrays a variable stands for is decided when the program runs. Such a variable is an
array of its own in the trace; where it or one of the two is written in place later, the content
of the others is unknown, and reading it raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, final

from gradloom.frontend.aliases import Tie
from gradloom.frontend.numpy.views import ends_of, link, sharing
from gradloom.frontend.signature import flatten
from gradloom.frontend.staging.ends import Leaf
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Kind, Tracer
from gradloom.ir.graph import Operand


@final
class Family:
    """The arrays that one `cond` or loop makes."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: list[tuple[Tracer, tuple[Tracer | None, ...]]] = []

    def made(
        self, operand: Operand, kind: Kind, ways: Sequence[Leaf], is_result: bool = False
    ) -> Tracer:
        """A traced value that is one of these, by the way that was taken.

        `is_result`: nothing that runs on the ways that it came from can write it any more.
        """
        trace = require_trace()
        x = Tracer(trace, operand, kind)
        trace.picked.add(operand)
        if kind != "array":
            return x
        roots = tuple([leaf.root for leaf in ways])
        x.layout, x.given = "C" if all(leaf.in_order for leaf in ways) else None, True
        x.frozen = next((r.frozen for r in roots if r is not None and r.frozen), "")
        if is_result:
            x.links = [Tie(root, x, None, family=self) for root in self._outside(roots)]
            return x
        for other, theirs in self._made:
            if any(a is b is not None for a, b in zip(roots, theirs, strict=True)):
                link(x, other)
        for root in self._outside(roots):
            link(x, root, family=self)
        self._made.append((x, roots))
        return x

    def _outside(self, roots: Iterable[Tracer | None]) -> list[Tracer]:
        """These arrays as far as the region that is open can see them; for one that a closed region
        made, those whose memory it may have.
        """
        open_now, own = require_trace().builders(), {id(x) for x, _ in self._made}
        found: dict[int, Tracer] = {}
        for root in roots:
            if root is not None:
                for x in [root] if root.born in open_now else sharing(root):
                    if x.born in open_now and id(x) not in own:
                        found[id(x)] = x
        return list(found.values())


def returned(value: Any) -> Any:
    """What a function returns, whose arrays can be written again by its caller."""
    for x in flatten(value)[0] if value is not None else ():
        if type(x) is Tracer and x.alias is None:
            for tie in x.links or []:
                for other in ends_of(tie) if tie.family is not None else ():
                    if other is not x:
                        other.links = [*(other.links or []), tie]
    return value
