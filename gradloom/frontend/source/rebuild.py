"""Functions made anew from a changed syntax tree, in the surroundings of the original.

The tree is compiled under the user's own file name and line numbers, so tracebacks, debuggers and
gradloom's locations are right without a map. It is compiled inside a skeleton of the scopes
that the original stands in, which is never run: it gives private names their class, free variables
a scope to be free of, and everything inside its qualified name.
"""

from __future__ import annotations
import __future__

import ast
import itertools
from collections.abc import Collection, Mapping
from types import CellType, CodeType, FunctionType
from typing import Any, Final, TypeVar, cast

N = TypeVar("N", bound=ast.AST)
FunctionNode = ast.FunctionDef | ast.Lambda

_FUTURES: Final = sum(
    getattr(__future__, name).compiler_flag for name in __future__.all_feature_names
)
"""The bits of `co_flags` that `from __future__ import ...` sets."""
_NESTED: Final = 0x10
_DEF, _CLASS = ast.parse("def f(): pass\nclass C: pass").body


def rebuilt(
    function: FunctionType, node: FunctionNode, given: Mapping[str, object]
) -> FunctionType:
    """The function that a changed node of `function` stands for.

    It shares with the original its globals, the cells of its closure, its defaults and its
    attributes. The names in `given` are seen by it beside its free variables; they must be names
    that no class makes private, such as `__gl__`.
    """
    return with_code(function, rebuilt_code(function.__code__, node, given), given)


def rebuilt_code(original: CodeType, node: FunctionNode, given: Collection[str] = ()) -> CodeType:
    """The code of a changed node of the function that `original` is the code of."""
    for name in given:
        if name.startswith("__") and not name.endswith("__"):
            raise ValueError(f"{name!r} would be a private name inside of a class")
    changed = ast.fix_missing_locations(node)
    made = compiled(original, changed, given)
    unknown = set(made.co_freevars) - {*original.co_freevars, *given, "__class__"}
    if unknown:
        raise ValueError(f"the function knows no variables {sorted(unknown)}")
    return made


def with_code(function: FunctionType, code: CodeType, given: Mapping[str, object]) -> FunctionType:
    """A function like this one, except that it runs `code`."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    closure = [cells[n] if n in cells else CellType(given[n]) for n in code.co_freevars]
    return with_cells(function, tuple(closure), code)


def with_cells(
    function: FunctionType, closure: tuple[CellType, ...], code: CodeType | None = None
) -> FunctionType:
    """A function like this one, except for its closure, and its code where one is given."""
    made = FunctionType(
        code or function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        closure or None,
    )
    made.__kwdefaults__ = function.__kwdefaults__
    made.__qualname__ = function.__qualname__
    made.__module__ = function.__module__
    made.__doc__ = function.__doc__
    made.__dict__ = function.__dict__  # the same one: what is set later is seen by both
    _copy_annotations(function, made)
    return made


def _copy_annotations(function: Any, made: Any) -> None:
    """Annotations as they are, or from Python 3.14 on the function that evaluates them."""
    annotate = getattr(function, "__annotate__", None)
    if annotate is not None:
        made.__annotate__ = annotate
    else:
        made.__annotations__ = function.__annotations__
    if hasattr(function, "__type_params__"):
        made.__type_params__ = function.__type_params__


def compiled(
    original: CodeType,
    node: FunctionNode,
    given: Collection[str] = (),
    imports: Collection[str] = (),
) -> CodeType:
    """The code of a node, compiled where the function of `original` stands.

    `imports` are the names that its module imports: methods of those are called by other
    instructions, to the same effect.
    """
    scopes = _scopes(original.co_qualname)
    around = _skeleton(_bare(node, original.co_name), scopes, original, given)
    imported = [_scope(ast.Import([_scope(ast.alias(n), node)]), node) for n in imports]
    tree = ast.Module([*imported, around], [])
    code = compile(
        tree, original.co_filename, "exec", original.co_flags & _FUTURES, dont_inherit=True
    )
    for _ in range(len(scopes) + 2):
        code = next(c for c in code.co_consts if isinstance(c, CodeType))
    flags = (code.co_flags & ~_NESTED) | (original.co_flags & _NESTED)
    return _renamed(code.replace(co_flags=flags), code.co_qualname, original.co_qualname)


def _renamed(code: CodeType, old: str, new: str) -> CodeType:
    """The code under another qualified name, and what stands in it too."""
    if old == new:
        return code
    inner = [
        _renamed(c, c.co_qualname, new + c.co_qualname.removeprefix(old))
        if isinstance(c, CodeType) and c.co_qualname.startswith(old)
        else c
        for c in code.co_consts
    ]
    return code.replace(co_qualname=new, co_consts=tuple(inner))


def _scopes(qualname: str) -> list[tuple[str, bool]]:
    """The scopes around a function from the outside in: name, and whether it is a function."""
    parts = qualname.split(".")
    return [
        (name, after == "<locals>")
        for name, after in itertools.pairwise(parts)
        if name != "<locals>"
    ]


def classes_around(code: CodeType) -> tuple[str, ...]:
    """The names of the classes that a function stands in, the innermost last."""
    return tuple(name for name, is_function in _scopes(code.co_qualname) if not is_function)


def _skeleton(
    node: ast.stmt,
    scopes: list[tuple[str, bool]],
    original: CodeType,
    given: Collection[str],
) -> ast.stmt:
    """A function that holds all scopes around the node; the innermost one has the free variables.

    The first name in it is declared global there, so that qualified names start with it.
    """
    body: ast.stmt = node
    free = [*original.co_freevars]
    for name, is_function in reversed(scopes):
        if is_function:
            body = _scope(_DEF, node, name=name, args=_parameters(node, free), body=[body])
            free = []
        else:
            body = _scope(_CLASS, node, name=name, body=[body])
    free += [name for name in given if name not in free]
    first = getattr(body, "name", None)  # a lambda has none
    inside = [body] if first is None else [_scope(ast.Global([first]), node), body]
    return _scope(_DEF, node, name="<around>", args=_parameters(node, free), body=inside)


def _scope(template: N, place: ast.stmt | ast.expr, **fields: Any) -> N:
    """A copy of the template with other fields, at the place of another statement."""
    made = shallow(template)
    made.__dict__.update(fields)
    return ast.copy_location(made, place)


def _parameters(place: ast.stmt, names: Collection[str]) -> ast.arguments:
    made = shallow(cast(ast.FunctionDef, _DEF).args)
    made.args = [
        ast.arg(name, lineno=place.lineno, col_offset=place.col_offset)
        for name in dict.fromkeys(names)
    ]
    return made


def _bare(node: FunctionNode, name: str) -> ast.stmt:
    """The node without decorators, defaults and annotations, which have been evaluated already.

    One placeholder stays of the decorators: the code starts on the first one's line.
    """
    made = shallow(node)
    made.args = _bare_arguments(node.args)
    if isinstance(made, ast.Lambda):
        return ast.copy_location(ast.Expr(made), made)
    made.name = name
    made.returns = None
    made.__dict__["type_params"] = []
    made.decorator_list = [
        ast.copy_location(ast.Name("_", ast.Load()), d) for d in made.decorator_list[:1]
    ]
    return made


def _bare_arguments(given: ast.arguments) -> ast.arguments:
    made = shallow(given)
    made.posonlyargs = [_unannotated(a) for a in given.posonlyargs]
    made.args = [_unannotated(a) for a in given.args]
    made.kwonlyargs = [_unannotated(a) for a in given.kwonlyargs]
    made.vararg = None if given.vararg is None else _unannotated(given.vararg)
    made.kwarg = None if given.kwarg is None else _unannotated(given.kwarg)
    made.defaults = []
    made.kw_defaults = [None] * len(given.kwonlyargs)
    return made


def _unannotated(given: ast.arg) -> ast.arg:
    if given.annotation is None:
        return given
    made = shallow(given)
    made.annotation = None
    return made


def shallow(node: N) -> N:
    """A node with the same children."""
    made = type(node).__new__(type(node))
    made.__dict__.update(node.__dict__)
    return made
