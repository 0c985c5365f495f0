"""A JAX function as one flat list of equations, each with its name and place in the user's program.

Functions behind `jax.jit` and `jax.checkpoint` are looked into: they change how a program runs, not
what it means. Functions with a derivative of their own (`jax.custom_jvp`, `jax.custom_vjp`), loops
and branches stay what they are, one equation each.
"""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, final

from gradloom.ir.errors import NotSupported
from gradloom.ir.location import Location, _user_file
from gradloom.viz.gradients.jax.given import types_now

if TYPE_CHECKING:
    from jax.extend.core import JaxprEqn, Var

_LOOKED_INTO: Final = frozenset({
    "jit", "pjit", "closed_call", "core_call", "checkpoint", "remat", "remat2",
})  # fmt: skip
_HARMLESS: Final = frozenset({"DebugEffect", "OrderedDebugEffect"})
"""Effects that change no value: `jax.debug.print` and its like."""
_INSTALLED: Final = ("site-packages", "dist-packages")
"""Folders of code that people install, and did not write."""
_STANDARD: Final = sysconfig.get_path("stdlib")


@final
@dataclass(frozen=True, slots=True)
class Step:
    """An equation; `reads` are the variables among its operands; `scope` the names of
    `jax.named_scope` and of the user's jitted functions around it, the outermost first; `called`
    the name of the function that it calls, or "".
    """

    equation: JaxprEqn
    reads: tuple[Var, ...]
    scope: tuple[str, ...]
    called: str
    place: Location | None


@final
@dataclass(frozen=True, slots=True)
class Flat:
    """`input` -> `results`, by `steps` in order; `constants` are arrays that the function holds."""

    input: Var
    results: tuple[Var, ...]
    steps: tuple[Step, ...]
    constants: dict[Var, Any]
    about: Any
    """What JAX tells of the function."""
    as_traced: Callable[[], Any]
    """The context in which 64-bit types are as they were when it was traced."""


def flatten(function: Callable[[Any], Any], x: Any, own: str = "") -> Flat:
    """The equations of `function(x)`; what a jitted function called `own` is made of stands in no
    scope of that name. Raises `NotSupported` for side effects that values depend on.
    """
    as_traced = types_now()
    closed = _traced(function, x)
    made = _Flattening(own)
    (input,) = closed.jaxpr.invars
    results = made.inline(closed.jaxpr, closed.consts, [input], (), None)
    about = closed.jaxpr.debug_info
    named = tuple(map(made.variable, results))
    return Flat(input, named, tuple(made.steps), made.constants, about, as_traced)


def _traced(function: Callable[[Any], Any], x: Any) -> Any:
    import jax

    try:
        return jax.make_jaxpr(function)(x)
    except jax.errors.JAXTypeError as error:
        error.add_note(
            "The function is traced, as by jax.jit. A function of numpy's is given numpy arrays; "
            "backend='jax' runs it on JAX."
        )
        raise


@final
@dataclass(slots=True)
class _Flattening:
    own: str
    steps: list[Step] = field(default_factory=list)
    constants: dict[Any, Any] = field(default_factory=dict)

    def inline(
        self, jaxpr: Any, consts: Sequence[Any], given: Sequence[Any], scope: tuple[str, ...],
        place: Location | None,
    ) -> list[Any]:  # fmt: skip
        """The steps of `jaxpr(given)`, with new variables: one function may be called twice."""
        import jax
        import jax.numpy as jnp
        from jax.extend.core import Literal, Var

        own: dict[Any, Any] = dict(zip(jaxpr.invars, given, strict=True))
        for old, value in zip(jaxpr.constvars, consts, strict=True):
            own[old] = Var(old.aval)
            self.constants[own[old]] = value if isinstance(value, jax.Array) else jnp.array(value)
        for equation in jaxpr.eqns:
            operands = [x if isinstance(x, Literal) else own[x] for x in equation.invars]
            around = (*scope, *_scopes(equation))
            at = _place(equation) or place
            inner = _inner(equation)
            if inner is None:
                results: list[Any] = [Var(v.aval) for v in equation.outvars]
                _refuse_effects(equation, at)
                new = equation.replace(invars=operands, outvars=results)
                reads = tuple(x for x in operands if not isinstance(x, Literal))
                self.steps.append(Step(new, reads, around, _called(equation), at))
            else:
                body, held = inner
                around = (*around, *self._name(equation, body))
                results = self.inline(body, held, operands, around, at)
            own.update(zip(equation.outvars, results, strict=True))
        return [x if isinstance(x, Literal) else own[x] for x in jaxpr.outvars]

    def variable(self, x: Any) -> Any:
        """The variable itself; of a number a constant."""
        from jax.extend.core import Literal, Var

        if not isinstance(x, Literal):
            return x
        made = Var(x.aval)
        self.constants[made] = x.val
        return made

    def _name(self, equation: JaxprEqn, body: Any) -> tuple[str, ...]:
        """The name of a jitted function of the user's; that of a library's tells little."""
        name = equation.params.get("name")
        file = body.debug_info.func_filename
        if not name or name in (self.own, "<lambda>") or file is None or not _is_own(file):
            return ()
        return (str(name),)


def _inner(equation: JaxprEqn) -> tuple[Any, Sequence[Any]] | None:
    """The body, and the constants that it holds, of a call that is looked into."""
    if equation.primitive.name not in _LOOKED_INTO:
        return None
    body = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
    return (body.jaxpr, body.consts) if hasattr(body, "consts") else (body, ())


def _called(equation: JaxprEqn) -> str:
    """The name of the function whose derivative is its own."""
    body = equation.params.get("call_jaxpr")
    if body is None:
        return ""
    info = getattr(body, "jaxpr", body).debug_info
    name = str(equation.params.get("name") or info.func_name).strip("_")
    return name if name.isidentifier() else ""


def _refuse_effects(equation: JaxprEqn, place: Location | None) -> None:
    """Pieces of the program run alone, in any order: nothing may be written outside of them."""
    kinds = sorted({type(effect).__name__ for effect in equation.effects} - _HARMLESS)
    if kinds:
        raise NotSupported(
            f"{equation.primitive.name} has a side effect ({kinds[0]}), and values that hang on "
            "side effects are not followed",
            hint="leave references and callbacks with effects out of the function",
            location=place,
        )


def _scopes(equation: JaxprEqn) -> Iterator[str]:
    """The names on the equation's stack; of what a transform made, with the transform: `jvp(f)`."""
    for part in str(equation.source_info.name_stack).split("/"):
        if part and "()" not in part and not re.search(r",|->", part):  # jnp.einsum's subscripts
            yield part


def _place(equation: JaxprEqn) -> Location | None:
    """The innermost line of the user's own files; else of files that are not JAX's."""
    traceback = equation.source_info.traceback
    if traceback is None:
        return None
    within = takewhile(lambda f: f.file_name != __file__, traceback.frames)
    frames = [f for f in within if _is_outside(f.file_name)]
    frame = next((f for f in frames if _is_own(f.file_name)), frames[0] if frames else None)
    if frame is None:
        return None
    return Location(frame.file_name, frame.line_num, frame.function_name)


def _is_outside(file: str) -> bool:
    """Whether the file is neither of JAX's, of Python's nor of gradloom's."""
    standard = file.startswith(_STANDARD) and not any(part in file for part in _INSTALLED)
    return _user_file(file) and not standard


def _is_own(file: str) -> bool:
    return _is_outside(file) and not any(part in file for part in _INSTALLED)
