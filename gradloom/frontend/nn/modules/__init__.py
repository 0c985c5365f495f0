"""Modules: networks and their parts as objects that hold their arrays, and are pytrees of them."""

from gradloom.frontend.nn.modules.attention import MultiHeadAttention, TransformerBlock
from gradloom.frontend.nn.modules.containers import MLP, Flatten, Lambda, Sequential
from gradloom.frontend.nn.modules.convolutions import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from gradloom.frontend.nn.modules.dropped import Dropout
from gradloom.frontend.nn.modules.fields import Array, Buffer, Frozen
from gradloom.frontend.nn.modules.linear import Bilinear, Embedding, Linear
from gradloom.frontend.nn.modules.module import Module
from gradloom.frontend.nn.modules.normalization import (
    BatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    RMSNorm,
)
from gradloom.frontend.nn.modules.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell

__all__ = [
    "GRU", "LSTM", "MLP", "RNN", "Array", "BatchNorm", "Bilinear", "Buffer", "Conv1d", "Conv2d",
    "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "Dropout", "Embedding",
    "Flatten", "Frozen", "GRUCell", "GroupNorm", "InstanceNorm", "LSTMCell", "Lambda", "LayerNorm",
    "Linear", "Module", "MultiHeadAttention", "RMSNorm", "RNNCell", "Sequential",
    "TransformerBlock",
]  # fmt: skip
