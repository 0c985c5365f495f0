"""Random numbers: numpy's, drawn in the user's process, by `gt.manual_seed` or a `Generator`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gradloom.eager import creation
from gradloom.eager.creation import Generator
from gradloom.eager.dtypes import BOOL, INT64, category, name_of, read_dtype
from gradloom.eager.grads import no_grad
from gradloom.eager.shapes import sizes_of
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, DtypeError
from gradloom.ir.location import user_location

Draw = Callable[..., Any]


def _made(array: Any, kind: np.dtype, requires_grad: bool = False) -> Tensor:
    made = creation.from_numpy(np.asarray(np.asarray(array).astype(kind)))
    return made.requires_grad_() if requires_grad else made


def _kind(dtype: Any, what: str) -> np.dtype:
    return read_dtype(creation.get_default_dtype() if dtype is None else dtype, what)


def _of_shape(what: str, draw: Draw) -> Callable[..., Tensor]:
    def function(
        *size: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None,
        generator: Generator | None = None,
    ) -> Tensor:  # fmt: skip
        kind = _kind(dtype, what)
        if category(kind) != 2:
            raise DtypeError(f"gt.{what}: floats are drawn, not {name_of(kind)}")
        wide = np.float64 if kind == np.float64 else np.float32
        shape = sizes_of(size)
        return _made(creation.draw(lambda g: draw(g, shape, wide), generator), kind, requires_grad)

    return function


def randint(
    low: int, high: Any = None, size: Any = None, *, dtype: Any = None, device: Any = None,
    generator: Generator | None = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Integers from low (0) to before high."""
    if size is None and isinstance(high, list | tuple):
        low, high, size = 0, low, high
    if not low < high:
        raise ArgumentError(f"gt.randint: there is nothing from {low} to before {high}")
    shape = sizes_of(size if isinstance(size, list | tuple) else (size,))
    array = creation.draw(lambda g: g.integers(low, high, shape), generator)
    return _made(array, INT64 if dtype is None else read_dtype(dtype, "randint"), requires_grad)


def randperm(
    n: int, *, dtype: Any = None, device: Any = None, generator: Generator | None = None
) -> Tensor:
    """The integers before n in a random order."""
    array = creation.draw(lambda g: g.permutation(n), generator)
    return _made(array, INT64 if dtype is None else read_dtype(dtype, "randperm"))


def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Sequence[int] | None = None, *,
    generator: Generator | None = None, dtype: Any = None,
) -> Tensor:  # fmt: skip
    """Normal numbers; the means and deviations may be tensors."""
    given = [x for x in (mean, std) if isinstance(x, Tensor)]
    kind = given[0]._value.type.dtype if given else _kind(dtype, "normal")
    m, s = (x.array() if isinstance(x, Tensor) else x for x in (mean, std))
    if np.min(s) < 0:
        raise ArgumentError("normal expects all elements of std >= 0.0", location=user_location())
    shape = np.broadcast_shapes(np.shape(m), np.shape(s)) if size is None else tuple(size)
    return _made(creation.draw(lambda g: m + s * g.standard_normal(shape), generator), kind)


def bernoulli(x: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probabilities given, else 0."""
    shares = x.array() if p is None else np.asarray(p)
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ArgumentError("bernoulli: probabilities are from 0 to 1", location=user_location())
    drawn = creation.draw(lambda g: g.random(tuple(x.shape)), generator)
    return _made(drawn < shares, x._value.type.dtype)


def poisson(x: Tensor, generator: Generator | None = None) -> Tensor:
    """Counts of these rates."""
    return _made(creation.draw(lambda g: g.poisson(x.array()), generator), x._value.type.dtype)


def multinomial(
    x: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Places drawn by weights, of each row."""
    weights = np.atleast_2d(x.array().astype(np.float64))
    if x.ndim not in (1, 2) or not (weights >= 0).all() or not (weights.sum(1) > 0).all():
        raise ArgumentError(
            "gt.multinomial: one or two axes of weights are due, none below 0 and some above",
            location=user_location(),
        )
    if not replacement and num_samples > (weights > 0).sum(1).min():
        raise ArgumentError(
            f"gt.multinomial: {num_samples} places cannot be drawn without replacement",
            location=user_location(),
        )

    def draw(g: np.random.Generator) -> np.ndarray:
        rows = [g.choice(len(w), num_samples, replacement, w / w.sum()) for w in weights]
        return np.array(rows[0] if x.ndim == 1 else rows)

    return _made(creation.draw(draw, generator), INT64)


def seed() -> int:
    """Begin with another seed, and say which."""
    found = int(np.random.default_rng().integers(2**53))
    creation.manual_seed(found)
    return found


# ---- in place ------------------------------------------------------------------------------------


def _random(g: Any, shape: tuple[int, ...], kind: np.dtype, *args: int, **named: int) -> Any:
    low, high = named.get("from", 0), named.get("to")
    if len(args) == 1:
        high = args[0]
    elif args:
        low, high = args
    if high is None:
        most = {"f": 2**24, "b": 2}.get(kind.kind) or np.iinfo(kind).max
        high = 2**53 if kind == np.float64 else most
    return g.integers(low, high, shape)


_DRAWN: Final[dict[str, Draw]] = {
    "uniform_": lambda g, shape, kind, a=0.0, b=1.0: a + (b - a) * g.random(shape),
    "normal_": lambda g, shape, kind, mean=0.0, std=1.0: g.normal(mean, std, shape),
    "exponential_": lambda g, shape, kind, lambd=1.0: g.exponential(1 / lambd, shape),
    "geometric_": lambda g, shape, kind, p: g.geometric(p, shape),
    "cauchy_": lambda g, shape, kind, median=0.0, sigma=1.0: (
        median + sigma * g.standard_cauchy(shape)),
    "log_normal_": lambda g, shape, kind, mean=1.0, std=2.0: g.lognormal(mean, std, shape),
    "random_": _random,
    "bernoulli_": lambda g, shape, kind, p=0.5: g.random(shape) < (
        p.array() if isinstance(p, Tensor) else p),
}  # fmt: skip


def _in_place(what: str, draw: Draw) -> Callable[..., Tensor]:
    def method(x: Tensor, *args: Any, generator: Generator | None = None, **named: Any) -> Tensor:
        kind = x._value.type.dtype
        if what in ("uniform_", "normal_") and kind in (BOOL, INT64):
            raise DtypeError(f"{what}: floats are drawn, not {x.dtype}", location=user_location())
        shape = tuple(x.shape)
        made = _made(creation.draw(lambda g: draw(g, shape, kind, *args, **named), generator), kind)
        x.require_writable(what)
        with no_grad():
            from gradloom.eager.methods import METHODS

            return METHODS["copy_"](x, made)  # type: ignore[no-any-return]

    method.__name__ = method.__qualname__ = what
    return method


rand: Final = _of_shape("rand", lambda g, shape, kind: g.random(shape, kind))
randn: Final = _of_shape("randn", lambda g, shape, kind: g.standard_normal(shape, kind))


def _like(f: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def function(x: Tensor, *args: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        kind = x.dtype if dtype is None else dtype
        return f(*args, tuple(x.shape), dtype=kind, **kwargs)

    return function


def _randint_like(x: Tensor, low: int, high: int | None = None, *, dtype: Any = None) -> Tensor:
    bounds = (0, low) if high is None else (low, high)
    return randint(*bounds, tuple(x.shape), dtype=x.dtype if dtype is None else dtype)


METHODS: Final[dict[str, Callable[..., Tensor]]] = {
    **{name: _in_place(name, draw) for name, draw in _DRAWN.items()},
    "bernoulli": bernoulli, "multinomial": multinomial,
}  # fmt: skip
"""Methods, by torch's name."""
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "rand": rand, "randn": randn, "randint": randint, "randperm": randperm, "normal": normal,
    "bernoulli": bernoulli, "multinomial": multinomial, "poisson": poisson, "seed": seed,
    "rand_like": _like(rand), "randn_like": _like(randn), "randint_like": _randint_like,
}  # fmt: skip
"""Functions, by torch's name."""
