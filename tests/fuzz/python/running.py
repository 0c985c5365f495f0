"""Runs a random program plain, traced, compiled, differentiated and mapped, and compares.

Each check gives why the program is refused, nothing where all is as Python has it, and raises
`Wrong` where it is not.
"""

from __future__ import annotations

import contextlib
import copy
import io
import re
import traceback
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any, Final

import numpy as np

import gradloom as gl
from gradloom.ir.errors import GradloomError, LeakedTracer, VerifyError
from tests.coverage.changed import own_result
from tests.fuzz.python.programs import GLOBALS, arguments, globals_of, module, same
from tests.fuzz.python.same import Different, close, is_float, is_moderate, numbers, require_same

_UNDEFINED: Final = (UnboundLocalError, NameError)
_OURS: Final = (VerifyError, LeakedTracer)
"""Errors of ours that no program may get."""
_OUTSIDE: Final = ("nothing outside the function is changed here", "neither made nor received")
"""What `gl.trace` refuses, and compiled functions do."""
DRAWS: Final = 5


class Wrong(Exception):
    """A wrong number, or an error that is no refusal."""


class Unfit(Exception):
    """A program that Python itself does not run to its end, or with numbers too large."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No printing and no warnings."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _error_of(call: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return call(), None
    except Exception as error:
        return None, error


def _meant(error: Exception | None) -> bool:
    """Whether a program raises this on purpose."""
    return error is None or (
        type(error) in (ValueError, AssertionError) and str(error) in ("far", "large", "x")
    )


def told(error: BaseException) -> str:
    """The error in a line or two, with where it comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    at = [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in frames[-3:]]
    return f"{type(error).__name__}: {str(error)[:300]} ({' < '.join(reversed(at))})"


def general(reason: str) -> str:
    """The first line of a reason without its names and numbers, for counting."""
    line = reason.split("\n", 1)[0]
    line = re.sub(r"\(?<program \d+>:\d+\)?", "", line)
    line = re.sub(r"'[^']*'", "'_'", line)
    line = re.sub(r"\b(f64|i64|bool)(\[[^\]]*\])?", "T", line)
    return re.sub(r"-?\d+(\.\d+)?", "N", line)


class Case:
    """A program with arguments, and what Python makes of them."""

    def __init__(self, text: str, seed: int) -> None:
        """`seed`: of the arguments."""
        self.text = text
        self.rng = Random(seed)
        plain = module(text)
        draws = [arguments(self.rng) for _ in range(DRAWS)]
        self.draws: list[tuple[Any, ...]] = []
        self.due: list[tuple[Any, ...]] = []
        raising = []
        for draw in draws:
            given, before = same(draw), copy.deepcopy(globals_of(plain))
            made, error = _error_of(partial(plain.program, *given))
            if not _meant(error):
                if isinstance(error, _UNDEFINED):
                    plain = module(text)
                    continue
                raise Unfit(told(error)) if error is not None else Unfit
            if error is not None:
                raising.append((draw, error))
                if not _is_same(globals_of(plain), before):
                    raise Unfit("globals changed before an error")
                continue
            if not is_moderate((made, given, globals_of(plain))):
                raise Unfit("large numbers")
            self.draws.append(draw)
            self.due.append((copy.deepcopy(made), given, copy.deepcopy(globals_of(plain))))
        self.raising = raising
        self.is_traced = False
        own = text.rpartition("def program(")[2]
        self.names_globals = any(name in own for name in GLOBALS)
        if not self.draws:
            raise Unfit("raises for all arguments")

    def changes_globals(self) -> bool:
        """Whether the program changes what is outside of it."""
        fresh = globals_of(module(self.text))
        return any(not _is_same(due[2], fresh) for due in self.due)

    # ---- values ----------------------------------------------------------------------------------

    def traced(self) -> str:
        """The graph gives what Python gives, and tracing changes no argument."""
        program = module(self.text).program
        given = same(self.draws[0])
        try:
            graph = gl.trace(program, *given)
        except GradloomError as error:
            if isinstance(error, _OURS):
                raise Wrong(f"trace: {told(error)}") from error
            return "" if any(words in str(error) for words in _OUTSIDE) else str(error)
        except Exception as error:
            raise Wrong(f"trace: {told(error)}") from error
        self.is_traced = True
        try:
            require_same(given, self.draws[0], "trace: arguments")
            made = own_result(graph, graph(*same(self.draws[0])))
            require_same(made, self.due[0][0], "graph: result", exact=False)
        except Exception as error:
            raise Wrong(f"interpreted: {told(error)}") from error
        return ""

    def compiled(self, backend: str = "numpy") -> str:
        """The program compiled once gives for all arguments what Python gives, and leaves the
        arguments and what is outside as Python does.
        """
        made = module(self.text)
        run = gl.compile(made.program, backend)
        for i, (draw, due) in enumerate(zip(self.draws, self.due, strict=True)):
            given = same(draw)
            try:
                result = run(*given)
            except Exception as error:
                if i == 0 and not self.is_traced and isinstance(error, GradloomError):
                    return f"compiled: {error}"
                raise Wrong(f"compiled {backend}: {told(error)} for arguments {i}") from error
            try:
                require_same(result, due[0], "result", backend == "numpy")
                require_same(given, due[1], "arguments", backend == "numpy")
                require_same(globals_of(made), due[2], "globals", backend == "numpy")
            except Different as error:
                raise Wrong(f"compiled {backend}: {error} for arguments {i}") from error
        for draw, due_error in self.raising:
            result, error = _error_of(partial(run, *same(draw)))
            if not isinstance(error, type(due_error)) or str(due_error) not in str(error):
                got = told(error) if error is not None else repr(result)
                raise Wrong(f"compiled {backend}: {got} instead of {due_error!r}")
        return ""

    # ---- derivatives -----------------------------------------------------------------------------

    def _total(self) -> Callable[..., Any]:
        """A number made of every float that the program leaves."""
        program = module(self.text).program

        def total(x: Any, y: Any, a: Any, s: Any, *rest: Any) -> Any:
            x, y, a = x * 1.0, y * 1.0, a * 1.0
            made = 0.0
            n, flag, xs, table = rest
            result = program(x, y, a, s, n, flag, [*xs], {**table})
            for i, part in enumerate(numbers((result, x, y, a))):
                if not is_float(part):
                    continue
                shape = np.shape(part)
                weights = np.cos(np.arange(1.0 + i, 1.0 + i + np.size(part)))
                made = made + np.sum(part * (weights.reshape(shape) if shape else weights[0]))
            return made

        return total

    def differentiated(self, backend: str | None = "numpy") -> str:
        """The gradient with values at hand is the slope, the compiled one is that gradient."""
        if self.changes_globals():
            return ""
        total = self._total()
        compiled = None
        for number in range(3):
            draw = arguments(self.rng, smooth=True)
            slopes, error = _error_of(partial(_slopes, total, draw))
            if error is not None or slopes is None:
                continue
            try:
                due = _flat(gl.grad(total, argnums=(0, 1, 2, 3))(*same(draw)))
            except GradloomError as error:
                if isinstance(error, _OURS):
                    raise Wrong(f"grad: {told(error)}") from error
                return f"grad: {error}"
            except Exception as error:
                raise Wrong(f"grad: {told(error)}") from error
            if not np.allclose(due, slopes, 3e-4, 3e-4 * max(1.0, float(np.abs(slopes).max()))):
                raise Wrong(f"grad: {due} instead of {slopes}, draw {number}")
            if backend is None:
                continue
            if compiled is None:
                compiled = gl.compile(gl.grad(total, argnums=(0, 1, 2, 3)), backend)
            try:
                made = _flat(compiled(*same(draw)))
            except GradloomError as error:
                if isinstance(error, _OURS) and not self.names_globals:
                    raise Wrong(f"compiled grad: {told(error)}") from error
                return f"compiled grad: {error}"
            except Exception as error:
                raise Wrong(f"compiled grad: {told(error)}") from error
            if not close(made, due, 1e-7):
                raise Wrong(f"compiled grad: {made} instead of {due}, draw {number}")
        return ""

    # ---- batches ---------------------------------------------------------------------------------

    def mapped(self) -> str:
        """The program mapped over its arguments gives what a loop over them gives."""
        program = module(self.text).program

        def one(x: Any, y: Any, a: Any, s: Any, n: Any, flag: Any, xs: Any, table: Any) -> Any:
            x, y, a = x * 1.0, y * 1.0, a * 1.0
            made = program(x, y, a, s, n, flag, [*xs], {**table})
            return numbers((made, x, y, a))

        if self.changes_globals() or self.raising:
            return ""
        due = [one(*same(draw)) for draw in self.draws]
        shapes = [[np.shape(part) for part in parts] for parts in due]
        if any(found != shapes[0] for found in shapes):
            return "mapped: shapes differ"
        stacked = [_stacked(parts) for parts in zip(*self.draws, strict=True)]
        try:
            made = gl.compile(lambda *batch: gl.vmap(one)(*batch), "numpy")(*stacked)
        except GradloomError as error:
            if isinstance(error, _OURS) and not self.names_globals:
                raise Wrong(f"mapped: {told(error)}") from error
            return f"mapped: {error}"
        except Exception as error:
            raise Wrong(f"mapped: {told(error)}") from error
        for k, part in enumerate(made):
            theirs = np.stack([np.asarray(parts[k]) for parts in due])
            if not close(part, theirs):
                raise Wrong(f"mapped: {part} instead of {theirs}")
        return ""


def _is_same(a: Any, b: Any) -> bool:
    try:
        require_same(a, b)
    except Different:
        return False
    return True


def _stacked(parts: Any) -> Any:
    if isinstance(parts[0], list):
        return [np.stack(column) for column in zip(*parts, strict=True)]
    if isinstance(parts[0], dict):
        return {key: np.stack([p[key] for p in parts]) for key in parts[0]}
    return np.stack(parts)


def _flat(parts: Any) -> np.ndarray:
    return np.concatenate([np.ravel(part) for part in parts])


def _slopes(total: Callable[..., Any], draw: tuple[Any, ...]) -> np.ndarray | None:
    """Central differences by the elements of the arrays and by `s`; None where there is a kink."""
    found = [_central(total, draw, step) for step in (1e-6, 3e-7)]
    fit = np.allclose(*found, 1e-4, 1e-4) and np.abs(found[0]).max() < 1e5
    return found[0] if fit else None


def _central(total: Callable[..., Any], draw: tuple[Any, ...], step: float) -> np.ndarray:
    sizes = [np.size(part) for part in draw[:4]]
    found = []
    for k, size in enumerate(sizes):
        for i in range(size):
            sides = []
            for sign in (1.0, -1.0):
                given = list(same(draw))
                flat = np.zeros(size)
                flat[i] = sign * step
                given[k] = given[k] + flat.reshape(np.shape(given[k]))
                sides.append(total(*given))
            found.append((sides[0] - sides[1]) / (2 * step))
    return np.array(found)
