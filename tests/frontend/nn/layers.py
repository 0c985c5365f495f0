"""Layers with arguments, and the same by torch."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.frontend.nn.samples import (
    BETA,
    GAMMA,
    IMAGES,
    MASK,
    SIGNAL,
    SOLID,
    C,
    Case,
    K,
    Q,
    V,
    X,
    n,
    nn,
)

LAYERS = {
    "linear": Case(nn.linear, (X, n(4, 5), n(5)), lambda F, x, w, b: F.linear(x, w.T, b)),
    "bilinear": Case(
        nn.bilinear,
        (X, n(3, 2), n(5, 4, 2), n(5)),
        lambda F, a, b, w, c: F.bilinear(a, b, w, c),
        (0, 1),
    ),
    "embedding": Case(
        lambda t, i: nn.embedding(t, i, padding_idx=1),
        (n(6, 3), np.array([[1, 5], [0, 1]])),
        lambda F, t, i: F.embedding(i, t, padding_idx=1),
        (1,),
    ),
    "layer_norm": Case(
        nn.layer_norm, (X, GAMMA, BETA), lambda F, x, g, b: F.layer_norm(x, (4,), g, b)
    ),
    "layer_norm_2": Case(
        lambda x: nn.layer_norm(x, axis=(-2, -1)), (IMAGES,), lambda F, x: F.layer_norm(x, (6, 5))
    ),
    "rms_norm": Case(nn.rms_norm, (X, GAMMA), lambda F, x, g: F.rms_norm(x, (4,), g, 1e-5)),
    "batch_norm": Case(
        lambda x, g, b: nn.batch_norm(x, g, b, *nn.batch_norm_init(4))[0],
        (IMAGES, GAMMA, BETA),
        lambda F, x, g, b: F.batch_norm(x, None, None, g, b, True),
    ),
    "batch_norm_eval": Case(
        lambda x, m, v, g, b: nn.batch_norm(x, g, b, m, v, False)[0],
        (IMAGES, GAMMA, C, GAMMA, BETA),
        lambda F, x, m, v, g, b: F.batch_norm(x, m.detach(), v.detach(), g, b),
    ),
    "group_norm": Case(
        lambda x, g, b: nn.group_norm(x, g, b, 2),
        (IMAGES, GAMMA, BETA),
        lambda F, x, g, b: F.group_norm(x, 2, g, b),
    ),
    "instance_norm": Case(
        nn.instance_norm,
        (IMAGES, GAMMA, BETA),
        lambda F, x, g, b: F.instance_norm(x, None, None, g, b),
    ),
    "local_response_norm": Case(
        lambda x: nn.local_response_norm(x, 3, 0.1),
        (IMAGES,),
        lambda F, x: F.local_response_norm(x, 3, 0.1),
    ),
    "attention": Case(
        nn.scaled_dot_product_attention,
        (Q, K, V),
        lambda F, q, k, v: F.scaled_dot_product_attention(q, k, v),
        (0, 1, 2),
    ),
    "attention_causal": Case(
        lambda q, k, v: nn.scaled_dot_product_attention(q, k, v, causal=True, scale=0.7),
        (Q, K, V),
        lambda F, q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.7),
        (0, 1, 2),
    ),
    "attention_masked": Case(
        lambda q, k, v: nn.scaled_dot_product_attention(q, k, v, MASK),
        (Q, K, V),
        lambda F, q, k, v: F.scaled_dot_product_attention(q, k, v, _tensor(MASK)),
        (0, 1, 2),
    ),
    "attention_added": Case(
        nn.scaled_dot_product_attention,
        (Q, K, V, n(3, 5)),
        lambda F, q, k, v, m: F.scaled_dot_product_attention(q, k, v, m),
        (0, 1, 2),
    ),
    "attention_grouped": Case(
        nn.scaled_dot_product_attention,
        (Q, K[:, :2], V[:, :2]),
        lambda F, q, k, v: F.scaled_dot_product_attention(q, k, v, enable_gqa=True),
        (0, 1, 2),
    ),
    "multi_head": Case(
        lambda q, k, v: nn.multi_head_attention(q, k, v, 2),
        (Q[0], K[0], K[0]),
        lambda F, q, k, v: _joined(
            F.scaled_dot_product_attention(
                *[x.reshape(4, -1, 2, 3).transpose(1, 2) for x in (q, k, v)]
            )
        ),
        (0, 1, 2),
    ),
}


def _tensor(x: np.ndarray) -> Any:
    import torch

    return torch.tensor(x)


def _joined(x: Any) -> Any:
    return x.transpose(1, 2).reshape(4, -1, 6)


W2 = n(6, 2, 3, 2)
CONVOLUTIONS = {
    "conv1d": Case(nn.conv1d, (SIGNAL, n(3, 4, 3), n(3)), lambda F, *xs: F.conv1d(*xs)),
    "conv1d_options": Case(
        lambda x, w: nn.conv1d(x, w, None, 2, 1, 2, 2),
        (SIGNAL, n(6, 2, 3)),
        lambda F, x, w: F.conv1d(x, w, None, 2, 1, 2, 2),
    ),
    "conv1d_same": Case(
        lambda x, w: nn.conv1d(x, w, pad="same", dilation=2),
        (SIGNAL, n(3, 4, 3)),
        lambda F, x, w: F.conv1d(x, w, padding="same", dilation=2),
    ),
    "conv1d_alone": Case(nn.conv1d, (SIGNAL[0], n(3, 4, 3)), lambda F, x, w: F.conv1d(x, w)),
    "causal_conv1d": Case(
        lambda x, w: nn.causal_conv1d(x, w, dilation=2),
        (SIGNAL, n(3, 4, 3)),
        lambda F, x, w: F.conv1d(F.pad(x, (4, 0)), w, dilation=2),
    ),
    "conv2d": Case(nn.conv2d, (IMAGES, n(3, 4, 2, 3), n(3)), lambda F, *xs: F.conv2d(*xs)),
    "conv2d_options": Case(
        lambda x, w: nn.conv2d(x, w, None, (2, 1), (1, 2), (1, 2), 2),
        (IMAGES, W2),
        lambda F, x, w: F.conv2d(x, w, None, (2, 1), (1, 2), (1, 2), 2),
    ),
    "conv2d_pairs": Case(
        lambda x, w: nn.conv2d(x, w, pad=((1, 0), (0, 2)), groups=2),
        (IMAGES, W2),
        lambda F, x, w: F.conv2d(F.pad(x, (0, 2, 1, 0)), w, groups=2),
    ),
    "conv3d": Case(
        lambda x, w: nn.conv3d(x, w, pad=1, stride=2),
        (SOLID, n(3, 2, 2, 3, 2)),
        lambda F, x, w: F.conv3d(x, w, padding=1, stride=2),
    ),
    "conv_transpose1d": Case(
        lambda x, w, b: nn.conv_transpose1d(x, w, b, 3, 1, 2, output_padding=1, groups=2),
        (SIGNAL, n(4, 3, 3), n(6)),
        lambda F, x, w, b: F.conv_transpose1d(x, w, b, 3, 1, 1, 2, 2),
    ),
    "conv_transpose2d": Case(
        lambda x, w: nn.conv_transpose2d(x, w, None, (2, 1), (0, 1)),
        (IMAGES, n(4, 3, 2, 3)),
        lambda F, x, w: F.conv_transpose2d(x, w, None, (2, 1), (0, 1)),
    ),
    "conv_transpose3d": Case(
        lambda x, w: nn.conv_transpose3d(x, w, None, 2),
        (SOLID, n(2, 3, 2, 2, 2)),
        lambda F, x, w: F.conv_transpose3d(x, w, None, 2),
    ),
}


def pool(name: str, x: np.ndarray, *options: Any, **named: Any) -> Case:
    renamed = {"pad": "padding"}
    theirs = {renamed.get(k, k): v for k, v in named.items()}
    f = getattr(nn, name)
    return Case(
        lambda a: f(a, *options, **named),
        (x,),
        lambda F, a: getattr(F, name)(a, *options, **theirs),
    )


POOLING = {
    "max_pool1d": pool("max_pool1d", SIGNAL, 3),
    "max_pool2d": pool("max_pool2d", IMAGES, 2),
    "max_pool2d_options": pool(
        "max_pool2d", IMAGES, (3, 2), (2, 1), pad=1, dilation=(1, 2), ceil_mode=True
    ),
    "max_pool3d": pool("max_pool3d", SOLID, 2),
    "avg_pool1d": pool("avg_pool1d", SIGNAL, 3, 2, pad=1),
    "avg_pool2d": pool("avg_pool2d", IMAGES, 2, pad=1, count_include_pad=False, ceil_mode=True),
    "avg_pool3d": pool("avg_pool3d", SOLID, 2, 1),
    "lp_pool1d": pool("lp_pool1d", np.abs(SIGNAL), 3.0, 2),
    "lp_pool2d": pool("lp_pool2d", np.abs(IMAGES), 2.0, 3, 2),
    "lp_pool3d": pool("lp_pool3d", np.abs(SOLID), 2.0, 2),
    **{
        f"adaptive_{kind}_pool{d}d": pool(f"adaptive_{kind}_pool{d}d", x, out)
        for kind in ("avg", "max")
        for d, x, out in ((1, SIGNAL, 4), (2, IMAGES, (4, 2)), (3, SOLID, (3, 2, 1)))
    },
    "upsample_nearest2d": Case(
        lambda x: nn.upsample_nearest2d(x, 2),
        (IMAGES,),
        lambda F, x: F.interpolate(x, scale_factor=2),
    ),
    **{
        f"{mode}_{corners}": Case(
            lambda x, m=mode, c=corners: nn.interpolate(x, size=(4, 9), mode=m, align_corners=c),
            (IMAGES,),
            lambda F, x, m=mode, c=corners: F.interpolate(x, size=(4, 9), mode=m, align_corners=c),
        )
        for mode in ("bilinear", "bicubic")
        for corners in (False, True)
    },
    "nearest_size": Case(
        lambda x: nn.interpolate(x, size=7), (SIGNAL,), lambda F, x: F.interpolate(x, size=7)
    ),
    "trilinear": Case(
        lambda x: nn.interpolate(x, scale=1.5, mode="trilinear"),
        (SOLID,),
        lambda F, x: F.interpolate(x, scale_factor=1.5, mode="trilinear"),
    ),
    "area": Case(
        lambda x: nn.interpolate(x, size=(3, 2), mode="area"),
        (IMAGES,),
        lambda F, x: F.interpolate(x, size=(3, 2), mode="area"),
    ),
    "pixel_shuffle": Case(
        lambda x: nn.pixel_shuffle(x, 2), (IMAGES,), lambda F, x: F.pixel_shuffle(x, 2)
    ),
    "pixel_unshuffle": Case(
        lambda x: nn.pixel_unshuffle(x, 2), (n(2, 3, 4, 6),), lambda F, x: F.pixel_unshuffle(x, 2)
    ),
    "channel_shuffle": Case(
        lambda x: nn.channel_shuffle(x, 2),
        (IMAGES,),
        lambda F, x: x.reshape(2, 2, 2, 6, 5).transpose(1, 2).reshape(2, 4, 6, 5),
    ),
    "unfold": Case(
        lambda x: nn.unfold(x, (2, 3), 1, 1, 2),
        (IMAGES,),
        lambda F, x: F.unfold(x, (2, 3), 1, 1, 2),
    ),
    "fold": Case(
        lambda x: nn.fold(x, (4, 5), (2, 2), 1, 1, 2),
        (n(2, 8, 9),),
        lambda F, x: F.fold(x, (4, 5), (2, 2), 1, 1, 2),
    ),
}
