"""How an objective reads the weights: as its first argument, or by their names."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, final

from gradloom.frontend.arity import explained
from gradloom.frontend.opened import OPENED
from gradloom.frontend.params.objective import Pure, names
from gradloom.frontend.params.store import bound
from gradloom.frontend.params.tree import ParamDict, store_of
from gradloom.frontend.training.form import Form
from gradloom.frontend.training.objective import Objective


@final
@dataclass(frozen=True, slots=True)
class Reading:
    """One objective and the kind of weights it is of; `are_named`: those of `gl.params`."""

    objective: Objective
    are_named: bool
    function: Callable[..., Any]

    @classmethod
    def of(cls, weights: Any, objective: Any) -> Reading:
        """The way for these weights."""
        given, named = Objective.of(objective), type(weights) is ParamDict
        return cls(given, named, Pure(weights, objective) if named else objective)

    @property
    def asks(self) -> tuple[str, ...]:
        """What the objective asks for by keyword."""
        return self.objective.asks

    def arguments(self, batch: Any) -> tuple[Any, ...]:
        """The batch as the objective's arguments."""
        return self.objective.spread(batch, 0 if self.are_named else 1)

    def call(self, weights: Any, args: tuple[Any, ...], key: Any) -> Any:
        """What the objective gives while the weights train."""
        return self._called(weights, args, self.objective.keywords(key, True))

    def judge(self, weights: Any, args: tuple[Any, ...]) -> Any:
        """What it gives of weights that are used: no key, `training=False`."""
        return self._called(weights, args, self.objective.keywords(None, False))

    def _called(self, weights: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        if self.are_named:  # which says what it is given by itself
            return self.function(weights, *args, **keywords)
        given = f"the weights and {len(args)} of the batch"
        hint = "a function of the weights and of each array of a batch"
        with explained(self.function, (weights, *args), keywords, given, hint):
            return self.function(weights, *args, **keywords)

    def scope(self, weights: Any) -> AbstractContextManager[Any]:
        """Where the names of the weights mean them."""
        if not self.are_named:
            return contextlib.nullcontext()
        return _scope(weights, self.objective.function)

    def written(self, weights: Any, form: Form, leaves: Sequence[Any]) -> Any:
        """The weights with these numbers: the same object where it changes in place."""
        if not self.are_named:
            return form.tree(leaves)
        for array, new in zip(form.leaves(weights), leaves, strict=True):
            array[...] = new
        return weights


@contextlib.contextmanager
def _scope(weights: ParamDict, objective: Callable[..., Any]) -> Iterator[None]:
    with bound(store_of(weights), None), names(weights, objective):
        yield


OPENED[Reading] = lambda reading: [(".function", "", reading.function)]
