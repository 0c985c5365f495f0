"""The functions of a trace without values, rewritten: what they call is looked up here."""

from __future__ import annotations

from typing import Final

from gradloom.frontend.classes import meet
from gradloom.frontend.source.converted import Rewriter
from gradloom.frontend.source.converter import Converter
from gradloom.frontend.source.find import Absent, Definition
from gradloom.frontend.source.jumps import Unconvertible
from gradloom.frontend.source.rewrite import rewritten
from gradloom.frontend.source.syntax import RUNTIME, Function
from gradloom.frontend.trace import require_trace


def _rewrite(node: Function, found: Definition) -> Function | Absent:
    try:
        return rewritten(node, found.classes)
    except Unconvertible as error:
        return Absent(str(error))


REWRITER: Final = Rewriter(_rewrite, (RUNTIME,))
"""The rewritten code of every function that was met."""


def converter() -> Converter:
    """A converter for one trace and those inside it."""
    from gradloom.frontend.staging.calls import KNOWN
    from gradloom.frontend.staging.runtime import runtime_of

    given: dict[str, object] = {}
    made = Converter(REWRITER, given, KNOWN, region=lambda: require_trace().builder, meet=meet)
    given[RUNTIME] = runtime_of(made)
    return made
