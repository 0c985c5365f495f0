"""Questions about syntax trees: what a block assigns, what it contains, what cannot be traced."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

RUNTIME: Final = "_gl_"
"""The name under which rewritten code reaches the staging functions."""
RESULT: Final = "_gl_result"
DONE: Final = "_gl_done"
DEPTH: Final = "_gl_depth"
"""How many regions were open when a generator began."""
TEST: Final = "_gl_test"
"""How the names of truth values begin that an expression of rewritten code asks for twice."""

Function = ast.FunctionDef | ast.Lambda
_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def inside(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """These nodes and all below them in the same scope; comprehensions belong to it, functions and
    classes do not (but their defaults, decorators and bases do).
    """
    for node in nodes:
        yield node
        if isinstance(node, _SCOPES):
            yield from inside(_evaluated(node))
        else:
            yield from inside(ast.iter_child_nodes(node))


def _evaluated(node: ast.AST) -> list[ast.AST]:
    """The expressions of a definition that run where it stands."""
    out: list[ast.AST] = list(getattr(node, "decorator_list", []))
    if isinstance(node, ast.ClassDef):
        return out + [*node.bases, *node.keywords]
    arguments: ast.arguments = node.args  # type: ignore[attr-defined]
    return out + [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]


def contains(nodes: Iterable[ast.AST], *kinds: type[ast.AST]) -> bool:
    """Whether any of these kinds stands in the same scope."""
    return any(isinstance(node, kinds) for node in inside(nodes))


def mentions(nodes: Iterable[ast.AST], *names: str) -> bool:
    """Whether any of these names is read or written in the same scope."""
    return any(isinstance(n, ast.Name) and n.id in names for n in inside(nodes))


def assigned(block: Sequence[ast.AST]) -> dict[str, int]:
    """The variables that a block sets, each with the line of the last place that does.

    The flags of the loops in it are not among them: nothing else reads them, and what the last
    recorded turn left in one belongs to that turn.
    """
    nodes = _in_order(block)
    flags = {flag for node in nodes for flag in getattr(node, "own", ())}
    out: dict[str, int] = {}
    for node in nodes:
        for name in _set_by(node):
            if not name.startswith(TEST) and name not in flags:
                out[name] = getattr(node, "lineno", 0)
    return out


def _in_order(block: Sequence[ast.AST]) -> list[ast.AST]:
    """The nodes of a block without the variables of its comprehensions."""
    out: list[ast.AST] = []
    for node in block:
        out.append(node)
        if isinstance(node, _COMPREHENSIONS):
            out += [n for n in inside(ast.iter_child_nodes(node)) if isinstance(n, ast.NamedExpr)]
        elif isinstance(node, _SCOPES):
            out += _in_order(_evaluated(node))
            out += _outer_names(node)
        else:
            out += _in_order(list(ast.iter_child_nodes(node)))
    return out


def _outer_names(node: ast.AST) -> list[ast.AST]:
    """The declarations by which a function inside may set variables of the one around it."""
    return [n for n in ast.walk(node) if isinstance(n, ast.Nonlocal)]


def _set_by(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return [name]
        case ast.NamedExpr(target=ast.Name(id=name)):
            return [name]
        case ast.If() if hasattr(node, "catches"):
            return [flag for catch in node.catches for flag in catch.flags]
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.ExceptHandler(name=str(name)):
            return [name]
        case ast.Nonlocal(names=names):
            return names
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return [a.asname or a.name.partition(".")[0] for a in aliases if a.name != "*"]
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
        case ast.MatchMapping(rest=str(name)):
            return [name]
    return []


def written_in_place(body: Sequence[ast.AST]) -> set[str]:
    """The variables that `x[...] = ...` and `x += ...` write into."""
    out: set[str] = set()
    for node in inside(body):
        match node:
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                out.add(name)
            case ast.AugAssign(target=ast.Name(id=name)):
                out.add(name)
    return out


def mark_plain(body: Sequence[ast.stmt]) -> None:
    """Mark what is asked of variables that these statements never set: `x is None` of an argument.

    What a traced condition has chosen answers such a question with a traced bool, which Python then
    refuses to go by.
    """
    changed = {*assigned(body), *_gone_through(body)}
    for node in inside(body):
        match node:
            case ast.Compare(left=ast.Name(id=name), ops=[ast.Is() | ast.IsNot()]):
                if name not in changed:
                    node.is_plain = True  # type: ignore[attr-defined]


def _gone_through(body: Sequence[ast.AST]) -> set[str]:
    """The variables of comprehensions."""
    targets = [n.target for n in inside(body) if isinstance(n, ast.comprehension)]
    return {n.id for n in inside(targets) if isinstance(n, ast.Name)}


_STATIC_CALLS: Final = frozenset({"isinstance", "issubclass"})


def is_static(test: ast.expr) -> bool:
    """Whether a test is a plain bool whatever the values: `isinstance(x, y)`, True, and `x is None`
    of an argument that keeps its value; or what is known to be plain (`steady.py`).
    """
    if hasattr(test, "is_known"):
        return True
    match test:
        case ast.Constant():
            return True
        case ast.Compare():
            return hasattr(test, "is_plain")
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return is_static(operand)
        case ast.BoolOp(values=values):
            return all(is_static(value) for value in values)
        case ast.Call(func=ast.Name(id=name)):
            return name in _STATIC_CALLS
    return False


def name(id: str) -> ast.Name:
    """A variable that is read."""
    return ast.Name(id, ast.Load())


def stored(id: str) -> ast.Name:
    """A variable that is set."""
    return ast.Name(id, ast.Store())


def assign(id: str, value: ast.expr) -> ast.Assign:
    """`id = value`"""
    return ast.Assign([stored(id)], value)


def constant(value: Any) -> ast.Constant:
    """A constant; tuples of constants are as well, to the compiler."""
    return ast.Constant(value)


def first_line(node: Any, like: ast.AST) -> Any:
    """The node where another begins: Python places a method's call on the last line of the object
    that has the method.
    """
    ast.copy_location(node, like)
    node.end_lineno, node.end_col_offset = node.lineno, node.col_offset
    return node


def runtime(attribute: str) -> ast.Attribute:
    """`_gl_.attribute`"""
    return ast.Attribute(name(RUNTIME), attribute, ast.Load())


def call(attribute: str, *args: ast.expr) -> ast.Call:
    """`_gl_.attribute(*args)`"""
    return ast.Call(runtime(attribute), list(args), [])


def chosen(
    first: ast.expr, again: ast.expr, true: ast.expr, false: ast.expr, otherwise: ast.expr
) -> ast.expr:
    """`true if first is True else false if again is False else otherwise`"""
    is_true, is_false = (
        ast.Compare(test, [ast.Is()], [ast.Constant(held)])
        for test, held in ((first, True), (again, False))
    )
    return ast.IfExp(is_true, true, ast.IfExp(is_false, false, otherwise))


def thunk(body: ast.expr) -> ast.Lambda:
    """`lambda: body`"""
    empty = ast.arguments(
        posonlyargs=[], args=[], vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=[]
    )
    return ast.Lambda(empty, body)
