"""Functions of gl.nn with arguments, and the same by torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import gradloom as gl

nn = gl.nn
rng = np.random.default_rng(11)


class Case(NamedTuple):
    """`f(*args)` against `torch_f(F, *tensors)`; the floats among the args are differentiated."""

    f: Callable[..., Any]
    args: tuple[np.ndarray, ...]
    torch: Callable[..., Any] | None
    mapped: tuple[int, ...] = (0,)
    """Which arguments have a batch under vmap."""


def n(*shape: int) -> np.ndarray:
    return rng.normal(size=shape)


X = n(3, 4) * 3
LABELS = np.array([2, 0, 3])
SHARES = rng.dirichlet(np.ones(4), 3)
P, T = rng.uniform(0.05, 0.95, (3, 4)), rng.uniform(0, 1, (3, 4))
SIGNS = np.sign(n(3, 4))
C = rng.uniform(0.5, 2, 4)
IMAGES, SIGNAL, SOLID = n(2, 4, 6, 5), n(2, 4, 9), n(2, 2, 4, 5, 4)
GAMMA, BETA = n(4), n(4)
Q, K, V = n(2, 4, 3, 6), n(2, 4, 5, 6), n(2, 4, 5, 2)
MASK = np.array([[1, 0, 1, 1, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], bool)


def each(name: str, torch_name: str = "", *options: Any) -> Case:
    f = getattr(nn, name)
    return Case(
        lambda x: f(x, *options), (X,), lambda F, x: getattr(F, torch_name or name)(x, *options)
    )


ACTIVATIONS = {
    name: each(name)
    for name in (
        "relu", "relu6", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus",
        "softsign", "tanhshrink", "hardsigmoid", "hardswish", "hardtanh", "hardshrink",
        "softshrink", "glu", "sigmoid", "tanh",
    )
} | {
    "leaky_relu_steep": each("leaky_relu", "", 0.3), "elu_2": each("elu", "", 2.0),
    "celu_2": each("celu", "", 2.0), "softplus_5": each("softplus", "", 5.0),
    "hardtanh_wide": each("hardtanh", "", -2.0, 0.5), "log_sigmoid": each("log_sigmoid", "logsigmoid"),
    "threshold": each("threshold", "", 0.5, -1.0),
    "gelu_tanh": Case(lambda x: nn.gelu(x, "tanh"), (X,), lambda F, x: F.gelu(x, approximate="tanh")),
    "prelu": Case(nn.prelu, (X, C), lambda F, x, w: F.prelu(x, w)),
    "gated_act": Case(nn.gated_act, (X, P), lambda F, f, s: F.tanh(f) * F.sigmoid(s), (0, 1)),
    "swiglu": Case(nn.swiglu, (X,), lambda F, x: x[:, :2] * F.silu(x[:, 2:])),
    "geglu": Case(nn.geglu, (X,), lambda F, x: x[:, :2] * F.gelu(x[:, 2:])),
    "reglu": Case(nn.reglu, (X,), lambda F, x: x[:, :2] * F.relu(x[:, 2:])),
    "softmax": Case(nn.softmax, (X,), lambda F, x: F.softmax(x, -1)),
    "softmax_0": Case(lambda x: nn.softmax(x, 0), (X,), lambda F, x: F.softmax(x, 0)),
    "log_softmax": Case(nn.log_softmax, (X,), lambda F, x: F.log_softmax(x, -1)),
    "softmin": Case(nn.softmin, (X,), lambda F, x: F.softmin(x, -1)),
    "logsumexp": Case(lambda x: nn.logsumexp(x, 0), (X,), lambda F, x: x.logsumexp(0)),
}  # fmt: skip


def pair(name: str, torch_name: str, a: np.ndarray, b: np.ndarray, **options: Any) -> Case:
    f = getattr(nn, name)
    return Case(
        lambda x, t: f(x, t, **options), (a, b), lambda F, x, t: getattr(F, torch_name)(x, t, **options),
        (0, 1),
    )  # fmt: skip


def ce(target: np.ndarray, **options: Any) -> Case:
    weight = options.pop("weight", None)

    def by_torch(F: Any, x: Any, t: Any, *w: Any) -> Any:
        return F.cross_entropy(x, t, w[0].detach() if w else None, **options)

    if weight is None:
        return Case(lambda x, t: nn.cross_entropy(x, t, **options), (X, target), by_torch, (0, 1))
    return Case(
        lambda x, t, w: nn.cross_entropy(x, t, weight=w, **options), (X, target, weight), by_torch,
        (0, 1),
    )  # fmt: skip


LOSSES = {
    **{f"{r}_{name}": pair(name, name, X, T, reduction=r)
       for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss") for r in ("mean", "none")},
    "smooth_l1_half": pair("smooth_l1_loss", "smooth_l1_loss", X, T, beta=0.5, reduction="sum"),
    "huber_2": pair("huber_loss", "huber_loss", X, T, delta=2.0),
    "kl_div": pair("kl_div", "kl_div", np.log(SHARES), SHARES[::-1].copy(), reduction="batchmean"),
    "kl_div_log": pair("kl_div", "kl_div", X, np.log(SHARES), log_target=True, reduction="sum"),
    "bce": pair("binary_cross_entropy", "binary_cross_entropy", P, T),
    "bce_with_logits": pair("binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits", X, T),
    "bce_pos_weight": Case(
        lambda x, t, w: nn.binary_cross_entropy_with_logits(x, t, pos_weight=w, reduction="none"),
        (X, T, C),
        lambda F, x, t, w: F.binary_cross_entropy_with_logits(x, t, pos_weight=w.detach(), reduction="none"),
    ),
    "poisson": pair("poisson_nll_loss", "poisson_nll_loss", X, 3 * T, full=True),
    "gaussian": Case(nn.gaussian_nll_loss, (X, T, P), lambda F, x, t, v: F.gaussian_nll_loss(x, t, v)),
    "soft_margin": Case(nn.soft_margin_loss, (X, SIGNS), lambda F, x, t: F.soft_margin_loss(x, t.detach()), (0, 1)),
    "hinge_embedding": pair("hinge_embedding_loss", "hinge_embedding_loss", X, SIGNS),
    "hinge": Case(nn.hinge_loss, (X, SIGNS), lambda F, x, t: F.relu(1 - t * x).mean(), (0, 1)),
    "margin_ranking": Case(
        lambda a, b, t: nn.margin_ranking_loss(a, b, t, 0.5), (X, T, SIGNS),
        lambda F, a, b, t: F.margin_ranking_loss(a, b, t, 0.5), (0, 1, 2)),
    "triplet": Case(
        lambda a, p, q: nn.triplet_margin_loss(a, p, q, swap=True), (X, P, SIGNS),
        lambda F, a, p, q: F.triplet_margin_loss(a, p, q, swap=True), (0, 1, 2)),
    "cosine_similarity": Case(
        nn.cosine_similarity, (X, P), lambda F, a, b: F.cosine_similarity(a, b, -1), (0, 1)),
    "cosine_embedding": Case(
        lambda a, b, t: nn.cosine_embedding_loss(a, b, t, 0.2), (X, P, SIGNS[:, 0]),
        lambda F, a, b, t: F.cosine_embedding_loss(a, b, t, 0.2), (0, 1, 2)),
    "pairwise": Case(nn.pairwise_distance, (X, P), lambda F, a, b: F.pairwise_distance(a, b), (0, 1)),
    "normalize": Case(nn.normalize, (X,), lambda F, x: F.normalize(x, dim=-1)),
    "ce": ce(LABELS), "ce_shares": ce(SHARES), "ce_weight": ce(LABELS, weight=C),
    "ce_smooth": ce(LABELS, label_smoothing=0.1), "ce_sum": ce(LABELS, reduction="sum"),
    "ce_all": ce(LABELS, weight=C, label_smoothing=0.2, ignore_index=0, reduction="none"),
    "ce_ignore": ce(LABELS, ignore_index=0, weight=C, label_smoothing=0.3),
    "ce_shares_weight": ce(SHARES, weight=C, label_smoothing=0.1),
    "ce_axis_1": Case(
        lambda x, t: nn.cross_entropy(x, t, 1), (IMAGES, rng.integers(0, 4, (2, 6, 5))),
        lambda F, x, t: F.cross_entropy(x, t), (0, 1)),
    "nll": Case(nn.nll_loss, (np.log(SHARES), LABELS), lambda F, x, t: F.nll_loss(x, t), (0, 1)),
    "multi_margin": Case(
        lambda x, t: nn.multi_margin_loss(x, t, 2, 0.7), (X, LABELS),
        lambda F, x, t: F.multi_margin_loss(x, t, 2, 0.7), (0, 1)),
}  # fmt: skip

LAYERS = {
    "linear": Case(nn.linear, (X, n(4, 5), n(5)), lambda F, x, w, b: F.linear(x, w.T, b)),
    "bilinear": Case(nn.bilinear, (X, n(3, 2), n(5, 4, 2), n(5)),
                     lambda F, a, b, w, c: F.bilinear(a, b, w, c), (0, 1)),
    "embedding": Case(lambda t, i: nn.embedding(t, i, padding_idx=1), (n(6, 3), np.array([[1, 5], [0, 1]])),
                      lambda F, t, i: F.embedding(i, t, padding_idx=1), (1,)),
    "layer_norm": Case(nn.layer_norm, (X, GAMMA, BETA), lambda F, x, g, b: F.layer_norm(x, (4,), g, b)),
    "layer_norm_2": Case(lambda x: nn.layer_norm(x, axis=(-2, -1)), (IMAGES,),
                         lambda F, x: F.layer_norm(x, (6, 5))),
    "rms_norm": Case(nn.rms_norm, (X, GAMMA), lambda F, x, g: F.rms_norm(x, (4,), g, 1e-5)),
    "batch_norm": Case(
        lambda x, g, b: nn.batch_norm(x, g, b, *nn.batch_norm_init(4))[0], (IMAGES, GAMMA, BETA),
        lambda F, x, g, b: F.batch_norm(x, None, None, g, b, True)),
    "batch_norm_eval": Case(
        lambda x, m, v, g, b: nn.batch_norm(x, g, b, m, v, False)[0], (IMAGES, GAMMA, C, GAMMA, BETA),
        lambda F, x, m, v, g, b: F.batch_norm(x, m.detach(), v.detach(), g, b)),
    "group_norm": Case(lambda x, g, b: nn.group_norm(x, g, b, 2), (IMAGES, GAMMA, BETA),
                       lambda F, x, g, b: F.group_norm(x, 2, g, b)),
    "instance_norm": Case(nn.instance_norm, (IMAGES, GAMMA, BETA),
                          lambda F, x, g, b: F.instance_norm(x, None, None, g, b)),
    "local_response_norm": Case(lambda x: nn.local_response_norm(x, 3, 0.1), (IMAGES,),
                                lambda F, x: F.local_response_norm(x, 3, 0.1)),
    "attention": Case(nn.scaled_dot_product_attention, (Q, K, V),
                      lambda F, q, k, v: F.scaled_dot_product_attention(q, k, v), (0, 1, 2)),
    "attention_causal": Case(
        lambda q, k, v: nn.scaled_dot_product_attention(q, k, v, causal=True, scale=0.7), (Q, K, V),
        lambda F, q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.7), (0, 1, 2)),
    "attention_masked": Case(
        lambda q, k, v: nn.scaled_dot_product_attention(q, k, v, MASK), (Q, K, V),
        lambda F, q, k, v: F.scaled_dot_product_attention(q, k, v, _tensor(MASK)), (0, 1, 2)),
    "attention_added": Case(
        nn.scaled_dot_product_attention, (Q, K, V, n(3, 5)),
        lambda F, q, k, v, m: F.scaled_dot_product_attention(q, k, v, m), (0, 1, 2)),
    "attention_grouped": Case(
        nn.scaled_dot_product_attention, (Q, K[:, :2], V[:, :2]),
        lambda F, q, k, v: F.scaled_dot_product_attention(q, k, v, enable_gqa=True), (0, 1, 2)),
    "multi_head": Case(
        lambda q, k, v: nn.multi_head_attention(q, k, v, 2), (Q[0], K[0], K[0]),
        lambda F, q, k, v: _joined(F.scaled_dot_product_attention(*[
            x.reshape(4, -1, 2, 3).transpose(1, 2) for x in (q, k, v)])), (0, 1, 2)),
}  # fmt: skip


def _tensor(x: np.ndarray) -> Any:
    import torch

    return torch.tensor(x)


def _joined(x: Any) -> Any:
    return x.transpose(1, 2).reshape(4, -1, 6)


W2 = n(6, 2, 3, 2)
CONVOLUTIONS = {
    "conv1d": Case(nn.conv1d, (SIGNAL, n(3, 4, 3), n(3)), lambda F, *xs: F.conv1d(*xs)),
    "conv1d_options": Case(
        lambda x, w: nn.conv1d(x, w, None, 2, 1, 2, 2), (SIGNAL, n(6, 2, 3)),
        lambda F, x, w: F.conv1d(x, w, None, 2, 1, 2, 2)),
    "conv1d_same": Case(lambda x, w: nn.conv1d(x, w, pad="same", dilation=2), (SIGNAL, n(3, 4, 3)),
                        lambda F, x, w: F.conv1d(x, w, padding="same", dilation=2)),
    "conv1d_alone": Case(nn.conv1d, (SIGNAL[0], n(3, 4, 3)), lambda F, x, w: F.conv1d(x, w)),
    "causal_conv1d": Case(
        lambda x, w: nn.causal_conv1d(x, w, dilation=2), (SIGNAL, n(3, 4, 3)),
        lambda F, x, w: F.conv1d(F.pad(x, (4, 0)), w, dilation=2)),
    "conv2d": Case(nn.conv2d, (IMAGES, n(3, 4, 2, 3), n(3)), lambda F, *xs: F.conv2d(*xs)),
    "conv2d_options": Case(
        lambda x, w: nn.conv2d(x, w, None, (2, 1), (1, 2), (1, 2), 2), (IMAGES, W2),
        lambda F, x, w: F.conv2d(x, w, None, (2, 1), (1, 2), (1, 2), 2)),
    "conv2d_pairs": Case(
        lambda x, w: nn.conv2d(x, w, pad=((1, 0), (0, 2)), groups=2), (IMAGES, W2),
        lambda F, x, w: F.conv2d(F.pad(x, (0, 2, 1, 0)), w, groups=2)),
    "conv3d": Case(lambda x, w: nn.conv3d(x, w, pad=1, stride=2), (SOLID, n(3, 2, 2, 3, 2)),
                   lambda F, x, w: F.conv3d(x, w, padding=1, stride=2)),
    "conv_transpose1d": Case(
        lambda x, w, b: nn.conv_transpose1d(x, w, b, 3, 1, 2, output_padding=1, groups=2),
        (SIGNAL, n(4, 3, 3), n(6)), lambda F, x, w, b: F.conv_transpose1d(x, w, b, 3, 1, 1, 2, 2)),
    "conv_transpose2d": Case(
        lambda x, w: nn.conv_transpose2d(x, w, None, (2, 1), (0, 1)), (IMAGES, n(4, 3, 2, 3)),
        lambda F, x, w: F.conv_transpose2d(x, w, None, (2, 1), (0, 1))),
    "conv_transpose3d": Case(
        lambda x, w: nn.conv_transpose3d(x, w, None, 2), (SOLID, n(2, 3, 2, 2, 2)),
        lambda F, x, w: F.conv_transpose3d(x, w, None, 2)),
}  # fmt: skip


def pool(name: str, x: np.ndarray, *options: Any, **named: Any) -> Case:
    renamed = {"pad": "padding"}
    theirs = {renamed.get(k, k): v for k, v in named.items()}
    f = getattr(nn, name)
    return Case(lambda a: f(a, *options, **named), (x,), lambda F, a: getattr(F, name)(a, *options, **theirs))


POOLING = {
    "max_pool1d": pool("max_pool1d", SIGNAL, 3), "max_pool2d": pool("max_pool2d", IMAGES, 2),
    "max_pool2d_options": pool("max_pool2d", IMAGES, (3, 2), (2, 1), pad=1, dilation=(1, 2), ceil_mode=True),
    "max_pool3d": pool("max_pool3d", SOLID, 2), "avg_pool1d": pool("avg_pool1d", SIGNAL, 3, 2, pad=1),
    "avg_pool2d": pool("avg_pool2d", IMAGES, 2, pad=1, count_include_pad=False, ceil_mode=True),
    "avg_pool3d": pool("avg_pool3d", SOLID, 2, 1), "lp_pool1d": pool("lp_pool1d", np.abs(SIGNAL), 3.0, 2),
    "lp_pool2d": pool("lp_pool2d", np.abs(IMAGES), 2.0, 3, 2),
    "lp_pool3d": pool("lp_pool3d", np.abs(SOLID), 2.0, 2),
    **{f"adaptive_{kind}_pool{d}d": pool(f"adaptive_{kind}_pool{d}d", x, out) for kind in ("avg", "max")
       for d, x, out in ((1, SIGNAL, 4), (2, IMAGES, (4, 2)), (3, SOLID, (3, 2, 1)))},
    "upsample_nearest2d": Case(lambda x: nn.upsample_nearest2d(x, 2), (IMAGES,),
                               lambda F, x: F.interpolate(x, scale_factor=2)),
    **{f"{mode}_{corners}": Case(
        lambda x, m=mode, c=corners: nn.interpolate(x, size=(4, 9), mode=m, align_corners=c), (IMAGES,),
        lambda F, x, m=mode, c=corners: F.interpolate(x, size=(4, 9), mode=m, align_corners=c))
       for mode in ("bilinear", "bicubic") for corners in (False, True)},
    "nearest_size": Case(lambda x: nn.interpolate(x, size=7), (SIGNAL,), lambda F, x: F.interpolate(x, size=7)),
    "trilinear": Case(lambda x: nn.interpolate(x, scale=1.5, mode="trilinear"), (SOLID,),
                      lambda F, x: F.interpolate(x, scale_factor=1.5, mode="trilinear")),
    "area": Case(lambda x: nn.interpolate(x, size=(3, 2), mode="area"), (IMAGES,),
                 lambda F, x: F.interpolate(x, size=(3, 2), mode="area")),
    "pixel_shuffle": Case(lambda x: nn.pixel_shuffle(x, 2), (IMAGES,), lambda F, x: F.pixel_shuffle(x, 2)),
    "pixel_unshuffle": Case(lambda x: nn.pixel_unshuffle(x, 2), (n(2, 3, 4, 6),),
                            lambda F, x: F.pixel_unshuffle(x, 2)),
    "channel_shuffle": Case(lambda x: nn.channel_shuffle(x, 2), (IMAGES,),
                            lambda F, x: x.reshape(2, 2, 2, 6, 5).transpose(1, 2).reshape(2, 4, 6, 5)),
    "unfold": Case(lambda x: nn.unfold(x, (2, 3), 1, 1, 2), (IMAGES,), lambda F, x: F.unfold(x, (2, 3), 1, 1, 2)),
    "fold": Case(lambda x: nn.fold(x, (4, 5), (2, 2), 1, 1, 2), (n(2, 8, 9),),
                 lambda F, x: F.fold(x, (4, 5), (2, 2), 1, 1, 2)),
}  # fmt: skip

CASES: dict[str, Case] = {**ACTIVATIONS, **LOSSES, **LAYERS, **CONVOLUTIONS, **POOLING}
