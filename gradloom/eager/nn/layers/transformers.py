"""Attention of several heads, and the layers of transformers."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.eager import creation
from gradloom.eager.drawn import randn
from gradloom.eager.methods import FUNCTIONS
from gradloom.eager.nn.functional.activations import ACTIVATIONS
from gradloom.eager.nn.functional.attention import multi_head_attention_forward
from gradloom.eager.nn.layers.containers import ModuleList
from gradloom.eager.nn.layers.linear import Linear, drawn
from gradloom.eager.nn.layers.norms import LayerNorm
from gradloom.eager.nn.layers.windows import WINDOWS
from gradloom.eager.nn.module import Module
from gradloom.eager.nn.parameter import Parameter
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError

Dropout: Any = WINDOWS["Dropout"]


def _xavier(shape: tuple[int, int], dtype: Any) -> Tensor:
    """Numbers whose products keep the variance (Glorot and Bengio 2010)."""
    return drawn(math.sqrt(6 / sum(shape)), shape, dtype)


class MultiheadAttention(Module):
    """What several heads see of values by how queries and keys agree."""

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True,
        add_bias_kv: bool = False, add_zero_attn: bool = False, kdim: int | None = None,
        vdim: int | None = None, batch_first: bool = False, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0 or embed_dim % num_heads:
            raise ArgumentError(
                f"MultiheadAttention: embed_dim={embed_dim} is not divisible by "
                f"num_heads={num_heads}", hint="each head has embed_dim / num_heads",
            )  # fmt: skip
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, dropout
        self.head_dim, self.batch_first = embed_dim // num_heads, batch_first
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.add_zero_attn = add_zero_attn
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        together = _xavier((3 * embed_dim, embed_dim), dtype) if self._qkv_same_embed_dim else None
        for name, size in (("q", embed_dim), ("k", self.kdim), ("v", self.vdim)):
            own = None if self._qkv_same_embed_dim else _xavier((embed_dim, size), dtype)
            self.register_parameter(f"{name}_proj_weight", own)
        self.register_parameter("in_proj_weight", together)
        zeros = Parameter(creation.zeros(3 * embed_dim, dtype=dtype)) if bias else None
        self.register_parameter("in_proj_bias", zeros)
        self.out_proj = Linear(embed_dim, embed_dim, bias, dtype=dtype)
        if bias:
            self.out_proj.bias = Parameter(creation.zeros(embed_dim, dtype=dtype))
        for name in ("bias_k", "bias_v"):
            made = randn(1, 1, embed_dim, dtype=dtype) * embed_dim**-0.5
            self.register_parameter(name, Parameter(made) if add_bias_kv else None)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
        need_weights: bool = True, attn_mask: Tensor | None = None,
        average_attn_weights: bool = True, is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """What is seen, and (`need_weights`) how much of each key."""
        turned = self.batch_first and query.ndim == 3
        if turned:
            query, key, value = (FUNCTIONS["transpose"](x, 0, 1) for x in (query, key, value))
        made, seen = multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight,
            self.in_proj_bias, self.bias_k, self.bias_v, self.add_zero_attn, self.dropout,
            self.out_proj.weight, self.out_proj.bias, self.training, key_padding_mask,
            need_weights, attn_mask, not self._qkv_same_embed_dim, self.q_proj_weight,
            self.k_proj_weight, self.v_proj_weight, average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )  # fmt: skip
        return FUNCTIONS["transpose"](made, 0, 1) if turned else made, seen


def _activation(given: Any) -> Callable[[Tensor], Tensor]:
    if not isinstance(given, str):
        return given  # type: ignore[no-any-return]
    if given not in ("relu", "gelu"):
        raise ArgumentError(f"activation={given!r}", hint="give 'relu', 'gelu', or a function")
    return ACTIVATIONS[given]


class _Layer(Module):
    """What encoder and decoder layers share: a feed-forward block, and norms."""

    norms: int

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: Any = "relu", layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        attention = {"dropout": dropout, "batch_first": batch_first, "bias": bias, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, **attention)
        if self.norms == 3:
            self.multihead_attn = MultiheadAttention(d_model, nhead, **attention)
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype=dtype)
        self.norm_first = norm_first
        for i in range(1, self.norms + 1):
            setattr(self, f"norm{i}", LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype))
        for i in range(1, self.norms + 1):
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.activation = _activation(activation)

    def _forward_block(self, x: Tensor) -> Tensor:
        inside = self.dropout(self.activation(self.linear1(x)))
        return self.linear2(inside)  # type: ignore[no-any-return]

    def _added(self, x: Tensor, i: int, block: Callable[[Tensor], Tensor]) -> Tensor:
        """`x` and what block `i` makes of it, normalized before or after."""
        norm, drop = getattr(self, f"norm{i}"), getattr(self, f"dropout{i}")
        if self.norm_first:
            return FUNCTIONS["add"](x, drop(block(norm(x))))  # type: ignore[no-any-return]
        return norm(FUNCTIONS["add"](x, drop(block(x))))  # type: ignore[no-any-return]


class TransformerEncoderLayer(_Layer):
    """Attention to itself, then a feed-forward block."""

    norms = 2

    def forward(
        self, src: Tensor, src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None, is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The sequence, after both."""

        def attended(x: Tensor) -> Tensor:
            seen: Tensor = self.self_attn(
                x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal
            )[0]
            return seen

        return self._added(self._added(src, 1, attended), 2, self._forward_block)


class TransformerDecoderLayer(_Layer):
    """Attention to itself, to an encoder's result, then a feed-forward block."""

    norms = 3

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None, tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None, tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The sequence, after the three."""

        def own(x: Tensor) -> Tensor:
            seen: Tensor = self.self_attn(
                x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal
            )[0]
            return seen

        def other(x: Tensor) -> Tensor:
            seen: Tensor = self.multihead_attn(
                x, memory, memory, memory_key_padding_mask, False, memory_mask,
                is_causal=memory_is_causal,
            )[0]  # fmt: skip
            return seen

        x = self._added(self._added(tgt, 1, own), 2, other)
        return self._added(x, 3, self._forward_block)


class _Stack(Module):
    def __init__(self, layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def _normed(self, x: Tensor) -> Tensor:
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """So many encoder layers, one after the other."""

    def __init__(
        self, encoder_layer: Module, num_layers: int, norm: Module | None = None,
        enable_nested_tensor: bool = True, mask_check: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(encoder_layer, num_layers, norm)

    def forward(
        self, src: Tensor, mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:  # fmt: skip
        """The sequence, after all."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, bool(is_causal) and mask is not None)
        return self._normed(src)


class TransformerDecoder(_Stack):
    """So many decoder layers, one after the other."""

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None, tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None, tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The sequence, after all."""
        for layer in self.layers:
            tgt = layer(
                tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask,
                bool(tgt_is_causal) and tgt_mask is not None,
                memory_is_causal and memory_mask is not None,
            )  # fmt: skip
        return self._normed(tgt)


class Transformer(Module):
    """An encoder, and a decoder that attends to what it gives."""

    def __init__(
        self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6,
        num_decoder_layers: int = 6, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: Any = "relu", custom_encoder: Any = None, custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5, batch_first: bool = False, norm_first: bool = False,
        bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        options: Any = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps,
                        batch_first, norm_first, bias, device, dtype)  # fmt: skip
        norms: list[Module] = [LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
                               for _ in range(2)]  # fmt: skip
        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*options), num_encoder_layers, norms[0])  # fmt: skip
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*options), num_decoder_layers, norms[1])  # fmt: skip
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(
        self, src: Tensor, tgt: Tensor, src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None, tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None, src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The target sequence, decoded."""
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        return self.decoder(  # type: ignore[no-any-return]
            tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask,
            tgt_is_causal, memory_is_causal,
        )  # fmt: skip

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """A mask to add: -inf where a key comes after the query."""
        array = np.triu(np.full((sz, sz), -np.inf), 1)
        kind = creation.get_default_dtype() if dtype is None else dtype
        return creation.tensor(array, dtype=kind)
