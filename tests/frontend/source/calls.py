"""Rewrites to test with: one that changes nothing, and one that sends every call through a hook."""

from __future__ import annotations

import ast
import importlib.util
import sys
from types import CodeType, FunctionType, ModuleType
from typing import Any

from gradloom.frontend.source.find import Absent, definition
from gradloom.frontend.source.rebuild import FunctionNode, rebuilt

HOOK = "__gl__"


class Calls:
    """What a rewritten function calls before each of its calls."""

    def __init__(self) -> None:
        self.count = 0

    def c(self, function: Any) -> Any:
        self.count += 1
        return function


class _Through(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        hook = ast.Attribute(ast.Name(HOOK, ast.Load()), "c", ast.Load())
        node.func = ast.Call(hook, [node.func], [])
        return node


def same(node: FunctionNode) -> FunctionNode:
    return node


def through_hook(node: FunctionNode) -> FunctionNode:
    """The node with `f(x)` written `__gl__.c(f)(x)`, in its body only."""
    through = _Through()
    if isinstance(node, ast.Lambda):
        node.body = through.visit(node.body)
    else:
        node.body = [through.visit(statement) for statement in node.body]
    return node


def anew(function: Any, rewrite: Any = same, hook: Calls | None = None) -> Any:
    """The function made anew from its rewritten source."""
    found = definition(function.__code__)
    assert not isinstance(found, Absent), found
    return rebuilt(function, rewrite(found.node), {HOOK: hook or Calls()})


def fresh_module(name: str) -> ModuleType:
    """A module loaded a second time, beside the one that everybody uses."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
    return module


def renew(scope: Any, rewrite: Any, hook: Calls) -> int:
    """Put functions made anew in the place of all that a module or class defines; how many."""
    home = scope.__name__ if isinstance(scope, ModuleType) else scope.__module__
    count = 0
    for name, value in list(vars(scope).items()):
        if isinstance(value, type) and value.__module__ == home and value is not scope:
            count += renew(value, rewrite, hook) if value.__qualname__.endswith(name) else 0
            continue
        made = _renewed(value, home, rewrite, hook)
        if made is not None:
            setattr(scope, name, made)
            count += 1
    return count


def _renewed(value: Any, home: str, rewrite: Any, hook: Calls) -> Any:
    if isinstance(value, staticmethod | classmethod):
        inner = _renewed(value.__func__, home, rewrite, hook)
        return None if inner is None else type(value)(inner)
    if isinstance(value, property):
        parts = [value.fget, value.fset, value.fdel]
        made = [_renewed(f, home, rewrite, hook) or f for f in parts]
        return None if made == parts else property(*made, doc=value.__doc__)
    if not isinstance(value, FunctionType) or value.__module__ != home or _is_async(value.__code__):
        return None
    if isinstance(definition(value.__code__), Absent):  # from exec: named tuples, dataclasses
        return None
    return anew(value, rewrite, hook)


def _is_async(code: CodeType) -> bool:
    return bool(code.co_flags & 0x380)
