"""Linear maps and rows of weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.eager import creation
from gradloom.eager.drawn import randn
from gradloom.eager.dtypes import read_dtype
from gradloom.eager.grads import no_grad
from gradloom.eager.methods import METHODS
from gradloom.eager.nn.functional.rows import ROWS as F
from gradloom.eager.nn.module import Module
from gradloom.eager.nn.parameter import Parameter
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, IndexOutOfRange


def drawn(limit: float, shape: tuple[int, ...], dtype: Any) -> Tensor:
    """A parameter of numbers between -limit and limit."""
    kind = read_dtype(creation.get_default_dtype() if dtype is None else dtype, "nn")
    array = creation.draw(lambda g: g.uniform(-limit, limit, shape)).astype(kind)
    return Parameter(creation.from_numpy(np.asarray(array)))


class Identity(Module):
    """The input itself, whatever else is given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        """The input."""
        return input


class Linear(Module):
    """`x @ weight.T + bias`, the weight of shape (out_features, in_features)."""

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        limit = 1 / math.sqrt(in_features) if in_features else 0.0
        self.weight = drawn(limit, (out_features, in_features), dtype)
        self.register_parameter("bias", drawn(limit, (out_features,), dtype) if bias else None)

    def reset_parameters(self) -> None:
        """Draw the weight and bias anew."""
        limit = 1 / math.sqrt(self.in_features) if self.in_features else 0.0
        with no_grad():
            for parameter in self.parameters():
                METHODS["uniform_"](parameter, -limit, limit)

    def forward(self, input: Tensor) -> Tensor:
        """The products, shifted."""
        return F["linear"](input, self.weight, self.bias)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        """Its sizes."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Bilinear(Module):
    """`x1 @ weight[k] @ x2 + bias[k]` for each k."""

    def __init__(
        self, in1_features: int, in2_features: int, out_features: int, bias: bool = True,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.in1_features, self.in2_features = in1_features, in2_features
        self.out_features = out_features
        limit = 1 / math.sqrt(in1_features)
        self.weight = drawn(limit, (out_features, in1_features, in2_features), dtype)
        self.register_parameter("bias", drawn(limit, (out_features,), dtype) if bias else None)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """The products, shifted."""
        return F["bilinear"](input1, input2, self.weight, self.bias)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        """Its sizes."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class _Rows(Module):
    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None, dtype: Any,
        weight: Tensor | None, freeze: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise IndexOutOfRange(
                f"{type(self).__name__}: padding_idx {padding_idx} of {num_embeddings} rows"
            )
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        if weight is not None and tuple(weight.shape) != (num_embeddings, embedding_dim):
            raise ArgumentError(f"{type(self).__name__}: a weight of shape {tuple(weight.shape)}")
        drawn_here = weight is None
        if weight is None:
            weight = randn(num_embeddings, embedding_dim, dtype=dtype)
        self.weight = Parameter(weight, not freeze)
        if drawn_here and self.padding_idx is not None:
            with no_grad():
                METHODS["zero_"](METHODS["select"](self.weight, 0, self.padding_idx))

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, **options: Any) -> Any:
        """Rows that are given; not learnt, unless `freeze=False`."""
        made = cls(*embeddings.shape, _weight=embeddings, **options)  # type: ignore[call-arg]
        return made.requires_grad_(not freeze)

    def extra_repr(self) -> str:
        """Its sizes, and what is not the default."""
        sizes = f"{self.num_embeddings}, {self.embedding_dim}"
        return ", ".join([sizes, *[p for p in self._options() if p]])

    def _options(self) -> list[str]:
        plain = {"padding_idx": None, "max_norm": None, "norm_type": 2.0}
        return [
            f"{name}={getattr(self, name)}"
            for name, value in plain.items()
            if getattr(self, name) != value
        ]


class Embedding(_Rows):
    """A row of the weight for each integer."""

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None,
        max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
        sparse: bool = False, _weight: Tensor | None = None, _freeze: bool = False,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(num_embeddings, embedding_dim, padding_idx, dtype, _weight, _freeze)
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse

    def forward(self, input: Tensor) -> Tensor:
        """The rows."""
        return F["embedding"](  # type: ignore[no-any-return]
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type,
            self.scale_grad_by_freq, self.sparse,
        )  # fmt: skip


class EmbeddingBag(_Rows):
    """The sum, mean or maximum of the rows of each bag of integers."""

    def __init__(
        self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: str = "mean",
        sparse: bool = False, _weight: Tensor | None = None, include_last_offset: bool = False,
        padding_idx: int | None = None, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(num_embeddings, embedding_dim, padding_idx, dtype, _weight)
        self.max_norm, self.norm_type, self.mode = max_norm, norm_type, mode
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self.include_last_offset = include_last_offset

    def forward(
        self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None
    ) -> Tensor:
        """The bags."""
        return F["embedding_bag"](  # type: ignore[no-any-return]
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq,
            self.mode, self.sparse, per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    def _options(self) -> list[str]:
        padding = "" if self.padding_idx is None else f"padding_idx={self.padding_idx}"
        others = [p for p in super()._options() if not p.startswith("padding")]
        return [*others, f"mode={self.mode!r}", padding]
