"""The programs of examples/plain_numpy, one for each file, and their results as flat lists."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

FOLDER: Final = Path(__file__).parents[2] / "examples" / "plain_numpy"


@dataclass(frozen=True)
class Example:
    """One file of the gallery."""

    name: str

    @functools.cached_property
    def module(self) -> ModuleType:
        """The file, imported under a name of its own."""
        name = f"plain_numpy_{self.name}"
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{self.name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)  # a dataclass looks for its module
        return module

    @property
    def arguments(self) -> list[Any]:
        """Fresh inputs."""
        return list(self.module.inputs())

    @property
    def active(self) -> tuple[int, ...]:
        """The numbers of the arguments by which it is differentiated."""
        active: tuple[int, ...] = self.module.DIFFERENTIABLE
        return active

    def call(self, *args: Any) -> Any:
        """The program's own result."""
        return self.module.program(*args)

    def results(self, *floats: Any) -> list[Any]:
        """The float results by the active arguments, the others as they are."""
        given = self.arguments
        for i, x in zip(self.active, floats, strict=True):
            given[i] = x
        return [y for y in leaves(self.call(*given)) if np.result_type(y).kind == "f"]

    def total(self, *floats: Any) -> Any:
        """One number out of all float results, none counting as much as another."""
        total = 0.0
        for n, y in enumerate(self.results(*floats)):
            parts = y * weights(np.shape(y), n)
            total = total + np.sum(parts[np.isfinite(y)] if infinite(self) else parts)
        return total


def infinite(example: Example) -> bool:
    """Whether results are infinite where there is no way."""
    return any(not np.isfinite(y).all() for y in leaves(example.call(*example.arguments)))


def weights(shape: tuple[int, ...], start: float) -> Any:
    """Numbers of either sign, of that shape."""
    made = np.cos(np.arange(int(np.prod(shape))) * 1.7 + start).reshape(shape)
    return made if shape else float(made)


def leaves(result: Any) -> Iterator[Any]:
    """The arrays and numbers of a result."""
    if isinstance(result, list | tuple):
        for part in result:
            yield from leaves(part)
    elif isinstance(result, dict):
        for key in sorted(result):
            yield from leaves(result[key])
    else:
        yield result


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """What programs print goes nowhere."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


EXAMPLES: Final = tuple(Example(path.stem) for path in sorted(FOLDER.glob("*.py")))
Asked = Callable[[Example], Any]
