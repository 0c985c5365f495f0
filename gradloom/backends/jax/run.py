"""The JAX backend: `jax.jit` of the emitted function, with 64-bit types on for the call alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from gradloom.backends.backend import Backend, Dialect, Runner
from gradloom.backends.jax import indexing, special
from gradloom.backends.jax.kernels import CALLS
from gradloom.backends.jax.table import ABSENT, BY_HAND, TABLE
from gradloom.ir import ops as o
from gradloom.ir.graph import Node
from gradloom.ir.types import DType


def _dtype(dtype: DType) -> str:
    return "jnp.bool_" if dtype.kind == "b" else f"jnp.{dtype.name}"


def _wide_types() -> Any:
    """The context in which JAX keeps 64-bit types; never the global switch."""
    import jax

    return jax.enable_x64(True)


def _is_native(value: Any) -> bool:
    import jax

    return isinstance(value, jax.Array)


def _device(name: str) -> Any:
    import jax

    kind, _, index = name.partition(":")
    return jax.devices({"cuda": "gpu"}.get(kind, kind))[int(index or 0)]


def _from_numpy(array: Any, device: str | None) -> Any:
    import jax

    with _wide_types():
        return jax.device_put(np.asarray(array), None if device is None else _device(device))


def _compile(main: Callable[..., Any]) -> Callable[..., Any]:
    import jax

    return _with_wide_types(jax.jit(main))


def _with_wide_types(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arrays: Any) -> Any:
        with _wide_types():
            return function(*arrays)

    return run


def _devices() -> tuple[str, ...]:
    import jax

    names = {"gpu": "cuda"}
    return tuple(f"{names.get(d.platform, d.platform)}:{d.id}" for d in jax.devices())


def _recomputed(node: Node, text: str) -> str:
    """Behind a barrier XLA cannot merge a recomputed copy with the first computation."""
    return f"lax.optimization_barrier({text})" if node.copy else text


SILENT: Final = frozenset(
    [o.gather, o.scatter, o.solve, o.inv, o.triangular_solve, o.cholesky, o.eig, o.svd, o.svd_full]
)
"""XLA clamps an index, leaves out a store, and gives NaN where a factorisation fails."""


_BASE: Final = Backend(
    name="jax",
    package="jax",
    extra="jax",
    table=TABLE,
    absences=ABSENT,
    dialect=Dialect(
        imports=("import jax", "import jax.numpy as jnp", "from jax import lax"),
        names=("jax", "jnp", "lax", "np"),
        dtype=_dtype,
        scalar=lambda number, dtype: f"{dtype}({number})",
        full=lambda shape, number, dtype, site: f"jnp.full({shape}, {number}, {dtype})",
        constant=lambda text, cast: f"jnp.asarray({text}{f', {cast}' if cast else ''})",
        # Beside a uint64 a Python number may not fit the default integer.
        bare_numbers=lambda dtype: dtype.name != "uint64",
        operand=_recomputed,
        bound_inside=True,
    ),
    runner=Runner(
        is_native=_is_native,
        from_numpy=_from_numpy,
        to_numpy=np.asarray,
        compile=_compile,
        devices=_devices,
    ),
    asserts="code",
    silent=lambda device: SILENT,
    serves=special.SERVES,
    calls=CALLS,
)

_COMPILED: Final = replace(_BASE, embedded=replace(_BASE, table={**TABLE, **indexing.EMBEDDED}))

_BY_HAND: Final = replace(
    _BASE,
    asserts="both",
    table=BY_HAND,
    absences={},
    runner=replace(_BASE.runner, compile=_with_wide_types),
)

BACKEND: Final = replace(
    _COMPILED,
    by_hand=replace(_BY_HAND, embedded=replace(_BY_HAND, table={**BY_HAND, **indexing.EMBEDDED})),
)
