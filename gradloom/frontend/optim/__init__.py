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

from gradloom.frontend.optim.adam import Adam, AdamW
from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]
