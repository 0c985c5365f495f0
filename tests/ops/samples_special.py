"""Samples of the special functions: where they are smooth, and the edges of their domains."""

from __future__ import annotations

from itertools import product

import numpy as np

from tests.ops.sample import Sample, edge, smooth

EDGES = (0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -2.5, 40.0, np.inf, -np.inf, np.nan)

_RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("erfc", "erfcx"), (-1.5, 2.5)),
    "erfcinv": (0.2, 1.8),
    **dict.fromkeys(("lgamma", "gamma", "digamma", "exp1", "expi", "spence"), (0.4, 4.0)),
}
_ORDERS: dict[str, tuple[tuple[int, ...], tuple[float, float]]] = {
    "polygamma": ((1, 2), (0.6, 5.0)),
    "expn": ((0, 1, 3), (0.4, 3.0)),
    "bessel_j": ((0, 1, 3), (-6.0, 6.5)),
    "bessel_y": ((0, 1, 2), (1.0, 7.0)),
    "bessel_ie": ((0, 1, 2), (0.3, 5.0)),
    "bessel_ke": ((0, 1, 2), (0.3, 5.0)),
}


def _drawn(low: float, high: float, seed: int, shape: tuple[int, ...] = (5,)) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, shape)


def _unary(low: float, high: float, **attrs: int) -> list[Sample]:
    x = _drawn(low, high, 3, (3,))
    made = [smooth(x, **attrs), edge(np.array(EDGES), **attrs)]
    if attrs.get("n", 0):
        return made
    narrow = _drawn(low, high, 4, (2, 3))[:, ::-1]
    return [*made, edge(x[:0], **attrs), *(edge(narrow.astype(d), **attrs) for d in ("f4", "f2"))]


def _several(
    smooth_at: list[np.ndarray], edges: tuple[float, ...], fixed: tuple[int, ...] = ()
) -> list[Sample]:
    """`fixed` operands have a derivative too, which tests/ir/special holds to its meaning."""
    pairs = np.array(list(product(edges, repeat=len(smooth_at)))).T
    return [
        smooth(*smooth_at, fixed=fixed),
        edge(*(x.astype("f4") for x in smooth_at)),
        edge(*pairs),
    ]


_SHAPES = _drawn(0.6, 4.0, 5, (3,))
_FEW_EDGES = (0.0, 1.0, -1.0, 2.0, 30.0, np.inf, np.nan)

SAMPLES: dict[str, list[Sample]] = {
    **{name: _unary(*limits) for name, limits in _RANGES.items()},
    **{
        name: [s for n in orders for s in _unary(*limits, n=n)]
        for name, (orders, limits) in _ORDERS.items()
    },
    "zeta": _several(
        [_drawn(1.6, 5.0, 6, (3,)), _drawn(0.5, 4.0, 7, (3,))], (1.5, 2.0, 3.0, 0.5, 7.0, 30.0)
    ),
    "betaln": _several([_SHAPES, 12 * _SHAPES[::-1]], (1.0, 2.0, 0.5, 7.0, 30.0, 1e6)),
    "gammainc": _several([_SHAPES, _drawn(0.3, 6.0, 8, (3,))], _FEW_EDGES, (0,)),
    "gammaincc": _several([_SHAPES, _drawn(0.3, 6.0, 8, (3,))], _FEW_EDGES, (0,)),
    "betainc": _several(
        [_SHAPES, _SHAPES[::-1].copy(), _drawn(0.1, 0.9, 9, (3,))],
        (0.0, 1.0, 0.5, np.nan),
        fixed=(0, 1),
    ),
}
