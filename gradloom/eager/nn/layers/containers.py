"""Modules and parameters in lists and dicts."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any

from gradloom.eager.nn.module import Module
from gradloom.eager.nn.parameter import Parameter, is_parameter
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import CallError, IndexOutOfRange


def _place(count: int, i: Any) -> int:
    place = int(i)
    if not -count <= place < count:
        raise IndexOutOfRange(f"index {place} is out of range of {count} modules")
    return place % count


class _Listed(Module):
    """A module that is a list of others."""

    def _all(self) -> list[Module]:
        return [*self._modules.values()]

    def _set_all(self, modules: Iterable[Module]) -> None:
        self._modules.clear()
        for i, module in enumerate(modules):
            self.add_module(str(i), module)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return type(self)(*self._given(self._all()[i]))
        return self._all()[_place(len(self), i)]

    def _given(self, modules: list[Module]) -> tuple[Any, ...]:
        return tuple(modules)

    def __setitem__(self, i: Any, module: Module) -> None:
        keys = [*self._modules]
        setattr(self, keys[_place(len(self), i)], module)

    def __delitem__(self, i: Any) -> None:
        kept = self._all()
        del kept[i]
        self._set_all(kept)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __contains__(self, module: object) -> bool:
        return any(m is module for m in self._modules.values())

    def append(self, module: Module) -> Any:
        """One more."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Any:
        """Several more."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Any:
        """One more, before that place."""
        listed = self._all()
        listed.insert(index, module)
        self._set_all(listed)
        return self

    def pop(self, key: int) -> Module:
        """One less; gives it."""
        found = self._all()[_place(len(self), key)]
        del self[_place(len(self), key)]
        return found

    def __add__(self, other: Iterable[Module]) -> Any:
        return type(self)(*self._given([*self._all(), *other]))


class Sequential(_Listed):
    """Modules, one after the other; by names of their own, of a dict."""

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = len(args) == 1 and isinstance(args[0], Mapping)
        given = args[0].items() if named else [(str(i), m) for i, m in enumerate(args)]
        for name, module in given:
            self.add_module(name, module)

    def forward(self, input: Any) -> Any:
        """What the last one gives."""
        for module in self._modules.values():
            input = module(input)
        return input


class ModuleList(_Listed):
    """A list of modules."""

    collapsed = True

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        for module in modules or ():
            self.append(module)

    def _given(self, modules: list[Module]) -> tuple[Any, ...]:
        return (modules,)


class ModuleDict(Module):
    """Modules by name."""

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def update(self, modules: Any) -> None:
        """More of them."""
        for name, module in modules.items() if isinstance(modules, Mapping) else modules:
            self[name] = module

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]  # type: ignore[no-any-return]

    def __setitem__(self, key: str, module: Module) -> None:
        if key in self._modules:
            self._modules[key] = module
        else:
            self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """None any more."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """One less; gives it."""
        return self._modules.pop(key)  # type: ignore[no-any-return]

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._modules.keys()  # type: ignore[no-any-return]

    def values(self) -> ValuesView[Module]:
        """The modules."""
        return self._modules.values()  # type: ignore[no-any-return]

    def items(self) -> ItemsView[str, Module]:
        """Both."""
        return self._modules.items()  # type: ignore[no-any-return]


def _learnt(x: Any) -> Tensor:
    if not isinstance(x, Tensor):
        raise CallError(f"a list or dict of parameters holds tensors, not {type(x).__name__}")
    return x if is_parameter(x) else Parameter(x)


def _said(x: Tensor) -> str:
    size = "x".join(map(str, x.shape))
    kind = "Parameter" if is_parameter(x) else "Tensor"
    return f"{kind} containing: [{x.dtype!r} of size {size}]"


class ParameterList(Module):
    """A list of parameters; tensors become such."""

    def __init__(self, values: Iterable[Tensor] | None = None) -> None:
        super().__init__()
        self.extend(values or ())

    def append(self, value: Tensor) -> ParameterList:
        """One more."""
        self.register_parameter(str(len(self)), _learnt(value))
        return self

    def extend(self, values: Iterable[Tensor]) -> ParameterList:
        """Several more."""
        for value in list(values):
            self.append(value)
        return self

    def __getitem__(self, i: Any) -> Any:
        listed = [*self._parameters.values()]
        return ParameterList(listed[i]) if isinstance(i, slice) else listed[_place(len(self), i)]

    def __setitem__(self, i: int, value: Tensor) -> None:
        self._parameters[str(_place(len(self), i))] = _learnt(value)

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self._parameters.values())

    def extra_repr(self) -> str:
        """What it holds."""
        return "\n".join(f"({name}): {_said(x)}" for name, x in self._parameters.items())


class ParameterDict(Module):
    """Parameters by name; tensors become such."""

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        if parameters is not None:
            self.update(parameters)

    def update(self, parameters: Any) -> None:
        """More of them."""
        for key, value in parameters.items() if hasattr(parameters, "items") else parameters:
            self[key] = value

    def __getitem__(self, key: str) -> Tensor:
        return self._parameters[key]  # type: ignore[no-any-return]

    def __setitem__(self, key: str, value: Tensor) -> None:
        self._parameters[key] = _learnt(value)

    def __delitem__(self, key: str) -> None:
        del self._parameters[key]

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __contains__(self, key: object) -> bool:
        return key in self._parameters

    def get(self, key: str, default: Any = None) -> Any:
        """The parameter of that name, or the default."""
        return self._parameters.get(key, default)

    def pop(self, key: str) -> Tensor:
        """One less; gives it."""
        return self._parameters.pop(key)  # type: ignore[no-any-return]

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._parameters.keys()  # type: ignore[no-any-return]

    def values(self) -> ValuesView[Tensor]:
        """The parameters."""
        return self._parameters.values()  # type: ignore[no-any-return]

    def items(self) -> ItemsView[str, Tensor]:
        """Both."""
        return self._parameters.items()  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        """What it holds."""
        return "\n".join(f"({name}): {_said(x)}" for name, x in self._parameters.items())
