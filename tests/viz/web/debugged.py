"""A small network in the gradient debugger, its flows computed by gradloom's derivatives."""

from pathlib import Path
from typing import Any

import numpy as np

import gradloom as gl
from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.layer import Layer, flow_of_matrix
from gradloom.viz.gradients.source import Snapshot

RNG = np.random.default_rng(0)
INPUT = (RNG.random((4, 5)) > 0.5).astype(float)
KERNEL = RNG.normal(size=(2, 2))
WEIGHTS = RNG.normal(size=(12, 3))
WORD = "<img src=x onerror=alert(1)>'\"</script>"


def convolved(x: Any) -> Any:
    return sum(KERNEL[i, j] * x[i : i + 3, j : j + 4] for i in range(2) for j in range(2))


def dense(x: Any) -> Any:
    return np.tanh(np.reshape(x, (12,)) @ WEIGHTS)


def loss(x: Any) -> Any:
    return np.sum((x - 0.5) ** 2)


STEPS = {"conv": convolved, "dense": dense, "loss": loss}


def through(x: np.ndarray) -> list[np.ndarray]:
    """The input and what each step gives."""
    values = [x]
    for step in STEPS.values():
        values.append(np.asarray(step(values[-1])))
    return values


class Network:
    """A live source; `broken` makes it fail, as an adapter whose program has died."""

    def __init__(self, folder: Path, *, title: str = "network", live: bool = True) -> None:
        self.folder, self.title, self.is_live = folder, title, live
        self.names = ["input", *STEPS]
        self.broken = ""
        np.save(folder / "input.npy", INPUT)

    def read(self) -> Snapshot:
        return self.compute(np.load(self.folder / "input.npy"))

    def compute(self, input: np.ndarray) -> Snapshot:
        if self.broken:
            raise ConnectionError(self.broken)
        values = through(input)
        slopes = [
            np.reshape(gl.jacobian(step)(x), (y.size, x.size)).T
            for step, x, y in zip(STEPS.values(), values, values[1:], strict=False)
        ]
        grads = [np.ones(1)]
        for slope in reversed(slopes):
            grads.insert(0, slope @ grads[0])
        layers = tuple(
            Layer(
                name, x.shape, x, g.reshape(x.shape), "op", i, __file__, 25 + 4 * i, "f", "a line"
            )
            for i, (name, x, g) in enumerate(zip(self.names, values, grads, strict=True))
        )
        flows = tuple(
            flow_of_matrix(a, b, slope * g[None], "exact", slope)
            for a, b, slope, g in zip(self.names, self.names[1:], slopes, grads[1:], strict=False)
        )
        return Snapshot(input, layers, flows, target=INPUT[::-1].copy())

    def save(self, snapshot: Snapshot, input: np.ndarray, name: str) -> tuple[Path, ...]:
        path = self.folder / (name or "input.npy")
        np.save(path, input)
        return (path,)

    def links(self, snapshot: Snapshot, layer: str, element: int) -> tuple[Any, ...]:
        return ()


def network(folder: Path, **settings: Any) -> tuple[Gradients, Network]:
    """The debugger of a network, and its source."""
    source = Network(folder, **settings)
    return Gradients(source), source


def by_differences(x: np.ndarray, cell: int) -> float:
    """How fast the loss changes with a cell of the input: central differences."""
    step = np.zeros(x.size)
    step[cell] = 1e-6
    up, down = (float(through(x + sign * step.reshape(x.shape))[-1]) for sign in (1, -1))
    return (up - down) / 2e-6


def cell(page: Any, heat: str, row: int, column: int) -> None:
    """Click a cell of a heat map that shows everything."""
    size = page.evaluate(f"gradients.app.heats.{heat}.cellSize")
    place = {"x": (column + 0.5) * size, "y": (row + 0.5) * size}
    page.locator(f"#{heat} canvas").click(position=place)
