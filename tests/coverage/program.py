"""A sample program: text such as `np.sum(x, axis=1)`, as a function of the inputs it names."""

from __future__ import annotations

import ast
import functools
import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import gradloom as gl
from tests.coverage.inputs import INPUTS


@dataclass(frozen=True)
class Program:
    """One sample program of a name; `text` is an expression, or statements with a `return`."""

    name: str
    text: str

    @functools.cached_property
    def inputs(self) -> tuple[str, ...]:
        """The inputs that the text reads, in order."""
        tree = ast.parse(self._body(()))
        bound = {n for node in ast.walk(tree) for n in _bound(node)}
        seen: dict[str, bool] = {}
        for node in _names(tree):
            seen.setdefault(node.id, isinstance(node.ctx, ast.Load))
        for node in ast.walk(tree):
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                first = next(n for n in _names(tree) if n.id == node.target.id)
                seen[node.target.id] |= first is node.target
        return tuple(n for n, read in seen.items() if read and n in INPUTS and n not in bound)

    @property
    def arguments(self) -> list[Any]:
        """Fresh copies of the inputs."""
        return [INPUTS[n].copy() for n in self.inputs]

    @functools.cached_property
    def graph(self) -> gl.Graph:
        """The traced program; raises what tracing it raises."""
        return gl.trace(self.call, *self.arguments)

    @functools.cached_property
    def call(self) -> Callable[..., Any]:
        """The program as a function of its inputs, whose source Python can show."""
        file, source = f"<{self.name}: {self.text}>", self._body(self.inputs)
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        space: dict[str, Any] = {"np": np}
        exec(compile(source, file, "exec"), space)
        made: Callable[..., Any] = space["program"]
        return made

    def _body(self, inputs: tuple[str, ...]) -> str:
        text = self.text if "return " in self.text else f"return {self.text}"
        return f"def program({', '.join(inputs)}):\n    {text}\n"


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a lambda or a comprehension binds."""
    if isinstance(node, ast.Lambda):
        yield from (a.arg for a in node.args.args)
    if isinstance(node, ast.comprehension):
        yield from (n.id for n in ast.walk(node.target) if isinstance(n, ast.Name))


def _names(tree: ast.AST) -> Iterator[ast.Name]:
    """The names in the tree in the order in which Python comes to them."""
    if isinstance(tree, ast.Name):
        yield tree
    elif isinstance(tree, ast.Assign):
        yield from _names(tree.value)
        for target in tree.targets:
            yield from _names(target)
    else:
        for part in ast.iter_child_nodes(tree):
            yield from _names(part)
