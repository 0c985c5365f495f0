"""Pieces that TensorFlow has a kernel for (gradloom/frontend/kernels.py says what they mean)."""

from __future__ import annotations

from gradloom.backends.site import Site


def layer_norm(site: Site) -> str:
    """Normalised along the last axis; a small constant stands as a number."""
    x, gamma, beta = site.args[:3]
    eps = site.number(3) if site.is_literal(3) else site.args[3]
    return (
        f"(tf.nn.batch_normalization({x}, *tf.nn.moments({x}, [-1], keepdims=True), "
        f"{beta}, {gamma}, {eps}),)"
    )
