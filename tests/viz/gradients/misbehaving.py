"""An adapter whose program does what no program should, as the first number of the input says."""

import ctypes
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from gradloom.viz.gradients.layer import Flow, Layer, flow_of_matrix
from gradloom.viz.gradients.source import Snapshot

FINE, SLEEP, SPIN, EXIT, LEAVE, CRASH, RAISE, SHOUT, GARBAGE, GARBLE, CLOSE = range(11)


class Misbehaving:
    """Twice the input, when it behaves."""

    title = "misbehaving"
    is_live = True

    def read(self) -> Snapshot:
        """All is well at first."""
        return self.compute(np.zeros((1, 3)))

    def compute(self, input: np.ndarray) -> Snapshot:
        """Now and then it does not come back."""
        misbehave(int(input[0, 0]))
        a, b = Layer("a", (1, 3), input, input * 2), Layer("b", (1, 3), input * 2, input)
        flow = flow_of_matrix("a", "b", np.diag(2 * input[0]), "exact")
        return Snapshot(input, (a, b), (flow,), loss=float(input.sum()), notes=("a note",))

    def save(self, snapshot: Snapshot, input: np.ndarray, name: str) -> tuple[Path, ...]:
        """As numpy does."""
        np.save(name, input)
        return (Path(name),)

    def links(self, snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
        """The links of the flow out of a."""
        if layer != "a":
            return ()
        at, value = np.array([element]), snapshot.input.ravel()[[element]]
        return (Flow("a", "b", at, at, 2 * value, "exact", selected=element),)


def misbehave(how: int) -> None:
    """Do it, and say so first."""
    if how:
        sys.stdout.write(f"now {how}\n")
    match how:
        case 1:
            time.sleep(3600)
        case 2:
            while True:
                pass
        case 3:
            os._exit(3)
        case 4:
            sys.exit("it had enough")
        case 5:
            ctypes.string_at(0)
        case 6:
            raise KeyError("nothing of that name")
        case 7:
            for _ in range(1000):
                sys.stdout.write("\x1b[31mhuge\n" * 2000)
        case 8:
            os.write(1, b"\0\xff" * 5000)
        case 9:
            for file in range(3, 20):
                with suppress(OSError):
                    os.write(file, b"\0\xff" * 50)
        case 10:
            os.closerange(3, 200)
            time.sleep(3600)


source = Misbehaving()


def told(x: np.ndarray) -> np.ndarray:
    """A function that is traced."""
    return np.tanh(x @ WEIGHTS)


def raising(x: np.ndarray) -> np.ndarray:
    """A function that raises where it is traced."""
    raise KeyError("nothing of that name")


def squared(result: np.ndarray, target: np.ndarray) -> np.ndarray:
    """A loss."""
    return np.sum((result - target) ** 2)


WEIGHTS = np.array([[1.0, -2.0], [0.5, 1.0], [0.0, 3.0]])
