"""Recurrent networks, as modules: cells of one step, and layers of them over a sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self

from gradloom.frontend.nn import recurrent, stacked
from gradloom.frontend.nn.modules.fields import Array
from gradloom.frontend.nn.modules.module import Module
from gradloom.frontend.nn.modules.sources import even, require_sizes, sources
from gradloom.frontend.nn.operands import require_probability


class Cell(Module):
    """What the cells share: w_ih [in, gates * hidden], w_hh [hidden, gates * hidden], and biases
    [gates * hidden], which may be None. All begin uniform between plus and minus 1 / √hidden.
    """

    w_ih: Array
    w_hh: Array
    b_ih: Array | None
    b_hh: Array | None
    gates: ClassVar[int]

    def __init__(
        self, inputs: int, hidden: int, bias: bool = True, *, key: Any = None, rng: Any = None,
        dtype: Any = float,
    ) -> None:  # fmt: skip
        what, wide = type(self).__name__, self.gates * hidden
        require_sizes(what, inputs=inputs, hidden=hidden)
        a, b, c, d = sources(what, key, rng, 4)
        self.w_ih = even(a, (inputs, wide), hidden, dtype)
        self.w_hh = even(b, (hidden, wide), hidden, dtype)
        self.b_ih = even(c, (wide,), hidden, dtype) if bias else None
        self.b_hh = even(d, (wide,), hidden, dtype) if bias else None

    @property
    def weights(self) -> tuple[Any, Any, Any, Any]:
        """`(w_ih, w_hh, b_ih, b_hh)`, as the functions of `gl.nn` take them."""
        return self.w_ih, self.w_hh, self.b_ih, self.b_hh


class RNNCell(Cell):
    """The next state of a plain recurrent network: tanh(x w_ih + h w_hh + biases), or relu.

    >>> import numpy as np
    >>> RNNCell(3, 4, key=0)(np.ones((2, 3)), np.zeros((2, 4))).shape
    (2, 4)
    """

    nonlinearity: str
    gates = 1

    def __init__(
        self, inputs: int, hidden: int, bias: bool = True, nonlinearity: str = "tanh", *,
        key: Any = None, rng: Any = None, dtype: Any = float,
    ) -> None:  # fmt: skip
        recurrent.bend_of("RNNCell", nonlinearity)
        super().__init__(inputs, hidden, bias, key=key, rng=rng, dtype=dtype)
        self.nonlinearity = nonlinearity

    def __call__(self, x: Any, h: Any) -> Any:
        """[..., hidden] of x [..., in] and h [..., hidden]."""
        return recurrent.rnn_cell(x, h, *self.weights, self.nonlinearity)


class GRUCell(Cell):
    """The next state of gated recurrent units.

    >>> import numpy as np
    >>> GRUCell(3, 4, key=0)(np.ones((2, 3)), np.zeros((2, 4))).shape
    (2, 4)
    """

    gates = 3

    def __call__(self, x: Any, h: Any) -> Any:
        """[..., hidden] of x [..., in] and h [..., hidden]."""
        return recurrent.gru_cell(x, h, *self.weights)


class LSTMCell(Cell):
    """The next (h, c) of a long short-term memory.

    >>> import numpy as np
    >>> h, c = LSTMCell(3, 4, key=0)(np.ones((2, 3)), (np.zeros((2, 4)), np.zeros((2, 4))))
    >>> h.shape
    (2, 4)
    """

    gates = 4

    def __call__(self, x: Any, state: tuple[Any, Any]) -> tuple[Any, Any]:
        """(h, c), each [..., hidden], of x [..., in] and (h, c)."""
        return recurrent.lstm_cell(x, state, *self.weights)


# ---- layers --------------------------------------------------------------------------------------


class Recurrent(Module):
    """What `RNN`, `GRU` and `LSTM` share: `cells` by layer and direction, in torch's order.

    xs [time, batch, in] gives `(ys, last)`: ys [time, batch, directions * hidden] of the last
    layer, and the last states [layers * directions, batch, hidden] of all (an LSTM's are (h, c)).
    The batch may be missing, and time stand along another axis. The first states are zeros unless
    given. In training, what goes from layer to layer is dropped with probability `dropout`.
    """

    cells: tuple[Cell, ...]
    bidirectional: bool
    dropout: float
    time_axis: int
    options: tuple[tuple[str, Any], ...]
    kind: ClassVar[Callable[..., Any]]
    run: ClassVar[Callable[..., Any]]

    def __init__(
        self, inputs: int, hidden: int, layers: int = 1, *, bidirectional: bool = False,
        bias: bool = True, dropout: float = 0.0, time_axis: int = 0, key: Any = None,
        rng: Any = None, dtype: Any = float, **options: Any,
    ) -> None:  # fmt: skip
        what, directions = type(self).__name__, 1 + bool(bidirectional)
        require_sizes(what, inputs=inputs, hidden=hidden, layers=layers)
        require_probability(what, dropout)
        each = sources(what, key, rng, layers * directions)
        self.cells = tuple([
            self.kind(
                inputs if i < directions else directions * hidden, hidden, bias, key=source,
                dtype=dtype, **options,
            )
            for i, source in enumerate(each)
        ])  # fmt: skip
        self.bidirectional, self.dropout = bool(bidirectional), float(dropout)
        self.time_axis, self.options = time_axis, tuple(options.items())

    def _over(self, xs: Any, state: Any, dropout: float, key: Any) -> tuple[Any, Any]:
        made: tuple[Any, Any] = type(self).run(
            xs, state, [cell.weights for cell in self.cells], bidirectional=self.bidirectional,
            dropout_p=dropout, key=key, time_axis=self.time_axis, **dict(self.options),
        )  # fmt: skip
        return made

    def __call__(self, xs: Any, state: Any = None) -> tuple[Any, Any]:
        """`(ys, last)`."""
        return self._over(xs, state, 0.0, None)

    def train(self, xs: Any, state: Any = None, *, key: Any = None) -> tuple[tuple[Any, Any], Self]:
        """`((ys, last), module)` with elements dropped between layers."""
        return self._over(xs, state, self.dropout, key), self


class RNN(Recurrent):
    """Layers of plain recurrent networks; `nonlinearity` is "tanh" or "relu".

    >>> import numpy as np
    >>> ys, last = RNN(3, 4, layers=2, key=0)(np.ones((7, 5, 3)))
    >>> ys.shape, last.shape
    ((7, 5, 4), (2, 5, 4))
    """

    kind = RNNCell
    run = staticmethod(stacked.stacked_rnn)


class GRU(Recurrent):
    """Layers of gated recurrent units.

    >>> import numpy as np
    >>> ys, last = GRU(3, 4, bidirectional=True, key=0)(np.ones((7, 5, 3)))
    >>> ys.shape, last.shape
    ((7, 5, 8), (2, 5, 4))
    """

    kind = GRUCell
    run = staticmethod(stacked.stacked_gru)


class LSTM(Recurrent):
    """Layers of long short-term memories.

    >>> import numpy as np
    >>> ys, (h, c) = LSTM(3, 4, key=0)(np.ones((7, 5, 3)))
    >>> ys.shape, c.shape
    ((7, 5, 4), (1, 5, 4))
    """

    kind = LSTMCell
    run = staticmethod(stacked.stacked_lstm)
