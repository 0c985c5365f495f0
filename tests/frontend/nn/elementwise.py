"""Activations and losses with arguments, and the same by torch."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.frontend.nn.samples import IMAGES, LABELS, SHARES, SIGNS, C, Case, P, T, X, nn, rng


def each(name: str, torch_name: str = "", *options: Any) -> Case:
    f = getattr(nn, name)
    return Case(
        lambda x: f(x, *options), (X,), lambda F, x: getattr(F, torch_name or name)(x, *options)
    )


ACTIVATIONS = {
    name: each(name)
    for name in (
        "relu",
        "relu6",
        "leaky_relu",
        "elu",
        "celu",
        "selu",
        "gelu",
        "silu",
        "mish",
        "softplus",
        "softsign",
        "tanhshrink",
        "hardsigmoid",
        "hardswish",
        "hardtanh",
        "hardshrink",
        "softshrink",
        "glu",
        "sigmoid",
        "tanh",
    )
} | {
    "leaky_relu_steep": each("leaky_relu", "", 0.3),
    "elu_2": each("elu", "", 2.0),
    "celu_2": each("celu", "", 2.0),
    "softplus_5": each("softplus", "", 5.0),
    "hardtanh_wide": each("hardtanh", "", -2.0, 0.5),
    "log_sigmoid": each("log_sigmoid", "logsigmoid"),
    "threshold": each("threshold", "", 0.5, -1.0),
    "gelu_tanh": Case(
        lambda x: nn.gelu(x, "tanh"), (X,), lambda F, x: F.gelu(x, approximate="tanh")
    ),
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
}


def pair(name: str, torch_name: str, a: np.ndarray, b: np.ndarray, **options: Any) -> Case:
    f = getattr(nn, name)
    return Case(
        lambda x, t: f(x, t, **options),
        (a, b),
        lambda F, x, t: getattr(F, torch_name)(x, t, **options),
        (0, 1),
    )


def ce(target: np.ndarray, **options: Any) -> Case:
    weight = options.pop("weight", None)

    def by_torch(F: Any, x: Any, t: Any, *w: Any) -> Any:
        return F.cross_entropy(x, t, w[0].detach() if w else None, **options)

    if weight is None:
        return Case(lambda x, t: nn.cross_entropy(x, t, **options), (X, target), by_torch, (0, 1))
    return Case(
        lambda x, t, w: nn.cross_entropy(x, t, weight=w, **options),
        (X, target, weight),
        by_torch,
        (0, 1),
    )


LOSSES = {
    **{
        f"{r}_{name}": pair(name, name, X, T, reduction=r)
        for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
        for r in ("mean", "none")
    },
    "smooth_l1_half": pair("smooth_l1_loss", "smooth_l1_loss", X, T, beta=0.5, reduction="sum"),
    "huber_2": pair("huber_loss", "huber_loss", X, T, delta=2.0),
    "kl_div": pair("kl_div", "kl_div", np.log(SHARES), SHARES[::-1].copy(), reduction="batchmean"),
    "kl_div_log": pair("kl_div", "kl_div", X, np.log(SHARES), log_target=True, reduction="sum"),
    "bce": pair("binary_cross_entropy", "binary_cross_entropy", P, T),
    "bce_with_logits": pair(
        "binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits", X, T
    ),
    "bce_pos_weight": Case(
        lambda x, t, w: nn.binary_cross_entropy_with_logits(x, t, pos_weight=w, reduction="none"),
        (X, T, C),
        lambda F, x, t, w: F.binary_cross_entropy_with_logits(
            x, t, pos_weight=w.detach(), reduction="none"
        ),
    ),
    "poisson": pair("poisson_nll_loss", "poisson_nll_loss", X, 3 * T, full=True),
    "gaussian": Case(
        nn.gaussian_nll_loss, (X, T, P), lambda F, x, t, v: F.gaussian_nll_loss(x, t, v)
    ),
    "soft_margin": Case(
        nn.soft_margin_loss, (X, SIGNS), lambda F, x, t: F.soft_margin_loss(x, t.detach()), (0, 1)
    ),
    "hinge_embedding": pair("hinge_embedding_loss", "hinge_embedding_loss", X, SIGNS),
    "hinge": Case(nn.hinge_loss, (X, SIGNS), lambda F, x, t: F.relu(1 - t * x).mean(), (0, 1)),
    "margin_ranking": Case(
        lambda a, b, t: nn.margin_ranking_loss(a, b, t, 0.5),
        (X, T, SIGNS),
        lambda F, a, b, t: F.margin_ranking_loss(a, b, t, 0.5),
        (0, 1, 2),
    ),
    "triplet": Case(
        lambda a, p, q: nn.triplet_margin_loss(a, p, q, swap=True),
        (X, P, SIGNS),
        lambda F, a, p, q: F.triplet_margin_loss(a, p, q, swap=True),
        (0, 1, 2),
    ),
    "cosine_similarity": Case(
        nn.cosine_similarity, (X, P), lambda F, a, b: F.cosine_similarity(a, b, -1), (0, 1)
    ),
    "cosine_embedding": Case(
        lambda a, b, t: nn.cosine_embedding_loss(a, b, t, 0.2),
        (X, P, SIGNS[:, 0]),
        lambda F, a, b, t: F.cosine_embedding_loss(a, b, t, 0.2),
        (0, 1, 2),
    ),
    "pairwise": Case(
        nn.pairwise_distance, (X, P), lambda F, a, b: F.pairwise_distance(a, b), (0, 1)
    ),
    "normalize": Case(nn.normalize, (X,), lambda F, x: F.normalize(x, dim=-1)),
    "ce": ce(LABELS),
    "ce_shares": ce(SHARES),
    "ce_weight": ce(LABELS, weight=C),
    "ce_smooth": ce(LABELS, label_smoothing=0.1),
    "ce_sum": ce(LABELS, reduction="sum"),
    "ce_all": ce(LABELS, weight=C, label_smoothing=0.2, ignore_index=0, reduction="none"),
    "ce_ignore": ce(LABELS, ignore_index=0, weight=C, label_smoothing=0.3),
    "ce_shares_weight": ce(SHARES, weight=C, label_smoothing=0.1),
    "ce_axis_1": Case(
        lambda x, t: nn.cross_entropy(x, t, 1),
        (IMAGES, rng.integers(0, 4, (2, 6, 5))),
        lambda F, x, t: F.cross_entropy(x, t),
        (0, 1),
    ),
    "nll": Case(nn.nll_loss, (np.log(SHARES), LABELS), lambda F, x, t: F.nll_loss(x, t), (0, 1)),
    "multi_margin": Case(
        lambda x, t: nn.multi_margin_loss(x, t, 2, 0.7),
        (X, LABELS),
        lambda F, x, t: F.multi_margin_loss(x, t, 2, 0.7),
        (0, 1),
    ),
}
