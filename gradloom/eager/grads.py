"""Derivatives of what was recorded: `backward` and `gt.autograd.grad`."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ContextDecorator, contextmanager
from typing import Any, final

from gradloom.eager import reverse, scopes
from gradloom.eager.calls import home_of
from gradloom.eager.home import Home, mode
from gradloom.eager.tape import FREED
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.graph import Node, Operand, Value, literal
from gradloom.ir.location import user_location
from gradloom.ir.ops.masks import Cotangent, added, whole
from gradloom.passes import transpose


class set_grad_enabled(ContextDecorator):  # noqa: N801, RUF100  (torch's spelling)
    """Record derivatives, or not, from now on; as a context manager until the block ends."""

    def __init__(self, mode_: bool) -> None:
        self._wanted = mode_
        self._outer = [mode.grad]
        mode.grad = mode_

    def __enter__(self) -> None:
        mode.grad = self._wanted

    def __exit__(self, *error: object) -> None:
        mode.grad = self._outer[-1]


class _Within(ContextDecorator):
    """Inside, derivatives are recorded, or not."""

    wanted = False

    def __init__(self) -> None:
        self._outer: list[bool] = []

    def __enter__(self) -> None:
        self._outer.append(mode.grad)
        mode.grad = self.wanted

    def __exit__(self, *error: object) -> None:
        mode.grad = self._outer.pop()


@final
class no_grad(_Within):  # noqa: N801, RUF100  (torch's spelling)
    """Inside, no derivatives are recorded; `@gt.no_grad()` for a whole function."""


@final
class enable_grad(_Within):  # noqa: N801, RUF100  (torch's spelling)
    """Inside, derivatives are recorded; a decorator too."""

    wanted = True


class inference_mode(_Within):  # noqa: N801, RUF100  (torch's spelling)
    """`no_grad`, in torch's other name; `inference_mode(False)` records derivatives as before."""

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self._mode = mode

    def __enter__(self) -> None:
        self.wanted = not self._mode and is_grad_enabled()
        super().__enter__()


def is_inference_mode_enabled() -> bool:
    """Whether no derivatives are recorded."""
    return not mode.grad


@contextmanager
def grad_mode(wanted: bool) -> Iterator[None]:
    """Inside, derivatives are recorded, or not."""
    outer, mode.grad = mode.grad, wanted
    try:
        yield
    finally:
        mode.grad = outer


def is_grad_enabled() -> bool:
    """Whether derivatives are recorded."""
    return mode.grad


def _seeds(outputs: Sequence[Tensor], given: Sequence[Tensor | None]) -> dict[Operand, Operand]:
    tape = outputs[0]._home.tape
    seeds: dict[Operand, Operand] = {}
    for output, seed in zip(outputs, given, strict=True):
        tangent = tape.tangents.get(output.operand())
        if tangent is None:
            raise RuntimeError(
                "a derivative is asked of a tensor that does not require grad: "
                "no operand of it does, or it was made inside gt.no_grad()"
            )
        if seed is None:
            if output.shape.numel() != 1:
                raise RuntimeError(
                    "grad can be implicitly created only for scalar outputs: give "
                    f"backward(gradient) for a tensor of shape {tuple(output.shape)}"
                )
            operand: Operand = literal(1, tangent.type)
        elif tuple(seed.shape) != tuple(output.shape):
            raise ShapeError(
                f"backward: the gradient has shape {tuple(seed.shape)} and the tensor "
                f"{tuple(output.shape)}", location=user_location(),
            )  # fmt: skip
        else:
            operand = seed.operand()
        before = seeds.get(tangent)
        if before is not None:
            with output._home.recording(False, user_location()):
                operand = before + operand
        seeds[tangent] = operand
    return seeds


def _pull(home: Home, seeds: dict[Operand, Operand], create_graph: bool) -> tuple[
    dict[Operand, Cotangent], list[Node], dict[Operand, Operand]
]:  # fmt: skip
    """The cotangents of the tape's leaves, its nodes, and the cotangents of what is wanted."""
    tape = home.tape
    nodes = tape.order([t for t in seeds if isinstance(t, Value)])
    if any(node.operands is FREED for node in nodes):
        raise RuntimeError(
            "Trying to backward through the graph a second time: what it needs was let go; "
            "say backward(retain_graph=True) the first time"
        )
    cotangents: dict[Operand, Cotangent] = dict(seeds)
    seen: dict[Operand, Operand] = {}
    plain = not (home.hooks or home.wanted or home.functions or create_graph or tape.places)
    if plain and len(seeds) == 1:
        cotangents.update(reverse.cotangents(home, nodes, seeds))
    else:
        _walk(home, nodes, cotangents, seen, create_graph)
    for node in nodes:  # what was reached, and nothing came through
        for x in node.operands:
            if x in tape.linear and x not in cotangents and (x in home.wanted or x in home.leaves):
                zeros = literal(0, x.type)
                cotangents[x] = seen[x] = seen.get(x, zeros)
    return cotangents, nodes, seen


def _walk(
    home: Home, nodes: Sequence[Node], cotangents: dict[Operand, Cotangent],
    seen: dict[Operand, Operand], create_graph: bool,
) -> None:  # fmt: skip
    """Go back through the tape, and stop where hooks or the caller want a cotangent."""
    location = user_location()
    with home.pinned(cotangents), home.pinned(seen):
        for node in reversed(nodes):
            for result in node.results:
                _told(home, result, cotangents, seen, create_graph)
            if node.results[0] in home.functions:
                _call(home, node, cotangents, create_graph)
                continue
            places = scopes.backward_of(home.tape.places.get(node.results[0]))
            with scopes.within(places), home.recording(create_graph, location):
                transpose.backward([node], home.tape.linear, cotangents)
        for leaf in list(cotangents):
            _told(home, leaf, cotangents, seen, create_graph)


def _told(
    home: Home, tangent: Any, cotangents: dict[Operand, Cotangent], seen: dict[Operand, Operand],
    create_graph: bool,
) -> None:  # fmt: skip
    """Keep a cotangent that is complete, as hooks change it."""
    if tangent not in cotangents:
        return
    called = home.hooks.get(tangent, ())
    if called:  # a hook may ask for a number, and only plain values live on then
        with home.recording(create_graph, user_location()):
            cotangents.update({t: whole(ct) for t, ct in cotangents.items()})
    for hook in list(called):
        made = hook(Tensor(home, whole(cotangents[tangent])))
        if made is not None:
            cotangents[tangent] = made.operand()
    if tangent in home.wanted:
        with home.recording(create_graph, user_location()):
            cotangents[tangent] = seen[tangent] = whole(cotangents[tangent])


def _call(home: Home, node: Node, cotangents: dict[Operand, Cotangent], create_graph: bool) -> None:
    """Carry cotangents through a function of the user's own."""
    given = [cotangents.pop(r, None) for r in node.results]
    if all(ct is None for ct in given):
        return
    with home.recording(create_graph, user_location()):  # it may ask for a number
        cotangents.update({t: whole(ct) for t, ct in cotangents.items()})
        known = [None if ct is None else whole(ct) for ct in given]
    for tangent, ct in home.functions[node.results[0]](known, create_graph):
        before = cotangents.get(tangent)
        with home.recording(create_graph, user_location()):
            cotangents[tangent] = ct if before is None else added(before, ct)


def _free(home: Home, nodes: Sequence[Node]) -> None:
    linear = home.tape.linear
    for node in nodes:
        called = home.functions.pop(node.results[0], None)
        if called or any(isinstance(x, Value) and x not in linear for x in node.operands):
            node.operands = FREED


def backward(
    x: Tensor, gradient: Tensor | None = None, retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:  # fmt: skip
    """Add the derivative of this tensor by every leaf to the leaf's `.grad`."""
    home = x._home
    seeds = _seeds([x], [gradient])
    retained = {t: r for t, r in home.retained.items() if r() is not None}
    home.wanted = set(retained)
    cotangents, nodes, seen = _pull(home, seeds, create_graph)
    for tangent, ref in [*home.leaves.items(), *retained.items()]:
        tensor = ref()
        found = seen.get(tangent) if tangent in retained else cotangents.get(tangent)
        if tensor is not None and found is not None:
            _accumulate(tensor, found, create_graph)
    if not (create_graph if retain_graph is None else retain_graph):
        _free(home, nodes)
    home.settle()


def backward_of(
    tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:  # fmt: skip
    """`backward` of several tensors."""
    several = isinstance(tensors, tuple | list)
    outputs = list(tensors) if several else [tensors]
    given = list(grad_tensors) if isinstance(grad_tensors, tuple | list) else [grad_tensors]
    seeds = given if grad_tensors is not None else [None] * len(outputs)
    for i, (output, seed) in enumerate(zip(outputs, seeds, strict=True)):
        keep = retain_graph if i + 1 == len(outputs) else True
        backward(output, seed, keep, create_graph)


def _accumulate(tensor: Tensor, found: Cotangent, create_graph: bool) -> None:
    home = tensor._home
    with home.recording(create_graph, user_location()):
        total = whole(found)
        if tensor.grad is not None:
            total = whole(added(tensor.grad.operand(), total))
        home.placing.want_as(total, tensor.operand())
    tensor.grad = Tensor(home, total)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """The derivatives of the (summed) outputs by the inputs; `.grad` stays as it is."""
    outs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    ins = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    given = [grad_outputs] if isinstance(grad_outputs, Tensor) else grad_outputs
    home = home_of([*outs, *ins])
    tangents = [home.tape.tangents.get(x.operand()) for x in ins]
    if any(t is None for t in tangents):
        raise RuntimeError("autograd.grad: one of the inputs does not require grad")
    home.wanted = {t for t in tangents if t is not None}
    seeds = _seeds(outs, [None] * len(outs) if given is None else list(given))
    _, nodes, seen = _pull(home, seeds, create_graph)
    found = [seen.get(t) for t in tangents if t is not None]
    if not allow_unused and any(f is None for f in found):
        raise ArgumentError(
            "autograd.grad: an input was not used to make the outputs", location=user_location(),
            hint="allow_unused=True gives None for it",
        )  # fmt: skip
    made = tuple([None if f is None else Tensor(home, f) for f in found])
    if not (create_graph if retain_graph is None else retain_graph):
        _free(home, nodes)
    home.settle()
    return made


def retain_grad(x: Tensor) -> None:
    """Let `backward` give this tensor its `.grad` though it is no leaf."""
    tangent = x._home.tape.tangents.get(x.operand())
    if tangent is None:
        raise RuntimeError("retain_grad of a tensor that does not require grad")
    if x._tangent is None:
        x._home.retained[tangent] = weakref.ref(x)


@final
class Handle:
    """A hook that can be taken away again."""

    def __init__(self, hooks: list[Callable[[Tensor], Any]], hook: Callable[[Tensor], Any]) -> None:
        self._hooks, self._hook = hooks, hook

    def remove(self) -> None:
        """Call the hook no more."""
        if self._hook in self._hooks:
            self._hooks.remove(self._hook)


def register_hook(x: Tensor, hook: Callable[[Tensor], Any]) -> Handle:
    """Call `hook(grad)` when the derivative by this tensor is known; what it gives replaces it."""
    tangent = x._home.tape.tangents.get(x.operand())
    if tangent is None:
        raise RuntimeError("a hook needs a tensor that requires grad")
    hooks = x._home.hooks.setdefault(tangent, [])
    hooks.append(hook)
    return Handle(hooks, hook)
