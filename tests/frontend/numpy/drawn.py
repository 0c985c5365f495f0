"""Random arguments for numpy functions: shapes, axes, options and arrays without ties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
from hypothesis import strategies as st


@final
class Drawn:
    """Choices of one example, made by Hypothesis."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._rng = np.random.default_rng(data.draw(st.integers(0, 10_000), label="numbers"))

    def pick(self, *options: Any) -> Any:
        """One of the options."""
        return self._data.draw(st.sampled_from(options))

    def flag(self) -> bool:
        """True or False."""
        return bool(self.pick(False, True))

    def shape(self, least: int = 1, most: int = 3) -> tuple[int, ...]:
        """A shape of `least` to `most` axes, of sizes 1 to 3."""
        sizes = st.lists(st.sampled_from([2, 3, 1]), min_size=least, max_size=most)
        return tuple(self._data.draw(sizes))

    def axis(self, shape: Sequence[int]) -> int:
        """One axis, counted from the front or from the back."""
        return int(self.pick(*range(-len(shape), len(shape))))

    def axes(self, shape: Sequence[int]) -> Any:
        """None, an axis, or a tuple of axes."""
        chosen = self.pick(None, "one", "some")
        if chosen is None:
            return None
        if chosen == "one":
            return self.axis(shape)
        return tuple(i for i in range(len(shape)) if self.flag()) or (0,)

    def array(
        self, shape: tuple[int, ...], low: float = -2.0, high: float = 2.0, kind: str = "f"
    ) -> np.ndarray:
        """Numbers between the bounds, no two of which are close; complex ones for kind `c`."""
        count = int(np.prod(shape))
        parts = []
        for _ in range(2 if kind == "c" else 1):
            places = (self._rng.permutation(count) + self._rng.uniform(0.3, 0.7, count)) / count
            parts.append(low + (high - low) * places.reshape(shape))
        return parts[0] + 1j * parts[1] if kind == "c" else parts[0]

    def numbers(self, kinds: str = "f", **bounds: float) -> np.ndarray:
        """An array of a drawn shape, of one of the kinds."""
        return self.array(self.shape(), kind=self.pick(*kinds), **bounds)

    def broadcast_pair(self, kinds: str = "f", **bounds: float) -> tuple[np.ndarray, np.ndarray]:
        """Two arrays that broadcast to one shape."""
        shape, kind = self.shape(), self.pick(*kinds)
        other = tuple(1 if self.flag() else d for d in shape)[self.pick(0, 0, 1) :]
        pair = [self.array(shape, kind=kind, **bounds), self.array(other, kind=kind, **bounds)]
        if self.flag():
            pair.reverse()
        return pair[0], pair[1]

    def matrix(self, rows: int, columns: int, kinds: str = "fc", lead: bool = True) -> np.ndarray:
        """A well-conditioned matrix, or a stack of them."""
        kind = self.pick(*kinds)
        shape = (*(self.shape(0, 1) if lead else ()), rows, columns)
        x = self.array(shape, -0.4, 0.4, kind)
        return x + np.eye(rows, columns) * np.linspace(1.5, 3, columns)
