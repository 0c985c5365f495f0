"""What a framework's own compiler makes of a program, taken only once it has given the same."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, final

import numpy as np

Results = tuple[Any, ...]
Function = Callable[..., Results]
_log: Final = logging.getLogger(__name__)

_APART: Final = {8: 1e-10, 4: 1e-4, 2: 2e-2}
"""How far results of so many bytes may be apart, in parts of the largest: a compiler adds in
another order, and fuses multiplications with additions. Some thousand roundings of each."""


@final
class Checked:
    """Calls the plain function first, and beside it the compiled one; from then on the compiled
    one, if its results were the same within rounding, else the plain one.
    """

    def __init__(
        self, plain: Function, compile: Callable[[], Function], to_numpy: Callable[[Any], Any]
    ) -> None:
        self._plain = plain
        self._compile = compile
        self._to_numpy = to_numpy
        self._chosen: Function | None = None

    def __call__(self, *arrays: Any) -> Results:
        """The results."""
        if self._chosen is not None:
            return self._chosen(*arrays)
        results = self._plain(*arrays)
        self._chosen = self._checked(arrays, results)
        return results

    def _checked(self, arrays: Sequence[Any], results: Results) -> Function:
        try:
            compiled = self._compile()
            made = compiled(*arrays)
        except Exception as e:
            _log.warning("a program runs uncompiled: %s: %s", type(e).__name__, e)
            return self._plain
        pairs = zip(map(self._to_numpy, results), map(self._to_numpy, made), strict=True)
        wrong = next((i for i, (a, b) in enumerate(pairs) if not agree(a, b)), None)
        if wrong is None:
            return compiled
        _log.warning("a program runs uncompiled: its result %d came out differently", wrong)
        return self._plain


def agree(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two results are the same but for rounding."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind in "biu":
        return bool(np.array_equal(a, b))
    apart = _APART.get(a.dtype.itemsize // (2 if a.dtype.kind == "c" else 1), 0.1)
    if a.dtype.kind not in "fc":  # an extended type, such as bfloat16
        a, b = a.astype(np.float32), b.astype(np.float32)
    largest = np.max(np.abs(a), initial=0.0, where=np.isfinite(a))
    return bool(np.allclose(a, b, rtol=apart, atol=apart * largest, equal_nan=True))
