"""Modules on every backend, as functions and as arguments: compiled, mapped and exported."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom import nn

KEYS = list(gl.random.split(gl.random.key(3), 12))
rng = np.random.default_rng(2)
IMAGES, ROWS, STEPS = rng.normal(size=(2, 3, 6, 6)), rng.normal(size=(4, 5)), np.ones((2, 4, 6))
SIGNAL, VOLUME = rng.normal(size=(2, 3, 8)), rng.normal(size=(1, 2, 3, 4, 3))


def cnn() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, pad="same", key=KEYS[0]), nn.BatchNorm(4), nn.relu,
        nn.Lambda(nn.max_pool2d, 2), nn.Dropout(0.5), nn.Flatten(), nn.Linear(36, 3, key=KEYS[1]),
    )  # fmt: skip


def last_state(kind: Any) -> Any:
    class Last(nn.Module):
        net: nn.Module

        def __call__(self, xs: Any) -> Any:
            return self.net(xs)[0][-1]

    return Last(kind(6, 3, 2, bidirectional=True, key=KEYS[9]))


CASES: dict[str, tuple[nn.Module, np.ndarray]] = {
    "Linear": (nn.Linear(5, 2, key=KEYS[0]), ROWS),
    "Embedding": (nn.Embedding(7, 3, 0, key=KEYS[0]), np.array([[0, 3], [6, 3]])),
    "MLP": (nn.MLP([5, 8, 8, 2], nn.gelu, key=KEYS[0]), ROWS),
    "Sequential": (cnn(), IMAGES),
    "Conv1d": (nn.Conv1d(3, 2, 3, pad="causal", dilation=2, key=KEYS[2]), SIGNAL),
    "Conv3d": (nn.Conv3d(2, 2, 2, key=KEYS[2]), VOLUME),
    "ConvTranspose1d": (nn.ConvTranspose1d(3, 2, 3, 2, key=KEYS[3]), SIGNAL),
    "ConvTranspose2d": (nn.ConvTranspose2d(3, 2, 2, 2, key=KEYS[3]), IMAGES),
    "ConvTranspose3d": (nn.ConvTranspose3d(2, 1, 2, 2, key=KEYS[3]), VOLUME),
    "LayerNorm": (nn.LayerNorm(6), IMAGES),
    "RMSNorm": (nn.RMSNorm((6, 6)), IMAGES),
    "GroupNorm": (nn.GroupNorm(3, 3), IMAGES),
    "InstanceNorm": (nn.InstanceNorm(3, affine=True), IMAGES),
    "MultiHeadAttention": (nn.MultiHeadAttention(6, 3, 1, causal=True, key=KEYS[4]), STEPS),
    "TransformerBlock": (nn.TransformerBlock(6, 2, causal=True, key=KEYS[5]), STEPS),
    "RNN": (last_state(nn.RNN), STEPS),
    "GRU": (last_state(nn.GRU), STEPS),
    "LSTM": (last_state(nn.LSTM), STEPS),
}
QUICK = {"TransformerBlock"}  # compiling to JAX and TensorFlow takes seconds
SLOW = pytest.mark.slow
NAMES = [pytest.param(n, marks=() if n in {*QUICK, "Sequential"} else SLOW) for n in CASES]


def loss(model: Any, x: Any) -> Any:
    return np.sum(np.sin(model(x)))


def close(a: Any, b: Any, rtol: float = 1e-9) -> None:
    import optree

    one, other = (optree.tree_flatten(t, namespace="gradloom") for t in (a, b))
    assert one[1] == other[1]
    for x, y in zip(one[0], other[0], strict=True):
        np.testing.assert_allclose(x, y, rtol=rtol, atol=1e-9)


PAIRS = [
    pytest.param(name, backend, marks=() if name in QUICK or backend == "numpy" else SLOW)
    for name in CASES
    for backend in ("numpy", "torch", "jax", "tensorflow")
]


@pytest.mark.framework
@pytest.mark.parametrize(("name", "backend"), PAIRS)
def test_a_gradient_is_numpys_on_every_backend(name: str, backend: str) -> None:
    pytest.importorskip(backend)
    model, x = CASES[name]
    due = gl.value_and_grad(loss)(model, x)
    found = gl.compile(gl.value_and_grad(loss), backend=backend)(model, x)
    close(found, due, 1e-8)
    inside = gl.compile(lambda x: model(x), backend=backend)(x)
    np.testing.assert_allclose(inside, model(x), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_a_batch_under_vmap_is_a_loop(name: str) -> None:
    model, x = CASES[name]
    batch = np.stack([x, x[::-1]])
    due = np.stack([model(one) for one in batch])
    np.testing.assert_allclose(gl.vmap(model)(batch), due, rtol=1e-9, atol=1e-12)
    each = gl.vmap(gl.grad(loss), (None, 0))(model, batch)
    first = gl.grad(loss)(model, batch[1])
    import optree

    second = optree.tree_map(lambda g: g[1], each, namespace="gradloom")
    close(second, first)


def single(model: Any) -> Any:
    import optree

    return optree.tree_map(lambda w: w.astype(np.float32), model, namespace="gradloom")


@pytest.mark.framework
@pytest.mark.parametrize("name", NAMES)
def test_an_export_gives_the_same(name: str, tmp_path: Path) -> None:
    runtime, torch = pytest.importorskip("onnxruntime"), pytest.importorskip("torch")
    model, x = CASES[name]
    model, x = single(model), x.astype(np.float32) if x.dtype.kind == "f" else x
    due = model(x)
    assert due.dtype == np.float32
    gl.export.onnx(model, (x,), tmp_path / "model.onnx")
    session = runtime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: x})[0]
    np.testing.assert_allclose(found, due, rtol=1e-4, atol=1e-5)
    gl.export.torchscript(model, (x,), tmp_path / "model.pt")
    loaded = torch.jit.load(tmp_path / "model.pt")(torch.tensor(x))
    loaded = loaded[0] if isinstance(loaded, tuple) else loaded
    np.testing.assert_allclose(loaded.numpy(), due, rtol=1e-4, atol=1e-5)


@pytest.mark.framework
def test_an_export_takes_a_model_as_an_argument_and_torch_trains_it(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    runtime = pytest.importorskip("onnxruntime")
    model = single(nn.MLP([5, 4, 2], key=0)).freeze("layers.0.b")
    x = ROWS.astype(np.float32)
    gl.export.onnx(lambda model, x: model(x), (model, x), tmp_path / "both.onnx")
    session = runtime.InferenceSession(tmp_path / "both.onnx", providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    assert names[0] == "model_layers_0_w"
    feeds = dict(zip(names, [model.layers[0].w, model.layers[0].b, model.layers[1].w,
                             model.layers[1].b, x], strict=True))  # fmt: skip
    np.testing.assert_allclose(session.run(None, feeds)[0], model(x), rtol=1e-4, atol=1e-6)
    module = gl.export.torch_module(lambda model, x: model(x), (x,), params=model)
    assert len(list(module.parameters())) == 4
    module(torch.tensor(x)).sum().backward()
    gradient = gl.grad(lambda m, x: np.sum(m(x)))(model, x)
    found = dict(module.weights.items())
    due = gradient.layers[0].w
    np.testing.assert_allclose(found["layers_0_w"].grad.numpy(), due, rtol=1e-4, atol=1e-5)
    assert not found["layers_0_b"].requires_grad
    assert gradient.layers[0].b is None


@pytest.mark.framework
@pytest.mark.parametrize(
    "backend",
    ["numpy", "torch", pytest.param("jax", marks=SLOW), pytest.param("tensorflow", marks=SLOW)],
)
def test_a_step_of_training_gives_the_module_with_its_statistics_moved(backend: str) -> None:
    pytest.importorskip(backend)
    labels = np.array([0, 2])

    def objective(model: Any, x: Any, labels: Any, key: Any) -> Any:
        scores, model = model.train(x, key=key)
        return nn.cross_entropy(scores, labels), model

    step = gl.value_and_grad(objective, has_aux=True)
    model, key = cnn(), gl.random.key(7)
    due = step(model, IMAGES, labels, key)
    found = gl.compile(step, backend=backend)(model, IMAGES, labels, key)
    close(found, due, 1e-6)
    (_, moved), gradient = due
    seen = model[0](IMAGES).mean((0, 2, 3))
    np.testing.assert_allclose(moved[1].mean, 0.1 * seen, rtol=1e-9)
    assert gradient[1].mean is None
    assert gradient[1].gamma.shape == (4,)
    other = step(model, IMAGES, labels, gl.random.key(8))
    assert due[0][0] != other[0][0]  # other elements are dropped
