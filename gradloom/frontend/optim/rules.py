"""Every rule by its name."""

from __future__ import annotations

from typing import Final

from gradloom.frontend.optim import adam, averaged, factored, layers, means, roots, sgd, signs
from gradloom.frontend.optim.rule import Rule

RULES: Final[dict[str, Rule]] = {
    rule.name: rule
    for rule in (
        sgd.RULE, adam.RULE, means.ADAMAX, means.NADAM, means.RADAM, roots.RMSPROP, roots.ADAGRAD,
        roots.ADADELTA, signs.RPROP, signs.LION, layers.LARS_RULE, layers.LAMB_RULE,
        averaged.ASGD_RULE, factored.ADAFACTOR,
    )
}  # fmt: skip
