"""Calls with native kernels give what their numpy form gives."""

import numpy as np
import pytest

import gradloom as gl

nn = gl.nn
rng = np.random.default_rng(3)
X, GAMMA, BETA = rng.normal(size=(2, 3, 5)), rng.normal(size=5), rng.normal(size=5)
Q, K, V = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 6, 4)), rng.normal(size=(2, 6, 5))
MASK = rng.random((3, 6)) > 0.3


def causal(q, k, v):
    return nn.scaled_dot_product_attention(q, k, v, causal=True)


def masked(q, k, v):
    return nn.scaled_dot_product_attention(q, k, v, MASK)


def statistics(x, gamma, beta, mean, var):
    return nn.batch_norm(x, gamma, beta, mean, var, training=False)[0]


IMAGES, CHANNELS = rng.normal(size=(2, 3, 4, 5)), rng.uniform(0.5, 2, (4, 3))
CASES = {
    "softmax": (nn.softmax, (X,)),
    "log_softmax": (nn.log_softmax, (X,)),
    "gelu": (nn.gelu, (X,)),
    "gelu_tanh": (lambda x: nn.gelu(x, "tanh"), (X,)),
    "silu": (nn.silu, (X,)),
    "layer_norm": (nn.layer_norm, (X, GAMMA, BETA)),
    "rms_norm": (nn.rms_norm, (X, GAMMA)),
    "standard": (lambda x, g, b: nn.group_norm(x, g, b, 3), (IMAGES, *CHANNELS[:2])),
    "batch_norm": (statistics, (IMAGES, *CHANNELS)),
    "attention": (nn.scaled_dot_product_attention, (Q, K, V)),
    "attention_causal": (causal, (Q, K, V)),
    "attention_masked": (masked, (Q, K, V)),
}
EVERYWHERE = {"softmax": "softmax(", "log_softmax": "log_softmax(", "silu": "silu("}
NATIVE = {
    "torch": EVERYWHERE
    | {"gelu": "gelu(", "gelu_tanh": "gelu(", "layer_norm": "layer_norm(", "rms_norm": "rms_norm("}
    | {"batch_norm": "functional.batch_norm(", "standard": "layer_norm("}
    | dict.fromkeys(("attention", "attention_causal", "attention_masked"), "scaled_dot_product"),
    "jax": EVERYWHERE | {"gelu": "gelu(", "gelu_tanh": "gelu(", "layer_norm": "standardize("},
    "tensorflow": EVERYWHERE | {"layer_norm": "batch_normalization("},
}


def kinds(graph):
    return [node.attrs.kind for node in graph if node.op.name == "call"]


@pytest.mark.parametrize("name", CASES)
def test_a_piece_is_one_node_and_gives_its_numpy_form(name):
    f, args = CASES[name]
    graph = gl.trace(f, *args)
    assert kinds(graph) == [name]
    np.testing.assert_allclose(graph(*args), f(*args), rtol=1e-12)
    assert gl.parse(str(graph)) == graph


@pytest.mark.framework
@pytest.mark.parametrize("backend", NATIVE)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_native_kernel_gives_what_the_region_says(backend, name, dtype):
    pytest.importorskip(backend)
    f, args = CASES[name]
    args = tuple(x.astype(dtype) for x in args)
    program = gl.compile(f, backend=backend)
    result = program(*args)
    assert result.dtype == dtype
    np.testing.assert_allclose(
        result, f(*args), rtol=1e-11 if dtype == "float64" else 2e-5, atol=1e-6
    )
    assert NATIVE[backend].get(name, "") in program.source(*args)


@pytest.mark.framework
def test_what_a_kernel_does_not_take_is_run_as_its_region():
    pytest.importorskip("torch")
    scales = rng.normal(size=(2, 5))
    f = gl.vmap(nn.layer_norm, (0, 0, None))
    program = gl.compile(f, backend="torch")
    np.testing.assert_allclose(program(X, scales, BETA), f(X, scales, BETA), rtol=1e-12)
    assert "layer_norm(" not in program.source(X, scales, BETA)
    shared = gl.vmap(nn.scaled_dot_product_attention, (0, None, None))
    program = gl.compile(shared, backend="torch")
    np.testing.assert_allclose(program(Q, K, V), shared(Q, K, V), rtol=1e-12)


@pytest.mark.framework
def test_a_query_that_sees_no_key_gives_zeros_on_torch_too():
    pytest.importorskip("torch")
    blind = np.zeros((3, 6), bool)

    def f(q):
        return nn.scaled_dot_product_attention(q, K, V, blind)

    assert not f(Q).any()
    assert not gl.compile(f, backend="torch")(Q).any()
    assert not gl.compile(gl.grad(lambda q: f(q).sum()), backend="torch")(Q).any()


def test_mixed_dtypes_are_no_piece():
    assert kinds(gl.trace(nn.layer_norm, X.astype("float32"), GAMMA, BETA)) == []


@pytest.mark.framework
@pytest.mark.parametrize("name", CASES)
def test_an_export_to_onnx_gives_the_same(name, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    f, args = CASES[name]
    args = tuple(x.astype("float32") for x in args)
    path = tmp_path / "f.onnx"
    gl.export.onnx(f, args, path)
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    feeds = {i.name: x for i, x in zip(session.get_inputs(), args, strict=True)}
    np.testing.assert_allclose(session.run(None, feeds)[0], f(*args), rtol=2e-5, atol=1e-6)
