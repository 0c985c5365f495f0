"""A graph as a `torch.nn.Module`, and as a `torch.export` program."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from gradloom.backends.program import build
from gradloom.backends.torch.run import BACKEND
from gradloom.ir.dims import Dim
from gradloom.ir.graph import Graph

Rebuild = Callable[[Sequence[Any]], Any]
"""The structured result out of flat tensors."""


def module_of(
    graph: Graph,
    rebuild: Rebuild,
    flatten: Callable[[tuple[Any, ...]], list[Any]],
    params: Mapping[str, np.ndarray],
    still: Collection[str] = (),
) -> Any:
    """A module whose parameters stand before the tensors that `forward` is given;
    torch differentiates it, but for the parameters that are still.

    `flatten(args)` gives the tensors of the arguments of `forward`, in the graph's order.
    """
    import torch

    main = build(graph, BACKEND).main

    def init(self: Any) -> None:
        torch.nn.Module.__init__(self)
        self.weights = torch.nn.ParameterDict(
            {name: _parameter(array, name not in still) for name, array in params.items()}
        )

    def forward(self: Any, *args: Any) -> Any:
        given = [*[self.weights[name] for name in params], *flatten(args)]  # torch sorts its own
        return rebuild(main(*given))

    made = type(graph.name, (torch.nn.Module,), {"__init__": init, "forward": forward})
    return made()


def module_around(
    name: str,
    call: Callable[[list[Any], tuple[Any, ...]], Any],
    arrays: Sequence[tuple[str, np.ndarray, bool]],
    collect: Callable[[list[np.ndarray]], Any],
) -> Any:
    """A module that holds arrays by name, as parameters or (False) as buffers: `forward(*args)` is
    `call(tensors, args)`, and `to_params()` is `collect` of the numbers as they are then.
    """
    import torch

    names = [key for key, _, _ in arrays]

    def init(self: Any) -> None:
        torch.nn.Module.__init__(self)
        for key, array, is_trained in arrays:
            if is_trained:
                self.register_parameter(key, _parameter(array, True))
            else:
                self.register_buffer(key, BACKEND.from_numpy(np.array(array)))

    def forward(self: Any, *args: Any) -> Any:
        return call([getattr(self, key) for key in names], args)

    def to_params(self: Any) -> Any:
        return collect([BACKEND.to_numpy(getattr(self, key).detach()) for key in names])

    content = {"__init__": init, "forward": forward, "to_params": to_params}
    return type(name, (torch.nn.Module,), content)()


def _parameter(array: np.ndarray, trained: bool) -> Any:
    import torch

    tensor = BACKEND.from_numpy(np.array(array))
    inexact = tensor.is_floating_point() or tensor.is_complex()
    return torch.nn.Parameter(tensor, requires_grad=trained and inexact)


def exported_program(graph: Graph) -> Any:
    """`torch.export` of the graph over flat tensors; named sizes stay dynamic."""
    import torch

    module = module_of(graph, lambda results: tuple(results), list, {})
    sizes = {name: 3 + 2 * i for i, name in enumerate(graph.symbols)}
    example = tuple(
        BACKEND.from_numpy(np.zeros([_size(d, sizes) for d in p.type.shape], p.type.dtype))
        for p in graph.parameters
    )
    named = {name: torch.export.Dim(name, min=1) for name in graph.symbols}
    dynamic = tuple(
        {i: _dynamic(d, named) for i, d in enumerate(p.type.shape) if isinstance(d, Dim)}
        for p in graph.parameters
    )
    return torch.export.export(
        module, example, dynamic_shapes=(dynamic,) if graph.symbols else None
    )


def _size(dim: int | Dim, sizes: Mapping[str, int]) -> int:
    return dim if isinstance(dim, int) else dim.evaluate(sizes)


def _dynamic(dim: Dim, named: Mapping[str, Any]) -> Any:
    """torch's name of a size; it derives others only where they are linear in one, and finds the
    rest itself.
    """
    import torch

    return (
        named[dim.symbols[0]] if dim.terms == (((dim.symbols[0],), 1),) else torch.export.Dim.AUTO
    )
