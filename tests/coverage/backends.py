"""The columns of the backends and of ONNX: many programs in one compiled function, for speed."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

import gradloom as gl
from gradloom.frontend.signature import rebuild, restore, signature_of
from gradloom.ir import found
from tests.coverage.answers import YES, Answer, answer, compared, quiet
from tests.coverage.changed import changes_arguments, own_result
from tests.coverage.inputs import INPUTS
from tests.coverage.program import Program
from tests.coverage.same import difference

RTOL: Final = 1e-7
TOGETHER: Final = 48
"""Programs in one compiled function."""

Run = Callable[[Callable[..., Any], Sequence[Any]], Any]


def compiled(backend: str, f: Callable[..., Any], args: Sequence[Any]) -> Any:
    """What the compiled function gives."""
    return gl.compile(f, backend=backend)(*args)


def by_jax(f: Callable[..., Any], args: Sequence[Any]) -> Any:
    """What the function compiled for JAX gives; XLA's optimiser would take most of the time."""
    import jax

    jax.config.update("jax_disable_most_optimizations", True)
    try:
        return compiled("jax", f, args)
    finally:
        jax.config.update("jax_disable_most_optimizations", False)


def exported(f: Callable[..., Any], args: Sequence[Any]) -> Any:
    """What onnxruntime gives for the exported function."""
    import onnxruntime as ort

    graph = gl.trace(f, *args)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    ort.set_default_logger_severity(4)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.onnx"
        gl.export.onnx(graph, tuple(args), path)
        session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    outs = session.run(None, dict(zip(names, map(np.asarray, args), strict=True)))
    return own_result(graph, rebuild(signature_of(graph), outs, restore))


RUNS: Final[dict[str, Run]] = {
    "numpy": functools.partial(compiled, "numpy"),
    "torch": functools.partial(compiled, "torch"),
    "jax": by_jax,
    "tensorflow": functools.partial(compiled, "tensorflow"),
    "onnx": exported,
}


def ask(name: str, programs: Sequence[Program]) -> dict[Program, Answer]:
    """What the backend's column says of each program."""
    answers = {p: answer(_recorded, p) for p in programs}
    for group in _groups([p for p in programs if answers[p] is YES]):
        for start in range(0, len(group), TOGETHER):
            answers |= _ask(RUNS[name], group[start : start + TOGETHER])
    return answers


def _recorded(program: Program) -> Answer:
    """A program that cannot be recorded runs on no backend; one without a value runs nowhere."""
    return YES if program.graph.results else Answer("n/a", "the result holds no array")


def _groups(programs: Sequence[Program]) -> Iterator[list[Program]]:
    """The programs by what a backend makes of all that stand beside them: a size that is found
    takes JAX's jit from them, a complex number ONNX.
    """
    groups: dict[object, list[Program]] = {}
    for p in programs:
        alone = p if changes_arguments(p.graph) else None  # the others would see the change
        kind = alone, found.holds(p.graph), _holds_complex(p.graph)
        groups.setdefault(kind, []).append(p)
    yield from groups.values()


def _holds_complex(graph: gl.Graph) -> bool:
    inner = any(_holds_complex(region) for node in graph.nodes for region in node.regions)
    values = (*graph.parameters, *(r for node in graph.nodes for r in node.results))
    return inner or any(v.type.dtype.kind == "c" for v in values)


def _ask(run: Run, programs: Sequence[Program]) -> dict[Program, Answer]:
    """All in one; where that fails, either half."""
    if len(programs) == 1:
        return {p: answer(functools.partial(_one, run), p) for p in programs}
    try:
        with quiet():
            given = run(_joined(programs), [INPUTS[n].copy() for n in _inputs(programs)])
    except Exception:
        half = len(programs) // 2
        return _ask(run, programs[:half]) | _ask(run, programs[half:])
    return {p: _beside_numpy(p, g) for p, g in zip(programs, given, strict=True)}


def _one(run: Run, program: Program) -> Answer:
    return _beside_numpy(program, run(program.call, program.arguments))


def _beside_numpy(program: Program, given: Any) -> Answer:
    return answer(lambda p: compared(difference(given, p.call(*p.arguments), RTOL)), program)


def _inputs(programs: Sequence[Program]) -> list[str]:
    return list(dict.fromkeys(n for p in programs for n in p.inputs))


def _joined(programs: Sequence[Program]) -> Callable[..., list[Any]]:
    """One function that gives every program's result."""
    calls = [(p.call, p.inputs) for p in programs]
    names = _inputs(programs)

    def all_of(*args: Any) -> list[Any]:
        given = dict(zip(names, args, strict=True))
        return [call(*[given[n] for n in inputs]) for call, inputs in calls]

    return all_of
