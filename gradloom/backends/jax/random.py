"""Random bits on JAX, spelled out: its own generator depends on its settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import jax
    import jax.numpy as jnp


def threefry_words(
    k0: jax.Array, k1: jax.Array, x0: jax.Array, x1: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """The blocks of these counters under these keys."""
    keys = (k0, k1, k0 ^ k1 ^ jnp.uint32(466688986))
    x0, x1 = x0 + k0, x1 + k1
    for i in range(5):
        for r in ((13, 15, 26, 6), (17, 29, 16, 24))[i % 2]:
            x0 = x0 + x1
            x1 = ((x1 << jnp.uint32(r)) | (x1 >> jnp.uint32(32 - r))) ^ x0
        x0 = x0 + keys[(i + 1) % 3]
        x1 = x1 + keys[(i + 2) % 3] + jnp.uint32(i + 1)
    return x0, x1


def threefry(key: jax.Array, counter: jax.Array) -> jax.Array:
    """A block for each pair along the last axis."""
    words = threefry_words(key[..., 0], key[..., 1], counter[..., 0], counter[..., 1])
    return jnp.stack(words, -1)


def random_bits(key: jax.Array, shape: Sequence[int], bits: int) -> jax.Array:
    """So many bits for each place of this shape, for each key."""
    size = 1
    for n in shape:
        size *= n
    count = jnp.arange(size, dtype=jnp.uint64)
    high, low = (count >> jnp.uint64(32)).astype(jnp.uint32), count.astype(jnp.uint32)
    a, b = threefry_words(key[..., :1], key[..., 1:], high, low)
    wide = jnp.uint64(32)
    made = (a.astype(jnp.uint64) << wide) | b.astype(jnp.uint64) if bits == 64 else a ^ b
    return made.astype(f"uint{bits}").reshape((*key.shape[:-1], *shape))


def _bits(site: Site) -> str:
    attrs = site.attrs
    shape, bits = site.write(attrs.shape), str(attrs.dtype.itemsize * 8)
    return site.call(random_bits, site.args[0], shape, bits)


ROWS: Final[dict[Op, Row]] = {
    o.threefry: lambda site: site.call(threefry, *site.args),
    o.random_bits: _bits,
}
