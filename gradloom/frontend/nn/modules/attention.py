"""Attention with its projections, and the block of a transformer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from gradloom.frontend.nn import initializers
from gradloom.frontend.nn.activations import gelu
from gradloom.frontend.nn.attention import multi_head_attention
from gradloom.frontend.nn.modules.containers import split
from gradloom.frontend.nn.modules.dropped import Dropout
from gradloom.frontend.nn.modules.linear import Linear
from gradloom.frontend.nn.modules.module import Module
from gradloom.frontend.nn.modules.normalization import LayerNorm
from gradloom.frontend.nn.modules.sources import require_sizes, sources
from gradloom.frontend.nn.operands import require_probability
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


class MultiHeadAttention(Module):
    """Attention of projected queries, keys and values, projected again.

    q [..., s, width], k and v [..., t, width] give [..., s, width]; k is q, and v is k, unless
    given. With `kv_heads`, keys and values have fewer heads, each for a group of the queries'.
    Projections begin as torch's: Glorot's uniform numbers, and zeros for biases.

    >>> import numpy as np
    >>> MultiHeadAttention(8, 2, causal=True, key=0)(np.ones((1, 5, 8))).shape
    (1, 5, 8)
    """

    q: Linear
    k: Linear
    v: Linear
    out: Linear
    heads: int
    kv_heads: int
    causal: bool
    dropout: float

    def __init__(
        self, width: int, heads: int, kv_heads: int | None = None, *, causal: bool = False,
        dropout: float = 0.0, bias: bool = True, key: Any = None, rng: Any = None,
        dtype: Any = float,
    ) -> None:  # fmt: skip
        what = "MultiHeadAttention"
        theirs = heads if kv_heads is None else kv_heads
        require_sizes(what, width=width, heads=heads, kv_heads=theirs)
        require_probability(what, dropout)
        if width % heads or heads % theirs:
            raise ShapeError(
                f"{what}: heads={heads} divides width={width}, and kv_heads={theirs} divides "
                "heads, or they do not fit", location=user_location(),
            )  # fmt: skip
        inner = width // heads * theirs
        a, b, c, d = sources(what, key, rng, 4)
        glorot = initializers.xavier_uniform
        self.q = Linear(width, width, bias, init=glorot, key=a, dtype=dtype)
        self.k = Linear(width, inner, bias, init=glorot, key=b, dtype=dtype)
        self.v = Linear(width, inner, bias, init=glorot, key=c, dtype=dtype)
        self.out = _without_shift(Linear(width, width, bias, key=d, dtype=dtype))
        self.heads, self.kv_heads, self.causal, self.dropout = heads, theirs, causal, dropout

    def _run(self, q: Any, k: Any, v: Any, mask: Any, dropout: float, key: Any) -> Any:
        k = q if k is None else k
        v = k if v is None else v
        seen = multi_head_attention(
            self.q(q), self.k(k), self.v(v), self.heads, mask, causal=self.causal,
            num_kv_heads=self.kv_heads, dropout_p=dropout, key=key,
        )  # fmt: skip
        return self.out(seen)

    def __call__(self, q: Any, k: Any = None, v: Any = None, mask: Any = None) -> Any:
        """[..., s, width]; a mask of bools is true where a key is seen."""
        return self._run(q, k, v, mask, 0.0, None)

    def train(
        self, q: Any, k: Any = None, v: Any = None, mask: Any = None, *, key: Any = None
    ) -> tuple[Any, Self]:
        """`(result, module)` with weights of attention dropped."""
        return self._run(q, k, v, mask, self.dropout, key), self


def _without_shift(layer: Linear) -> Linear:
    return layer if layer.b is None else layer.replace(b=np.zeros_like(layer.b))


class TransformerBlock(Module):
    """Attention and a network of two layers, each with a normalization, and added to its input.

    x [..., s, width] gives [..., s, width]. Normalization stands before each of the two
    (`norm_first`, as in GPT-2), or after (Vaswani et al. 2017). In training, weights of attention,
    what is added and the hidden layer are dropped with probability `dropout`.

    >>> import numpy as np
    >>> block = TransformerBlock(8, 2, causal=True, key=0)
    >>> block(np.ones((1, 5, 8))).shape
    (1, 5, 8)
    """

    attention: MultiHeadAttention
    norm1: LayerNorm
    hidden: Linear
    out: Linear
    norm2: LayerNorm
    drop: Dropout
    activation: Callable[[Any], Any]
    norm_first: bool

    def __init__(
        self, width: int, heads: int, hidden: int | None = None, *, causal: bool = False,
        dropout: float = 0.0, activation: Callable[[Any], Any] = gelu, norm_first: bool = True,
        bias: bool = True, eps: float = 1e-5, kv_heads: int | None = None, key: Any = None,
        rng: Any = None, dtype: Any = float,
    ) -> None:  # fmt: skip
        inner = 4 * width if hidden is None else hidden
        a, b, c = sources("TransformerBlock", key, rng, 3)
        self.attention = MultiHeadAttention(
            width, heads, kv_heads, causal=causal, dropout=dropout, bias=bias, key=a, dtype=dtype
        )
        self.norm1 = LayerNorm(width, eps, bias=bias, dtype=dtype)
        self.hidden = Linear(width, inner, bias, key=b, dtype=dtype)
        self.out = Linear(inner, width, bias, key=c, dtype=dtype)
        self.norm2 = LayerNorm(width, eps, bias=bias, dtype=dtype)
        self.drop, self.activation, self.norm_first = Dropout(dropout), activation, norm_first

    def __call__(self, x: Any, mask: Any = None) -> Any:
        """[..., s, width]; a mask of bools is true where a key is seen."""
        return self._run(x, lambda x: self.attention(x, mask=mask), lambda x, i: x)

    def train(self, x: Any, mask: Any = None, *, key: Any = None) -> tuple[Any, Self]:
        """`(result, module)` with dropout by the key."""
        own, *others = split(key, 4)

        def attended(x: Any) -> Any:
            return self.attention.train(x, mask=mask, key=own)[0]

        return self._run(x, attended, lambda x, i: self.drop.train(x, key=others[i])[0]), self

    def _run(
        self, x: Any, attended: Callable[[Any], Any], thinned: Callable[[Any, int], Any]
    ) -> Any:
        def seen(x: Any) -> Any:
            return thinned(attended(x), 0)

        def thought(x: Any) -> Any:
            return thinned(self.out(thinned(self.activation(self.hidden(x)), 1)), 2)

        if self.norm_first:
            x = x + seen(self.norm1(x))
            return x + thought(self.norm2(x))
        x = self.norm1(x + seen(x))
        return self.norm2(x + thought(x))
