"""Scores of predictions: plain numpy, to be called as they are or inside a traced program."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.nn.classes import nll_loss
from gradloom.frontend.nn.exponentials import log_softmax
from gradloom.frontend.tracer import is_tracer
from gradloom.ir.errors import ArgumentError, DtypeError, IndexOutOfRange, ShapeError
from gradloom.ir.location import user_location

Array = Any
"""An array of numpy's, or a traced one."""


def accuracy(scores: Array, labels: Array, axis: int = -1) -> Any:
    """The share of rows whose largest score is that of their label; of equal scores the first.

    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]), np.array([1, 0, 0]))
    0.6666666666666666
    """
    scores, labels = _matching("accuracy", scores, labels, axis)
    return _number(np.mean(np.argmax(scores, axis=axis) == labels))


def top_k_accuracy(scores: Array, labels: Array, k: int = 5, axis: int = -1) -> Any:
    """The share of rows whose label is among the k largest scores; of equal scores the first ones
    count as larger, and what is no number as the largest.

    >>> top_k_accuracy(np.array([[0.1, 0.5, 0.4], [0.6, 0.3, 0.1]]), np.array([2, 2]), k=2)
    0.5
    """
    scores, labels = _matching("top_k_accuracy", scores, labels, axis)
    classes = scores.shape[axis]
    if not 1 <= k <= classes:
        raise ArgumentError(
            f"top_k_accuracy: k is {k} of {classes} classes",
            location=user_location(),
            hint=f"1 to {classes}",
        )
    rows = np.moveaxis(scores, axis, -1)
    wanted = np.expand_dims(labels, -1)
    own = np.take_along_axis(rows, wanted, -1)
    before = np.arange(classes) < wanted
    larger = np.logical_not(rows <= own) | ((rows == own) & before)
    return _number(np.mean(np.sum(larger, axis=-1) < k))


def confusion_matrix(predictions: Array, labels: Array, classes: int | None = None) -> Array:
    """How often each class [row] was taken for each [column]: i64[classes, classes].

    `predictions` are labels, or scores with one more axis, the last. `classes` is read from scores,
    or from the largest label.

    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]))
    array([[1, 1],
           [0, 1]])
    """
    predictions, labels = _array(predictions), _array(labels)
    if predictions.ndim == labels.ndim + 1:
        classes = predictions.shape[-1] if classes is None else classes
        predictions = np.argmax(predictions, axis=-1)
    _same_shape("confusion_matrix", predictions, labels)
    for x in (predictions, labels):
        _require_integers("confusion_matrix", x)
    if classes is None:
        if is_tracer(labels) or is_tracer(predictions):
            raise ArgumentError(
                "confusion_matrix: the number of classes is not known while a program is traced",
                hint="give classes=",
            )
        both = np.concatenate([predictions.ravel(), labels.ravel()])
        classes = int(both.max(initial=-1)) + 1
    for x in (predictions, labels):
        _require_below("confusion_matrix", x, classes)
    places = labels.ravel().astype(np.int64) * classes + predictions.ravel()
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)


def r2_score(predictions: Array, targets: Array) -> Any:
    """1 less the share of the targets' variance that the predictions leave: 1 is perfect, 0 as good
    as the mean. Raises `ArgumentError` where the targets are all equal.

    >>> round(r2_score(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])), 3)
    0.786
    """
    predictions, targets = _array(predictions), _array(targets)
    _same_shape("r2_score", predictions, targets)
    left = np.sum((targets - predictions) ** 2)
    whole = np.sum((targets - np.mean(targets)) ** 2)
    if not is_tracer(whole) and not whole:
        raise ArgumentError(
            "r2_score: the targets are all equal, so there is no variance to explain",
            location=user_location(),
        )
    return _number(1 - left / whole)


def perplexity(scores: Array, labels: Array, axis: int = -1) -> Any:
    """The exponential of the mean cross-entropy: how many equally likely classes are as hard.

    >>> round(perplexity(np.zeros((3, 8)), np.array([0, 5, 7])), 6)
    8.0
    """
    scores, labels = _matching("perplexity", scores, labels, axis)
    return _number(np.exp(nll_loss(log_softmax(scores, axis=axis), labels, axis=axis)))


# ---- what they take ------------------------------------------------------------------------------


def _array(x: Any) -> Array:
    return x if is_tracer(x) else np.asarray(x)


def _number(x: Any) -> Any:
    """A Python number where the result is known."""
    return x if is_tracer(x) else float(x)


def _same_shape(what: str, a: Array, b: Array) -> None:
    if a.shape != b.shape:
        raise ShapeError(
            f"{what}: predictions have shape {tuple(a.shape)}, and what they are compared to "
            f"{tuple(b.shape)}",
            location=user_location(),
        )
    if not is_tracer(a) and not a.size:
        raise ShapeError(f"{what}: there are no rows", location=user_location())


def _matching(what: str, scores: Any, labels: Any, axis: int) -> tuple[Array, Array]:
    """Scores and labels of one shape but for the classes' axis."""
    scores, labels = _array(scores), _array(labels)
    if not scores.ndim or not -scores.ndim <= axis < scores.ndim:
        raise ShapeError(f"{what}: scores of shape {tuple(scores.shape)} have no axis {axis}")
    at = axis % scores.ndim
    due = (*scores.shape[:at], *scores.shape[at + 1 :])
    if tuple(labels.shape) != due:
        raise ShapeError(
            f"{what}: scores have shape {tuple(scores.shape)} and labels {tuple(labels.shape)}",
            location=user_location(),
            hint=f"labels of shape {due}: the scores' without axis {axis}",
        )
    _require_integers(what, labels)
    _require_below(what, labels, scores.shape[at])
    _same_shape(what, labels, labels)
    return scores, labels


def _require_integers(what: str, labels: Array) -> None:
    if labels.dtype.kind not in "iu":
        raise DtypeError(
            f"{what}: labels are {labels.dtype}",
            location=user_location(),
            hint="labels are integers: labels.astype(np.int64)",
        )


def _require_below(what: str, labels: Array, classes: Any) -> None:
    if is_tracer(labels) or not isinstance(classes, int):
        return
    wrong = (labels < 0) | (labels >= classes)
    if wrong.any():
        raise IndexOutOfRange(
            f"{what}: label {labels[wrong][0]} of {classes} classes",
            location=user_location(),
            hint=f"labels are 0 to {classes - 1}",
        )
