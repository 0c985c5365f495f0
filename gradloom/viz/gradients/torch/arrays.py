"""Numbers between torch and numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import optree
import torch

from gradloom.ir.errors import DtypeError


def array(tensor: torch.Tensor) -> np.ndarray:
    """A copy, on this computer; formats that numpy lacks (bfloat16) as float32, which holds them
    all.
    """
    plain = tensor.detach().resolve_conj().resolve_neg()
    if plain.dtype not in _NUMPY:
        plain = plain.to(torch.float32)
    return np.array(plain.cpu().numpy())


_NUMPY = {
    torch.float16, torch.float32, torch.float64, torch.complex64, torch.complex128, torch.bool,
    torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
}  # fmt: skip


def like(values: np.ndarray, tensor: torch.Tensor) -> torch.Tensor:
    """The values as this tensor's dtype, where it lives."""
    return torch.tensor(np.ascontiguousarray(values), dtype=tensor.dtype, device=tensor.device)


def real_arrays(result: Any) -> list[np.ndarray]:
    """The tensors of floats in a structure."""
    return [
        array(x)
        for x in optree.tree_leaves(result)
        if isinstance(x, torch.Tensor) and x.layout == torch.strided and x.is_floating_point()
    ]


def input_tensor(x: Any, weight: torch.Tensor | None) -> torch.Tensor:
    """The input: a tensor as it is, an array as the model's own numbers are (`weight`).

    Raises `DtypeError` for whole numbers, by which there is no derivative.
    """
    if isinstance(x, torch.Tensor):
        made = x.detach()
    else:
        array = np.asarray(x)
        if array.dtype.kind not in "fiub":
            raise DtypeError(f"the input is of {array.dtype}, and real numbers are due")
        made = torch.tensor(array)
        if weight is not None and made.is_floating_point():
            made = made.to(weight)
    if not made.is_floating_point():
        raise DtypeError(
            f"the input is of {made.dtype}, by which there is no derivative",
            hint="give floats; to look at embeddings, give what the embedding gives",
        )
    return made


def other_argument(x: Any, weight: torch.Tensor | None) -> Any:
    """An argument that is not the input: tensors are copied, so that none of the caller's is
    changed; arrays become tensors.
    """
    if isinstance(x, torch.Tensor):
        return x.detach().clone()
    if not isinstance(x, np.ndarray):
        return x
    made = torch.tensor(x)
    return made.to(weight) if weight is not None and made.is_floating_point() else made
