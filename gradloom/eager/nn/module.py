"""`gt.nn.Module`: parameters, buffers and modules by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, final

from gradloom.eager.grads import no_grad
from gradloom.eager.methods import METHODS
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, MissingKey


class _Parameters(type):
    """Lets `isinstance(x, Parameter)` ask the tensor."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance._parameter


@final
class Parameter(metaclass=_Parameters):
    """A tensor that a module learns: `Parameter(data)` gives a leaf with the data's elements."""

    def __new__(cls, data: Tensor, requires_grad: bool = True) -> Tensor:  # type: ignore[misc]
        """The leaf."""
        with no_grad():
            made: Tensor = METHODS["clone"](data)
        made._parameter = True
        return made.requires_grad_() if requires_grad else made


class Module:
    """What learns: subclasses say `forward`, and set parameters and modules as attributes."""

    training: bool

    def __init__(self) -> None:
        self.__dict__.update(training=True, _parameters={}, _buffers={}, _modules={})

    def __setattr__(self, name: str, value: Any) -> None:
        if "_modules" not in self.__dict__:
            raise AttributeError("call super().__init__() first in a module's __init__")
        tables = (self._parameters, self._buffers, self._modules)
        if isinstance(value, Parameter):
            table: dict[str, Any] | None = self._parameters
        elif isinstance(value, Module):
            table = self._modules
        else:
            table = next((t for t in tables if name in t), None)
        for other in tables:
            if other is not table:
                other.pop(name, None)
        if table is None:
            self.__dict__[name] = value
        else:
            self.__dict__.pop(name, None)
            table[name] = value

    def __getattr__(self, name: str) -> Any:
        for table in ("_parameters", "_buffers", "_modules"):
            found = self.__dict__.get(table, {})
            if name in found:
                return found[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        for table in (self._parameters, self._buffers, self._modules, self.__dict__):
            if name in table:
                del table[name]
                return
        raise AttributeError(name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What `forward` gives."""
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    # ---- what it has -----------------------------------------------------------------------------

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Keep a tensor that is saved, and not learnt; `persistent=False`: nor saved."""
        self.__dict__.pop(name, None)
        self._buffers[name] = tensor
        if not persistent:
            self.__dict__.setdefault("_passing", set()).add(name)

    def register_parameter(self, name: str, parameter: Tensor | None) -> None:
        """Keep a parameter by this name; None: there is none."""
        self.__dict__.pop(name, None)
        self._parameters[name] = parameter

    def add_module(self, name: str, module: Module) -> None:
        """Keep a module by this name."""
        self._modules[name] = module

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Itself and every module inside, by dotted name, each once."""
        seen: set[int] = set()
        ahead = [(prefix, self)]
        while ahead:
            name, module = ahead.pop(0)
            if id(module) in seen:
                continue
            seen.add(id(module))
            yield name, module
            inside = [(f"{name}.{n}" if name else n, m) for n, m in module._modules.items()]
            ahead = [*inside, *ahead]

    def modules(self) -> Iterator[Module]:
        """Itself and every module inside."""
        return (module for _, module in self.named_modules())

    def children(self) -> Iterator[Module]:
        """The modules that it has itself."""
        return iter(self._modules.values())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that it has itself, by name."""
        return iter(self._modules.items())

    def _named(self, table: str) -> Iterator[tuple[str, Tensor]]:
        seen: set[int] = set()
        for prefix, module in self.named_modules():
            for name, tensor in getattr(module, table).items():
                if tensor is not None and id(tensor) not in seen:
                    seen.add(id(tensor))
                    yield f"{prefix}.{name}" if prefix else name, tensor

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """Every parameter by dotted name."""
        return self._named("_parameters")

    def parameters(self) -> Iterator[Tensor]:
        """Every parameter."""
        return (tensor for _, tensor in self.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """Every buffer by dotted name."""
        return self._named("_buffers")

    def buffers(self) -> Iterator[Tensor]:
        """Every buffer."""
        return (tensor for _, tensor in self.named_buffers())

    # ---- what is done with all of it -------------------------------------------------------------

    def state_dict(self) -> dict[str, Tensor]:
        """Parameters and buffers by dotted name, cut off from derivatives."""
        found: dict[str, Tensor] = {}
        for prefix, module in self.named_modules():
            passing = module.__dict__.get("_passing", ())
            for name, tensor in (module._parameters | module._buffers).items():
                if tensor is not None and name not in passing:
                    found[f"{prefix}.{name}" if prefix else name] = METHODS["detach"](tensor)
        return found

    def load_state_dict(self, state: Mapping[str, Tensor], strict: bool = True) -> None:
        """Take the elements of these tensors; `strict`: the names are the module's own."""
        own = self.state_dict()
        missing, extra = own.keys() - state.keys(), state.keys() - own.keys()
        if strict and (missing or extra):
            raise MissingKey(
                f"load_state_dict: missing {sorted(missing)}, unexpected {sorted(extra)}",
                hint="strict=False takes what fits",
            )
        for name in own.keys() & state.keys():
            if tuple(own[name].shape) != tuple(state[name].shape):
                raise ArgumentError(
                    f"load_state_dict: {name} has shape {tuple(own[name].shape)}, and "
                    f"{tuple(state[name].shape)} is given"
                )
        with no_grad():
            for name in own.keys() & state.keys():
                METHODS["copy_"](own[name], state[name])

    def train(self, mode: bool = True) -> Module:
        """Let every module train, or not."""
        for module in self.modules():
            module.__dict__["training"] = mode
        return self

    def eval(self) -> Module:
        """Let no module train."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget every parameter's gradient."""
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                METHODS["zero_"](parameter.grad)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Let every parameter be learnt, or not."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def apply(self, f: Callable[[Module], Any]) -> Module:
        """Call `f` with every module, the innermost first."""
        for module in [*self.modules()][::-1]:
            f(module)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Module:
        """Convert every parameter and buffer of floats."""
        with no_grad():
            for tensor in [*self.parameters(), *self.buffers()]:
                made = METHODS["to"](tensor, *args, **kwargs)
                if made is not tensor and tensor.dtype.is_floating_point:
                    _become(tensor, made)
        return self

    def double(self) -> Module:
        """Every parameter and buffer of floats as float64."""
        return self.to("float64")

    def float(self) -> Module:
        """Every parameter and buffer of floats as float32."""
        return self.to("float32")

    def cpu(self) -> Module:
        """Itself: the session decides where tensors are."""
        return self

    def extra_repr(self) -> str:
        """What the text of the module says besides."""
        return ""

    def __repr__(self) -> str:
        if not self._modules:
            return f"{type(self).__name__}({self.extra_repr()})"
        lines = [
            f"  ({name}): " + repr(module).replace("\n", "\n  ")
            for name, module in self._modules.items()
        ]
        return "\n".join([f"{type(self).__name__}(", *lines, ")"])


def _become(tensor: Tensor, made: Tensor) -> None:
    """Give a tensor another's value and dtype."""
    learnt = tensor.requires_grad
    if learnt:
        tensor.requires_grad_(False)
    tensor._value = made._value
    tensor.grad = None
    if learnt:
        tensor.requires_grad_()
