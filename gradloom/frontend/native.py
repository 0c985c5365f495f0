"""to_torch, to_jax, to_tensorflow: a numpy function over a framework's tensors, differentiable
by the framework.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradloom import backends
from gradloom.frontend.compile import Compiled


def _native(f: Callable[..., Any], name: str) -> Compiled:
    options = {
        "static_argnums": (),
        "static_argnames": (),
        "pipeline": None,
        "device": None,
        "native": True,
        "mutation": "refuse",
    }
    return Compiled(f, backends.get(name), options)


def to_torch(f: Callable[..., Any]) -> Compiled:
    """`f` over torch tensors, made of torch's own ops: `.backward()`, `torch.func` and
    `torch.compile` go through it.

    >>> import numpy as np, torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> to_torch(lambda x: np.sum(x**2))(x).backward()
    >>> x.grad
    tensor([2., 4.])
    """
    return _native(f, "torch")


def to_jax(f: Callable[..., Any]) -> Compiled:
    """`f` over JAX arrays: `jax.grad`, `jax.jit` and `jax.vmap` go through it.

    >>> import numpy as np, jax
    >>> float(jax.grad(to_jax(lambda x: np.sin(x) ** 2))(0.0))
    0.0
    """
    return _native(f, "jax")


def to_tensorflow(f: Callable[..., Any]) -> Compiled:
    """`f` over TensorFlow tensors: `tf.GradientTape` goes through it."""
    return _native(f, "tensorflow")
