"""Ways out: a function, a transform of one or a graph as a file or program that runs without
gradloom.

`args` are the arguments as the function takes them: arrays, pytrees of arrays, or
`gl.spec("f32[batch, 784]")`, whose
named sizes stay free in what is written. Inputs are the leaves in order, named after the
arguments; weights that the
function reaches by other ways become constants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.frontend.record import leaf_names, record
from gradloom.frontend.signature import Leaf, flatten, rebuild, signature_of
from gradloom.frontend.still import still_leaves
from gradloom.frontend.tracer import Tracer
from gradloom.ir import build
from gradloom.ir.errors import BackendMissing, NotSupported, ShapeError
from gradloom.ir.graph import Graph, Value
from gradloom.ir.ops.called import require_numbers
from gradloom.ir.paths import PathLike
from gradloom.passes import pipeline

__all__ = [
    "exported_program", "from_onnx", "onnx", "saved_model", "source", "stablehlo", "torch_module",
    "torchscript",
]  # fmt: skip

Exportable = Callable[..., Any] | Graph


def graph_for(f: Exportable, args: Any) -> Graph:
    """The optimised graph of `f` on these arguments; every input has a name of its own."""
    graph = (
        require_numbers(f, "export")
        if isinstance(f, Graph)
        else record(f, _arguments(args), {}, values=False, keys="baked", writes="returned").graph
    )
    optimised, _ = pipeline.run(graph)
    return _named(optimised)


def _arguments(args: Any) -> tuple[Any, ...]:
    """One argument may stand without its tuple."""
    given = tuple(args) if isinstance(args, tuple | list) else (args,)
    if any(type(x) is Tracer for x in flatten(given)[0]):
        raise NotSupported("an export inside a trace", hint="export outside of traced functions")
    return given


def _named(graph: Graph) -> Graph:
    """The same graph with a name of its own for every parameter, so that every format can use
    them.
    """
    names: list[str] = []
    for i, parameter in enumerate(graph.parameters):
        stem = parameter.name or f"x{i}"
        names.append(stem if stem not in names else f"{stem}_{i}")
    if names == [p.name for p in graph.parameters]:
        return graph
    fresh = tuple(Value(p.type, name=n) for p, n in zip(graph.parameters, names, strict=True))
    builder = build.Builder()
    with build.scope(builder):
        results = build.inline(graph, fresh)
    return Graph(fresh, tuple(builder.nodes), results, graph.name, graph.notes, graph.signature)


def _missing(package: str, extra: str, error: ImportError) -> BackendMissing:
    return BackendMissing(
        f"this export needs the package {package}, which cannot be imported ({error})",
        hint=f"pip install 'gradloom[{extra}]'",
    )


def onnx(f: Exportable, args: Any, path: PathLike) -> None:
    """Write an ONNX file, in opset 18, with named sizes as its own."""
    try:
        from gradloom.backends.onnx.export import export_graph
    except ModuleNotFoundError as error:
        raise _missing("onnx_ir", "onnx", error) from error
    export_graph(graph_for(f, args), path)


def torchscript(f: Exportable, args: Any, path: PathLike) -> None:
    """Write a TorchScript file for `torch.jit.load`."""
    from gradloom.backends import get
    from gradloom.backends.torchscript.export import save

    _ = get("torch").module
    save(graph_for(f, args), path)


def torch_module(f: Exportable, args: Any, params: Any = None) -> Any:
    """A `torch.nn.Module` that computes `f`, which torch can train.

    With `params`, the first argument of `f` (a pytree of arrays), these are the module's
    parameters, `args` are the other arguments, and `forward` takes those. Frozen parts and buffers
    of a `gl.nn.Module` ask for no gradient.
    """
    from gradloom.backends import get

    _ = get("torch").module
    from gradloom.backends.torch.module import module_of

    given = _arguments(args)
    if params is not None:
        given = given if given and given[0] is params else (params, *given)
    graph = graph_for(f, given)
    leaves = flatten(params)[0] if params is not None else []
    names = leaf_names(lambda params: None, (params,), {}) if params is not None else []
    weights = {
        name.removeprefix("params_"): np.asarray(x) for name, x in zip(names, leaves, strict=True)
    }
    frozen = still_leaves(flatten(params)[1])
    still = {name for name, is_still in zip(weights, frozen, strict=True) if is_still}
    signature = signature_of(graph)

    def structured(results: Sequence[Any]) -> Any:
        return rebuild(signature, results, _as_it_is)

    def tensors(inputs: tuple[Any, ...]) -> list[Any]:
        return _flat_inputs(graph, inputs, len(weights))

    return module_of(graph, structured, tensors, weights, still)


def _as_it_is(value: Any, leaf: Leaf) -> Any:
    return value


def _flat_inputs(graph: Graph, inputs: tuple[Any, ...], before: int) -> list[Any]:
    """The leaves of what `forward` was given, as many as the graph takes after its weights."""
    leaves = [x for x in flatten(inputs)[0] if hasattr(x, "dtype")]
    due = graph.parameters[before:]
    if len(leaves) != len(due):
        raise ShapeError(
            f"{graph.name} takes {len(due)} tensors and got {len(leaves)}",
            hint=f"its inputs are {', '.join(f'{p.name}: {p.type}' for p in due)}",
        )
    return leaves


def exported_program(f: Exportable, args: Any) -> Any:
    """A `torch.export.ExportedProgram` of flat tensors, with named sizes dynamic."""
    from gradloom.backends import get

    _ = get("torch").module
    from gradloom.backends.torch.module import exported_program as export

    return export(graph_for(f, args))


def saved_model(f: Exportable, args: Any, path: PathLike) -> None:
    """Write a TensorFlow SavedModel folder with the signature `serving_default`."""
    from gradloom.backends import get

    _ = get("tensorflow").module
    from gradloom.backends.tensorflow.saved import save

    save(graph_for(f, args), path)


def stablehlo(f: Exportable, args: Any) -> str:
    """StableHLO text, with named sizes symbolic."""
    from gradloom.backends import get

    _ = get("jax").module
    from gradloom.backends.jax.stablehlo import stablehlo as text

    return text(graph_for(f, args))


def source(f: Exportable, args: Any, backend: str = "numpy") -> str:
    """A stand-alone program in numpy, torch, JAX or TensorFlow: a module that defines `main(...) ->
    tuple`.

    >>> print(source(lambda x: x * 2, (np.ones(3),)).splitlines()[-1])
        return (v0,)
    """
    from gradloom.backends.standalone import program_text

    return program_text(graph_for(f, args), backend)


def from_onnx(path: PathLike) -> Graph:
    """The graph of an ONNX file; raises `NotSupported` naming what it holds that gradloom does not
    know.
    """
    try:
        from gradloom.backends.onnx.importer import load
    except ModuleNotFoundError as error:
        raise _missing("onnx_ir", "onnx", error) from error
    return load(path)
