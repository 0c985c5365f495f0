"""What a worker computes with: programs, lowered once each, and values on its device."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, final

import msgspec
import numpy as np

from gradloom.backends.backend import Backend
from gradloom.backends.program import Program, build
from gradloom.ir.errors import GradloomError
from gradloom.ir.graph import Graph, Node, Operand
from gradloom.ir.types import dtype_name
from gradloom.passes import pipeline
from gradloom.passes.effects import has_effect
from gradloom.runtime import messages as m
from gradloom.runtime.compiled import Checked, identical
from gradloom.runtime.data.mapped import lent
from gradloom.runtime.salvage import Pieces
from gradloom.runtime.settings import SAVE_PROGRAMS
from gradloom.runtime.wiring import COMPILED, unpack

Array = np.ndarray[Any, Any]
HOT: Final = 8
"""After so many calls a program is optimized; what is not called again is not worth it."""
_PASSES: Final = "fold,settle,simplify,hoist,cse,dce"
_LONGEST: Final = 16_000
"""Characters of a traceback that are told."""


@final
class Held:
    """A value on a worker: an array of its backend. `release` is called when it is dropped."""

    __slots__ = ("dtype", "native", "release", "shape")

    def __init__(
        self, native: Any, dtype: str, shape: tuple[int, ...], release: Callable[[], None] | None
    ) -> None:
        self.native = native
        self.dtype = dtype
        self.shape = shape
        self.release = release


class Outcome(NamedTuple):
    """What a run gave: its results, each a value or why there is none; and why it failed."""

    results: Sequence[Held | m.Failure]
    failure: m.Failure | None = None


@final
class Engine:
    """Runs programs on one backend and device. `name` is the worker's, for errors."""

    def __init__(self, backend: Backend, device: str | None = None) -> None:
        self.backend = backend
        self.name = ""
        self._device = device
        self._texts: dict[str, m.Prepare] = {}
        self._programs: dict[str, Program] = {}
        self._pieces: dict[str, Pieces] = {}
        self._builds = 0
        self.build_s = 0.0
        """Seconds that building programs took."""

    @property
    def programs(self) -> tuple[int, int]:
        """How many programs are kept, and how many were ever built."""
        return len(self._texts), self._builds

    def graph(self, digest: str) -> Graph | None:
        """The graph of a program that is built."""
        program = self._programs.get(digest)
        return None if program is None else program.graph

    def learn(self, program: m.Prepare) -> None:
        """Keep a program; it is read when it first runs."""
        self._texts.setdefault(program.digest, program)

    def unlearn(self, digests: Iterable[str]) -> None:
        """Forget programs."""
        for digest in digests:
            self._texts.pop(digest, None)
            self._programs.pop(digest, None)
            self._pieces.pop(digest, None)

    def accept(self, array: Array, dtype: str, release: Callable[[], None] | None = None) -> Held:
        """The value of an array that has come."""
        # Programs write to nothing that they are given, so torch needs no copy of its own.
        given = lent(array) if self.backend.package == "torch" and array.size else array
        native = self.backend.from_numpy(given, self._device)
        return Held(native, dtype, array.shape, release)

    def give(self, value: Held) -> Array:
        """The value as an array, in memory of its own or the value's."""
        array: Array = self.backend.to_numpy(value.native)
        return array

    def discard(self, value: Held) -> None:
        """The value is not needed any more."""
        if value.release is not None:
            value.release()

    def run(self, run: m.Run, values: Sequence[Held | m.Failure]) -> Outcome:
        """What a run gives; a value that failed is one of its arguments as well."""
        failure = next((v for v in values if type(v) is m.Failure), None)
        if failure is None:
            try:
                return Outcome(self._run(run, values))  # type: ignore[arg-type]  # no Failure is there
            except Exception as e:
                failure = self.failure(e, run.where)
        try:
            return Outcome(self._salvaged(run, values), failure)
        except Exception:  # of all that was wrong, the first is what the user can mend
            return Outcome([failure] * len(run.outputs), failure)

    def _run(self, run: m.Run, values: Sequence[Held]) -> list[Held]:
        text = self._texts[run.digest]
        arguments = values[: len(values) - len(text.constants)]
        program = self._programs.get(run.digest)
        if program is None:
            program = self._build(text, values[len(arguments) :])
        results = program(*[v.native for v in arguments])
        return [_held(x, r) for x, r in zip(results, program.graph.results, strict=True)]

    def _salvaged(self, run: m.Run, values: Sequence[Held | m.Failure]) -> list[Held | m.Failure]:
        """The results that there are of a run that failed, and why there are no others; raises
        where a failure is one of all.
        """
        text = self._texts[run.digest]
        arguments = values[: len(values) - len(text.constants)]
        pieces = self._pieces.get(run.digest)
        if pieces is None:
            graph = self.graph(run.digest) or self._unpacked(text, values[len(arguments) :])
            pieces = self._pieces[run.digest] = Pieces(graph, self.backend, self._device)

        def tell(error: Exception, node: Node) -> m.Failure:
            told = self.failure(error, str(node.location or run.where))
            return msgspec.structs.replace(told, text=f"{node.op.name}: {told.text}"[:_LONGEST])

        natives = [v.native if isinstance(v, Held) else v for v in arguments]
        made = zip(pieces.run(natives, tell), pieces.graph.results, strict=True)
        return [x if isinstance(x, m.Failure) else _held(x, r) for x, r in made]

    def _unpacked(self, text: m.Prepare, constants: Sequence[Held | m.Failure]) -> Graph:
        return unpack(text, [self.give(v) for v in constants])  # type: ignore[arg-type]  # raises

    def _build(self, text: m.Prepare, constants: Sequence[Held]) -> Program:
        begun = time.perf_counter()
        graph = self._unpacked(text, constants)
        program = build(graph, self.backend, self._device)
        optimize = self.backend.runner.optimize
        # What a program prints or asserts, a compiler may leave out.
        pure = not any(has_effect(node) for node in graph)
        if COMPILED in graph.notes and optimize is not None and pure:
            compiled = partial(optimize, program.main)
            program.function = Checked(program.function, compiled, self.backend.to_numpy)
        elif pure and self.backend.by_hand is None:  # else the framework's compiler does as much
            better = partial(_optimized, program)
            program.function = Checked(
                program.function, better, self.backend.to_numpy, HOT, identical
            )
        self._programs[text.digest] = program
        self._builds += 1
        self.build_s += time.perf_counter() - begun
        _save(program, text.digest)
        return program

    def failure(self, error: Exception, where: str) -> m.Failure:
        """What is told of an error here."""
        told = "".join(traceback.format_exception(error))
        if isinstance(error, GradloomError) and error.location is not None:
            where = str(error.location)
        message = error.message if isinstance(error, GradloomError) else str(error)
        return m.Failure(
            type(error).__name__, message[:_LONGEST], where, self.name, told[-_LONGEST:]
        )


def _held(native: Any, result: Operand) -> Held:
    return Held(native, dtype_name(result.type.dtype), tuple(native.shape), None)


def _optimized(program: Program) -> Callable[..., tuple[Any, ...]] | None:
    """The program with what it does twice or for nothing left out; None where there is no such."""
    graph, _ = pipeline.run(program.graph, _PASSES)
    if len(graph.nodes) >= len(program.graph.nodes):
        return None
    return build(graph, program.backend, program.device).function


def _save(program: Program, digest: str) -> None:
    """Write a program's source where GRADLOOM_SAVE_PROGRAMS says."""
    folder = SAVE_PROGRAMS.get()
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, f"{digest[:16]}.py").write_text(program.source, encoding="utf-8")
