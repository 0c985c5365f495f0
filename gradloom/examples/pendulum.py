"""Frozen parameters: how long a pendulum is, from noisy angles; gravity is known and stays."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom.examples.example import Example, Goal
from gradloom.examples.pictures import plot
from gradloom.examples.run import Run

Array = NDArray[np.float64]

_GRAVITY: Final = 9.81
"""In m/s²: the standard value, rounded."""
_LENGTH, _FRICTION, _ANGLE = 0.83, 0.15, 1.9
"""What is to be found: metres, 1/s, radians. The swing is so wide that it is no sine wave."""
_NOISE: Final = 0.05
"""The standard deviation of a measured angle, in radians: three degrees."""
_PACE: Final = 0.05
"""Seconds between two angles."""
_COUNT: Final = 160
_STEPS: Final = 400

# The names that the parameters bring; here for those who read, and check types.
length: Any
friction: Any
angle: Any
gravity: Any


def acceleration(angle: Any, speed: Any) -> Any:
    """Of a pendulum with friction in rad/s², from its angle in radians and its speed in rad/s."""
    return -gravity / length * np.sin(angle) - friction * speed


def moved(state: tuple[Any, Any], _: Any) -> tuple[tuple[Any, Any], Any]:
    """The state (angle, speed) after `_PACE`, and the angle before: the classical step of Runge and
    Kutta of order 4.
    """
    a, v = state
    h = _PACE
    v1, s1 = v, acceleration(a, v)
    v2, s2 = v + h / 2 * s1, acceleration(a + h / 2 * v1, v + h / 2 * s1)
    v3, s3 = v + h / 2 * s2, acceleration(a + h / 2 * v2, v + h / 2 * s2)
    v4, s4 = v + h * s3, acceleration(a + h * v3, v + h * s3)
    after = a + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4), v + h / 6 * (s1 + 2 * s2 + 2 * s3 + s4)
    return after, a


def angles() -> Any:
    """The angles of a pendulum let go at `angle`, one every `_PACE`."""
    return gl.scan(moved, (angle, 0.0 * angle), None, length=_COUNT)[1]


def loss(measured: Array) -> Any:
    """The mean squared error of the angles."""
    return np.mean((angles() - measured) ** 2)


def swung(**values: float) -> Array:
    """The angles of the pendulum of these values."""
    with gl.params(values):
        return angles()


def measured(seed: int) -> Array:
    """Angles of a pendulum with the values to be found, each measured a little wrong."""
    true = swung(length=_LENGTH, friction=_FRICTION, angle=_ANGLE, gravity=_GRAVITY)
    return true + _NOISE * np.random.default_rng(seed).standard_normal(_COUNT)


def run(run: Run) -> float:
    """Fit length, friction and first angle to eight seconds; the error of the length, in mm."""
    told = measured(run.seed)
    # Only gravity / length shows in the angles: both free, neither would be found.
    weights = gl.params(length=1.0, friction=0.0, angle=float(told[0]), gravity=gl.frozen(_GRAVITY))
    opt = gl.optim.Adam(lr=gl.optim.cosine_decay(0.05, _STEPS))
    steps = run.limit(_STEPS)
    with run.training(steps) as tell:
        for _ in range(steps):
            value, slopes = weights.grad(loss, told, backend=run.backend, jit=True)
            weights.step(slopes, opt)
            tell(value)
    seconds = _PACE * np.arange(_COUNT)
    with weights:
        run.show(plot({"*": (seconds, angles()), "o": (seconds[::3], told[::3])}, height=14))
    found = {name: float(weights[name]) for name in ("length", "friction", "angle")}
    run.show(
        "o: measured angles, 8 s   *: the pendulum that was found",
        f"length {found['length']:.4f} m ({_LENGTH}), friction {found['friction']:.3f} "
        f"({_FRICTION}), first angle {found['angle']:.3f} ({_ANGLE})",
    )
    return 1000 * abs(found["length"] - _LENGTH)


EXAMPLE: Final = Example(
    name="pendulum",
    title="frozen parameters: the length of a pendulum, gravity being known",
    goal=Goal("error of the length", 3, "mm", lower=True),
    seconds=5,
    run=run,
)
