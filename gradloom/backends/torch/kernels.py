"""Pieces that torch has a kernel for (gradloom/frontend/kernels.py says what they mean)."""

from __future__ import annotations

from gradloom.backends.site import Site


def layer_norm(site: Site) -> str:
    """Normalised along the last axis; a small constant stands as a number."""
    x, gamma, beta = site.args[:3]
    eps = site.number(3) if site.is_literal(3) else site.args[3]
    return f"(torch.nn.functional.layer_norm({x}, {x}.shape[-1:], {gamma}, {beta}, {eps}),)"


def attention(site: Site) -> str:
    """torch's fused attention, whose scale is 1/sqrt(d) as ours is."""
    q, k, v = site.args
    return f"(torch.nn.functional.scaled_dot_product_attention({q}, {k}, {v}),)"
