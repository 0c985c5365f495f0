"""Arrays that come out of branches and loops: whose memory they may have.

Which of two arrays a variable stands for is decided when the program runs. Such a variable is an
array of its own in the trace; where it or one of the two is written in place later, the content
of the others is unknown, and reading it raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, final

from gradloom.frontend.aliases import Tie
from gradloom.frontend.numpy.views import ends_of, link
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
        x = Tracer(require_trace(), operand, kind)
        if kind != "array":
            return x
        roots = tuple([leaf.root for leaf in ways])
        x.layout, x.given = "C" if all(leaf.in_order for leaf in ways) else None, True
        x.frozen = next((r.frozen for r in roots if r is not None and r.frozen), "")
        if is_result:
            x.links = [Tie(root, x, None, is_certain=False) for root in _behind(roots)]
            return x
        for other, theirs in self._made:
            if any(a is b is not None for a, b in zip(roots, theirs, strict=True)):
                link(x, other)
        for root in roots:
            if root is not None:
                link(x, root, is_certain=False)
        self._made.append((x, roots))
        return x


def _behind(roots: Iterable[Tracer | None]) -> Iterator[Tracer]:
    """These arrays, and those that they may share memory with."""
    for root in roots:
        if root is not None:
            yield root
            yield from (x for tie in root.links or [] for x in ends_of(tie) if x is not root)


def returned(value: Any) -> Any:
    """What a function returns, whose arrays can be written again by its caller."""
    for x in flatten(value)[0] if value is not None else ():
        if type(x) is Tracer and x.alias is None:
            for tie in x.links or []:
                for other in ends_of(tie) if not tie.is_certain else ():
                    if other is not x:
                        other.links = [*(other.links or []), tie]
    return value
