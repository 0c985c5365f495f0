"""Recurrent layers: RNN, LSTM and GRU, and one step of each."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager import creation
from gradloom.eager.calls import Array, several
from gradloom.eager.methods import FUNCTIONS
from gradloom.eager.nn.functional.rows import dropout
from gradloom.eager.nn.layers.linear import drawn
from gradloom.eager.nn.module import Module
from gradloom.eager.products import same_dtype
from gradloom.eager.remembered import remembered
from gradloom.eager.shapes import cat, stack
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import recurrent as nn
from gradloom.frontend.nn.activations import relu
from gradloom.ir.errors import ArgumentError, NotSupported, ShapeError
from gradloom.ir.location import user_location

Step = Callable[..., tuple[Array, ...]]


def _plain(bend: Callable[[Array], Array]) -> Step:
    """One step: `bend(x + h @ w)`; x has its own product in it already."""

    def step(x: Array, w: Array, b: Array | None, h: Array) -> tuple[Array, ...]:
        return (nn.rnn_step(h, x, w, b, bend),)

    return step


def _shifted(x: Array, b: Array | None) -> Array:
    return x if b is None else x + b


def _lstm(x: Array, w: Array, b: Array | None, h: Array, c: Array) -> tuple[Array, ...]:
    return nn.lstm_step((h, c), x, w, b)


def _gru(x: Array, w: Array, b: Array | None, h: Array) -> tuple[Array, ...]:
    return (nn.gru_step(h, x, w, b),)


STEPS: Final[dict[str, tuple[int, int, Step]]] = {
    "tanh": (1, 1, _plain(np.tanh)), "relu": (1, 1, _plain(relu)), "lstm": (4, 2, _lstm),
    "gru": (3, 1, _gru),
}  # fmt: skip
"""By kind: how many gates, how many states, and the step."""


@remembered
def _run(
    kind: str, x: Tensor, states: list[Tensor], weights: list[Tensor | None], reverse: bool
) -> tuple[Tensor, ...]:
    """One layer in one direction: what each step gives, and the last states."""
    step = STEPS[kind][2]
    given = [w for w in weights if w is not None]
    count = len(states)

    def function(a: Array, *rest: Array) -> tuple[Array, ...]:
        now = rest[:count]
        there = iter(rest[count:])
        w_ih, w_hh, b_ih, b_hh, w_hr = [None if w is None else next(there) for w in weights]
        assert w_ih is not None
        assert w_hh is not None
        inside = _shifted(a @ w_ih.T, b_ih)
        outs = []
        for t in range(a.shape[0])[:: -1 if reverse else 1]:
            now = step(inside[t], w_hh.T, b_hh, *now)
            if w_hr is not None:
                now = (now[0] @ w_hr.T, *now[1:])
            outs.append(now[0])
        return np.stack(outs[:: -1 if reverse else 1]), *now

    return several(kind, function, [x, *states, *given])


class _Recurrent(Module):
    """Layers of steps along the first axis (with `batch_first` the second)."""

    mode: str

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False,
        proj_size: int = 0, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if proj_size and not 0 < proj_size < hidden_size:
            raise ArgumentError(f"proj_size={proj_size} is not between 0 and hidden_size")
        if not 0 <= dropout <= 1:
            raise ArgumentError(f"dropout={dropout} is not between 0 and 1")
        if num_layers < 1 or hidden_size < 1:
            raise ArgumentError(f"num_layers={num_layers} and hidden_size={hidden_size}")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        limit = 1 / math.sqrt(hidden_size)
        gates = STEPS[self._kind()][0] * hidden_size
        out = proj_size or hidden_size
        for layer in range(num_layers):
            wide = input_size if not layer else out * (1 + bidirectional)
            sizes: dict[str, tuple[int, ...]] = {
                "weight_ih": (gates, wide),
                "weight_hh": (gates, out),
            }
            if bias:
                sizes |= {"bias_ih": (gates,), "bias_hh": (gates,)}
            if proj_size:
                sizes |= {"weight_hr": (proj_size, hidden_size)}
            for direction in range(1 + bidirectional):
                for name, shape in sizes.items():
                    full = f"{name}_l{layer}{'_reverse' if direction else ''}"
                    self.register_parameter(full, drawn(limit, shape, dtype))

    def _kind(self) -> str:
        return self.mode

    def flatten_parameters(self) -> None:
        """Nothing: where weights lie is the workers' business."""

    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        """What the last layer gives at each step, and the last states of all layers."""
        if not isinstance(input, Tensor):
            raise NotSupported(
                f"{type(self).__name__}: packed sequences are not offered",
                hint="give a padded tensor",
            )
        what = type(self).__name__
        if input.ndim not in (2, 3) or input.shape[-1] != self.input_size:
            raise ShapeError(
                f"{what}: an input of shape {tuple(input.shape)}; 2 axes (unbatched) or 3 are due, "
                f"the last of size input_size = {self.input_size}", location=user_location(),
            )  # fmt: skip
        same_dtype(what, input, self.weight_ih_l0)
        batched = input.ndim == 3
        x = input if batched else FUNCTIONS["unsqueeze"](input, 1)
        x = FUNCTIONS["transpose"](x, 0, 1) if batched and self.batch_first else x
        count = STEPS[self._kind()][1]
        given = self._states(x, hx, count, batched)
        lasts: list[list[Tensor]] = [[] for _ in range(count)]
        for layer in range(self.num_layers):
            outs = []
            for direction in range(1 + self.bidirectional):
                place = layer * (1 + self.bidirectional) + direction
                out, *last = _run(
                    self._kind(), x, [s[place] for s in given],  # type: ignore[index]
                    self._weights(layer, direction), bool(direction),
                )  # fmt: skip
                outs.append(out)
                for kept, state in zip(lasts, last, strict=True):
                    kept.append(state)
            x = outs[0] if len(outs) == 1 else cat(outs, -1)
            if layer + 1 < self.num_layers:
                x = dropout(x, self.dropout, self.training)
        x = FUNCTIONS["transpose"](x, 0, 1) if batched and self.batch_first else x
        states = [stack(kept) for kept in lasts]
        if not batched:
            x, states = FUNCTIONS["squeeze"](x, 1), [FUNCTIONS["squeeze"](s, 1) for s in states]
        return x, states[0] if count == 1 else tuple(states)

    def _weights(self, layer: int, direction: int) -> list[Tensor | None]:
        end = f"_l{layer}{'_reverse' if direction else ''}"
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        return [self._parameters.get(name + end) for name in names]

    def _states(self, x: Tensor, hx: Any, count: int, batched: bool) -> list[Tensor]:
        """The first states, [layers * directions, batch, size] each; zeros where none are given."""
        layers = self.num_layers * (1 + self.bidirectional)
        sizes = [self.proj_size or self.hidden_size, self.hidden_size][:count]
        shapes = [(layers, x.shape[1], n) for n in sizes]
        if hx is None:
            return [creation.zeros(shape, dtype=x.dtype) for shape in shapes]
        given = list(hx) if count > 1 else [hx]
        if not batched:
            given = [FUNCTIONS["unsqueeze"](h, 1) for h in given]
        for h, shape in zip(given, shapes, strict=True):
            if tuple(h.shape) != shape:
                raise ShapeError(
                    f"{type(self).__name__}: Expected hidden size {shape}, got {tuple(h.shape)}",
                    location=user_location(),
                )
        return given

    def extra_repr(self) -> str:
        """Its sizes, and what is not the default."""
        text = f"{self.input_size}, {self.hidden_size}"
        plain = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False,
                 "dropout": 0.0, "bidirectional": False}  # fmt: skip
        for name, value in plain.items():
            if getattr(self, name) != value:
                text += f", {name}={getattr(self, name)}"
        return text


class RNN(_Recurrent):
    """`h = tanh(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)`, or with `relu`."""

    mode = "tanh"

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh",
        bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
        bidirectional: bool = False, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        if nonlinearity not in ("tanh", "relu"):
            raise ArgumentError(f"RNN: nonlinearity={nonlinearity!r}", hint="'tanh' or 'relu'")
        self.__dict__["nonlinearity"] = nonlinearity
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout,
                         bidirectional, 0, device, dtype)  # fmt: skip

    def _kind(self) -> str:
        return str(self.nonlinearity)


class LSTM(_Recurrent):
    """Steps with a state that gates let in, keep and let out."""

    mode = "lstm"


class GRU(_Recurrent):
    """Steps with a state that is partly kept and partly made anew."""

    mode = "gru"

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout,
                         bidirectional, 0, device, dtype)  # fmt: skip


class _Cell(Module):
    mode: str

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        gates, limit = STEPS[self._kind()][0] * hidden_size, 1 / math.sqrt(hidden_size)
        self.weight_ih = drawn(limit, (gates, input_size), dtype)
        self.weight_hh = drawn(limit, (gates, hidden_size), dtype)
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, drawn(limit, (gates,), dtype) if bias else None)

    def _kind(self) -> str:
        return self.mode

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """The next state (of an LSTM: states)."""
        what, count = type(self).__name__, STEPS[self._kind()][1]
        if input.ndim not in (1, 2) or input.shape[-1] != self.input_size:
            raise ShapeError(
                f"{what}: an input of shape {tuple(input.shape)}, the last size of which is to be "
                f"input_size = {self.input_size}", location=user_location(),
            )  # fmt: skip
        shape = (*input.shape[:-1], self.hidden_size)
        if hx is None:
            given = [creation.zeros(shape, dtype=input.dtype)] * count
        else:
            given = list(hx) if count > 1 else [hx]
        if any(tuple(h.shape) != shape for h in given):
            raise ShapeError(
                f"{what}: a state of shape {tuple(given[0].shape)}, where {shape} is due",
                location=user_location(),
            )
        x = FUNCTIONS["unsqueeze"](input, 0)
        weights = [self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh, None]
        _, *last = _run(self._kind(), x, given, weights, False)
        return last[0] if count == 1 else tuple(last)

    def extra_repr(self) -> str:
        """Its sizes, and what is not the default."""
        text = f"{self.input_size}, {self.hidden_size}"
        text += "" if self.bias else ", bias=False"
        relu = self.__dict__.get("nonlinearity") == "relu"
        return text + (", nonlinearity=relu" if relu else "")


class RNNCell(_Cell):
    """One step of an RNN."""

    mode = "tanh"

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh",
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        if nonlinearity not in ("tanh", "relu"):
            raise ArgumentError(f"RNNCell: nonlinearity={nonlinearity!r}", hint="'tanh' or 'relu'")
        self.__dict__["nonlinearity"] = nonlinearity
        super().__init__(input_size, hidden_size, bias, device, dtype)

    def _kind(self) -> str:
        return str(self.nonlinearity)


class LSTMCell(_Cell):
    """One step of an LSTM."""

    mode = "lstm"


class GRUCell(_Cell):
    """One step of a GRU."""

    mode = "gru"
