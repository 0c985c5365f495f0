"""The errors that gradloom raises for a user, each told by who can act on it.

GradloomError
├── TraceError                      a program that cannot be recorded
│   ├── LeakedTracer                a traced value used after its trace
│   ├── ForeignTarget               a traced value for an array that the trace does not know
│   └── ValueNeeded                 a number was asked of a value that has none yet
├── ShapeError(ValueError)          shapes that disagree
│   └── IndexOutOfRange(IndexError) an index that is not there
│       └── AxisOutOfRange(AxisError)   an axis that is not there
├── DtypeError(TypeError)           dtypes that disagree
├── ArgumentError(ValueError)       an argument's value that a function does not take
│   ├── NumberOutOfRange(OverflowError) a number that its dtype cannot hold
│   ├── NothingToDivideBy(ZeroDivisionError)    weights that sum to zero
│   └── MatrixError(LinAlgError)    a matrix that a function of linear algebra does not take
├── MissingKey(KeyError)            a key that a dict does not have
│   └── StateMismatch(RuntimeError)     saved values that are not those of a module or optimizer
├── NoAttribute(AttributeError)     an attribute that is not there, or that cannot be set
├── CallError(TypeError)            a call with arguments of another kind or number
├── NotFinite(FloatingPointError)   a training whose loss or gradient is no finite number
├── AssertFailed(AssertionError)    a condition of the program that does not hold when it runs
├── ProgramRaised(RuntimeError)     what a `raise` of the program itself raises when it runs
├── NotDifferentiable(TypeError)    a derivative that does not exist or is not offered
├── NotSupported(NotImplementedError)   known, and refused with a reason
│   └── StillToCome(AttributeError) a public name whose part is not built yet
├── VerifyError                     a graph that breaks the rules of the IR (our bug, or a bad edit)
├── ParseError(ValueError)          graph text that is not one
├── FileError(ValueError)           a file that is truncated, foreign or too new
│   ├── FileMissing(FileNotFoundError)  a file that is not there
│   └── FileUnwritable(OSError)     a file that cannot be written where it was asked for
├── PipelineError(ValueError)       a pipeline that names no pass, or a wrong option
├── BudgetError(MemoryError)        no plan was found that stays inside the bytes allowed
├── BackendMissing(ImportError)     a backend whose framework is not installed
├── Cancelled                       a run that was told to end
├── WorkerLost                      a worker that is gone
└── RemoteError                     an error that happened on a worker
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gradloom.ir.location import Location


class GradloomError(Exception):
    """The root: a first line, then the user's line, then one thing to do."""

    def __init__(self, message: str, *, hint: str = "", location: Location | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.location = location
        self.is_told = False  # whether the message names the function that the user called
        # Whether the program itself would go on: its handlers are not meant for this.
        self.is_refusal = isinstance(self, TraceError | NotSupported)

    def __str__(self) -> str:
        lines = [self.message]
        if self.location is not None:
            lines.append("  " + self.location.with_source())
        if self.hint:
            lines.append("  " + self.hint)
        return "\n".join(lines)


class TraceError(GradloomError):
    """A program that cannot be recorded as it stands.

    It is no TypeError: numpy hides those when it stores a value in an array.
    """


class LeakedTracer(TraceError):
    """A traced value was used after its trace had ended."""


class ForeignTarget(TraceError):
    """A traced value was to be written into an array that the trace neither made nor received."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        location: Location | None = None,
        array: np.ndarray | None = None,
    ) -> None:
        super().__init__(message, hint=hint, location=location)
        self.array = array


class ValueNeeded(TraceError):
    """A number was asked of a traced value that has none yet."""


class ShapeError(GradloomError, ValueError):
    """Shapes that disagree."""


class IndexOutOfRange(ShapeError, IndexError):
    """An index that is not there."""


class AxisOutOfRange(IndexOutOfRange, np.exceptions.AxisError):
    """An axis that is not there."""


class DtypeError(GradloomError, TypeError):
    """Dtypes that disagree."""


class ArgumentError(GradloomError, ValueError):
    """An argument's value that a function does not take."""


class NumberOutOfRange(ArgumentError, OverflowError):
    """A number that its dtype cannot hold."""


class NothingToDivideBy(ArgumentError, ZeroDivisionError):
    """Weights that sum to zero."""


class MatrixError(ArgumentError, np.linalg.LinAlgError):
    """A matrix that a function of linear algebra does not take."""


class MissingKey(GradloomError, KeyError):
    """A key that a dict does not have, on the way that a program takes when it runs."""


class StateMismatch(MissingKey, ArgumentError, RuntimeError):
    """Saved values whose names or shapes are not those of the module or optimizer to take them."""


class NoAttribute(GradloomError, AttributeError):
    """An attribute that an array does not have, or that an object does not let be set."""


class CallError(GradloomError, TypeError):
    """A call with arguments of another kind or number than the function takes."""


class NotFinite(GradloomError, FloatingPointError):
    """A training whose loss or gradient is no finite number."""


class AssertFailed(GradloomError, AssertionError):
    """A condition of the program that does not hold when it runs."""


class ProgramRaised(GradloomError, RuntimeError):
    """What a `raise` of the program itself raises when it runs, of a class that has no kin here."""


class NotDifferentiable(GradloomError, TypeError):
    """A derivative that does not exist or is not offered."""


class NotSupported(GradloomError, NotImplementedError):
    """Something that gradloom knows and refuses, with a reason."""


class StillToCome(NotSupported, AttributeError):
    """A public name whose part is not built yet."""


class VerifyError(GradloomError):
    """A graph that breaks the rules of the IR."""


class ParseError(GradloomError, ValueError):
    """Graph text that cannot be read; `line` and `column` count from 1, and are 0 where there is no
    text.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        location: Location | None = None,
        line: int = 0,
        column: int = 0,
    ) -> None:
        super().__init__(message, hint=hint, location=location)
        self.line = line
        self.column = column


class FileError(GradloomError, ValueError):
    """A file that is truncated, foreign or too new."""


class FileMissing(FileError, FileNotFoundError):
    """A file that is not there."""


class FileUnwritable(FileError, OSError):
    """A file that cannot be written where it was asked for."""


class PipelineError(GradloomError, ValueError):
    """A pipeline that names no pass, or gives one a wrong option."""


class BudgetError(GradloomError, MemoryError):
    """No plan was found that stays inside the bytes allowed; it may be that none exists."""


class BackendMissing(GradloomError, ImportError):
    """A backend whose framework is not installed."""


class Cancelled(GradloomError):
    """A run that was told to end."""


class WorkerLost(GradloomError):
    """A worker that is gone."""


class RemoteError(GradloomError):
    """An error that happened on a worker."""
