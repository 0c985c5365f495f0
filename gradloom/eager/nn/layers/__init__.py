"""Every module of `gt.nn` by torch's name."""

from __future__ import annotations

from typing import Final

from gradloom.eager.nn.layers import containers, linear, recurrent, transformers
from gradloom.eager.nn.layers.activations import ACTIVATIONS
from gradloom.eager.nn.layers.convolutions import CONVOLUTIONS
from gradloom.eager.nn.layers.losses import LOSSES
from gradloom.eager.nn.layers.norms import NORMS
from gradloom.eager.nn.layers.windows import WINDOWS
from gradloom.eager.nn.module import Module

_NAMED: Final[tuple[type[Module], ...]] = (
    containers.ModuleDict, containers.ModuleList, containers.ParameterDict,
    containers.ParameterList, containers.Sequential, linear.Bilinear, linear.Embedding,
    linear.EmbeddingBag, linear.Identity, linear.Linear, recurrent.GRU, recurrent.GRUCell,
    recurrent.LSTM, recurrent.LSTMCell, recurrent.RNN, recurrent.RNNCell,
    transformers.MultiheadAttention, transformers.Transformer, transformers.TransformerDecoder,
    transformers.TransformerDecoderLayer, transformers.TransformerEncoder,
    transformers.TransformerEncoderLayer,
)  # fmt: skip
LAYERS: Final[dict[str, type[Module]]] = {
    **{layer.__name__: layer for layer in _NAMED},
    **ACTIVATIONS, **CONVOLUTIONS, **LOSSES, **NORMS, **WINDOWS,
}  # fmt: skip
