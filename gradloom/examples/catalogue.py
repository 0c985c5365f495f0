"""The examples, in the order in which they are best read."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from gradloom.examples import (
    cnn,
    denoising,
    dp_sgd,
    embedding,
    gpt,
    gru,
    hypernetwork,
    layer_norm_dropout,
    logistic_regression,
    lstm,
    maml,
    mlp,
    neural_ode,
    optimizers,
    pendulum,
    rwkv,
    sentence_embedding,
    transformer,
    wavenet,
)
from gradloom.examples.example import Example
from gradloom.ir.errors import ArgumentError

EXAMPLES: Final[tuple[Example, ...]] = (
    logistic_regression.EXAMPLE,
    mlp.EXAMPLE,
    optimizers.EXAMPLE,
    pendulum.EXAMPLE,
    layer_norm_dropout.EXAMPLE,
    cnn.EXAMPLE,
    embedding.EXAMPLE,
    denoising.EXAMPLE,
    dp_sgd.EXAMPLE,
    maml.EXAMPLE,
    hypernetwork.EXAMPLE,
    transformer.EXAMPLE,
    gru.EXAMPLE,
    lstm.EXAMPLE,
    gpt.EXAMPLE,
    rwkv.EXAMPLE,
    wavenet.EXAMPLE,
    neural_ode.EXAMPLE,
    sentence_embedding.EXAMPLE,
)


def find(name: str) -> Example:
    """The example of that name; `-` stands for `_` as well. An unknown one is an `ArgumentError`.

    >>> find("logistic-regression").title
    'logistic regression on tumours that are malignant or benign'
    """
    known = {example.name: example for example in EXAMPLES}
    wanted = name.replace("-", "_")
    if wanted in known:
        return known[wanted]
    near = get_close_matches(wanted, known, 1)
    raise ArgumentError(
        f"there is no example {name!r}",
        hint=f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}",
    )
