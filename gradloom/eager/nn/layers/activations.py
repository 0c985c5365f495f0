"""Activations as modules."""

from __future__ import annotations

from typing import Any, Final

from gradloom.eager import creation
from gradloom.eager.nn.functional.activations import ACTIVATIONS as F
from gradloom.eager.nn.layers.options import REQUIRED, module_of, shown
from gradloom.eager.nn.module import Module
from gradloom.eager.nn.parameter import Parameter
from gradloom.eager.reductions import softmax
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location

_PLAIN: Final = {
    "Sigmoid": "sigmoid", "Tanh": "tanh", "LogSigmoid": "logsigmoid", "Softsign": "softsign",
    "Tanhshrink": "tanhshrink",
}  # fmt: skip
_IN_PLACE: Final = {
    "ReLU": "relu", "ReLU6": "relu6", "SiLU": "silu", "Mish": "mish", "SELU": "selu",
    "Hardswish": "hardswish", "Hardsigmoid": "hardsigmoid",
}  # fmt: skip
_inplace: Final[dict[str, Any]] = {"inplace": False}


def _softmax2d(input: Tensor) -> Tensor:
    """Softmax over the channels of images."""
    if input.ndim not in (3, 4):
        raise ShapeError(
            f"Softmax2d: an input of shape {tuple(input.shape)}", location=user_location()
        )
    return softmax(input, -3)


def _bounds(module: Any) -> str:
    text = f"min_val={module.min_val}, max_val={module.max_val}"
    return text + (", inplace=True" if module.inplace else "")


class PReLU(Module):
    """`x`, or a learnt part of it below 0."""

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(creation.full((num_parameters,), float(init), dtype=dtype))

    def forward(self, input: Tensor) -> Tensor:
        """The input, bent."""
        return F["prelu"](input, self.weight)

    def extra_repr(self) -> str:
        """How many parts are learnt."""
        return f"num_parameters={self.num_parameters}"


def _number(module: Any) -> str:
    return str(module.lambd)


ACTIVATIONS: Final[dict[str, type[Module]]] = {
    **{name: module_of(name, F[f]) for name, f in _PLAIN.items()},
    **{name: module_of(name, F[f], shown(**_inplace), inplace=False)
       for name, f in _IN_PLACE.items()},
    "GELU": module_of("GELU", F["gelu"], shown("approximate"), approximate="none"),
    "LeakyReLU": module_of("LeakyReLU", F["leaky_relu"], shown("negative_slope", **_inplace),
                           negative_slope=0.01, inplace=False),
    "RReLU": module_of("RReLU", F["rrelu"], shown("lower", "upper", **_inplace),
                       lower=1 / 8, upper=1 / 3, inplace=False),
    "ELU": module_of("ELU", F["elu"], shown("alpha", **_inplace), alpha=1.0, inplace=False),
    "CELU": module_of("CELU", F["celu"], shown("alpha", **_inplace), alpha=1.0, inplace=False),
    "Softplus": module_of("Softplus", F["softplus"], shown("beta", "threshold"),
                          beta=1.0, threshold=20.0),
    "Hardtanh": module_of("Hardtanh", F["hardtanh"], _bounds,
                          min_val=-1.0, max_val=1.0, inplace=False),
    "Threshold": module_of("Threshold", F["threshold"], shown("threshold", "value", **_inplace),
                           threshold=REQUIRED, value=REQUIRED, inplace=False),
    "Hardshrink": module_of("Hardshrink", F["hardshrink"], _number, lambd=0.5),
    "Softshrink": module_of("Softshrink", F["softshrink"], _number, lambd=0.5),
    "GLU": module_of("GLU", F["glu"], shown("dim"), dim=-1),
    "Softmax": module_of("Softmax", F["softmax"], shown("dim"), dim=None),
    "LogSoftmax": module_of("LogSoftmax", F["log_softmax"], shown("dim"), dim=None),
    "Softmin": module_of("Softmin", F["softmin"], shown("dim"), dim=None),
    "Softmax2d": module_of("Softmax2d", _softmax2d), "PReLU": PReLU,
}  # fmt: skip
"""By torch's name."""


def _drawn(self: Any, input: Tensor) -> Tensor:
    return F["rrelu"](input, self.lower, self.upper, self.training, self.inplace)


ACTIVATIONS["RReLU"].forward = _drawn  # type: ignore[method-assign]
