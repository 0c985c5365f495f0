"""Torch-like tensors on a cluster: `import gradloom.eager as gt`.

    >>> import gradloom.eager as gt
    >>> with gt.local():
    ...     w = gt.ones(3, requires_grad=True)
    ...     (w * w).sum().backward()
    ...     w.grad
    tensor([2., 2., 2.])

Ops are recorded and sent as programs; only asking for a value waits. Outside of `gt.local()` and of
`gl.cluster()` the first value that is asked for starts a cluster by itself.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final

from gradloom.eager import (
    arrangements,
    creation,
    debug,
    derivatives,
    drawn,
    dtypes,
    files,
    function,
    grads,
    matrices,
    methods,
    nn,
    optim,
    places,
    products,
    rare,
    sessions,
    shapes,
    signal,
    spectra,
)
from gradloom.eager.home import here
from gradloom.eager.reductions import Pair
from gradloom.eager.tensor import Size, Tensor
from gradloom.ir import errors
from gradloom.runtime import signals as _signals

_GRADS: Final = (
    "no_grad", "enable_grad", "set_grad_enabled", "is_grad_enabled", "inference_mode",
    "is_inference_mode_enabled",
)  # fmt: skip
linalg: Final = SimpleNamespace(**products.LINALG | matrices.LINALG)
_LAYERS: Final = (
    *[f"{f}{n}d" for n in (1, 2, 3) for f in ("conv", "conv_transpose", "max_pool")], "avg_pool1d",
    "adaptive_avg_pool1d", "layer_norm", "group_norm", "rms_norm", "dropout", "alpha_dropout",
    "bilinear", "cosine_similarity", "pairwise_distance", "pixel_shuffle", "pixel_unshuffle",
    "channel_shuffle", "prelu", "hardshrink", "celu", "threshold", "rrelu",
)  # fmt: skip
special: Final = SimpleNamespace(**rare.SPECIAL)
fft: Final = SimpleNamespace(**spectra.FFT)
autograd: Final = SimpleNamespace(
    **{name: getattr(grads, name) for name in _GRADS}, grad=grads.grad, backward=grads.backward_of,
    Function=function.Function, functional=SimpleNamespace(**derivatives.FUNCTIONAL),
    function=SimpleNamespace(
        Function=function.Function, once_differentiable=function.once_differentiable),
)  # fmt: skip
func: Final = SimpleNamespace(**derivatives.FUNC)
dtype: Final = dtypes.dtype


def flush() -> None:
    """Send what is recorded, without waiting."""
    here().flush()


def is_tensor(x: object) -> bool:
    """Whether it is a tensor."""
    return isinstance(x, Tensor)


def result_type(a: Any, b: Any) -> dtypes.dtype:
    """The dtype of an operation on both."""
    from gradloom.eager.calls import common

    return dtypes.name_of(common("result_type", a, b)[1])


_NAMES: Final[dict[str, Any]] = {
    **methods.FUNCTIONS,
    **shapes.JOINS,
    **arrangements.FUNCTIONS,
    **arrangements.ALONE,
    **places.ALONE,
    **rare.ALONE,
    **{name: nn.functional.FUNCTIONS[name] for name in _LAYERS},
    **creation.FUNCTIONS,
    **drawn.FUNCTIONS,
    **dtypes.NAMES,
    **{name: getattr(grads, name) for name in _GRADS},
    "vmap": derivatives.vmap, "Generator": creation.Generator, "finfo": dtypes.finfo,
    "iinfo": dtypes.iinfo,
    "einsum": products.einsum, "tensordot": products.tensordot, "cdist": products.cdist,
    "equal": methods.equal, "allclose": methods.allclose, "isclose": methods.isclose,
    "local": sessions.local, "connect": sessions.connect, "gpu_workers": sessions.gpu_workers,
    **{
        name: getattr(_signals, name)
        for name in (
            "ShardConfig", "SignalConfig", "get_config", "get_signal_config", "load_config",
            "register_config",
        )
    },
    "save": files.save, "load": files.load,
    "inf": float("inf"), "nan": float("nan"), "pi": 3.141592653589793,
}  # fmt: skip
globals().update(_NAMES)
for _name, _method in {**arrangements.FUNCTIONS, **arrangements.METHODS}.items():
    setattr(Tensor, _name, _method)


__all__ = [
    "Pair", "Size", "Tensor", "autograd", "debug", "dtype", "errors", "fft", "flush",
    "func", "is_tensor", "linalg", "nn", "optim", "result_type", "signal", "special", *_NAMES,
]  # fmt: skip
