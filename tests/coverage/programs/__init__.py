"""The sample programs of every name, section by section of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.coverage.program import Program
from tests.coverage.programs import (
    arrays,
    calculus,
    elementwise,
    linear,
    methods,
    others,
    statistics,
)


@dataclass(frozen=True)
class Section:
    """A table of the page: its title, what stands before each name, and the names' programs."""

    title: str
    prefix: str
    texts: dict[str, tuple[str, ...]]

    def programs(self) -> list[Program]:
        """Every program, in the order of the names."""
        return [
            Program(self.prefix + name, text)
            for name in sorted(self.texts)
            for text in self.texts[name]
        ]


_MAIN: Final = {
    **elementwise.PROGRAMS,
    **arrays.PROGRAMS,
    **statistics.PROGRAMS,
    **calculus.PROGRAMS,
}

SECTIONS: Final = (
    Section("numpy: functions that dispatch", "np.", _MAIN),
    Section("numpy.linalg", "np.linalg.", linear.LINALG),
    Section("numpy.fft", "np.fft.", linear.FFT),
    Section("numpy.emath", "np.emath.", linear.EMATH),
    Section("ndarray", "ndarray.", methods.PROGRAMS),
    Section("Operators, indexing and conversion", "", methods.OPERATORS),
    Section("Methods of ufuncs", "", elementwise.METHODS),
    Section("numpy: creation, and functions that do not dispatch", "np.", others.CREATION),
    Section("numpy: objects, polynomials and strides", "np.", others.OBJECTS),
)
