"""Arrays that come out of branches and loops: whose memory they may have.

Which of two arrays a variable stands for is decided when the program runs. Such a variable is an
array of its own in the trace; where it or one of the two is written in place later, the content
of the others is unknown, and reading it raises.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, final

from gradloom.frontend.numpy.views import link
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
        x.in_order = all(leaf.in_order for leaf in ways)
        x.frozen = next((r.frozen for r in roots if r is not None and r.frozen), "")
        if is_result:
            x.links = [(weakref.ref(root), False) for root in _behind(roots)]
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
            yield from (other for ref, _ in root.links or [] if (other := ref()) is not None)


def returned(value: Any) -> Any:
    """What a function returns, whose arrays can be written again by its caller."""
    for x in flatten(value)[0] if value is not None else ():
        if type(x) is Tracer and x.alias is None:
            for ref, is_certain in x.links or []:
                other = ref()
                if other is not None and not is_certain:
                    other.links = [*(other.links or []), (weakref.ref(x), False)]
    return value
