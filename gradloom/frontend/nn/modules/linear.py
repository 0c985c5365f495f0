"""Linear maps and tables of rows, as modules."""

from __future__ import annotations

from typing import Any

from gradloom.frontend.nn import affine, initializers
from gradloom.frontend.nn.modules.fields import Array
from gradloom.frontend.nn.modules.module import Module
from gradloom.frontend.nn.modules.sources import Init, first_weights, require_sizes, sources
from gradloom.ir.errors import IndexOutOfRange
from gradloom.ir.location import user_location


class Linear(Module):
    """`x @ w + b` of x [..., in], with w [in, out] and b [out], which may be None.

    The weights begin uniform between plus and minus 1 / √in, as torch's; or as `init` says, one of
    `nn.init`, with biases of 0.

    >>> import numpy as np
    >>> layer = Linear(3, 2, key=0)
    >>> layer
    Linear(w=f64[3,2], b=f64[2])
    >>> layer(np.ones((4, 3))).shape
    (4, 2)
    """

    w: Array
    b: Array | None

    def __init__(
        self, inputs: int, outputs: int, bias: bool = True, *, init: Init | None = None,
        key: Any = None, rng: Any = None, dtype: Any = float,
    ) -> None:  # fmt: skip
        require_sizes("Linear", inputs=inputs, outputs=outputs)
        self.w, self.b = first_weights(
            "Linear", (inputs, outputs), outputs if bias else 0, inputs, init, key, rng, dtype
        )

    def __call__(self, x: Any) -> Any:
        """`x @ w + b`."""
        return affine.linear(x, self.w, self.b)


class Bilinear(Module):
    """`x1 @ w[k] @ x2 + b[k]` of x1 [..., i] and x2 [..., j], with w [out, i, j]."""

    w: Array
    b: Array | None

    def __init__(
        self, inputs1: int, inputs2: int, outputs: int, bias: bool = True, *, key: Any = None,
        rng: Any = None, dtype: Any = float,
    ) -> None:  # fmt: skip
        require_sizes("Bilinear", inputs1=inputs1, inputs2=inputs2, outputs=outputs)
        self.w, self.b = first_weights(
            "Bilinear", (outputs, inputs1, inputs2), outputs if bias else 0, inputs1, None, key,
            rng, dtype,
        )  # fmt: skip

    def __call__(self, x1: Any, x2: Any) -> Any:
        """[..., out]."""
        return affine.bilinear(x1, x2, self.w, self.b)


class Embedding(Module):
    """The rows of `table` [rows, width] that integers name.

    The rows begin standard normal, or as `init` says; the row `padding_idx` begins as zeros and
    gets no gradient.

    >>> import numpy as np
    >>> Embedding(10, 4, key=0)(np.array([[1, 2, 1]])).shape
    (1, 3, 4)
    """

    table: Array
    padding_idx: int | None

    def __init__(
        self, rows: int, width: int, padding_idx: int | None = None, *,
        init: Init = initializers.normal, key: Any = None, rng: Any = None, dtype: Any = float,
    ) -> None:  # fmt: skip
        require_sizes("Embedding", rows=rows, width=width)
        if padding_idx is not None and not -rows <= padding_idx < rows:
            raise IndexOutOfRange(
                f"Embedding: padding_idx {padding_idx} of {rows} rows", location=user_location()
            )
        (source,) = sources("Embedding", key, rng, 1)
        self.table, self.padding_idx = init(source, (rows, width), dtype=dtype), padding_idx
        if padding_idx is not None:
            self.table[padding_idx] = 0

    def __call__(self, indices: Any) -> Any:
        """[..., width]."""
        return affine.embedding(self.table, indices, padding_idx=self.padding_idx)
