"""Emitted source: its text, its constants, and the function it defines."""

from __future__ import annotations

import base64
import itertools
import linecache
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from gradloom.backends.writer import literal_text
from gradloom.ir.constants import Constant

if TYPE_CHECKING:
    from gradloom.backends.backend import Backend
    from gradloom.backends.emit import Emitter

INLINE: Final = 16
"""A constant of this many numbers still reads well on one line."""
_serial = itertools.count()


@final
class Source:
    """Source text that defines `main`, and the constants it is given (`constants[i]`) when not
    stand-alone.
    """

    __slots__ = ("constants", "standalone", "text")

    def __init__(self, text: str, constants: Sequence[Constant], standalone: bool) -> None:
        self.text = text
        self.constants = tuple(constants)
        self.standalone = standalone

    def __str__(self) -> str:
        return self.text

    def function(self, constants: Sequence[Any] = ()) -> Callable[..., Any]:
        """Execute the text; its `main`. Tracebacks show the emitted lines."""
        filename = f"<gradloom source {next(_serial)}>"
        namespace: dict[str, Any] = {}  # no __name__: torch.compile would import that module
        if not self.standalone:
            namespace["constants"] = constants or [c.array for c in self.constants]
        exec(compile(self.text, filename, "exec", dont_inherit=True), namespace)
        main: Callable[..., Any] = namespace["main"]
        main.__doc__ = f"Emitted source; see {filename}."
        linecache.cache[filename] = (
            len(self.text),
            None,
            self.text.splitlines(keepends=True),
            filename,
        )
        weakref.finalize(main, linecache.cache.pop, filename, None).atexit = False
        return main


def constant_lines(
    named: Mapping[Constant, str], backend: Backend, emitter: Emitter, standalone: bool
) -> list[str]:
    """Module-level assignments of the constants: small ones inline, large ones as bytes or taken
    from `constants`.
    """
    lines, large = [], 0
    inside = backend.dialect.bound_inside
    for constant, name in named.items():
        name = f"_{name}" if inside else name
        note = f"  # {constant.type}"
        if constant.array.size <= emitter.inline:
            lines.append(f"{name} = {_native(constant.array, _inline, backend, emitter)}")
        elif standalone:
            lines.append(f"{name} = {_native(constant.array, _encoded, backend, emitter)}{note}")
        else:
            lines.append(f"{name} = constants[{large}]{note}")
            large += 1
    return lines


def _native(array: np.ndarray, write: _Write, backend: Backend, emitter: Emitter) -> str:
    """Low precision travels as f32, which every framework can read, and is converted back."""
    emitter.need("import numpy as np")
    low = array.dtype.kind == "V"
    text = write(array.astype(np.float32) if low else array, emitter)
    if backend.dialect.bound_inside:
        return f"{text}.astype({numpy_name(array.dtype, emitter)})" if low else text
    return backend.dialect.constant(text, emitter.dtype(array.dtype) if low else "")


def numpy_name(dtype: np.dtype[Any], emitter: Emitter) -> str:
    """A low-precision dtype as numpy knows it."""
    emitter.need("import ml_dtypes")
    return f"ml_dtypes.{dtype.name}"


def _inline(array: np.ndarray, emitter: Emitter) -> str:
    numbers = [literal_text(x, str) for x in array.ravel()]
    inside = numbers[0] if array.ndim == 0 else f"[{', '.join(numbers)}]"
    many = array.ndim > 1
    reshaped = f".reshape({literal_text(array.shape, str)})" if many else ""
    return f"np.array({inside}, dtype={_numpy_dtype(array)}){reshaped}"


def _encoded(array: np.ndarray, emitter: Emitter) -> str:
    emitter.need("import base64")
    data = base64.b64encode(array.tobytes()).decode("ascii")
    decoded = f'np.frombuffer(base64.b64decode("{data}"), dtype={_numpy_dtype(array)})'
    return f"{decoded}.reshape({literal_text(array.shape, str)}).copy()"


def _numpy_dtype(array: np.ndarray) -> str:
    return "np.bool_" if array.dtype.kind == "b" else f"np.{array.dtype.name}"


_Write = Callable[[np.ndarray, "Emitter"], str]
