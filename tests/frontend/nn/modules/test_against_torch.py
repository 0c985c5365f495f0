"""Modules compute what torch's do with the same weights, and have their gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom import nn
from tests.frontend.nn.modules.twins import recurrent, tensor, twin

pytestmark = pytest.mark.framework
torch = pytest.importorskip("torch")
SOME = settings(max_examples=15, deadline=None)
rng = np.random.default_rng(11)


def leaves(tree: Any) -> list[np.ndarray]:
    import optree

    return optree.tree_leaves(tree, namespace="gradloom")


def gradients(torch_module: Any, x: Any, f: Callable[..., Any]) -> tuple[Any, Any, dict[str, Any]]:
    """The value of torch's module, and the gradients of the sum of its sine."""
    given_ = tensor(x).requires_grad_(x.dtype.kind == "f")
    y = f(torch_module, given_)
    torch.sin(y).sum().backward()
    own = {name: p.grad.numpy() for name, p in torch_module.named_parameters()}
    return y.detach().numpy(), given_.grad, own


def check(
    module: Any, x: Any, other: Any = None, ours: Callable[..., Any] = lambda m, x: m(x),
    theirs: Callable[..., Any] = lambda m, x: m(x), rtol: float = 1e-8,
) -> None:  # fmt: skip
    """One value and the same gradients, of all weights (by their sorted numbers) and of x."""
    y, dx, dw = gradients(other or twin(module), x, theirs)
    np.testing.assert_allclose(ours(module, x), y, rtol=rtol, atol=1e-11)

    def loss(module: Any, x: Any) -> Any:
        return np.sum(np.sin(ours(module, x)))

    inexact = x.dtype.kind == "f"
    found = gl.grad(loss, (0, 1) if inexact else 0)(module, x)
    of_module, of_x = found if inexact else (found, None)
    if inexact:
        np.testing.assert_allclose(of_x, dx.numpy(), rtol=1e-6, atol=1e-9)
    mine = np.sort(np.concatenate([g.ravel() for g in leaves(of_module)]))
    due = np.sort(np.concatenate([g.ravel() for g in dw.values()]))
    np.testing.assert_allclose(mine, due, rtol=1e-6, atol=1e-9)


@SOME
@given(st.integers(1, 5), st.integers(1, 5), st.booleans(), st.integers(0, 2**32))
def test_linear(inputs: int, outputs: int, bias: bool, seed: int) -> None:
    check(nn.Linear(inputs, outputs, bias, key=seed), rng.normal(size=(3, 2, inputs)))


def test_bilinear() -> None:
    module, other = nn.Bilinear(3, 4, 2, key=0), rng.normal(size=(5, 4))
    check(module, rng.normal(size=(5, 3)), ours=lambda m, x: m(x, other),
          theirs=lambda m, x: m(x, tensor(other)))  # fmt: skip


@pytest.mark.parametrize("padding", [None, 2, -1])
def test_embedding(padding: int | None) -> None:
    at = np.array([[0, 2, 2], [5, 1, 0]])
    check(nn.Embedding(6, 3, padding, key=0), at)


@SOME
@given(
    st.sampled_from([1, 2, 3]), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2),
    st.integers(1, 2), st.sampled_from([1, 2]), st.booleans(), st.integers(0, 2**32),
)  # fmt: skip
def test_convolutions(
    axes: int, kernel: int, stride: int, pad: int, dilation: int, groups: int, bias: bool,
    seed: int,
) -> None:  # fmt: skip
    kind = getattr(nn, f"Conv{axes}d")
    module = kind(2, 4, kernel, stride, pad, dilation, groups, bias, key=seed)
    check(module, rng.normal(size=(2, 2, *(6, 5, 5)[:axes])))


@SOME
@given(
    st.sampled_from([1, 2, 3]), st.integers(1, 3), st.integers(1, 3), st.integers(0, 1),
    st.sampled_from([1, 2]), st.booleans(), st.integers(0, 2**32),
)  # fmt: skip
def test_transposed_convolutions(
    axes: int, kernel: int, stride: int, more: int, groups: int, bias: bool, seed: int
) -> None:
    kind = getattr(nn, f"ConvTranspose{axes}d")
    module = kind(
        4, 2, kernel, stride, 0, 1, min(more, stride - 1), groups, bias, key=seed
    )  # fmt: skip
    check(module, rng.normal(size=(2, 4, *(4, 3, 3)[:axes])))


def drawn(module: Any) -> Any:
    """The module with other numbers in its arrays, positive ones for a variance."""
    import optree

    return optree.tree_map(lambda x: rng.uniform(0.5, 2.0, x.shape), module, namespace="gradloom")


def of_torch(kind: Any, module: Any, **more: Any) -> Any:
    """A normalization of torch's with these gamma and beta."""
    made = kind.double()
    made.load_state_dict({"weight": tensor(module.gamma), **({"bias": tensor(module.beta)}
                          if module.beta is not None else {}), **more})  # fmt: skip
    return made


def test_normalization_without_a_state() -> None:
    t = torch.nn
    images = rng.normal(size=(3, 4, 5, 2))
    layer = drawn(nn.LayerNorm((5, 2)))
    check(layer, images, of_torch(t.LayerNorm((5, 2)), layer))
    rms = drawn(nn.RMSNorm(2, 1e-6))
    made = t.RMSNorm(2, 1e-6).double()
    made.load_state_dict({"weight": tensor(rms.gamma)})
    check(rms, images, made)
    group = drawn(nn.GroupNorm(2, 4))
    check(group, images, of_torch(t.GroupNorm(2, 4), group))
    instance = drawn(nn.InstanceNorm(4, affine=True))
    check(instance, images, of_torch(t.InstanceNorm2d(4, affine=True), instance))


@SOME
@given(st.integers(2, 5), st.sampled_from([(), (3,), (2, 3)]), st.floats(0.01, 1.0))
def test_batch_norm_in_training_and_after(batch: int, spatial: tuple[int, ...], m: float) -> None:
    module = drawn(nn.BatchNorm(3, momentum=m))
    x = rng.normal(size=(batch, 3, *spatial)) * 2 + 1
    kind = {0: "BatchNorm1d", 1: "BatchNorm1d", 2: "BatchNorm2d"}[len(spatial)]
    state = {"running_mean": tensor(module.mean), "running_var": tensor(module.var),
             "num_batches_tracked": torch.tensor(0)}  # fmt: skip
    other = of_torch(getattr(torch.nn, kind)(3, momentum=m), module, **state)
    check(module, x, other, ours=lambda m, x: m.train(x)[0])
    _, module = module.train(x)
    np.testing.assert_allclose(module.mean, other.running_mean.numpy(), rtol=1e-10)
    np.testing.assert_allclose(module.var, other.running_var.numpy(), rtol=1e-10)
    other = other.eval()
    other.zero_grad()
    check(module, x, other)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
@settings(max_examples=6, deadline=None)
@given(st.integers(1, 3), st.booleans(), st.booleans(), st.booleans(), st.integers(0, 2**32))
def test_recurrent_layers(
    kind: str, batch_first: bool, layers: int, both: bool, bias: bool, stateful: bool, seed: int
) -> None:
    options = {"nonlinearity": "relu"} if kind == "RNN" and seed % 2 else {}
    module = getattr(nn, kind)(3, 4, layers, bidirectional=both, bias=bias, key=seed,
                               time_axis=int(batch_first), **options)  # fmt: skip
    runs = layers * (1 + both)
    h, c = rng.normal(size=(2, runs, 2, 4))
    state = None if not stateful else (h, c) if kind == "LSTM" else h
    theirs = None if state is None else (tensor(h), tensor(c)) if kind == "LSTM" else tensor(h)
    xs = rng.normal(size=(2, 5, 3) if batch_first else (5, 2, 3))

    def last(found: Any) -> Any:
        return found[1][1] if kind == "LSTM" else found[1]

    def joined(concatenate: Any, found: Any) -> Any:
        return concatenate([found[0].reshape(-1), last(found).reshape(-1)])

    check(
        module, xs, recurrent(module, batch_first),
        ours=lambda m, x: joined(np.concatenate, m(x, state)),
        theirs=lambda m, x: joined(torch.cat, m(x, theirs)),
    )  # fmt: skip


@pytest.mark.parametrize("bias", [True, False])
def test_attention(bias: bool) -> None:
    module = nn.MultiHeadAttention(6, 2, bias=bias, key=0)
    x, seen = rng.normal(size=(2, 4, 6)), rng.random((4, 4)) > 0.3
    seen |= np.eye(4, dtype=bool)
    check(
        module, x, ours=lambda m, x: m(x, mask=seen),
        theirs=lambda m, x: m(x, x, x, attn_mask=tensor(~seen), need_weights=False)[0],
    )  # fmt: skip


@pytest.mark.parametrize("norm_first", [True, False])
def test_a_transformers_block(norm_first: bool) -> None:
    module = nn.TransformerBlock(6, 2, 10, norm_first=norm_first, key=0)
    later = np.triu(np.ones((4, 4), bool), 1)
    check(module, rng.normal(size=(2, 4, 6)))
    check(module.at("attention.causal").set(True), rng.normal(size=(2, 4, 6)), twin(module),
          theirs=lambda m, x: m(x, src_mask=tensor(later)))  # fmt: skip
