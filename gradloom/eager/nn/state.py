"""A module's parameters and buffers as a dict, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from gradloom.eager.grads import no_grad
from gradloom.eager.methods import METHODS
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import CallError, StateMismatch

if TYPE_CHECKING:
    from gradloom.eager.nn.module import Module


class Mismatch(NamedTuple):
    """The names that were missing, and those that were not expected."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"Mismatch(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def own_tensors(module: Module, prefix: str = "") -> dict[str, Tensor]:
    """Parameters and saved buffers by dotted name: each module's own, then those inside."""
    found: dict[str, Tensor] = {}
    passing = module.__dict__.get("_passing", ())
    for name, tensor in (module._parameters | module._buffers).items():
        if tensor is not None and name not in passing:
            found[prefix + name] = tensor
    for name, inside in module._modules.items():
        if inside is not None:
            found.update(own_tensors(inside, f"{prefix}{name}."))
    return found


def load(module: Module, state: Mapping[str, Tensor], strict: bool) -> Mismatch:
    """Give the module's tensors the elements of those by the same names."""
    if not isinstance(state, Mapping):
        raise CallError(f"load_state_dict: a dict is due, not {type(state).__name__}")
    own = own_tensors(module)
    missing = [name for name in own if name not in state]
    extra = [name for name in state if name not in own]
    told = [
        *([f"missing keys: {', '.join(missing)}"] if strict and missing else []),
        *([f"unexpected keys: {', '.join(extra)}"] if strict and extra else []),
    ]
    both = [name for name in own if name in state]
    given: dict[str, Any] = {name: state[name] for name in both}
    for name in both:
        if not isinstance(given[name], Tensor):
            raise CallError(f"load_state_dict: {name} is {type(given[name]).__name__}, no tensor")
        if tuple(own[name].shape) != tuple(given[name].shape):
            told.append(
                f"size mismatch for {name}: {tuple(given[name].shape)} is given, and the module's "
                f"has shape {tuple(own[name].shape)}"
            )
    if told:
        raise StateMismatch(
            f"load_state_dict of {type(module).__name__}: {'; '.join(told)}",
            hint="strict=False takes what fits by name; shapes must fit",
        )
    with no_grad():
        for name in both:
            METHODS["copy_"](METHODS["detach"](own[name]), given[name])
    return Mismatch(missing, extra)
