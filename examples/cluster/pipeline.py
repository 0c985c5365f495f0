"""A network in two stages, each on a worker of its own.

    python examples/cluster/pipeline.py

The signals "early" and "late" in signals.yaml say which worker has which layers. Their weights,
derivatives and optimiser's state stay there; only what one layer hands to the next, and its
derivative, goes from worker to worker. A batch is cut into pieces here, so that one worker has the
next piece to do while the other has the last one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import gradloom as gl
import gradloom.eager as gt
from gradloom.demo import digits

SIGNALS = Path(__file__).with_name("signals.yaml")
BATCH, PIECES = 64, 4


def train(steps: int) -> float:
    """Train and give the last batch's loss."""
    gt.manual_seed(0)
    data = digits.load()
    images, labels = data.x_train, data.y_train
    with gt.signal.context("early"):
        early = gt.nn.Sequential(gt.nn.Linear(64, 48), gt.nn.ReLU())
    with gt.signal.context("late"):
        late = gt.nn.Linear(48, 10)
    parameters = [*early.parameters(), *late.parameters()]
    optimizer = gt.optim.SGD(parameters, lr=0.1)
    order = np.random.default_rng(0)
    for _ in range(steps):
        chosen = order.choice(len(labels), BATCH, replace=False)
        optimizer.zero_grad()
        total: Any = 0.0
        for piece in np.split(chosen, PIECES):
            x = gt.from_numpy(images[piece])
            y = gt.from_numpy(labels[piece])
            with gt.signal.context("early"):
                hidden = early(x)
            with gt.signal.context("late"):
                loss = gt.nn.functional.cross_entropy(late(hidden), y) / PIECES
            loss.backward()
            total = total + loss.detach()
            gt.flush()
        optimizer.step()
    for name, layer in (("early", early[0]), ("late", late)):
        (part,) = gt.signal.placement(layer.weight)
        print(f"the weights of the {name} stage are on {part.worker}")
    return float(total)


def main() -> None:
    """Train on a cluster of two workers."""
    gt.load_config(SIGNALS)
    with gl.cluster(workers=2):
        print(f"loss after 60 steps: {train(60):.3f}")


if __name__ == "__main__":
    main()
