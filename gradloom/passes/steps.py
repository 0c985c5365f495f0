"""Pipeline text to steps: the passes listed by hand, their options typed by their signatures."""

from __future__ import annotations

import difflib
import inspect
import re
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, final

from gradloom.ir.errors import PipelineError
from gradloom.ir.graph import Graph
from gradloom.passes.cse import cse
from gradloom.passes.dce import dce
from gradloom.passes.fold import fold
from gradloom.passes.hoist import hoist
from gradloom.passes.remat import remat
from gradloom.passes.reroll import reroll
from gradloom.passes.settle import settle
from gradloom.passes.simplify import simplify

Pass = Callable[..., Graph]
PASSES: Final[dict[str, Pass]] = {
    "cse": cse,
    "dce": dce,
    "fold": fold,
    "hoist": hoist,
    "remat": remat,
    "reroll": reroll,
    "settle": settle,
    "simplify": simplify,
}
PIPELINES: Final[dict[str, str]] = {
    "default": "reroll,fold,settle,simplify,hoist,cse,dce,reroll",
    "none": "",
}
"""Pipelines by name; a name may stand among passes: `default,remat(budget=2GiB)`."""


@final
@dataclass(frozen=True, slots=True)
class Step:
    """A pass with its options."""

    name: str
    change: Pass
    options: tuple[tuple[str, Any], ...] = ()

    def __call__(self, graph: Graph) -> Graph:
        """The graph after the pass."""
        return self.change(graph, **dict(self.options))

    def __str__(self) -> str:
        written = ",".join(f"{k}={_written(v)}" for k, v in self.options)
        return f"{self.name}({written})" if written else self.name


def parse_pipeline(text: str) -> tuple[Step, ...]:
    """The steps that the text names; raises `PipelineError` for what it cannot read.

    >>> [str(step) for step in parse_pipeline("simplify, fold(max_elements=8)")]
    ['simplify', 'fold(max_elements=8)']
    """
    return tuple(_steps(text))


def _steps(text: str) -> Iterator[Step]:
    for item in _split(text, text):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise PipelineError(f"pipeline: {item!r} is no pass", hint=_EXAMPLE)
        name, inside = match[1], match[2]
        if name in PIPELINES and inside is None:
            yield from _steps(PIPELINES[name])
        elif name in PASSES:
            yield Step(name, PASSES[name], _options(name, PASSES[name], inside or ""))
        else:
            raise PipelineError(
                f"pipeline: there is no pass called {name!r}",
                hint=_did_you_mean(name, [*PASSES, *PIPELINES]),
            )


_ITEM: Final = re.compile(r"([A-Za-z_]\w*)\s*(?:\((.*)\))?", re.DOTALL)
_EXAMPLE: Final = 'write passes with their options, as in "simplify,cse,fold(max_elements=64),dce"'


def _split(text: str, whole: str) -> list[str]:
    """The parts between the commas outside brackets."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth < 0:
            break
        if char == "," and not depth:
            parts.append(text[start:i])
            start = i + 1
    if depth:
        raise PipelineError(f"pipeline: the brackets of {whole!r} do not match", hint=_EXAMPLE)
    parts = [part.strip() for part in [*parts, text[start:]]]
    return [] if parts == [""] else parts


def _options(name: str, change: Pass, text: str) -> tuple[tuple[str, Any], ...]:
    known = known_options(change)
    given: dict[str, Any] = {}
    for item in _split(text, f"{name}({text})"):
        key, equals, value = (part.strip() for part in item.partition("="))
        if not equals:
            raise PipelineError(
                f"pipeline: {item!r} of {name} is no option", hint="write an option as key=value"
            )
        if key not in known:
            raise PipelineError(
                f"pipeline: {name} has no option {key!r}", hint=_did_you_mean(key, list(known))
            )
        if key in given:
            raise PipelineError(f"pipeline: {name} is given {key!r} twice")
        given[key] = _value(f"{name}({key}=...)", value, known[key])
    missing = [
        key for key, p in _keywords(change).items() if p.default is p.empty and key not in given
    ]
    if missing:
        raise PipelineError(
            f"pipeline: {name} needs the option {missing[0]!r}",
            hint=f"write {name}({missing[0]}=...)",
        )
    return tuple(given.items())


def _keywords(change: Pass) -> dict[str, inspect.Parameter]:
    return {
        k: p for k, p in inspect.signature(change).parameters.items() if p.kind is p.KEYWORD_ONLY
    }


def known_options(change: Pass) -> dict[str, Any]:
    """The types of a pass's options, by name: its keyword-only arguments."""
    hints = typing.get_type_hints(change)
    return {key: hints[key] for key in _keywords(change)}


def _value(where: str, text: str, type: Any) -> Any:
    """The option's value; of a union, the first type that the text fits."""
    for wanted in typing.get_args(type) or (type,):
        try:
            return _READERS[wanted](text)
        except ValueError:
            continue
    words = " or ".join(t.__name__ for t in typing.get_args(type) or (type,))
    raise PipelineError(f"pipeline: {where} is due to be {words}, not {text!r}")


def _bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


_READERS: Final[dict[type, Callable[[str], Any]]] = {bool: _bool, int: int, float: float, str: str}


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _did_you_mean(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    listed = "known: " + ", ".join(known) if known else "it takes none"
    return f"did you mean {close[0]!r}? {listed}" if close else listed
