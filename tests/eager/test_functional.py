"""`gt.nn.functional` gives torch's numbers and derivatives, second ones where it is smooth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import gradloom.eager as gt
from tests.eager.twins import run_both, run_twice

pytestmark = pytest.mark.framework
RNG = np.random.default_rng(7)
X = RNG.normal(size=(4, 6))
Y = RNG.uniform(0.05, 0.95, (4, 6))
LINE = RNG.normal(size=(2, 4, 9))
IMAGE = RNG.normal(size=(2, 4, 6, 7))
BODY = RNG.normal(size=(2, 4, 4, 5, 3))
W1 = RNG.normal(size=(6, 4, 3))
W2 = RNG.normal(size=(6, 4, 3, 2))
W3 = RNG.normal(size=(6, 4, 2, 2, 2))


@pytest.fixture(autouse=True, scope="module")
def _here() -> Iterator[None]:
    with gt.local():
        yield


def _program(text: str) -> Any:
    code = compile(text, "<text>", "eval")

    def program(m: Any, *xs: Any) -> Any:
        names = dict(zip("xyz", xs, strict=False))
        return eval(code, {"m": m, "F": m.nn.functional, **names})

    return program


SMOOTH = (
    "F.gelu(x)", "F.gelu(x, approximate='tanh')", "F.silu(x)", "F.mish(x)", "F.softplus(x, 2.0)",
    "F.elu(x, 0.5)", "F.celu(x, 2.0)", "F.selu(x)", "F.logsigmoid(x)", "F.softsign(x)",
    "F.tanhshrink(x)", "F.sigmoid(x)", "F.tanh(x)", "F.glu(x)", "F.glu(x, 0)", "F.softmax(x, 1)",
    "F.log_softmax(x, dim=0)", "F.softmin(x, dim=1)", "F.normalize(x)", "F.normalize(x, 1.0, 0)",
    "F.linear(x, y, y[:, 0])", "F.linear(x, y)", "F.linear(x[0], y[0])",
    "F.bilinear(x, y, m.ones(3, 6, 6, dtype=x.dtype), y[0, :3])",
    "F.mse_loss(x, y)", "F.mse_loss(x, y, reduction='none')", "F.mse_loss(x, y, reduction='sum')",
    "F.binary_cross_entropy(y, (x > 0).to(x.dtype))",
    "F.binary_cross_entropy(y, (x > 0).to(x.dtype), weight=y.detach(), reduction='sum')",
    "F.binary_cross_entropy_with_logits(x * 5, y.detach())",
    "F.binary_cross_entropy_with_logits(x, y.detach(), weight=y.detach()[0])",
    "F.binary_cross_entropy_with_logits(x, y.detach(), pos_weight=y.detach()[0] * 3, "
    "reduction='none')",
    "F.kl_div(F.log_softmax(x, 1), y, reduction='batchmean')",
    "F.kl_div(F.log_softmax(x, 1), y.log(), log_target=True, reduction='sum')",
    "F.cross_entropy(x, m.tensor([0, 5, 2, 2]))", "F.cross_entropy(x[0], m.tensor(3))",
    "F.cross_entropy(x, F.softmax(y, dim=1))", "F.cross_entropy(x, m.tensor([0, -100, 2, 2]))",
    "F.cross_entropy(x, F.softmax(y, dim=1), label_smoothing=0.2, reduction='none')",
    "F.cross_entropy(x, F.softmax(y, 1).detach(), weight=m.arange(6).to(x.dtype))",
    "F.cross_entropy(x, m.tensor([0, 1, 2, 2]), weight=m.arange(6).to(x.dtype), reduction='sum')",
    "F.cross_entropy(x, m.tensor([0, 1, 2, 2]), label_smoothing=0.1)",
    "F.cross_entropy(x, m.tensor([0, 1, 1, 2]), weight=m.arange(6).to(x.dtype), ignore_index=1, "
    "label_smoothing=0.3)",
    "F.cross_entropy(x, m.tensor([3, 1, 2, 2]), ignore_index=2, label_smoothing=0.3, "
    "reduction='none')",
    "F.cross_entropy(x.reshape(2, 3, 4), m.tensor([[0, 1, 2, 0], [1, 1, 2, 2]]))",
    "F.nll_loss(x, m.tensor([1, 1, 0, 2]), reduction='none')",
    "F.nll_loss(x, m.tensor([1, 1, 0, 2]), weight=y.detach()[0])",
    "F.poisson_nll_loss(x, y)", "F.poisson_nll_loss(y, y * 4, log_input=False, full=True)",
    "F.poisson_nll_loss(x, y.detach() * 4, full=True, reduction='sum')",
    "F.gaussian_nll_loss(x, y, y + 0.1)", "F.gaussian_nll_loss(x, y, y[:, :1], full=True)",
    "F.gaussian_nll_loss(x, y, y[:, 0], reduction='sum')",
    "F.soft_margin_loss(x, m.sign(y - 0.5).detach())",
    "F.multilabel_soft_margin_loss(x, y.detach())",
    "F.cosine_similarity(x, y)", "F.cosine_similarity(x, y, dim=0)", "F.pairwise_distance(x, y)",
    "F.pairwise_distance(x, y, p=3.0, keepdim=True)",
    "F.cosine_embedding_loss(x, y, m.tensor([1, -1, 1, -1]), margin=-0.9)",
    "F.layer_norm(x, (6,), y[0], y[1])", "F.layer_norm(x, (4, 6))", "F.rms_norm(x, (6,), y[0])",
    "F.rms_norm(x, (6,))", "F.rms_norm(x, (6,), eps=0.1)", "F.group_norm(x, 3, y[0], y[1])",
    "F.group_norm(x.reshape(2, 6, 2), 2)", "F.batch_norm(x, None, None, training=True)",
    "F.batch_norm(x, None, None, y[0], y[1], training=True)",
    "F.batch_norm(x, y.detach()[0], y.detach()[1], y[2], y[3])",
    "F.instance_norm(x.reshape(2, 3, 4))",
    "F.instance_norm(x.reshape(2, 3, 4), weight=y[0, :3], bias=y[0, 3:])",
    "F.local_response_norm(x.reshape(2, 3, 2, 2), 2)",
    "F.local_response_norm(x.reshape(1, 6, 4), 3, alpha=0.5, beta=0.6, k=2.0)",
    "F.scaled_dot_product_attention(x[None], y[None], (x + y)[None])",
    "F.scaled_dot_product_attention(x[None], y[None], y[None], is_causal=True)",
    "F.scaled_dot_product_attention(x, y, y, attn_mask=m.ones(4, 4).tril().bool())",
    "F.scaled_dot_product_attention(x, y, y, attn_mask=(m.arange(16).reshape(4, 4) > 5))",
    "F.scaled_dot_product_attention(x, y, y, attn_mask=y[:, :4], scale=0.3)",
    "F.embedding(m.tensor([[0, 3], [1, 1]]), x)", "F.embedding(m.tensor([0, 3, 3]), x, 3)",
    "F.embedding(m.tensor([0, 3, 3]), x, padding_idx=-4)",
)  # fmt: skip
KINKED = (
    "F.embedding_bag(m.tensor([[0, 3], [1, 1]]), x)",
    "F.embedding_bag(m.tensor([[0, 3], [1, 1]]), x, mode='sum', padding_idx=1)",
    "F.embedding_bag(m.tensor([[0, 3], [1, 2]]), x, padding_idx=1)",
    "F.embedding_bag(m.tensor([[0, 3], [1, 1]]), x, mode='max')",
    "F.embedding_bag(m.tensor([[0, 3], [1, 1]]), x, mode='sum', per_sample_weights=y[:2, :2])",
    "F.relu(x)", "F.relu6(x * 4)", "F.leaky_relu(x, 0.2)", "F.hardtanh(x, -0.5, 0.7)",
    "F.hardsigmoid(x * 3)", "F.hardswish(x * 3)", "F.hardshrink(x)", "F.softshrink(x, 0.3)",
    "F.threshold(x, 0.1, 20.0)", "F.prelu(x, y[0])", "F.prelu(x, y[0, :1])", "F.rrelu(x)",
    "F.relu(x * 1, inplace=True)", "F.elu(x * 1, 1.0, True)", "F.relu_(x * 1)",
    "F.leaky_relu_(x * 1, 0.3)", "F.dropout(x, 0.5, training=False)", "F.dropout(x, 1.0)",
    "F.alpha_dropout(x, 0.5)", "F.dropout2d(x[None, None], 0.0)",
    "F.l1_loss(x, y)", "F.l1_loss(x, y, reduction='sum')", "F.smooth_l1_loss(x, y, beta=0.5)",
    "F.smooth_l1_loss(x, y, beta=0.0)", "F.huber_loss(x, y, delta=0.7)",
    "F.huber_loss(x, y, reduction='none')", "F.margin_ranking_loss(x, y, m.sign(x - y), 0.3)",
    "F.hinge_embedding_loss(x, m.sign(y - 0.5).detach(), margin=0.8)",
    "F.triplet_margin_loss(x, y, x.flip(0))",
    "F.triplet_margin_loss(x, y, x.flip(0), p=1.0, swap=True, reduction='none')",
    "F.multi_margin_loss(x, m.tensor([0, 1, 5, 2]))",
    "F.multi_margin_loss(x, m.tensor([0, 1, 5, 2]), p=2, margin=0.5, weight=y.detach()[0])",
    "F.one_hot(m.tensor([0, 2]), 4)", "F.one_hot(m.tensor([[0, 2], [1, 1]]))",
)  # fmt: skip
WINDOWS: tuple[tuple[str, tuple[np.ndarray, ...]], ...] = (
    *[(f"F.conv1d(x, y, z, {o})", (LINE, W1, W1[:, 0, 0])) for o in (
        "stride=2", "padding=1", "dilation=3", "padding='same'", "padding='valid'", "2, 1, 2")],
    *[(f"F.conv2d(x, y, z, {o})", (IMAGE, W2, W2[:, 0, 0, 0])) for o in (
        "stride=(2, 3)", "padding=(1, 0)", "padding='same', dilation=(2, 2)")],
    ("F.conv2d(x, y)", (IMAGE, W2)), ("F.conv2d(x[0], y)", (IMAGE, W2)),
    ("F.conv2d(x, y[:, :2], groups=2)", (IMAGE, W2)),
    ("F.conv2d(x, y[:4, :1], groups=4, padding=1)", (IMAGE, W2)),
    ("F.conv3d(x, y, padding=1, stride=2)", (BODY, W3)),
    *[(f"F.conv_transpose1d(x, y[:4].transpose(1, 2)[..., :2].contiguous(), {o})", (LINE, W1))
      for o in ("stride=2", "padding=1", "None, 3, 1, 2", "dilation=2")],
    ("F.conv_transpose2d(x, y[:4], z, stride=(2, 3), padding=1, output_padding=(1, 0))",
     (IMAGE, W2, W2[:4, 0, 0, 0])),
    ("F.conv_transpose2d(x, y[:4, :2], groups=2, dilation=2)", (IMAGE, W2)),
    ("F.conv_transpose2d(x[1], y[:4])", (IMAGE, W2)),
    ("F.conv_transpose3d(x, y[:4], stride=2)", (BODY, W3)),
    ("F.unfold(x, (2, 3), padding=(1, 0), stride=2)", (IMAGE,)),
    ("F.unfold(x, 2, dilation=2)", (IMAGE,)), ("F.unfold(x[0], 3)", (IMAGE,)),
    ("F.fold(F.unfold(x, (2, 3), padding=1), (6, 7), (2, 3), padding=1)", (IMAGE,)),
    ("F.fold(F.unfold(x, 2, stride=3, dilation=2), (6, 7), 2, stride=3, dilation=2)", (IMAGE,)),
    *[(f"F.avg_pool2d(x, {o})", (IMAGE,)) for o in (
        "2", "(2, 3), stride=1", "3, 2, 1", "3, 2, 1, True", "3, 2, 1, True, False",
        "2, divisor_override=3", "2, ceil_mode=True")],
    ("F.avg_pool1d(x, 3, 2, 1)", (LINE,)), ("F.avg_pool3d(x, 2)", (BODY,)),
    ("F.lp_pool2d(x, 2.0, 2, ceil_mode=True)", (IMAGE,)), ("F.lp_pool1d(x, 4.0, 3)", (LINE,)),
    ("F.adaptive_avg_pool1d(x, 4)", (LINE,)), ("F.adaptive_avg_pool2d(x, (4, None))", (IMAGE,)),
    ("F.adaptive_avg_pool2d(x, 1)", (IMAGE,)), ("F.adaptive_avg_pool3d(x, (3, 2, 2))", (BODY,)),
    *[(f"F.max_pool2d(x, {o})", (IMAGE,)) for o in (
        "2", "(2, 3), stride=1", "3, 2, 1", "3, 2, 1, ceil_mode=True", "2, dilation=2",
        "2, return_indices=True", "3, 2, 1, return_indices=True")],
    ("F.max_pool1d(x, 3, 2, 1)", (LINE,)), ("F.max_pool3d(x, 2, return_indices=True)", (BODY,)),
    ("F.max_pool2d(x.round(), 3, 1)", (IMAGE,)),
    ("F.adaptive_max_pool1d(x, 4, return_indices=True)", (LINE,)),
    ("F.adaptive_max_pool2d(x, (4, 3))", (IMAGE,)),
    ("F.adaptive_max_pool3d(x, (3, 2, 2))", (BODY,)),
    ("F.max_unpool2d(*F.max_pool2d(x[..., :6], 2, return_indices=True), 2)", (IMAGE,)),
    ("F.max_unpool1d(*F.max_pool1d(x, 3, return_indices=True), 3, output_size=(2, 4, 9))",
     (LINE,)),
    *[(f"F.pad(x, {o})", (IMAGE,)) for o in (
        "(1, 2)", "(1, 2, 0, 3)", "(-1, 2)", "(0, 0, 1, 1, 2, 0), value=1.5",
        "(1, 2, 2, 1), mode='reflect'", "(1, 2, 2, 1), 'replicate'", "(1, 2, 2, 1), 'circular'",
        "(0, 0)")],
    ("F.pad(x, (2, 1), mode='reflect')", (LINE,)),
    ("F.pad(x, (1, 1, 2, 1, 0, 3), mode='circular')", (BODY,)),
    *[(f"F.interpolate(x, {o})", (IMAGE,)) for o in (
        "scale_factor=2", "size=(4, 9)", "scale_factor=(0.5, 1.7)", "scale_factor=2, mode='area'",
        "size=(4, 9), mode='bilinear'", "scale_factor=1.7, mode='bilinear'",
        "size=9, mode='bilinear', align_corners=True", "size=(9, 4), mode='bicubic'",
        "size=(1, 4), mode='bicubic', align_corners=True", "size=(3, 11), mode='nearest-exact'",
        "scale_factor=1.7, mode='bilinear', recompute_scale_factor=True")],
    ("F.interpolate(x, size=4, mode='linear')", (LINE,)),
    ("F.interpolate(x, scale_factor=2, mode='trilinear')", (BODY,)),
    ("F.pixel_shuffle(x, 2)", (IMAGE,)), ("F.pixel_unshuffle(x[:, :, :, :6], 3)", (IMAGE,)),
    ("F.pixel_shuffle(x[0], 2)", (IMAGE,)), ("m.nn.ChannelShuffle(2)(x)", (IMAGE,)),
    ("F.dropout2d(x, 0.5, False)", (IMAGE,)), ("F.prelu(x, y[0, :4, 0])", (IMAGE, W1)),
    ("F.softmax(x, dim=-2)", (IMAGE,)),
)  # fmt: skip


@pytest.mark.parametrize("text", [*SMOOTH, *KINKED])
def test_a_function_is_torchs(text: str) -> None:
    run_both(_program(text), [X, Y], grad=True)


@pytest.mark.parametrize("text", SMOOTH)
def test_a_smooth_function_is_derived_twice(text: str) -> None:
    run_twice(_program(text), [X, Y])


@pytest.mark.parametrize(("text", "arrays"), WINDOWS, ids=[t for t, _ in WINDOWS])
def test_a_function_of_windows_is_torchs(text: str, arrays: tuple[np.ndarray, ...]) -> None:
    run_both(_program(text), arrays, grad=True)


@pytest.mark.parametrize(
    ("text", "arrays"),
    [w for w in WINDOWS if "conv" in w[0] or "lp_" in w[0]][::3],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_convolutions_are_derived_twice(text: str, arrays: tuple[np.ndarray, ...]) -> None:
    run_twice(_program(text), arrays)
