"""What a framework's own compiler, or gradloom's passes, make of a program, taken only once it has
given the same.
"""

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
    """Calls the plain function at first, the last time of these beside the compiled one; from then
    on the compiled one, if its results were the same, else the plain one.

    `after` is how often the plain one is called, `same` what the same means: by default within
    rounding. A `compile` that gives None has nothing better.
    """

    def __init__(
        self,
        plain: Function,
        compile: Callable[[], Function | None],
        to_numpy: Callable[[Any], Any],
        after: int = 1,
        same: Callable[[np.ndarray, np.ndarray], bool] | None = None,
    ) -> None:
        self._plain = plain
        self._compile = compile
        self._to_numpy = to_numpy
        self._left = after
        self._same = same or agree
        self._chosen: Function | None = None

    def __call__(self, *arrays: Any) -> Results:
        """The results."""
        if self._chosen is not None:
            return self._chosen(*arrays)
        results = self._plain(*arrays)
        self._left -= 1
        if not self._left:
            self._chosen = self._checked(arrays, results)
        return results

    def _checked(self, arrays: Sequence[Any], results: Results) -> Function:
        try:
            compiled = self._compile()
            if compiled is None:
                return self._plain
            made = compiled(*arrays)
        except Exception as e:
            _log.warning("a program runs uncompiled: %s: %s", type(e).__name__, e)
            return self._plain
        pairs = zip(map(self._to_numpy, results), map(self._to_numpy, made), strict=True)
        wrong = next((i for i, (a, b) in enumerate(pairs) if not self._same(a, b)), None)
        if wrong is None:
            return compiled
        _log.warning("a program runs uncompiled: its result %d came out differently", wrong)
        return self._plain


def identical(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two results have the same bits."""
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


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
