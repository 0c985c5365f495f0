"""Losses as modules."""

from __future__ import annotations

from typing import Any, Final

from gradloom.eager.nn.functional.classes import CLASS_LOSSES
from gradloom.eager.nn.functional.losses import LOSSES as ALL
from gradloom.eager.nn.layers.options import module_of
from gradloom.eager.nn.module import Module

F: Final = {**ALL, **CLASS_LOSSES}
_OLD: Final[dict[str, Any]] = {"size_average": None, "reduce": None}
_LEGACY: Final[dict[str, Any]] = {**_OLD, "reduction": "mean"}


def _loss(name: str, function: str, *kept: str, **options: Any) -> type[Module]:
    return module_of(name, F[function], None, kept, **options)


def _margin(default: float, **more: Any) -> dict[str, Any]:
    return {"margin": default, **more, **_LEGACY}


_WEIGHED: Final[dict[str, Any]] = {"weight": None, "size_average": None}
LOSSES: Final[dict[str, type[Module]]] = {
    "MSELoss": _loss("MSELoss", "mse_loss", **_LEGACY),
    "L1Loss": _loss("L1Loss", "l1_loss", **_LEGACY),
    "SmoothL1Loss": _loss("SmoothL1Loss", "smooth_l1_loss", **_LEGACY, beta=1.0),
    "HuberLoss": _loss("HuberLoss", "huber_loss", reduction="mean", delta=1.0),
    "KLDivLoss": _loss("KLDivLoss", "kl_div", **_LEGACY, log_target=False),
    "BCELoss": _loss("BCELoss", "binary_cross_entropy", "weight", weight=None, **_LEGACY),
    "BCEWithLogitsLoss": _loss(
        "BCEWithLogitsLoss", "binary_cross_entropy_with_logits", "weight", "pos_weight",
        weight=None, **_LEGACY, pos_weight=None),
    "NLLLoss": _loss("NLLLoss", "nll_loss", "weight", **_WEIGHED, ignore_index=-100, reduce=None,
                     reduction="mean"),
    "CrossEntropyLoss": _loss(
        "CrossEntropyLoss", "cross_entropy", "weight", **_WEIGHED, ignore_index=-100, reduce=None,
        reduction="mean", label_smoothing=0.0),
    "PoissonNLLLoss": _loss(
        "PoissonNLLLoss", "poisson_nll_loss", log_input=True, full=False, size_average=None,
        eps=1e-8, reduce=None, reduction="mean"),
    "GaussianNLLLoss": _loss(
        "GaussianNLLLoss", "gaussian_nll_loss", full=False, eps=1e-6, reduction="mean"),
    "MarginRankingLoss": _loss("MarginRankingLoss", "margin_ranking_loss", **_margin(0.0)),
    "HingeEmbeddingLoss": _loss("HingeEmbeddingLoss", "hinge_embedding_loss", **_margin(1.0)),
    "CosineEmbeddingLoss": _loss("CosineEmbeddingLoss", "cosine_embedding_loss", **_margin(0.0)),
    "SoftMarginLoss": _loss("SoftMarginLoss", "soft_margin_loss", **_LEGACY),
    "MultiLabelSoftMarginLoss": _loss(
        "MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss", "weight", weight=None,
        **_LEGACY),
    "MultiMarginLoss": _loss(
        "MultiMarginLoss", "multi_margin_loss", "weight", p=1, margin=1.0, weight=None, **_LEGACY),
    "TripletMarginLoss": _loss(
        "TripletMarginLoss", "triplet_margin_loss", **_margin(1.0, p=2.0, eps=1e-6, swap=False)),
    "TripletMarginWithDistanceLoss": _loss(
        "TripletMarginWithDistanceLoss", "triplet_margin_with_distance_loss",
        distance_function=None, margin=1.0, swap=False, reduction="mean"),
    "CosineSimilarity": _loss("CosineSimilarity", "cosine_similarity", dim=1, eps=1e-8),
    "PairwiseDistance": _loss(
        "PairwiseDistance", "pairwise_distance", p=2.0, eps=1e-6, keepdim=False),
}  # fmt: skip
"""By torch's name."""
