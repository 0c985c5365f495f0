"""`gl.optim`: optimizers as pure functions of pytrees, with torch's names and numbers.

>>> import numpy as np
>>> import gradloom as gl
>>> params = {"w": np.ones(3)}
>>> opt = gl.optim.Adam(lr=0.1)
>>> for _ in range(100):
...     params = opt.step(params, gl.grad(lambda p: np.sum(p["w"] ** 2))(params))
>>> bool(np.abs(params["w"]).max() < 0.01)
True
"""

from gradloom.frontend.optim.accumulation import accumulate
from gradloom.frontend.optim.adam import Adam, AdamW
from gradloom.frontend.optim.averaged import ASGD
from gradloom.frontend.optim.averages import EMA
from gradloom.frontend.optim.clipping import (
    check_finite,
    clip_grad_norm,
    clip_grad_value,
    global_norm,
)
from gradloom.frontend.optim.cycles import cosine_restarts, cyclic, one_cycle
from gradloom.frontend.optim.decays import (
    constant_lr,
    cosine_annealing,
    cosine_decay,
    exponential_decay,
    linear_decay,
    linear_lr,
    multistep_decay,
    polynomial_decay,
    sequential,
    step_decay,
    warmup,
)
from gradloom.frontend.optim.factored import Adafactor
from gradloom.frontend.optim.layers import LAMB, LARS
from gradloom.frontend.optim.lbfgs import LBFGS
from gradloom.frontend.optim.means import Adamax, NAdam, RAdam
from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.optim.plateau import ReduceLROnPlateau
from gradloom.frontend.optim.rates import Schedule
from gradloom.frontend.optim.roots import Adadelta, Adagrad, RMSprop
from gradloom.frontend.optim.sgd import SGD
from gradloom.frontend.optim.signs import Lion, Rprop

__all__ = [
    "ASGD", "EMA", "LAMB", "LARS", "LBFGS", "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam",
    "AdamW", "Adamax", "Lion", "NAdam", "Optimizer", "RAdam", "RMSprop", "ReduceLROnPlateau",
    "Rprop", "Schedule", "accumulate", "check_finite", "clip_grad_norm", "clip_grad_value",
    "constant_lr", "cosine_annealing", "cosine_decay", "cosine_restarts", "cyclic",
    "exponential_decay", "global_norm", "linear_decay", "linear_lr", "multistep_decay", "one_cycle",
    "polynomial_decay", "sequential", "step_decay", "warmup",
]  # fmt: skip
