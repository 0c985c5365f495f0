"""A backend: a table op -> framework call, the ops it leaves out with reasons, and how to run what
is emitted.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal, final

from gradloom.backends.frees import Plan
from gradloom.ir import found
from gradloom.ir.errors import BackendMissing
from gradloom.ir.graph import Graph, Node, Value
from gradloom.ir.op import Op
from gradloom.ir.types import DType

if TYPE_CHECKING:
    from gradloom.backends.program import Program
    from gradloom.backends.site import Site

Row = str | Callable[["Site"], str]
"""A template over the operands (`"np.tanh({0})"`), or a function that writes the expression of one
node.
"""

Table = Mapping[Op, Row]

CALLS_PYTHON: Final = (
    "a framework runs no Python functions; gl.dag does, and its G.compile() traces them"
)
"""Why every backend leaves `python_call` out."""


@final
@dataclass(frozen=True, slots=True)
class Dialect:
    """How a framework spells what every program holds.

    `dtype(numpy dtype)`, `scalar(number, dtype)`, `full(shape, number, dtype, site)` and
    `constant(numpy expression, dtype to convert to or "")` give source text. `bare_numbers`:
    whether a Python number beside an array takes the array's dtype. `returned(result, text)` is
    how a graph's result is handed out. `decorator` is the line above `def main`.
    `constants_late`: constants are further parameters of the emitted function. `size` is how the
    size of an argument along an axis is read, `found_size` that of a vector made while the program
    runs. With `bound_inside`, constants stay numpy arrays
    until `main` runs.
    """

    imports: tuple[str, ...]
    names: tuple[str, ...]
    dtype: Callable[[DType], str]
    scalar: Callable[[str, str], str]
    full: Callable[[str, str, str, Site], str]
    constant: Callable[[str, str], str]
    bare_numbers: Callable[[DType], bool]
    returned: Callable[[Any, str], str] = lambda result, text: text
    operand: Callable[[Node, str], str] | None = None
    decorator: str = ""
    constants_late: bool = False
    size: str = "{0}.shape[{1}]"
    found_size: str = "{0}.shape[0]"
    bound_inside: bool = False


@final
@dataclass(frozen=True, slots=True)
class Runner:
    """How arrays enter and leave a framework, and what becomes of the emitted function.

    `compile(main)` gives the callable that runs; the frameworks' own compilers go here. `optimize`
    does what takes so long that only who asks gets it (None: there is nothing of that kind).
    """

    is_native: Callable[[Any], bool]
    from_numpy: Callable[[Any, str | None], Any]
    to_numpy: Callable[[Any], Any]
    compile: Callable[[Callable[..., Any]], Callable[..., Any]] = lambda main: main
    devices: Callable[[], tuple[str, ...]] = lambda: ("cpu",)
    optimize: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None


@final
@dataclass(frozen=True, slots=True)
class Backend:
    """See the module's text. `package` is what must be importable, `extra` what `pip install
    gradloom[...]` calls it.

    `serves` tells for some ops which nodes their row is for; the rest are decomposed.
    `calls` are the kinds of `call` that have a native kernel, as a tuple's only element; the others
    are inlined.
    `by_hand` is the same framework without its compiler: for programs that find a size while they
    run. `asserts`: what fails is raised by the program, told by a further result (`code`) where a
    compiler's program cannot raise, or both, where only loops and branches are compiled.
    `silent(device)`: the ops that go on there for values at which numpy raises; they are asserted
    about. `embedded`: the backend whose rows raise what they can without asserts, for programs that
    others run: those of `Program.main` and stand-alone ones.
    """

    name: str
    package: str
    extra: str
    table: Table
    absences: Mapping[Op, str]
    dialect: Dialect
    runner: Runner
    plan: Callable[[Graph, Mapping[Value, Value]], Plan | None] = lambda graph, folded: None
    calls: Mapping[str, Row] = field(default_factory=dict)
    serves: Mapping[Op, Callable[[Node], bool]] = field(default_factory=dict)
    by_hand: Backend | None = None
    asserts: Literal["raise", "code", "both"] = "raise"
    silent: Callable[[str | None], frozenset[Op]] = lambda device: frozenset()
    embedded: Backend | None = None

    @property
    def module(self) -> ModuleType:
        """The framework, imported now; raises `BackendMissing` where it is not installed."""
        try:
            return importlib.import_module(self.package)
        except ImportError as error:
            raise BackendMissing(
                f"backend {self.name} needs {self.package}, which cannot be imported ({error})",
                hint=f"pip install 'gradloom[{self.extra}]'",
            ) from error

    def serving(self, graph: Graph) -> Backend:
        """This backend, or its variant without a compiler where the graph needs that."""
        return self.by_hand if self.by_hand is not None and found.holds(graph) else self

    def is_native(self, value: object) -> bool:
        """Whether `value` is one of this framework's own arrays."""
        return self.runner.is_native(value)

    def from_numpy(self, array: Any, device: str | None = None) -> Any:
        """The framework's array of these numbers, of the same dtype and shape."""
        return self.runner.from_numpy(array, device)

    def to_numpy(self, value: Any) -> Any:
        """The numpy array of a native one."""
        return self.runner.to_numpy(value)

    def devices(self) -> tuple[str, ...]:
        """What `device=` may name here."""
        return self.runner.devices()

    def build(self, graph: Graph, device: str | None = None) -> Program:
        """The graph as a program of this framework; raises `NotSupported` where the table has no
        way to say it.
        """
        from gradloom.backends.program import build

        return build(graph, self, device)
