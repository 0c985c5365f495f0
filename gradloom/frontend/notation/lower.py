"""A marked tree as plain Python: pipelines as calls, `$` as parameters, blocks as functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from gradloom.frontend.notation.blocks import Blocks, local_names
from gradloom.frontend.notation.holds import (
    COMPOSING, FORWARD, function, found, is_pipe, parameters, seed_of,
)  # fmt: skip
from gradloom.frontend.notation.macros import (
    BRANCHING, DEFINING, HELPERS, NAMING, PLACED, WORDS, WRAPPING, Macros, places,
)  # fmt: skip
from gradloom.frontend.notation.skeleton import FUNCTION

RUNTIME: Final = "__notation__"
"""What the module of runtime functions is called in a program."""
_PIPES: Final = {
    "|>": "pipe", "*|>": "pipe_items", "**|>": "pipe_keys",
    "?>": "maybe", "*?>": "maybe_items", "**?>": "maybe_keys",
    "$>": "bound", "*$>": "bound_items", "**$>": "bound_keys",
    ".>": "then", "*.>": "then_items", "**.>": "then_keys",
}  # fmt: skip
_BACKWARD: Final = {
    op: _PIPES[op[2:] + {"<|": "|>", "<?": "?>", "<$": "$>", "<.": ".>"}[op[:2]]]
    for start in ("<|", "<?", "<$", "<.")
    for op in (start, start + "*", start + "**")
}
_OPERATORS: Final[Mapping[type[ast.AST], str]] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv",
    ast.FloorDiv: "floordiv", ast.Mod: "mod", ast.Pow: "pow", ast.LShift: "lshift",
    ast.RShift: "rshift", ast.BitOr: "or_", ast.BitXor: "xor", ast.BitAnd: "and_",
    ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert",
}  # fmt: skip
_LINKS: Final = (ast.Call, ast.Attribute, ast.Subscript)
_SCOPES: Final = (
    ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip


def runtime(name: str, *args: ast.expr, at: ast.AST) -> ast.Call:
    """A call of one of the runtime's functions, in the place of `at`."""
    made = ast.Call(runtime_name(name, at), [*args], [])
    return ast.copy_location(made, at)


def runtime_name(name: str, at: ast.AST) -> ast.expr:
    """One of the runtime's functions."""
    module = ast.copy_location(ast.Name(RUNTIME, ast.Load()), at)
    return ast.copy_location(ast.Attribute(module, name, ast.Load()), at)


class Lowering(ast.NodeTransformer):
    """Rewrites a program from the outside in, so that each `$` goes to the scope that it is of."""

    def __init__(self, macros: Macros, filename: str = "<notation>") -> None:
        self._macros = macros
        self._filename = filename
        self._blocks = Blocks(self)
        self._inner: list[set[str]] = []  # the names of the expressions' scopes around
        self._branch = False  # whether the next pipeline is a branch of a fork

    # ---- statements ------------------------------------------------------------------------------

    def program(self, tree: ast.Module) -> ast.Module:
        """The whole program, which imports what it calls."""
        tree.body = self.statements(tree.body)
        tree.body.insert(_after_header(tree.body), _import())
        return ast.fix_missing_locations(tree)

    def statements(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Statements, each behind the functions that its blocks have become."""
        made: list[ast.stmt] = []
        for statement in body:
            with self._blocks.before(made):
                made.append(self.visit(statement))
        return made

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """The node's own expressions, then the statements inside of it."""
        bodies = {}
        for name, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                bodies[name] = value
                setattr(node, name, [])
        super().generic_visit(node)
        for name, body in bodies.items():
            setattr(node, name, self.statements(body))
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """`name = macro[...]` defines a macro, and is a statement still."""
        target, value = node.targets[0], node.value
        kind = value.value.id if _is_definition(value) else ""  # type: ignore[attr-defined]  # a Name
        if kind and isinstance(target, ast.Name) and not self._macros.is_bound(kind):
            self._macros.define(target.id, kind, value.slice)  # type: ignore[attr-defined]  # a Subscript
            text = ast.copy_location(ast.Constant(f"the {kind} {target.id}"), value)
            node.value = text
            return node
        if isinstance(target, ast.Name):
            self._macros.templates.pop(target.id, None)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function: blocks inside of it may assign its names."""
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """A function: blocks inside of it may assign its names."""
        return self._function(node)

    def _function(self, node: Any) -> ast.AST:
        inner, self._inner = self._inner, []
        body, node.body = node.body, []
        super().generic_visit(node)  # decorators and defaults
        with self._blocks.inside(local_names(node, body)):
            node.body = self.statements(body)
        self._inner = inner
        return node  # type: ignore[no-any-return]  # as it came

    # ---- expressions -----------------------------------------------------------------------------

    def visit(self, node: Any) -> Any:
        """What stands for a node."""
        if isinstance(node, _SCOPES):
            with self.scope(_bound_by(node)):
                return super().visit(node)
        return super().visit(node)

    @contextmanager
    def scope(self, names: set[str]) -> Iterator[None]:
        """Inside an expression that binds names."""
        self._inner.append(names)
        branch, self._branch = self._branch, False
        yield
        self._branch = branch
        self._inner.pop()

    @property
    def captured(self) -> set[str]:
        """The names that expressions around have bound: no function before the statement sees them."""
        return set().union(*self._inner) if self._inner else set()

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A name; the notation's own words need no import."""
        if getattr(node, "hold", None) is not None:
            mark = "$" + node.hold  # type: ignore[attr-defined]  # a mark
            raise self.error(f"{mark} stands in no pipeline step, macro or call", node)
        name = node.id
        known = name in HELPERS or name in WORDS
        if known and isinstance(node.ctx, ast.Load) and not self._is_named(name):
            return runtime_name(name, node)
        return node

    def _is_named(self, name: str) -> bool:
        return name in self.captured or name in self._macros.namespace or self._macros.is_bound(name)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """A pipeline, a function's power, or plain arithmetic."""
        if is_pipe(node):
            return self._pipeline(node)
        if hasattr(node, "pipe"):
            base, count = self.step(node.left), self.visit(node.right)
            return runtime("power", base, count, at=node)
        return self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """`a ?? b` gives b, read only where it is needed, in the place of None."""
        marks: list[bool] | None = getattr(node, "elvis", None)
        if marks is None:
            return self.generic_visit(node)
        first, *rest = node.values
        made: ast.expr = self.visit(first)
        for mark, value in zip(marks, rest, strict=True):
            other = self.visit(value)
            if not mark:
                made = ast.copy_location(ast.BoolOp(ast.Or(), [made, other]), node)
                continue
            name = ast.copy_location(ast.Name("_given", ast.Load()), node)
            made = _unless_none(name, name, made, at=node, other=other)
        return made

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A chain of calls, attributes and items, or a part of one."""
        return self._chain(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """A chain of calls, attributes and items, or a part of one."""
        return self._chain(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """A macro, or a part of a chain."""
        return self._macro(node) if self._is_macro(node) else self._chain(node)

    # ---- chains ----------------------------------------------------------------------------------

    def _chain(self, node: Any) -> ast.expr:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
            own = [found(x, "macro", self._macros.is_macro) for x in _arguments(node)]
            if not any(own):  # `sorted($, reverse=$)(items, True)`: a function that is called
                node.func = self.visit(node.func)
                return self._linked(node, node.func)
        holds = found(node, "chain", self._macros.is_macro)
        if not holds:
            return self._links(node)
        names, _ = parameters(holds, [node])
        with self.scope({*names}):
            return function(names, self._links(node))

    def _links(self, node: Any) -> ast.expr:
        """A chain whose `$` have been given away, from what it starts with on."""
        links: list[Any] = []
        while isinstance(node, _LINKS) and not self._is_macro(node):
            links.append(node)
            node = _start_of(node)
        return self._joined(self.visit(node), links)

    def _joined(self, start: ast.expr, links: list[Any]) -> ast.expr:
        """What a chain reaches from its start by these links, the last of which comes first."""
        while links:
            link = links.pop()
            chain: str = getattr(link, "chain", "")
            if not chain.startswith("?"):
                start = self._linked(link, start)
                continue
            name = ast.copy_location(ast.Name("_given", ast.Load()), link)
            with self.scope({"_given"}):
                reached = self._joined(self._linked(link, name), links)
            return _unless_none(reached, name, start, at=link)
        return start

    def _linked(self, link: Any, start: ast.expr) -> ast.expr:
        """One call, attribute or item of what a chain has reached."""
        optional = "?" in getattr(link, "chain", "").removeprefix("?")
        if isinstance(link, ast.Call):
            link.func = start
            link.args = [self.visit(x) for x in link.args]
            link.keywords = [self.visit(x) for x in link.keywords]
            is_partial = getattr(link, "partial", False)
            return _called(runtime_name("partial", link), link) if is_partial else link
        link.value = start
        if isinstance(link, ast.Attribute):
            key = ast.copy_location(ast.Constant(link.attr), link)
            return runtime("attribute", start, key, at=link) if optional else link
        link.slice = self.visit(link.slice)
        return runtime("item", start, link.slice, at=link) if optional else link

    def _is_macro(self, node: ast.AST) -> bool:
        return hasattr(node, "block") or self._macros.is_macro(node)

    # ---- pipelines -------------------------------------------------------------------------------

    def _pipeline(self, node: Any) -> ast.expr:
        """`x |> f |> g`; of a start with `$`, the function that it is."""
        is_branch, self._branch = self._branch, False
        seed = seed_of(node)
        holds = [] if seed is None else found(seed, "step", self._macros.is_macro)
        names, given = parameters(holds, [node])
        with self.scope({*names}):
            made, _ = self._steps(node, given)
        if not is_branch:
            made = runtime("settled", made, at=node)
        return function(names, made) if names else made

    def _steps(self, node: Any, first: Sequence[str]) -> tuple[ast.expr, Sequence[str]]:
        """A pipeline's value, and the names of its last step's `$`."""
        op: str = node.pipe
        before: Sequence[str] = ()
        if is_pipe(node.left) and op in FORWARD:
            left, before = self._steps(node.left, first)
        elif is_pipe(node.left):
            left = self._operand(node.left)
        elif op in COMPOSING or op in _BACKWARD:
            left = self.step(node.left)
        else:
            left, before = self.visit(node.left), first
        if op == "|>>":
            return self._stored(node, left), before
        if op in _BACKWARD and not op.startswith("<."):
            holds = found(node.right, "step", self._macros.is_macro)
            right = self.step(node.right) if holds else self.visit(node.right)
            given: Sequence[str] = ()
        else:
            right, given = self._step(node.right, before)
        if op in _PIPES:
            return runtime(_PIPES[op], left, right, at=node), given
        call = runtime(_BACKWARD[op], at=node)  # by name, so that the left is read first
        second = ("f", "g") if op.startswith("<.") else ("x", "f")
        call.keywords = [ast.keyword(second[1], left), ast.keyword(second[0], right)]
        return call, given

    def _operand(self, node: Any) -> ast.expr:
        """A pipeline inside another: it is not over."""
        self._branch = True
        return self._pipeline(node)

    def step(self, node: ast.expr) -> ast.expr:
        """A step of a pipeline: a function."""
        return self._step(node, ())[0]

    def _step(self, node: Any, before: Sequence[str]) -> tuple[ast.expr, Sequence[str]]:
        if is_pipe(node):
            return self._operand(node), ()
        holds = found(node, "step", self._macros.is_macro)
        if not holds:
            return self._pointwise(node), ()
        names, given = parameters(holds, [node], before=before)
        with self.scope({*names}):
            return function(names, self._body(node)), given

    def _body(self, node: Any) -> ast.expr:
        """An expression whose `$` have been given away."""
        if isinstance(node, _LINKS) and not self._is_macro(node):
            return self._links(node)
        return self.visit(node)  # type: ignore[no-any-return]  # an expression

    def _pointwise(self, node: Any) -> ast.expr:
        """`np.tanh ** 2` as a step; anything else as it is."""
        operands = []
        if isinstance(node, ast.BinOp) and not hasattr(node, "pipe"):
            operands = [node.left, node.right]
        elif isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
            operands = [node.operand]
        if not operands or all(isinstance(x, ast.Constant) for x in operands):
            return self.visit(node)  # type: ignore[no-any-return]  # an expression
        name = ast.copy_location(ast.Constant(_OPERATORS[type(node.op)]), node)
        return runtime("point", name, *[self._pointwise(x) for x in operands], at=node)

    def _stored(self, node: Any, value: ast.expr) -> ast.expr:
        """`x |>> name`."""
        if not isinstance(node.right, ast.Name):
            raise self.error("|>> stores under a name, and this is none", node.right)
        name = node.right.id
        if not self._inner:
            target = ast.copy_location(ast.Name(name, ast.Store()), node.right)
            return ast.copy_location(ast.NamedExpr(target, runtime("settled", value, at=node)), node)
        names = ast.Call(ast.Name("globals", ast.Load()), [], [])
        key = ast.copy_location(ast.Constant(name), node)
        return runtime("stored", ast.copy_location(names, node), key, value, at=node)

    # ---- macros ----------------------------------------------------------------------------------

    def _macro(self, node: Any) -> ast.expr:
        block: list[ast.stmt] | None = getattr(node, "block", None)
        template = self._template(node)
        if template is not None:
            return self._expanded(node, template)
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        if block is not None and name == "params":
            return self._blocks.names(node, block)
        if block is not None and not self._macros.is_macro(node):
            raise self.error(f"{ast.unparse(node.value)}{{...}}: there is no macro of this name", node)
        if name in PLACED:
            return self._placed(node, name)
        if name in NAMING:
            between = node.slice
            key = ast.Constant(between.id) if isinstance(between, ast.Name) else self.visit(between)
            return _called(runtime_name("partial", node), runtime(name, key, at=node))
        if name in DEFINING:
            raise self.error(f"{name}[...] defines a macro: give it a name, `name = {name}[...]`", node)
        if name in BRANCHING and block is None and isinstance(node.slice, ast.Tuple):
            return self._branches(node, name)
        made = self._blocks.function(node, block) if block is not None else self.between(node.slice)
        if name in ("f", FUNCTION, "otherwise"):
            return made
        if name == "memoize":
            return runtime("memoize", made, at=node)
        return runtime("partial", runtime_name(WRAPPING[name], node), made, at=node)

    def between(self, node: Any, branch: bool = False) -> ast.expr:
        """The function that stands between a macro's brackets."""
        holds = found(node, "macro", self._macros.is_macro)
        if not holds:
            if is_pipe(node) or isinstance(node, ast.Lambda):
                return self._operand(node) if is_pipe(node) else self.visit(node)  # type: ignore[no-any-return]  # an expression
            return self._pointwise(node)
        names, _ = parameters(holds, [node])
        with self.scope({*names}):
            self._branch = branch
            body = self._body(node)
        return function(names, body)

    def _branches(self, node: Any, name: str) -> ast.expr:
        elements = node.slice.elts
        last = elements[-1]
        is_last = isinstance(last, ast.Subscript) and isinstance(last.value, ast.Name)
        has_rest = is_last and last.value.id == "otherwise" and self._macros.is_macro(last)
        branches = ast.Tuple([self.between(x, branch=True) for x in elements], ast.Load())
        ast.copy_location(branches, node.slice)
        chosen = runtime_name(f"{name}_or" if has_rest else name, node)
        return runtime("partial", chosen, branches, at=node)

    def _placed(self, node: Any, name: str) -> ast.expr:
        place = ast.copy_location(ast.Constant(next(places)), node)
        with self.scope(set()):
            value = function([], self.visit(node.slice))
        return runtime(name, place, value, at=node)

    def _template(self, node: Any) -> Any:
        value = node.value
        name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
        found_ = self._macros.templates.get(name)
        return found_ if found_ and found_.is_method == isinstance(value, ast.Attribute) else None

    def _expanded(self, node: Any, template: Any) -> ast.expr:
        given = node.slice
        if hasattr(node, "block"):
            given = ast.copy_location(ast.Subscript(ast.Name("f", ast.Load()), node.slice), node)
            given.block = node.block
        if template.is_method:
            given = ast.copy_location(ast.Tuple([node.value.value, given], ast.Load()), node)
        try:
            made = template.expand(given)
        except SyntaxError as error:
            raise self.error(str(error.msg), node) from None
        for inner in ast.walk(made):
            ast.copy_location(inner, node)
        return self.visit(made)  # type: ignore[no-any-return]  # an expression

    def error(self, message: str, node: ast.AST) -> SyntaxError:
        """The error that points at a node."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        return SyntaxError(message, (self._filename, line, column + 1, None))


def _called(f: ast.expr, call: Any) -> ast.expr:
    """`f(g, ...)` in the place of `g(...)`."""
    return ast.copy_location(ast.Call(f, [call.func, *call.args], call.keywords), call)


def _start_of(link: Any) -> Any:
    return link.func if isinstance(link, ast.Call) else link.value


def _unless_none(
    value: ast.expr, name: ast.expr, given: ast.expr, *, at: ast.AST, other: ast.expr | None = None
) -> ast.expr:
    """`(lambda name: other if name is None else value)(given)`."""
    nothing = ast.copy_location(ast.Constant(None), at)
    test = ast.copy_location(ast.Compare(name, [ast.Is()], [nothing]), at)
    made = ast.copy_location(ast.IfExp(test, other or nothing, value), at)
    return ast.copy_location(ast.Call(function(["_given"], made), [given], []), at)


def _arguments(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(k.value for k in node.keywords)]


def _is_definition(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id in DEFINING
        and not hasattr(node, "block")
    )


def _bound_by(node: Any) -> set[str]:
    """The names that an expression binds for what is inside of it."""
    if isinstance(node, ast.Lambda):
        return {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
    targets = [g.target for g in node.generators]
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}


def _after_header(body: Sequence[ast.stmt]) -> int:
    """Where the first statement after the docstring and the `__future__` imports stands."""
    i = 0
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        i = int(isinstance(body[0].value.value, str))
    while i < len(body) and getattr(body[i], "module", None) == "__future__":
        i += 1
    return i


def _import() -> ast.stmt:
    made = ast.parse(f"import gradloom.frontend.notation.runtime as {RUNTIME}").body[0]
    for node in ast.walk(made):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = 1  # type: ignore[attr-defined]  # a statement has both
            node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]  # and these
    return made
