"""scipy.stats' distributions of vectors, frozen or not, on traced values."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array, scalar_if_rank_0, value_at_hand
from gradloom.frontend.scipy.families import special
from gradloom.frontend.scipy.systems import solve_triangular
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import ArgumentError, ShapeError

_xlogy, _gammaln = special("xlogy"), special("gammaln")

# ---- the normal distribution of vectors ----------------------------------------------------------


def _matrix(cov: Array, dim: int) -> Array:
    """The covariance, of which a number or the diagonal may be given."""
    if not cov.ndim:
        return cov * np.eye(dim)
    made = np.diag(cov) if cov.ndim == 1 else cov
    if made.shape != (dim, dim):
        raise ShapeError(f"cov is of shape {cov.shape}, and ({dim}, {dim}) is due")
    return made


def _parameters(mean: Any, cov: Any) -> tuple[Array, Array, int]:
    given = as_array(1.0 if cov is None else cov).astype(np.float64)
    if mean is None:
        dim = given.shape[0] if given.ndim else 1
        centre = as_array(np.zeros(dim))
    else:
        centre = np.atleast_1d(as_array(mean).astype(np.float64))
        if centre.ndim != 1:
            raise ShapeError(f"mean is a vector, not of shape {centre.shape}")
        dim = centre.shape[0]
    return centre, _matrix(given, dim), dim


def _points(x: Any, dim: int) -> Array:
    a = as_array(x).astype(np.float64)
    if not a.ndim:
        return a[None]
    return a if a.ndim > 1 else a[:, None] if dim == 1 else a[None, :]


def normal_logpdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    """The logarithm of the density at vectors along the last axis."""
    if allow_singular:
        raise refuse(
            "scipy.stats.multivariate_normal", "allow_singular=True is not offered",
            "add a small number to the diagonal of cov",
        )  # fmt: skip
    if hasattr(cov, "whiten"):
        raise refuse("scipy.stats.multivariate_normal", "a Covariance object is not offered",
                     "give the matrix itself")  # fmt: skip
    centre, matrix, dim = _parameters(mean, cov)
    points = _points(x, dim)
    lower = np.linalg.cholesky(matrix)
    rest = points - centre
    columns = np.reshape(rest, (-1, dim)).T
    turned = np.reshape(solve_triangular(lower, columns, lower=True).T, rest.shape)
    logs = np.sum(np.log(np.diagonal(lower)))
    found = -0.5 * (dim * math.log(2 * math.pi) + np.sum(turned**2, axis=-1)) - logs
    return scalar_if_rank_0(np.squeeze(found))


def _normal_pdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    return np.exp(normal_logpdf(x, mean, cov, allow_singular))


# ---- Dirichlet's distribution --------------------------------------------------------------------


def dirichlet_logpdf(x: Any, alpha: Any) -> Any:
    """The logarithm of the density at points of the simplex along the first axis, of which the
    last coordinate may be left out.
    """
    a, p = (as_array(v).astype(np.float64) for v in (alpha, x))
    if a.ndim != 1:
        raise ShapeError(f"Parameter vector 'a' must be one dimensional, not of shape {a.shape}")
    if p.shape[0] + 1 == a.shape[0]:
        p = np.concatenate([p, 1 - np.sum(p, axis=0, keepdims=True)])
    elif p.shape[0] != a.shape[0]:
        raise ShapeError(f"x has {p.shape[0]} coordinates and alpha {a.shape[0]}")
    _on_simplex(p, a)
    constant = np.sum(_gammaln(a)) - _gammaln(np.sum(a))
    powers = np.reshape(a - 1, (-1, *(1,) * (p.ndim - 1)))
    found = np.sum(_xlogy(*np.broadcast_arrays(powers, p)), axis=0) - constant
    return scalar_if_rank_0(np.squeeze(found))


def _on_simplex(p: Array, a: Array) -> None:
    """Raise where the values are known and no point of the simplex, or no parameters."""
    alphas, points = value_at_hand(a), value_at_hand(p)
    if alphas is not None and np.any(alphas <= 0):
        raise ArgumentError("All parameters must be greater than 0")
    if points is None:
        return
    if np.any(points < 0) or np.any(points > 1):
        raise ArgumentError("Each entry in 'x' must be between zero and one.")
    if alphas is not None and np.any((points == 0) & (alphas < 1).reshape(-1, *[1] * (p.ndim - 1))):
        raise ArgumentError(
            "Each entry in 'x' must be greater than zero if its alpha is less than one."
        )
    if np.any(np.abs(points.sum(0) - 1) > 1e-9):
        raise ArgumentError("The input vector 'x' must lie within the normal simplex.")


def _dirichlet_pdf(x: Any, alpha: Any) -> Any:
    return np.exp(dirichlet_logpdf(x, alpha))


# ---- how scipy offers them -----------------------------------------------------------------------

METHODS: Final[Mapping[str, Mapping[str, Callable[..., Any]]]] = {
    "multivariate_normal": {"logpdf": normal_logpdf, "pdf": _normal_pdf},
    "dirichlet": {"logpdf": dirichlet_logpdf, "pdf": _dirichlet_pdf},
}
"""By distribution and method: the function that takes the same arguments."""


class Frozen:
    """A distribution of vectors with traced parameters."""

    def __init__(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.name, self.args, self.kwargs = name, args, kwargs
        self.kwargs.pop("seed", None)  # which only rvs reads

    def pdf(self, x: Any) -> Any:
        """The density."""
        return METHODS[self.name]["pdf"](x, *self.args, **self.kwargs)

    def logpdf(self, x: Any) -> Any:
        """The logarithm of the density."""
        return METHODS[self.name]["logpdf"](x, *self.args, **self.kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise refuse(f"scipy.stats.{self.name}.{name}", "this method has no traced form")


def evaluated(name: str, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a method gives, or the frozen distribution of a call; refuses what has no form."""
    if method == "__call__":
        return Frozen(name, args, kwargs)
    function = METHODS[name].get(method)
    if function is None:
        raise refuse(f"scipy.stats.{name}.{method}", "this method has no traced form")
    return function(*args, **kwargs)


def classes() -> Iterator[tuple[type, str, str]]:
    """The classes of scipy's distributions of vectors, each with its name and its methods."""
    stats: Any = sys.modules["scipy.stats"]
    for name in METHODS:
        home = type(getattr(stats, name))
        for method, value in vars(home).items():
            if type(value) is FunctionType and (method == "__call__" or method[0] != "_"):
                yield home, name, method
