"""Random bits on torch, which has no arithmetic of unsigned numbers: 32-bit words in int64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import torch


def four_rounds(
    x0: torch.Tensor, x1: torch.Tensor, rotations: list[int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Four rounds of Threefry."""
    for r in rotations:
        x0 = (x0 + x1) & 4294967295
        x1 = (((x1 << r) | (x1 >> (32 - r))) & 4294967295) ^ x0
    return x0, x1


def threefry_words(
    k0: torch.Tensor, k1: torch.Tensor, x0: torch.Tensor, x1: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The blocks of these counters under these keys."""
    k2 = k0 ^ k1 ^ 466688986
    x0, x1 = four_rounds(x0 + k0 & 4294967295, x1 + k1 & 4294967295, [13, 15, 26, 6])
    x0, x1 = four_rounds(x0 + k1, x1 + k2 + 1 & 4294967295, [17, 29, 16, 24])
    x0, x1 = four_rounds(x0 + k2, x1 + k0 + 2 & 4294967295, [13, 15, 26, 6])
    x0, x1 = four_rounds(x0 + k0, x1 + k1 + 3 & 4294967295, [17, 29, 16, 24])
    x0, x1 = four_rounds(x0 + k1, x1 + k2 + 4 & 4294967295, [13, 15, 26, 6])
    return x0 + k2 & 4294967295, x1 + k0 + 5 & 4294967295


def threefry(key: torch.Tensor, counter: torch.Tensor) -> torch.Tensor:
    """A block for each pair along the last axis, in int64."""
    k, x = key.to(torch.int64), counter.to(torch.int64)
    return torch.stack(threefry_words(k[..., 0], k[..., 1], x[..., 0], x[..., 1]), -1)


def random_bits(key: torch.Tensor, shape: list[int], bits: int) -> torch.Tensor:
    """So many bits for each place of this shape, for each key, in int64."""
    size = 1
    for n in shape:
        size = size * n
    count = torch.arange(size, device=key.device)
    k = key.to(torch.int64)
    a, b = threefry_words(k[..., :1], k[..., 1:], count >> 32, count & 4294967295)
    made = (a << 32) | b if bits == 64 else (a ^ b) & ((1 << bits) - 1)
    return made.reshape(list(key.shape[:-1]) + list(shape))


def _bits(site: Site) -> str:
    attrs = site.attrs
    shape, bits = site.write(attrs.shape), str(attrs.dtype.itemsize * 8)
    return f"{site.call(random_bits, site.args[0], shape, bits)}.to({site.dtype_text()})"


ROWS: Final[dict[Op, Row]] = {
    o.threefry: lambda site: f"{site.call(threefry, *site.args)}.to(torch.uint32)",
    o.random_bits: _bits,
}
