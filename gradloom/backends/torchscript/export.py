"""A graph as a TorchScript module, and as a file of one."""

from __future__ import annotations

import itertools
import linecache
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from gradloom.backends.emit import emit
from gradloom.backends.names import Names
from gradloom.backends.outlet import whole
from gradloom.backends.source import Source
from gradloom.backends.torch.run import BACKEND as TORCH
from gradloom.backends.torchscript.table import ABSENT, TABLE
from gradloom.ir.graph import Graph
from gradloom.ir.paths import PathLike

BACKEND: Final = replace(
    TORCH,
    name="torchscript",
    table=TABLE,
    absences=ABSENT,
    dialect=replace(TORCH.dialect, constants_late=True),
    plan=lambda graph, folded: None,  # TorchScript frees values after their last use by itself
)
_serial = itertools.count()


def script(graph: Graph) -> Any:
    """The graph as a `torch.jit.ScriptModule` of tensors;
    one result stands alone, several in a tuple.
    """
    import torch

    source = emit(graph, BACKEND, standalone=False, inline=-1)
    constants = [TORCH.from_numpy(c.array) for c in source.constants]
    forward = _forward(source, graph, len(constants))
    module = torch.nn.Module()
    for i, constant in enumerate(constants):
        module.register_buffer(f"constant{i}", constant)
    module.__class__ = type("Exported", (torch.nn.Module,), {"forward": forward})
    with _deprecation():
        return torch.jit.script(module.eval())


def _forward(source: Source, graph: Graph, constants: int) -> Any:
    """The method that calls the emitted function with the module's constants, defined beside it."""
    known = Names(["self", "main"])
    names = [known.claim(p.name, "x") for p in graph.parameters]
    late = [f"self.constant{i}" for i in range(constants)]
    call = f"main({', '.join([*names, *late])})"
    result = f"{call}[0]" if len(graph.results) == 1 else call
    text = f"{source.text}\n\ndef forward({', '.join(['self', *names])}):\n    return {result}\n"
    filename = f"<gradloom torchscript {next(_serial)}>"
    namespace: dict[str, Any] = {"__name__": "gradloom_torchscript"}
    exec(compile(text, filename, "exec", dont_inherit=True), namespace)
    # torch.jit.script reads a function's text, which is found here.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    return namespace["forward"]


@contextmanager
def _deprecation() -> Iterator[None]:
    """Without torch's notice that `torch.jit` makes way for `torch.export`, which users of this
    file have chosen against.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is (deprecated|not supported)")
        yield


def save(graph: Graph, path: PathLike) -> None:
    """Write the graph as a TorchScript file, whole or not at all."""
    import torch

    module = script(graph)
    with whole(path) as place, _deprecation():
        torch.jit.save(module, place)
