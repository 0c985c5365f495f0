"""Pipelines: `x |> f |> $ + 1` and the functions `$ |> f |> g`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, final

from gradloom.frontend.notation.chains import LINKS
from gradloom.frontend.notation.holds import (
    COMPOSING,
    FORWARD,
    found,
    is_pipe,
    parameters,
    seed_of,
)  # fmt: skip
from gradloom.frontend.notation.making import call, constant, function, name, put, runtime

if TYPE_CHECKING:
    from gradloom.frontend.notation.lower import Lowering

_PIPES: Final = {
    "|>": "pipe", "*|>": "pipe_items", "**|>": "pipe_keys",
    "?>": "maybe", "*?>": "maybe_items", "**?>": "maybe_keys",
    "$>": "bound", "*$>": "bound_items", "**$>": "bound_keys",
    ".>": "then", "*.>": "then_items", "**.>": "then_keys",
}  # fmt: skip
_MIRROR: Final = {"<|": "|>", "<?": "?>", "<$": "$>", "<.": ".>"}
_BACKWARD: Final = {
    op + stars: _PIPES[stars + mirror]
    for op, mirror in _MIRROR.items()
    for stars in ("", "*", "**")
}
"""`f <|* x` is `x *|> f`, and so on; the left is read first all the same."""
_OPERATORS: Final[Mapping[type[ast.AST], str]] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv",
    ast.FloorDiv: "floordiv", ast.Mod: "mod", ast.Pow: "pow", ast.LShift: "lshift",
    ast.RShift: "rshift", ast.BitOr: "or_", ast.BitXor: "xor", ast.BitAnd: "and_",
    ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert",
}  # fmt: skip


@final
class Pipelines:
    """Rewrites the pipelines of a program."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering

    def whole(self, node: Any, is_part: bool = False) -> ast.expr:
        """A pipeline; of a start with `$`, the function that it is.

        `is_part`: of another pipeline or a fork, which are told where a `when` has ended this one.
        """
        seed = seed_of(node)
        holds = [] if seed is None else found(seed, "step", self._lowering.macros.is_macro)
        names, given = parameters(holds, [node])
        if not names:
            made, _ = self._steps(node, given)
            return made if is_part else runtime("settled", made, at=node)
        with self._lowering.scope(names):
            made, _ = self._steps(node, given)
        return function(names, made if is_part else runtime("settled", made, at=node))

    def _steps(self, node: Any, first: Sequence[str]) -> tuple[ast.expr, Sequence[str]]:
        """A pipeline's value, and the names of its last step's `$`."""
        op: str = node.pipe
        left, before = self._left(node, op, first)
        if op == "|>>":
            return self._stored(node, left), before
        if op in _PIPES:
            right, given = self._step(node.right, before)
            self._require_one(op, right, node.right)
            return runtime(_PIPES[op], left, right, at=node.right), given  # the step's own line
        return self._backward(node, op, left), ()

    def _require_one(self, op: str, step: ast.expr, node: ast.expr) -> None:
        """Refuse a step of several `$` behind an operator that gives it one value."""
        count = len(step.args.args) if isinstance(step, ast.Lambda) and step is not node else 0
        if op in ("|>", "?>") and count > 1:
            told = f"this step takes {count} arguments, and {op} gives it one: "
            hint = "$x stands for one value as often as it is written, *|> gives several"
            raise self._lowering.error(told + hint, node)

    def _left(self, node: Any, op: str, first: Sequence[str]) -> tuple[ast.expr, Sequence[str]]:
        """What stands to the left of a pipeline's last operator."""
        if is_pipe(node.left):
            is_same = op in FORWARD and node.left.pipe in FORWARD
            return self._steps(node.left, first) if is_same else (self.whole(node.left, True), ())
        if op in COMPOSING or op in _BACKWARD:
            return self.step(node.left), ()
        return self._lowering.visit(node.left), first

    def _backward(self, node: Any, op: str, left: ast.expr) -> ast.expr:
        """`f <| x`, its arguments given by name: they are read in the order of the text."""
        is_composing = op.startswith("<.")
        is_step = is_composing or found(node.right, "step", self._lowering.macros.is_macro)
        right = self.step(node.right) if is_step else self._lowering.visit(node.right)
        made = runtime(_BACKWARD[op], at=node)
        names = ("g", "f") if is_composing else ("f", "x")
        made.keywords = [ast.keyword(n, v) for n, v in zip(names, (left, right), strict=True)]
        return put(made, node)

    def _stored(self, node: Any, value: ast.expr) -> ast.expr:
        """`x |>> name`; inside a function that is made of a pipeline, the name is global."""
        target = node.right
        if not isinstance(target, ast.Name):
            raise self._lowering.error("|>> stores under a name, and this is none", target)
        if not self._lowering.is_inside:
            first = self._named(target, value, node)
            second = runtime("settled", name(target.id, node), at=node)
            return runtime("passed", first, self._named(target, second, node), at=node)
        names = call(name("globals", node), [], node)
        return runtime("stored", names, constant(target.id, node), value, at=node)

    @staticmethod
    def _named(target: ast.Name, value: ast.expr, node: ast.AST) -> ast.expr:
        """`(name := value)`."""
        stored = put(ast.Name(target.id, ast.Store()), target)
        return put(ast.NamedExpr(stored, value), node)

    # ---- steps -----------------------------------------------------------------------------------

    def step(self, node: Any) -> ast.expr:
        """A step of a pipeline: a function."""
        return self._step(node, ())[0]

    def _step(self, node: Any, before: Sequence[str]) -> tuple[ast.expr, Sequence[str]]:
        """A step, and the names of its `$`, which are in the order of the step before."""
        if is_pipe(node):
            return self.whole(node, is_part=True), ()
        holds = found(node, "step", self._lowering.macros.is_macro)
        if not holds:
            return self.pointwise(node), ()
        names, given = parameters(holds, [node], before=before)
        with self._lowering.scope(names):
            return function(names, self.body(node)), given

    def body(self, node: Any, is_part: bool = False) -> ast.expr:
        """An expression whose `$` have been given away."""
        if is_pipe(node):
            return self.whole(node, is_part)
        if isinstance(node, LINKS) and not self._lowering.is_macro(node):
            return self._lowering.chains.links(node)
        return self._lowering.visit(node)  # type: ignore[no-any-return]  # an expression

    def pointwise(self, node: Any) -> ast.expr:
        """`np.tanh ** 2` as a step: a function if one of the two is; anything else as it is."""
        operands = []
        if isinstance(node, ast.BinOp) and not hasattr(node, "pipe"):
            operands = [node.left, node.right]
        elif isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
            operands = [node.operand]
        if not operands or all(isinstance(x, ast.Constant) for x in operands):
            return self._lowering.visit(node)  # type: ignore[no-any-return]  # an expression
        operator = constant(_OPERATORS[type(node.op)], node)
        return runtime("point", operator, *[self.pointwise(x) for x in operands], at=node)

    def power(self, node: ast.BinOp) -> ast.expr:
        """`f .** 3`: f applied three times over."""
        return runtime("power", self.step(node.left), self._lowering.visit(node.right), at=node)
