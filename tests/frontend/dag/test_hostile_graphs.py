"""Functions that raise, hand on what they were given, give one object twice or None, in random
DAGs of two graphs, asked in any order: values are those of plain calls, errors are their own, and
nothing stays alive that no node holds.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any, ClassVar, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.frontend.dag import DataNode, GraphBuilder


class Thing:
    """A value that refuses comparison, truth, length and text, and can be watched."""

    alive: ClassVar[weakref.WeakSet[Thing]] = weakref.WeakSet()

    def __init__(self, number: int) -> None:
        self.number = number
        Thing.alive.add(self)

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")

    def __len__(self) -> int:
        raise RuntimeError("no length")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")

    def __repr__(self) -> str:
        raise RuntimeError("no text")

    __hash__ = object.__hash__


def _number(x: Any) -> int:
    return x.number if isinstance(x, Thing) else 0


def _made(a: Any, b: Any) -> Thing:
    return Thing(_number(a) + 2 * _number(b) + 1)


def _failing(a: Any, b: Any) -> Thing:
    raise ArithmeticError(f"on {_number(a)}")


def _nested(parts: Any) -> Thing:
    (a, inner), queue = parts["x"], parts["y"]
    return Thing(3 * _number(a) + _number(inner["k"]) + len(queue))


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "made": _made,
    "failing": _failing,
    "first": lambda a, b: a,
    "nothing": lambda a, b: None,
    "twice": lambda a, b: (b, b),
    "nested": _nested,
}
ERROR: Final = "an error"


class Model:
    """Nodes with what plain calls give for them: a number, None or an error."""

    def __init__(self) -> None:
        self.graphs = [GraphBuilder(), GraphBuilder(persist=False)]
        self.nodes: list[DataNode] = []
        self.wants: list[Any] = []

    def add(self, name: str, a: int, b: int, which: int, persist: bool) -> None:
        G, function = self.graphs[which], FUNCTIONS[name]
        if not self.nodes:
            self.nodes.append(G.add(Thing)(a))
            self.wants.append(a)
            return
        i, j = a % len(self.nodes), b % len(self.nodes)
        one, other = self.nodes[i], self.nodes[j]
        wants = self.wants[i], self.wants[j]
        added = G.add(function, n_out=2 if name == "twice" else 1, persist=persist)
        got = added({"x": (one, {"k": other}), "y": [1]}) if name == "nested" else added(one, other)
        self.nodes += got if isinstance(got, list) else [got]
        self.wants += self.expected(name, *wants)

    def expected(self, name: str, a: Any, b: Any) -> list[Any]:
        if ERROR in (a, b) or name == "failing":
            return [ERROR] * (2 if name == "twice" else 1)
        x, y = a or 0, b or 0
        return {
            "made": [x + 2 * y + 1],
            "first": [a],
            "nothing": [None],
            "twice": [b, b],
            "nested": [3 * x + y + 1],
        }[name]

    def check(self) -> None:
        """Every value that is there is right, and no other is alive."""
        held = set()
        for node, want in zip(self.nodes, self.wants, strict=True):
            if node.has_value():
                assert (None if node.content is None else node.content.number) == want
                held.add(id(node.content)) if node.content is not None else None
        if len(Thing.alive) != len(held):
            gc.collect()  # an error keeps its frames, and they its traceback
        assert len(Thing.alive) == len(held)

    def ask(self, index: int, way: Callable[[DataNode], Any]) -> None:
        node, want = self.nodes[index], self.wants[index]
        if want == ERROR:
            with pytest.raises(ArithmeticError, match="on ") as caught:
                way(node)
            assert "failing_" in caught.value.__notes__[0]
            del caught
        else:
            got = way(node)
            assert (None if got is None else got.number) == want


WAYS: Final[dict[str, Callable[[DataNode], Any]]] = {
    "get": lambda node: node.get(),
    "run_only": lambda node: node.graph.run_only(node),
    "threads": lambda node: node.graph.run_only(node, executor="threads", max_workers=2),
}
adds = st.tuples(
    st.sampled_from(list(FUNCTIONS)),
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(0, 1),
    st.booleans(),
)
acts = st.tuples(st.sampled_from([*WAYS, "release", "all", "run"]), st.integers(0, 30))


@settings(max_examples=80, deadline=None)
@given(st.lists(adds, min_size=1, max_size=12), st.lists(acts, max_size=8))
@pytest.mark.filterwarnings("ignore:.*is persisted")
def test_whatever_functions_do_values_are_right_and_the_rest_is_gone(
    adding: list[tuple[str, int, int, int, bool]], asking: list[tuple[str, int]]
) -> None:
    Thing.alive.clear()
    model = Model()
    for name, a, b, which, persist in adding:
        model.add(name, a, b, which, persist)
    for act, at in asking:
        index = at % len(model.nodes)
        if act in WAYS:
            model.ask(index, WAYS[act])
        elif act == "release":
            model.nodes[index].release()
        elif act == "all":
            model.graphs[at % 2].release()
        else:
            try:
                model.graphs[at % 2].run()
            except ArithmeticError:
                assert ERROR in model.wants
        model.check()
