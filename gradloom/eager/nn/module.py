"""`gt.nn.Module`: parameters, buffers and modules by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gradloom.eager.dtypes import read_dtype
from gradloom.eager.grads import no_grad
from gradloom.eager.methods import METHODS
from gradloom.eager.nn import state
from gradloom.eager.nn.hooks import HookHandle, Hooks, call
from gradloom.eager.nn.parameter import become, is_parameter
from gradloom.eager.nn.text import text_of
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, CallError, NoAttribute


class Module:
    """What learns: subclasses say `forward`, and set parameters and modules as attributes."""

    training: bool

    def __init__(self) -> None:
        self.__dict__.update(
            training=True, _parameters={}, _buffers={}, _modules={}, _hooks=Hooks()
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if "_modules" not in self.__dict__:
            raise AttributeError("call super().__init__() first in a module's __init__")
        tables = (self._parameters, self._buffers, self._modules)
        if is_parameter(value):
            table: dict[str, Any] | None = self._parameters
        elif isinstance(value, Module):
            table = self._modules
        else:
            table = next((t for t in tables if name in t), None)
        if table is self._parameters and not (value is None or is_parameter(value)):
            raise CallError(
                f"{type(self).__name__}.{name} is a parameter, and {type(value).__name__} is none",
                hint="assign gt.nn.Parameter(value), or change its .data",
            )
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
        raise NoAttribute(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        for table in (self._parameters, self._buffers, self._modules, self.__dict__):
            if name in table:
                del table[name]
                return
        raise AttributeError(name)

    def __dir__(self) -> list[str]:
        named = [*self._parameters, *self._buffers, *self._modules]
        return sorted({*super().__dir__(), *named})

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What `forward` gives, as the hooks change it."""
        hooks: Hooks = self._hooks
        if hooks.any():
            return call(self, hooks, args, kwargs)
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    # ---- hooks -----------------------------------------------------------------------------------

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> HookHandle:
        """Call `hook(module, args)` before `forward`; what it gives replaces the arguments."""
        return self._hooks.add("before", hook, with_kwargs, prepend)  # type: ignore[no-any-return]

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> HookHandle:
        """Call `hook(module, args, result)` after it; what it gives replaces the result."""
        return self._hooks.add("after", hook, with_kwargs, prepend)  # type: ignore[no-any-return]

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> HookHandle:
        """Call `hook(module, grad_output)` when the derivatives by the results are known."""
        return self._hooks.add("backward_before", hook, False, prepend)  # type: ignore[no-any-return]

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> HookHandle:
        """Call `hook(module, grad_input, grad_output)` when those by the arguments are known too;
        what it gives replaces `grad_input`.
        """
        return self._hooks.add("backward", hook, False, prepend)  # type: ignore[no-any-return]

    # ---- what it has -----------------------------------------------------------------------------

    def _named_once(self, name: str, table: dict[str, Any]) -> None:
        if not name or "." in name:
            raise ArgumentError(f"{name!r} is no name for a parameter, buffer or module")
        taken = (*self._parameters, *self._buffers, *self._modules, *self.__dict__)
        if name in taken and name not in table and self.__dict__.get(name, self) is not None:
            raise ArgumentError(f"{type(self).__name__} has {name!r} already")
        self.__dict__.pop(name, None)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Keep a tensor that is saved, and not learnt; `persistent=False`: nor saved."""
        self._named_once(name, self._buffers)
        self._buffers[name] = tensor
        passing = self.__dict__.setdefault("_passing", set())
        (passing.discard if persistent else passing.add)(name)

    def register_parameter(self, name: str, param: Tensor | None) -> None:
        """Keep a parameter by this name; None: there is none."""
        self._named_once(name, self._parameters)
        if param is not None and not is_parameter(param):
            raise CallError(
                f"register_parameter: {name} is {type(param).__name__}",
                hint="give gt.nn.Parameter(value), or None",
            )
        self._parameters[name] = param

    def add_module(self, name: str, module: Module | None) -> None:
        """Keep a module by this name."""
        if module is not None and not isinstance(module, Module):
            raise CallError(f"add_module: {name} is {type(module).__name__}, no module")
        self._named_once(name, self._modules)
        self._modules[name] = module

    register_module = add_module

    def named_modules(
        self, memo: set[int] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Itself and every module inside, by dotted name, each once."""
        seen: set[int] = set() if memo is None else memo
        if id(self) in seen:
            return
        if remove_duplicate:
            seen.add(id(self))
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                inside = f"{prefix}.{name}" if prefix else name
                yield from module.named_modules(seen, inside, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """Itself and every module inside."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that it has itself, by name, each once."""
        once: dict[int, tuple[str, Module]] = {}
        for name, module in self._modules.items():
            if module is not None:
                once.setdefault(id(module), (name, module))
        return iter(once.values())

    def children(self) -> Iterator[Module]:
        """The modules that it has itself."""
        return (module for _, module in self.named_children())

    def _named(
        self, table: str, prefix: str, recurse: bool, once: bool
    ) -> Iterator[tuple[str, Tensor]]:
        seen: set[int] = set()
        inside = self.named_modules(None, prefix, once) if recurse else iter([(prefix, self)])
        for path, module in inside:
            for name, tensor in getattr(module, table).items():
                if tensor is not None and not (once and id(tensor) in seen):
                    seen.add(id(tensor))
                    yield f"{path}.{name}" if path else name, tensor

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Every parameter by dotted name."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Tensor]:
        """Every parameter."""
        return (tensor for _, tensor in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Every buffer by dotted name."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Every buffer."""
        return (tensor for _, tensor in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module by its dotted name; itself for ""."""
        found: Any = self
        for name in target.split(".") if target else ():
            found = found._modules.get(name) if isinstance(found, Module) else None
            if found is None:
                raise NoAttribute(f"{type(self).__name__} has no module {target!r} ({name!r})")
        return found  # type: ignore[no-any-return]

    def get_parameter(self, target: str) -> Tensor:
        """The parameter by its dotted name."""
        return self._found("_parameters", target)

    def get_buffer(self, target: str) -> Tensor:
        """The buffer by its dotted name."""
        return self._found("_buffers", target)

    def _found(self, table: str, target: str) -> Tensor:
        path, _, name = target.rpartition(".")
        found = getattr(self.get_submodule(path), table).get(name)
        if found is None:
            raise NoAttribute(f"{type(self).__name__} has no {table[1:-1]} {target!r}")
        return found  # type: ignore[no-any-return]

    # ---- what is done with all of it -------------------------------------------------------------

    def state_dict(
        self, destination: dict[str, Tensor] | None = None, prefix: str = "",
        keep_vars: bool = False,
    ) -> dict[str, Tensor]:  # fmt: skip
        """Parameters and buffers by dotted name, cut off from derivatives unless `keep_vars`."""
        made = {} if destination is None else destination
        for name, tensor in state.own_tensors(self, prefix).items():
            made[name] = tensor if keep_vars else METHODS["detach"](tensor)
        return made

    def load_state_dict(
        self, state_dict: Mapping[str, Tensor], strict: bool = True
    ) -> state.Mismatch:
        """Take the elements of these tensors; `strict`: the names are the module's own."""
        return state.load(self, state_dict, strict)

    def train(self, mode: bool = True) -> Module:
        """Let every module train, or not."""
        if not isinstance(mode, bool):
            raise ArgumentError(f"train: a bool is due, not {mode!r}")
        self.training = mode
        for module in self.children():
            module.train(mode)
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

    def apply(self, fn: Callable[[Module], Any]) -> Module:
        """Call `fn` with every module, those inside first."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Module:
        """Convert every parameter and buffer of floats."""
        return self._converted(lambda x: METHODS["to"](x, *args, **kwargs))

    def _converted(self, f: Callable[[Tensor], Tensor]) -> Module:
        with no_grad():
            for tensor in [*self.parameters(), *self.buffers()]:
                if tensor.dtype.is_floating_point or tensor.dtype.is_complex:
                    made = f(tensor)
                    if made is not tensor:
                        become(tensor, made)
        return self

    def type(self, dst_type: Any) -> Module:
        """Every parameter and buffer of floats in this dtype."""
        read_dtype(dst_type, "type")
        return self.to(dst_type)

    def double(self) -> Module:
        """Every parameter and buffer of floats as float64."""
        return self.to("float64")

    def float(self) -> Module:
        """Every parameter and buffer of floats as float32."""
        return self.to("float32")

    def half(self) -> Module:
        """Every parameter and buffer of floats as float16."""
        return self.to("float16")

    def bfloat16(self) -> Module:
        """Every parameter and buffer of floats as bfloat16."""
        return self.to("bfloat16")

    def cpu(self) -> Module:
        """Itself: the session decides where tensors are."""
        return self

    def cuda(self, device: Any = None) -> Module:
        """Itself: the session decides where tensors are."""
        return self

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: what is computed again and again is compiled by itself."""

    def extra_repr(self) -> str:
        """What the text of the module says besides."""
        return ""

    def __repr__(self) -> str:
        return text_of(self)
