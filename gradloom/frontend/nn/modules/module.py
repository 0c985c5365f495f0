"""The base of modules: objects that hold arrays and settings, and are pytrees of their arrays.

A module does not change once it is made. Training gives a new one, as with any pytree:

    >>> import numpy as np
    >>> import gradloom as gl
    >>> from gradloom import nn
    >>> class Scale(nn.Module):
    ...     factor: nn.Array
    ...     power: int = 1
    ...     def __call__(self, x):
    ...         return self.factor * x**self.power
    >>> model = Scale(np.array(3.0), power=2)
    >>> model
    Scale(factor=f64[], power=2)
    >>> gl.grad(lambda model, x: model(x))(model, 2.0).factor
    array(4.)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self, dataclass_transform, final

import optree

from gradloom.frontend.nn.modules.fields import (
    declared,
    has_no_derivative,
    holds_arrays,
    is_array,
    settled,
)
from gradloom.frontend.params.roles import Param
from gradloom.frontend.signature import NAMESPACE
from gradloom.frontend.still import Still
from gradloom.frontend.values import VALUES
from gradloom.ir.errors import ArgumentError, NoAttribute, NotSupported
from gradloom.ir.location import user_location

if TYPE_CHECKING:
    from gradloom.frontend.nn.modules.places import Place
    from gradloom.frontend.params.table import Table


@final
class Layout:
    """What a module is besides its arrays: names of parts, those that stay still, and settings.

    Two are equal where the modules are alike but for their arrays; settings are compared with
    their types, so that 1, 1.0 and True differ.
    """

    __slots__ = ("_hash", "_key", "entries", "names", "parts", "settings", "still")

    def __init__(
        self, names: Iterable[str], parts: Iterable[str], still: Iterable[str],
        settings: dict[str, Any],
    ) -> None:  # fmt: skip
        self.names, self.parts, self.settings = tuple(names), tuple(parts), settings
        self.still = frozenset(still)
        self.entries = tuple([Still(n) if n in self.still else n for n in self.parts])
        self._key = (self.names, self.parts, self.still, _typed(tuple(settings.items())))
        self._hash = hash(self._key)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is Layout and self._key == other._key)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        held = [f"{name} (still)" if name in self.still else name for name in self.parts]
        return ", ".join([*held, *[f"{name}={value!r}" for name, value in self.settings.items()]])


def _typed(x: Any) -> Any:
    """A key for a setting, in which equal numbers of different types differ."""
    if type(x) is tuple:
        return tuple([_typed(item) for item in x])
    return (type(x), repr(x) if isinstance(x, float | complex) else x)


class Making(type):
    """Makes modules: when `__init__` has ended, they are settled and change no more."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """A new module."""
        made = super().__call__(*args, **kwargs)
        if not _is_made(made):
            settle(made)
            _require_apart(made)
        return made


@dataclass_transform(eq_default=False)
class Module(metaclass=Making):
    """A network or a part of one: its fields are arrays, other modules, containers of these, and
    settings.

    A class without an `__init__` of its own gets one from its annotated fields, as a dataclass
    does. What is trained is told by the values: arrays of floats are, unless the annotation is
    `nn.Buffer` or `nn.Frozen`; numbers, strings and functions are settings.
    """

    __slots__ = ("__dict__", "__weakref__", "_layout")
    _layout: Layout

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        inherited = [base for base in cls.__mro__[1:-1] if "__init__" in vars(base)]
        if "__init__" not in vars(cls) and all(map(dataclasses.is_dataclass, inherited)):
            dataclasses.dataclass(eq=False, repr=False)(cls)
        register: Any = optree.register_pytree_node
        register(cls, _parts, _maker(cls), namespace=NAMESPACE)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes, as it does when it is used (not trained)."""
        raise NotSupported(
            f"{type(self).__name__} cannot be called", location=user_location(),
            hint=f"give the class a method: def __call__(self, x): ... (in {type(self).__name__})",
        )  # fmt: skip

    def train(self, *args: Any, **kwargs: Any) -> tuple[Any, Self]:
        """`(result, module)` as in training: dropout by `key=`, statistics of the batch, and the
        module with the statistics moved.

        A module without such parts computes what it always does, and needs no key.
        """
        kwargs.pop("key", None)
        return self(*args, **kwargs), self

    # ---- changed copies --------------------------------------------------------------------------

    def at(self, path: str) -> Place[Self]:
        """The part of this name: `model.at("layers.0.w").set(value)` is a module with another
        there; see `Place`.
        """
        from gradloom.frontend.nn.modules.places import Place

        return Place(self, path)

    def freeze(self, path: str = "") -> Self:
        """The module with a part, or with all of them, not trained: gradients have None there.

        >>> import gradloom as gl
        >>> from gradloom import nn
        >>> nn.Linear(3, 2, key=0).freeze("b")
        Linear(w=f64[3,2], b=f64[2] frozen)
        """
        return self.at(path).freeze()

    def unfreeze(self, path: str = "") -> Self:
        """The module with a part, or with all of them but buffers, trained again."""
        return self.at(path).unfreeze()

    def replace(self, **changes: Any) -> Self:
        """The module with other values in these fields.

        >>> from gradloom import nn
        >>> nn.Dropout(0.5).replace(p=0.1)
        Dropout(p=0.1)
        """
        unknown = [name for name in changes if name not in self._layout.names]
        if unknown:
            raise ArgumentError(
                f"{type(self).__name__} has no field {unknown[0]!r}", location=user_location(),
                hint=f"its fields are {', '.join(self._layout.names)}",
            )  # fmt: skip
        made: Self = remade(self, changes, self._layout.still)
        return made

    # ---- shown -----------------------------------------------------------------------------------

    def __repr__(self) -> str:
        from gradloom.frontend.nn.modules.shown import text_of

        return text_of(self)

    def summary(self) -> Table:
        """A table of the arrays: names, types, elements, bytes, and which are trained.

        >>> from gradloom import nn
        >>> nn.Linear(3, 2, key=0).summary().total
        8
        """
        from gradloom.frontend.nn.modules.shown import table_of

        return table_of(self)

    # ---- it does not change ----------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        if _is_made(self):
            _refuse(self, name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        _refuse(self, name)

    def __reduce__(self) -> Any:
        return _revived, (type(self), dict(vars(self)), self._layout.parts, self._layout.still)


VALUES[Module] = lambda module: module._layout.settings
_Parts = tuple[tuple[Any, ...], Layout, tuple[str, ...]]


def _is_made(module: Module) -> bool:
    try:
        return object.__getattribute__(module, "_layout") is not None
    except AttributeError:
        return False


def _refuse(module: Module, name: str) -> NoReturn:
    raise NoAttribute(
        f"{type(module).__name__}: .{name} cannot be changed, as modules do not change",
        location=user_location(), hint=f"make another: model = model.replace({name}=...)",
    )  # fmt: skip


# ---- settled -------------------------------------------------------------------------------------


def settle(module: Module, before: Layout | None = None, still: Iterable[str] = ()) -> None:
    """Tell the module's parts from its settings, once all fields are set; `before` is the layout
    of the module that it is a copy of, and `still` names parts that are not trained.
    """
    if _is_made(module):
        return
    fields, kinds = vars(module), declared(type(module))
    parts, held, settings = [], set(still), {}
    for name in fields:
        if type(fields[name]) is Param:
            fields[name] = _unwrapped(module, name, held)
        fields[name] = value = settled(fields[name])
        kind = kinds.get(name, "")
        was = before is not None and value is None and name in before.parts
        if kind == "setting" or not (kind or was or holds_arrays(value, Module)):
            settings[name] = value
            continue
        parts.append(name)
        is_new = before is None or name not in before.parts
        if (is_new and kind == "still") or has_no_derivative(value):
            held.add(name)
    layout = _layout_of(module, list(fields), parts, held.intersection(parts), settings)
    # One object for copies that differ in arrays alone: programs compare it by identity first.
    object.__setattr__(module, "_layout", before if before == layout else layout)


def _unwrapped(module: Module, name: str, held: set[str]) -> Any:
    """The value of `gl.frozen(v)` or `gl.buffer(v)`, whose field is not trained."""
    given: Param = vars(module)[name]
    if given.tie is not None or given.device is not None:
        raise ArgumentError(
            f"{type(module).__name__}: the field {name!r} is tied or has a device, which fields of "
            "modules cannot", location=user_location(),
            hint="hold an array in one field and use it twice; gl.device(name) says where to run",
        )  # fmt: skip
    if not given.trainable:
        held.add(name)
    return given.value


def _require_apart(module: Module) -> None:
    """Raise where one array that is trained stands in two places: training would part them."""
    tree: Any = module
    paths, leaves, _ = optree.tree_flatten_with_path(tree, namespace=NAMESPACE)
    seen: dict[int, str] = {}
    for path, x in zip(paths, leaves, strict=True):
        if not is_array(x) or any(type(step) is Still for step in path):
            continue
        name = ".".join(map(str, path))
        first = seen.setdefault(id(x), name)
        if first != name:
            raise ArgumentError(
                f"{type(module).__name__}: one array is both {first} and {name}, and training "
                "would part them", location=user_location(),
                hint="hold it (or the module) in one field, and use that field twice",
            )  # fmt: skip


def _layout_of(
    module: Module, names: list[str], parts: list[str], still: Iterable[str],
    settings: dict[str, Any],
) -> Layout:  # fmt: skip
    try:
        return Layout(names, parts, still, settings)
    except TypeError as error:
        unhashable = [name for name, value in settings.items() if not _hashable(value)]
        raise ArgumentError(
            f"{type(module).__name__}: the field {unhashable[0]!r} holds no array and could change "
            f"unseen, being a {type(settings[unhashable[0]]).__name__}", location=user_location(),
            hint="settings are numbers, strings, functions and tuples of them",
        ) from error  # fmt: skip


def _hashable(x: Any) -> bool:
    try:
        hash(x)
    except TypeError:
        return False
    return True


def remade(module: Any, changes: dict[str, Any], still: Iterable[str]) -> Any:
    """A copy with other values in some fields, in which these parts are not trained."""
    made: Any = object.__new__(type(module))
    vars(made).update(vars(module) | changes)
    settle(made, module._layout, still)
    return made


def _revived(
    cls: type, fields: dict[str, Any], parts: tuple[str, ...], still: frozenset[str]
) -> Any:
    made: Any = object.__new__(cls)
    vars(made).update(fields)
    settle(made, Layout(fields, parts, still, {}), still)
    return made


# ---- as pytrees ----------------------------------------------------------------------------------


def _parts(module: Module) -> _Parts:
    fields, layout = vars(module), module._layout
    return tuple([fields[name] for name in layout.parts]), layout, layout.entries


def _maker(cls: type) -> Callable[[Layout, tuple[Any, ...]], Any]:
    new: Final = object.__new__

    def make(layout: Layout, parts: tuple[Any, ...]) -> Any:
        made: Any = new(cls)
        fields = vars(made)
        fields.update(layout.settings)
        fields.update(zip(layout.parts, parts, strict=True))
        object.__setattr__(made, "_layout", layout)
        return made

    return make
