"""A network that reads digits, trained on two workers: each has a part of every batch.

In one script, which starts its own workers:

    python examples/cluster/data_parallel.py

or on a cluster that runs already, from the command line in two terminals:

    gradloom serve -a 127.0.0.1:9000 & gradloom worker -a 127.0.0.1:9000    # one
    gradloom worker -a 127.0.0.1:9000                                       # two
    python examples/cluster/data_parallel.py --address 127.0.0.1:9000

The signal "batch" in signals.yaml says which axis is cut, and over which workers. The weights come
to be on both, their derivatives are summed by the workers among themselves, and the numbers are
those of one worker, but for the order of sums.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import gradloom as gl
import gradloom.eager as gt
from gradloom.demo import digits

SIGNALS = Path(__file__).with_name("signals.yaml")
BATCH = 64


def model() -> Any:
    """Two layers."""
    return gt.nn.Sequential(gt.nn.Linear(64, 48), gt.nn.ReLU(), gt.nn.Linear(48, 10))


def train(epochs: int) -> float:
    """Train and give the share of test images that are read right."""
    gt.manual_seed(0)
    data = digits.load()
    images, labels = data.x_train, data.y_train
    network = model()
    optimizer = gt.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    order = np.random.default_rng(0)
    for epoch in range(epochs):
        shuffled = order.permutation(len(labels))
        for start in range(0, len(labels) - BATCH + 1, BATCH):
            chosen = shuffled[start : start + BATCH]
            with gt.signal.context("batch"):
                x = gt.from_numpy(images[chosen])
                y = gt.from_numpy(labels[chosen])
            loss = gt.nn.functional.cross_entropy(network(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch}: loss {loss.item():.3f}")
    tests = gt.from_numpy(data.x_test)
    with gt.no_grad():
        read = network(tests).argmax(dim=1).numpy()
    where = {part.worker: part.shape for part in gt.signal.placement(x)}
    print("the last batch lay on", ", ".join(f"{w} {shape}" for w, shape in where.items()))
    return float(np.mean(read == data.y_test))


def main() -> None:
    """Train on the cluster at an address, or on one that is started for it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--address", help="of a running dispatcher; without it a cluster is started"
    )
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    gt.load_config(SIGNALS)
    if options.address is None:
        with gl.cluster(workers=2):
            right = train(options.epochs)
    else:
        gt.connect(options.address)
        right = train(options.epochs)
    print(f"{right:.1%} of the test images are read right")


if __name__ == "__main__":
    main()
