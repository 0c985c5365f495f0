"""Runs in a fresh environment: gradloom traces and differentiates the demo's model."""

import numpy as np

import gradloom as gl
from gradloom.demo import digits, model

data = digits.load()
params = model.init(0)
x, labels = data.x_train[:32], data.y_train[:32]

graph = gl.trace(model.loss, params, x, labels)
assert "model.py:" in graph.text(locations=True)

loss, grads = gl.value_and_grad(model.loss)(params, x, labels)
np.testing.assert_allclose(loss, model.loss(params, x, labels), rtol=1e-6)
assert grads.keys() == params.keys()
assert all(grads[name].shape == params[name].shape for name in params)
assert all(grads[name].dtype == np.float32 for name in params)

# The gradient points uphill: a small step against it lowers the loss.
lower = {name: params[name] - np.float32(0.01) * grads[name] for name in params}
assert model.loss(lower, x, labels) < loss
