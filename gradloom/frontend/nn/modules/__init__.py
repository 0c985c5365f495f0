"""Modules: networks and their parts as objects that hold their arrays, and are pytrees of them."""

from gradloom.frontend.nn.modules.containers import MLP, Lambda, Sequential
from gradloom.frontend.nn.modules.dropped import Dropout
from gradloom.frontend.nn.modules.fields import Array, Buffer, Frozen
from gradloom.frontend.nn.modules.linear import Bilinear, Embedding, Linear
from gradloom.frontend.nn.modules.module import Module

__all__ = [
    "MLP", "Array", "Bilinear", "Buffer", "Dropout", "Embedding", "Frozen", "Lambda", "Linear",
    "Module", "Sequential",
]  # fmt: skip
