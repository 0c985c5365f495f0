"""Layers, activations, losses and containers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np

from gradloom.eager import creation
from gradloom.eager.calls import Array, one
from gradloom.eager.grads import no_grad
from gradloom.eager.methods import METHODS
from gradloom.eager.nn import functional as F  # noqa: N812, RUF100
from gradloom.eager.nn.module import Module, Parameter
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


def _uniform(bound: float, *shape: int) -> Tensor:
    drawn = creation.draw(lambda g: g.uniform(-bound, bound, shape)).astype(np.float32)
    return Parameter(creation.from_numpy(drawn))


class Linear(Module):
    """`x @ weight.T + bias`, the weight of shape (out_features, in_features)."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        bound = 1 / math.sqrt(in_features) if in_features else 0.0
        self.weight = _uniform(bound, out_features, in_features)
        self.register_parameter("bias", _uniform(bound, out_features) if bias else None)

    def forward(self, x: Tensor) -> Tensor:
        """The products, shifted."""
        return F.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Its sizes."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Embedding(Module):
    """A row of the weight for each integer."""

    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        super().__init__()
        self.weight = Parameter(creation.randn(num_embeddings, embedding_dim))

    def forward(self, x: Tensor) -> Tensor:
        """The rows."""
        return F.embedding(x, self.weight)


class LayerNorm(Module):
    """The last axes with mean 0 and deviation 1, scaled and shifted."""

    def __init__(
        self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else normalized_shape
        self.normalized_shape, self.eps = tuple(shape), eps
        affine = elementwise_affine
        self.register_parameter("weight", Parameter(creation.ones(*shape)) if affine else None)
        shifted = affine and bias
        self.register_parameter("bias", Parameter(creation.zeros(*shape)) if shifted else None)

    def forward(self, x: Tensor) -> Tensor:
        """The input, normalized."""
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)


class _BatchNorm(Module):
    dims: tuple[int, ...] = ()

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.register_parameter(
            "weight", Parameter(creation.ones(num_features)) if affine else None
        )
        self.register_parameter("bias", Parameter(creation.zeros(num_features)) if affine else None)
        kept = track_running_stats
        self.register_buffer("running_mean", creation.zeros(num_features) if kept else None)
        self.register_buffer("running_var", creation.ones(num_features) if kept else None)
        count = creation.zeros((), dtype="int64")
        self.register_buffer("num_batches_tracked", count if kept else None)

    def forward(self, x: Tensor) -> Tensor:
        """The input, normalized by channel."""
        if x.ndim not in self.dims:
            raise ShapeError(
                f"{type(self).__name__}: an input of {x.ndim} axes", location=user_location()
            )
        axes = (0, *range(2, x.ndim))
        own = self.training or self.running_mean is None
        if own:
            mean, var = METHODS["mean"](x, axes), METHODS["var"](x, axes, unbiased=False)
            if self.training and self.running_mean is not None:
                self._track(x, mean, var)
        else:
            mean, var = self.running_mean, self.running_var
        shape = (1, x.shape[1], *[1] * (x.ndim - 2))
        affine = [t for t in (self.weight, self.bias) if t is not None]

        def function(a: Array, m: Array, v: Array, *rest: Array) -> Array:
            made = (a - m.reshape(shape)) / np.sqrt(v.reshape(shape) + self.eps)
            return made * rest[0].reshape(shape) + rest[1].reshape(shape) if rest else made

        return one("batch_norm", function, [x, mean, var, *affine])

    def _track(self, x: Tensor, mean: Tensor, var: Tensor) -> None:
        count = x.shape.numel() / x.shape[1]
        with no_grad():
            for buffer, seen in (
                (self.running_mean, mean),
                (self.running_var, METHODS["mul"](var, count / max(count - 1, 1))),
            ):
                METHODS["mul_"](buffer, 1 - self.momentum)
                METHODS["add_"](buffer, seen, alpha=self.momentum)
            METHODS["add_"](self.num_batches_tracked, 1)


class BatchNorm1d(_BatchNorm):
    """Channels (axis 1) with mean 0 and deviation 1 over a batch, scaled and shifted."""

    dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """The same for images."""

    dims = (4,)


class Dropout(Module):
    """Some elements zero, the others larger, while training."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """The input, thinned out."""
        return F.dropout(x, self.p, self.training)


class _Listed(Module):
    """A module that is a list of others."""

    def __getitem__(self, i: int) -> Module:
        return [*self._modules.values()][i]  # type: ignore[no-any-return]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())


class Sequential(_Listed):
    """Modules, one after the other."""

    def __init__(self, *modules: Module) -> None:
        super().__init__()
        for i, module in enumerate(modules):
            self.add_module(str(i), module)

    def forward(self, x: Any) -> Any:
        """What the last one gives."""
        for module in self._modules.values():
            x = module(x)
        return x


class ModuleList(_Listed):
    """A list of modules."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> ModuleList:
        """One more."""
        self.add_module(str(len(self._modules)), module)
        return self


class Flatten(Module):
    """Axes from 1 on as one."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Tensor) -> Tensor:
        """The input with fewer axes."""
        return METHODS["flatten"](x, self.start_dim, self.end_dim)  # type: ignore[no-any-return]


class Identity(Module):
    """The input itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, x: Any) -> Any:
        """The input."""
        return x


def _of(name: str, function: Callable[..., Tensor], *options: str) -> type[Module]:
    """The module of a function; its options are given when it is made, in this order or by name."""

    def __init__(self: Module, *args: Any, **kwargs: Any) -> None:
        Module.__init__(self)
        given = {**dict(zip(options, args, strict=False)), **kwargs}
        if len(args) > len(options) or not given.keys() <= set(options):
            raise TypeError(f"{name}() takes {', '.join(options) or 'no arguments'}")
        self.__dict__["options"] = given

    def forward(self: Module, *xs: Tensor) -> Tensor:
        return function(*xs, **self.options)

    body = {"__init__": __init__, "forward": forward, "__doc__": function.__doc__}
    return type(name, (Module,), body)


ACTIVATIONS: Final[dict[str, type[Module]]] = {
    "ReLU": _of("ReLU", F.relu), "Sigmoid": _of("Sigmoid", F.sigmoid), "Tanh": _of("Tanh", F.tanh),
    "GELU": _of("GELU", F.gelu, "approximate"), "SiLU": _of("SiLU", F.silu),
    "Mish": _of("Mish", F.mish), "SELU": _of("SELU", F.selu), "ReLU6": _of("ReLU6", F.relu6),
    "LeakyReLU": _of("LeakyReLU", F.leaky_relu, "negative_slope"),
    "ELU": _of("ELU", F.elu, "alpha"), "Softplus": _of("Softplus", F.softplus, "beta", "threshold"),
    "Softsign": _of("Softsign", F.softsign), "LogSigmoid": _of("LogSigmoid", F.logsigmoid),
    "Hardtanh": _of("Hardtanh", F.hardtanh, "min_val", "max_val"),
    "Softmax": _of("Softmax", F.softmax, "dim"),
    "LogSoftmax": _of("LogSoftmax", F.log_softmax, "dim"), "GLU": _of("GLU", F.glu, "dim"),
}  # fmt: skip
LOSSES: Final[dict[str, type[Module]]] = {
    "MSELoss": _of("MSELoss", F.mse_loss, "reduction"),
    "L1Loss": _of("L1Loss", F.l1_loss, "reduction"),
    "BCELoss": _of("BCELoss", F.binary_cross_entropy, "reduction"),
    "BCEWithLogitsLoss": _of(
        "BCEWithLogitsLoss", F.binary_cross_entropy_with_logits, "reduction"),
    "SmoothL1Loss": _of("SmoothL1Loss", F.smooth_l1_loss, "reduction", "beta"),
    "HuberLoss": _of("HuberLoss", F.huber_loss, "reduction", "delta"),
    "KLDivLoss": _of("KLDivLoss", F.kl_div, "reduction", "log_target"),
    "NLLLoss": _of("NLLLoss", F.nll_loss, "weight", "ignore_index", "reduction"),
    "CrossEntropyLoss": _of(
        "CrossEntropyLoss", F.cross_entropy, "weight", "ignore_index", "reduction",
        "label_smoothing"),
}  # fmt: skip
