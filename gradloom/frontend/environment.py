"""What a function reaches besides its arguments: arrays (hidden inputs, read anew at every call)
and the rest (guards).

Globals that the code names, closure cells, defaults and `self` are walked once, through lists,
dicts, objects and the user's own helper functions. Numbers, strings and None are guarded by value,
functions and classes by identity. The check is generated as one expression, so that a call pays for
what is there and no more.
"""

from __future__ import annotations

import argparse
import dis
import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.classes import as_written
from gradloom.frontend.opened import OPENED
from gradloom.frontend.patches import original_of
from gradloom.frontend.purity import PLAIN, PURE_BUILTINS, STDLIB, is_users, why_impure
from gradloom.frontend.tracer import Tracer
from gradloom.frontend.values import is_value
from gradloom.ir.location import _user_file

_GONE: Final = object()
_LIMIT: Final = 2_000
"""Leaves walked at most; what lies beyond is baked, and listed in the graph's header."""
_DEPTH: Final = 16
_WRAPPERS: Final = (functools.partial, type(functools.lru_cache(len)), np.vectorize)
"""Callables of libraries that call a function of the user's."""
_NAMESPACES: Final = (SimpleNamespace, argparse.Namespace)
"""Objects of the standard library that are there to hold the user's values."""


@final
@dataclass(slots=True)
class Environment:
    """Arrays by identity and by expression, and guards, as expressions over named roots."""

    roots: dict[str, Any] = field(default_factory=dict)
    arrays: dict[int, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    guards: list[tuple[str, str, str, Any]] = field(default_factory=list)
    impure: str = ""
    """What makes it unsafe to keep a graph without the user asking for it (a random generator, a
    file), if anything.
    """
    generators: dict[str, Any] = field(default_factory=dict)
    """Random generators by label: a program repeats what was drawn from them while it was
    traced.
    """
    names: set[str] = field(default_factory=set)
    """Every name that the code of the reached functions uses."""
    seen: set[int] = field(default_factory=set)
    keep: list[Any] = field(default_factory=list)
    holders: list[tuple[Any, str, str, tuple[str, ...] | None]] = field(default_factory=list)
    """What holds values that a function may replace: the object, its expression, its label, and
    of a module's globals the names in use.
    """

    @property
    def paths(self) -> dict[int, str]:
        """Array identity -> how the user would write it."""
        return {identity: self.labels[expression] for identity, expression in self.arrays.items()}

    def root(self, value: Any) -> str:
        """A name for an object that expressions start from."""
        name = f"R{len(self.roots)}"
        self.roots[name] = value
        return name

    def guard(self, expression: str, label: str, how: str, value: Any) -> None:
        """Require that the expression stays equal to (`how="=="`), or the same object as
        (`"is"`), what it is.
        """
        self.labels[expression] = label
        self.guards.append((expression, label, how, value))


def scan(f: Callable[..., Any], objects: Mapping[str, Any] | None = None) -> Environment:
    """The environment of a function, and of these objects (static arguments) by name."""
    env = Environment()
    _walk_callable(env, f, env.root(f), getattr(f, "__name__", type(f).__name__), 0)
    for name, value in (objects or {}).items():
        env.impure = env.impure or why_impure(value, name)
        _walk(env, value, env.root(value), name, 0)
    return env


def _walk_callable(env: Environment, f: Any, expression: str, label: str, depth: int) -> None:
    if isinstance(f, MethodType):
        _walk(env, f.__self__, f"{expression}.__self__", "self", depth + 1)
        if isinstance(f.__func__, FunctionType):
            _walk_function(env, f.__func__, depth)
    elif isinstance(f, FunctionType):
        _walk_function(env, f, depth)
    elif isinstance(f, _WRAPPERS):
        _walk_wrapper(env, f, expression, label, depth)
    elif isinstance(f, BuiltinFunctionType | np.ufunc | type):
        env.impure = env.impure or why_impure(f, label)
    else:
        _walk(env, f, expression, label, depth)


def _walk_wrapper(env: Environment, f: Any, expression: str, label: str, depth: int) -> None:
    """What a wrapper of the standard library or numpy calls, and with which arguments."""
    for name in ("func", "__wrapped__", "pyfunc"):
        inner = getattr(f, name, None)
        if callable(inner):
            _walk_callable(env, inner, f"{expression}.{name}", label, depth + 1)
    for name in ("args", "keywords"):
        if hasattr(f, name):
            own = f"{label}.{name}"
            _walk(env, getattr(f, name), f"{expression}.{name}", own, depth + 1)


def _walk_function(env: Environment, f: FunctionType, depth: int) -> None:
    if id(f) in env.seen or depth > _DEPTH:
        return
    env.seen.add(id(f))
    env.keep.append(f)
    wrapped = getattr(f, "__wrapped__", None)
    if isinstance(wrapped, FunctionType):
        _walk_function(env, wrapped, depth + 1)
    if not is_users(f.__code__):
        _walk_cells(env, f, depth)
        return
    env.names.update(_names_in(f.__code__))
    names = env.root(f.__globals__)
    chains = list(_global_chains(f.__code__))
    used = tuple(dict.fromkeys(name for name, _ in chains))
    if used:
        env.holders.append((f.__globals__, names, "", used))
    for name, attributes in chains:
        found = f.__globals__.get(name, _GONE)  # a weight's name may go while another thread looks
        if found is _GONE:
            env.impure = env.impure or ("" if name in PURE_BUILTINS else name)
            continue
        value, expression, label = original_of(found), f"{names}[{name!r}]", name
        for attribute in attributes:
            if not isinstance(value, ModuleType) or not hasattr(value, attribute):
                break
            value, expression, label = (
                original_of(getattr(value, attribute)),
                f"{expression}.{attribute}",
                f"{label}.{attribute}",
            )
        env.impure = env.impure or why_impure(value, label)
        _walk(env, value, expression, label, depth + 1)
    _walk_cells(env, f, depth)
    if f.__defaults__:
        own = env.root(f)
        env.holders.append((f, own, f.__name__, None))
        _walk(env, f.__defaults__, f"{own}.__defaults__", "default", depth + 1)
    if f.__dict__:
        _walk(env, f.__dict__, f"{env.root(f)}.__dict__", f.__name__, depth + 1)
    if f.__kwdefaults__:
        _walk(env, f.__kwdefaults__, f"{env.root(f)}.__kwdefaults__", "default", depth + 1)


def _walk_cells(env: Environment, f: FunctionType, depth: int) -> None:
    for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:
            continue
        env.impure = env.impure or why_impure(value, name)
        root = env.root(cell)
        env.holders.append((cell, root, name, None))
        _walk(env, value, f"{root}.cell_contents", name, depth + 1)


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def _global_chains(code: CodeType) -> Iterator[tuple[str, list[str]]]:
    """Each global name that the code stores or loads, with the attributes that follow it."""
    yield from ((name, []) for name in _stored_globals(code))
    yield from loaded_globals(code)


def _stored_globals(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname == "STORE_GLOBAL":
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _stored_globals(constant)


def loaded_globals(code: CodeType) -> Iterator[tuple[str, list[str]]]:
    """Each global name that the code loads, with the attributes that follow it."""
    instructions = list(dis.get_instructions(code))
    for i, instruction in enumerate(instructions):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            attributes = []
            for after in instructions[i + 1 :]:
                if after.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
                    break
                attributes.append(str(after.argval))
            yield str(instruction.argval), attributes
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from loaded_globals(constant)


def _walk(env: Environment, value: Any, expression: str, label: str, depth: int) -> None:
    if len(env.labels) > _LIMIT or depth > _DEPTH:
        env.impure = env.impure or f"{label}, which is too deep to watch"
    elif type(value) is Tracer and not value.owner.alive:  # a constant that a trace left behind
        env.guard(expression, label, "is", value)
    elif type(value) in OPENED:
        rows = OPENED[type(value)](value)
        if rows is not None:
            env.guard(f"type({expression})", label, "is", type(value))
            for behind, named, item in rows:
                _walk(env, item, expression + behind, label + named, depth + 1)
    elif isinstance(value, np.ndarray):
        _walk_array(env, value, expression, label)
    elif isinstance(value, PLAIN):
        env.guard(expression, label, "==", value)
    elif isinstance(value, set | frozenset):
        env.guard(expression, label, "==", type(value)(value))
    elif isinstance(value, ModuleType):
        if not _is_library(value):
            env.guard(expression, label, "is", value)
    elif isinstance(value, FunctionType | MethodType):
        own = f"{expression}.__func__" if isinstance(value, MethodType) else expression
        env.guard(own, label, "is", getattr(value, "__func__", value))
        _walk_callable(env, value, expression, label, depth)
    elif id(value) in env.seen:
        env.guard(
            expression, label, "is", value
        )  # the other path to it may lead elsewhere next time
    else:
        env.seen.add(id(value))
        env.keep.append(value)
        _walk_container(env, value, expression, label, depth)


def _walk_array(env: Environment, value: np.ndarray, expression: str, label: str) -> None:
    if value.dtype.kind not in "fcbiuV":
        env.guard(expression, label, "is", value)
        return
    first = env.arrays.setdefault(id(value), expression)
    env.labels.setdefault(expression, label)
    env.keep.append(value)
    if first != expression:
        env.guard(f"({expression} is {first})", f"{label} is {env.labels[first]}", "==", True)


def _walk_container(env: Environment, value: Any, expression: str, label: str, depth: int) -> None:
    if isinstance(value, dict | list):
        env.holders.append((value, expression, label, None))
    if isinstance(value, dict):
        env.guard(f"len({expression})", f"len({label})", "==", len(value))
        for key, item in list(value.items()):
            named = repr(key) if type(key) in (str, int, bool, type(None)) else env.root(key)
            _walk(env, item, f"{expression}[{named}]", f"{label}[{key!r}]", depth + 1)
    elif isinstance(value, list | tuple):
        env.guard(f"len({expression})", f"len({label})", "==", len(value))
        for i, item in enumerate(value):
            env.impure = env.impure or why_impure(item, f"{label}[{i}]")
            _walk(env, item, f"{expression}[{i}]", f"{label}[{i}]", depth + 1)
    elif is_value(value):
        env.guard(f"type({expression})", label, "is", type(value))
        env.names.update(vars(value))  # our own code reads them, which no name of the user's tells
        _walk_object(env, value, expression, label, depth)
    else:
        env.guard(expression, label, "is", value)
        if isinstance(value, _WRAPPERS):
            _walk_wrapper(env, value, expression, label, depth)
        elif isinstance(value, np.random.Generator | np.random.RandomState):
            env.generators[label] = value
        elif isinstance(value, type):
            _walk_class(env, value, expression, label, depth)
        elif type(value).__module__.startswith("gradloom."):
            _walk_ours(env, value, expression, label, depth)
        elif isinstance(value, _NAMESPACES) or not _is_library(
            sys.modules.get(type(value).__module__)
        ):
            _walk_object(env, value, expression, label, depth)


def _walk_ours(env: Environment, value: Any, expression: str, label: str, depth: int) -> None:
    """The user's functions inside a compiled or custom function."""
    for key, item in vars(value).items() if hasattr(value, "__dict__") else ():
        if isinstance(item, FunctionType | MethodType):
            _walk(env, item, f"{expression}.{key}", label, depth + 1)


def _walk_object(env: Environment, value: Any, expression: str, label: str, depth: int) -> None:
    """An object's attributes and those of its class, as the object sees them; and its methods."""
    cls = type(value)
    if hasattr(value, "__dict__"):  # what the function itself adds is watched from the next call
        own = f"len({expression}.__dict__)"
        env.guard(own, f"the number of attributes of {label}", "==", len(value.__dict__))
    env.holders.append((value, expression, label, None))
    for key in dict.fromkeys(
        [*getattr(value, "__dict__", {}), *_slots(cls), *_class_attributes(cls)]
    ):
        try:
            item = getattr(value, key)
        except AttributeError:
            continue
        env.impure = env.impure or why_impure(item, f"{label}.{key}")
        if key.isidentifier():
            _walk(env, item, f"{expression}.{key}", f"{label}.{key}", depth + 1)
    _walk(env, cls, f"type({expression})", cls.__name__, depth + 1)


def _class_attributes(cls: type) -> Iterator[str]:
    """The plain attributes of the user's classes that a class is made of."""
    for base in cls.__mro__:
        if base is object or _is_library(sys.modules.get(base.__module__)):
            continue
        for key, item in list(vars(base).items()):
            if (
                _function_in(item) is None
                and not key.startswith("__")
                and key.isidentifier()
                and not hasattr(item, "__get__")
            ):
                yield key


def _slots(cls: type) -> list[str]:
    found: list[str] = []
    for base in cls.__mro__:
        names = vars(base).get("__slots__", ())
        found += [names] if isinstance(names, str) else list(names)
    return [n for n in found if n not in ("__dict__", "__weakref__") and not n.startswith("__")]


def _walk_class(env: Environment, cls: type, expression: str, label: str, depth: int) -> None:
    """The user's class: its plain attributes, and what its methods and properties reach."""
    for key in _class_attributes(cls):
        _walk(env, getattr(cls, key), f"{expression}.{key}", f"{label}.{key}", depth + 1)
    for base in cls.__mro__:
        for item in list(vars(base).values()):
            function = _function_in(item)
            if function is not None and is_users(function.__code__):
                _walk_function(env, function, depth + 1)


def _function_in(item: Any) -> FunctionType | None:
    """The function behind a method, property or the like."""
    for name in ("fget", "__func__", "func"):
        item = as_written(getattr(item, name, item))
    return item if isinstance(item, FunctionType) else None


def _is_library(module: ModuleType | None) -> bool:
    file = getattr(module, "__file__", None)
    return (
        module is not None
        and module.__name__ != "__main__"
        and (
            file is None
            or not _user_file(file)
            or file.startswith(STDLIB)
            or "site-packages" in file
        )
    )
