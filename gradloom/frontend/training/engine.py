"""What runs the steps: weights and optimizer state on the backend, one program for each step."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from gradloom.frontend import optim
from gradloom.frontend.compile import compile
from gradloom.frontend.random.keys import fold_in
from gradloom.frontend.random.keys import key as key_of
from gradloom.frontend.random.sources import no_repeats
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.target import target
from gradloom.frontend.training.form import Form, leaves_of
from gradloom.frontend.training.program import Step
from gradloom.frontend.training.reading import Reading
from gradloom.frontend.training.settings import Settings
from gradloom.ir.errors import ArgumentError, GradloomError, StateMismatch

_PLAIN: Final = (int, float, np.integer, np.floating)
_FRAMEWORKS: Final = ("torch", "jax", "jaxlib", "tensorflow")


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of one batch's step: its loss before the step, the norm of its gradients, and
    what the objective gave besides.

    `is_kept`: whether the weights took part of it; they did not where a number was not finite.
    """

    loss: float
    norm: float
    aux: Any = ()
    is_kept: bool = True


@final
@dataclass(slots=True)
class Engine:
    """The weights' leaves and the optimizer's state as the backend holds them, and how they move.

    `updates`: steps of the optimizer so far; `gathered`: batches in `sums` whose gradients wait for
    theirs; `good`: steps since the loss's factor moved; `rate`: a learning rate in place of the
    optimizer's.
    """

    weights: Any
    reading: Reading
    opt: Any
    settings: Settings
    backend: Any
    step: Step
    run: Callable[..., Any]
    gather: Callable[..., Any]
    leaves: list[Any] = field(default_factory=list)
    state: Any = None
    sums: list[Any] | None = None
    gathered: int = 0
    updates: int = 0
    scale: float | None = None
    good: int = 0
    rate: float | None = None

    @classmethod
    def of(cls, weights: Any, objective: Any, opt: Any, settings: Settings) -> Engine:
        """An engine at its first step."""
        reading = Reading.of(weights, objective)
        opt = optimizer(opt)
        step = Step(
            reading.call, Form.of(weights), opt, settings.policy,
            settings.clip_norm, settings.clip_value, settings.has_aux, settings.ema,
        )  # fmt: skip
        ways: list[Callable[..., Any]] = [step.applied, step.gathered]
        if settings.jit or settings.backend is not None:
            made = target(settings.backend or "numpy")
            ways = [
                compile(way, settings.backend or "numpy", device=settings.device) for way in ways
            ]
        else:
            made = target("numpy")
        engine = cls(weights, reading, opt, settings, made, step, ways[0], ways[1])
        engine._begin()
        return engine

    def _begin(self) -> None:
        leaves = self.step.form.begun(self.weights, self.settings.policy)
        seen, known = self.step.form.seen(leaves), getattr(self.opt, "state", None)
        opt = self.opt.init(seen) if known is None else known
        ema = {} if self.settings.ema is None else {"ema": self.settings.ema.init(seen)}
        self.leaves, self.state = self.placed(leaves), self.placed({"opt": opt, **ema})
        self.updates = int(opt.get("count", 0))
        scaling = self.settings.policy.scaling
        self.scale = None if scaling is None else scaling.initial

    # ---- to the backend, and back ----------------------------------------------------------------

    def placed(self, tree: Any) -> Any:
        """The tree with its arrays as the backend's own."""
        if self.backend.name in ("numpy", "cluster"):
            return tree
        leaves, structure = flatten(tree)
        device = self.settings.device
        return unflatten(structure, [
            self.backend.from_numpy(np.asarray(x), device)
            if isinstance(x, np.ndarray | np.generic) else x
            for x in leaves
        ])  # fmt: skip

    def hosted(self, tree: Any) -> Any:
        """The tree with the tensors of other frameworks than the backend's as numpy's arrays."""
        leaves, structure = flatten(tree)
        return unflatten(structure, [
            np.asarray(x)
            if type(x).__module__.partition(".")[0] in _FRAMEWORKS and not self.backend.is_native(x)
            else x for x in leaves
        ])  # fmt: skip

    def fetched(self, tree: Any) -> Any:
        """The tree with its arrays as numpy's."""
        if self.backend.name in ("numpy", "cluster"):
            return tree
        leaves, structure = flatten(tree)
        return unflatten(structure, [
            np.array(self.backend.to_numpy(x)) if self.backend.is_native(x) else x for x in leaves
        ])  # fmt: skip

    def current(self) -> Any:
        """The weights as they are now; those of `gl.params` change in place, others are new."""
        return self.reading.written(self.weights, self.step.form, self.fetched(self.leaves))

    def lr(self) -> float | None:
        """The learning rate of the next step, where the optimizer has one for all."""
        own = getattr(self.opt, "lr", None) if self.rate is None else self.rate
        if own is None or not takes_rate(self.opt):
            return None
        return float(own(self.updates) if callable(own) else own)

    # ---- a step ----------------------------------------------------------------------------------

    def take(self, batch: Any, number: int, is_last: bool) -> Outcome:
        """One batch: its gradients, and a step of the optimizer where enough are gathered.

        Where a loss or gradient is no finite number, everything stays as it was.
        """
        args = self.placed(self.hosted(self.reading.arguments(batch)))
        key = self.placed(self.key(number)) if "key" in self.reading.asks else None
        scale = None if self.scale is None else self.placed(np.asarray(self.scale, np.float32))
        wanted = self.settings.accumulate
        steps = is_last or self.gathered + 1 >= wanted
        try:
            with self.reading.scope(self.weights), np.errstate(all="ignore"), no_repeats():
                return (self._applied if steps else self._gathered)(args, key, scale)
        except GradloomError:
            raise
        except Exception:
            self._explain(args, key, scale)  # raises where numpy knows better
            raise

    def _explain(self, args: Any, key: Any, scale: Any) -> None:
        """Go through a step that a framework refused on numpy: its errors have the user's line."""
        if self.backend.name == "numpy":
            return
        given = self.fetched((self.leaves, args, key, scale))
        with self.reading.scope(self.weights), np.errstate(all="ignore"):
            compile(self.step.gradients, "numpy")(*given)

    def _gathered(self, args: Any, key: Any, scale: Any) -> Outcome:
        loss, aux, norm, leaves, sums = self.gather(self.leaves, self.sums, args, key, scale)
        outcome = self._outcome(loss, norm, aux)
        if outcome.is_kept:
            self.leaves, self.sums = leaves, sums
            self.gathered += 1
        return outcome

    def _applied(self, args: Any, key: Any, scale: Any) -> Outcome:
        rate, count = self.lr(), None
        lr = None if rate is None else self.placed(np.asarray(rate))
        if self.settings.accumulate > 1:
            count = self.placed(np.asarray(float(self.gathered + 1)))
        loss, aux, norm, leaves, state = self.run(
            self.leaves, self.state, self.sums, args, key, scale, lr, count
        )
        outcome = self._outcome(loss, norm, aux)
        if outcome.is_kept:
            self.leaves, self.state, self.sums, self.gathered = leaves, state, None, 0
            self.updates += 1
        self._rescale(outcome)
        return outcome

    def _outcome(self, loss: Any, norm: Any, aux: Any) -> Outcome:
        loss, norm, aux = self.fetched((loss, norm, aux))
        value, size = float(np.real(loss)), float(norm)
        return Outcome(value, size, aux, math.isfinite(value) and math.isfinite(size))

    def is_trying(self, outcome: Outcome) -> bool:
        """Whether a gradient that is not finite is only a sign that the loss's factor was too
        large: from 1 down there is nothing left to take from it.
        """
        return self.scale is not None and bool(np.isfinite(outcome.loss)) and self.scale >= 1

    def hand_back(self) -> None:
        """Give the optimizer its state, as its own `step` would have left it."""
        self.opt.state = self.fetched(self.state["opt"])

    def averaged(self) -> Any:
        """The weights with the running means in place of those that are trained."""
        ema, form = self.settings.ema, self.step.form
        if ema is None:
            return None
        leaves, state = self.fetched(self.leaves), self.fetched(self.state["ema"])
        return form.tree(form.moved(leaves, ema.params(state, form.seen(leaves))))

    def _rescale(self, outcome: Outcome) -> None:
        scaling = self.settings.policy.scaling
        if scaling is not None and self.scale is not None and np.isfinite(outcome.loss):
            self.scale, self.good = scaling.after(self.scale, self.good, outcome.is_kept)

    # ---- in checkpoints --------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Weights by path, the optimizer's state, and where the sums and the loss's factor are."""
        form, leaves = self.step.form, self.fetched(self.leaves)
        pairs = zip(form.paths, leaves, form.arrays, strict=True)
        return {
            "weights": {path: x for path, x, array in pairs if array},
            "optimizer": self.fetched(self.state),
            "sums": self.fetched(self.sums),
            "engine": {
                **self._alike(), "gathered": self.gathered, "updates": self.updates,
                "scale": self.scale, "good": self.good, "rate": self.rate,
            },
        }  # fmt: skip

    def _alike(self) -> dict[str, Any]:
        """What has to be the same for a training to go on to the same numbers."""
        settings = self.settings
        return {
            "opt": type(self.opt).__name__, "seed": settings.seed, "precision": settings.precision,
            "accumulate": settings.accumulate, "clip_norm": settings.clip_norm,
            "clip_value": settings.clip_value,
        }  # fmt: skip

    def load_state_dict(self, state: Mapping[str, Any], path: Path) -> None:
        """Go on where another engine stood; raises `StateMismatch`, before anything is changed."""
        then, now = state["engine"], self._alike()
        for name, value in now.items():
            if then[name] != value:
                raise StateMismatch(
                    f"{path} was written with {name}={then[name]!r}, and this training has "
                    f"{name}={value!r}",
                    hint="resume with what the training began with",
                )
        leaves = leaves_of(self.step.form, self.fetched(self.leaves), state["weights"], path)
        self.leaves, self.state = self.placed(leaves), self.placed(state["optimizer"])
        self.sums = self.placed(state["sums"])
        self.gathered, self.updates = then["gathered"], then["updates"]
        self.scale, self.good, self.rate = then["scale"], then["good"], then["rate"]

    def key(self, number: int) -> Any:
        """The key of a batch, counted from 0 over the whole training."""
        return fold_in(key_of(self.settings.seed), number)


def takes_rate(opt: Any) -> bool:
    """Whether `opt.update` may be given a learning rate: one of the user's own may not."""
    parameters = inspect.signature(opt.update).parameters
    return "lr" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def optimizer(opt: Any) -> Any:
    """The optimizer; a number is the learning rate of plain gradient descent."""
    if isinstance(opt, _PLAIN) and not isinstance(opt, bool):
        return optim.SGD(lr=float(opt))
    if isinstance(opt, optim.LBFGS):
        raise ArgumentError(
            "opt is LBFGS, which calls the objective as often as it wants",
            hint="opt.minimize(f, params) trains with it",
        )
    if isinstance(opt, type):
        raise ArgumentError(f"opt is the class {opt.__name__}", hint=f"opt={opt.__name__}(lr=...)")
    if not hasattr(opt, "update") or not hasattr(opt, "init"):
        raise ArgumentError(
            f"opt is {type(opt).__name__}, which has no init and update",
            hint="an optimizer of gl.optim, such as gl.optim.Adam(lr=1e-3), or a learning rate",
        )
    return opt
