"""Whatever plain numbers run through a DAG: compiled, it gives what its calls give, with the same
classes, dtypes and shapes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.dag import DataNode, GraphBuilder

SCALE: Final = [1.5]


def _raised(x: Any) -> Any:
    if isinstance(x, np.ndarray) and x.ndim and x.dtype.kind == "f":
        x += 1
    return x


ONE: Final = {
    "sin": np.sin,
    "sum": np.sum,
    "mean": lambda x: np.mean(x, axis=0),
    "single": lambda x: np.asarray(x).astype(np.float32),
    "whole": lambda x: np.floor(x).astype(np.int64),
    "positive": lambda x: x > 0.1,
    "choice": lambda x: np.where(x > 0, x, -x),
    "branch": lambda x: x * 2 if np.sum(x) > 0 else x - 1,
    "closure": lambda x: x * SCALE[0],
    "number": lambda x: float(np.sum(x)),
    "written": lambda x: float(f"{float(np.sum(x)):.3f}"),
    "itself": lambda x: x,
    "first": lambda x: np.asarray(x).reshape(-1)[:1],
    "sorted": lambda x: np.sort(np.ravel(x)),
    "size": np.size,
    "nothing": lambda x: None,
    "twice": lambda x: [x, x],
    "in place": _raised,
}
TWO: Final = {
    "add": np.add,
    "times": lambda a, b: a * b,
    "joined": lambda a, b: np.concatenate([np.ravel(a), np.ravel(b)]),
}
GIVEN: Final = (
    lambda: np.array([0.3, -0.7]),
    lambda: np.array(1.25),
    lambda: 0.5,
    lambda: 2,
    lambda: np.float32(0.5),
    lambda: np.array([[1.0, 2.0], [3.0, -4.0]]),
)
Plan = list[tuple[str, int, int]]


def _built(plan: Plan) -> tuple[GraphBuilder, list[DataNode]]:
    """The graph of a plan: for each call its function, and two picks of what is there."""
    G = GraphBuilder()
    nodes: list[DataNode] = []

    def pick(i: int) -> Any:
        i %= len(GIVEN) + len(nodes)
        return nodes[i - len(GIVEN)] if i >= len(GIVEN) else GIVEN[i]()

    for name, a, b in plan:
        if name == "parts":
            nodes += G.add(lambda x: (x, np.tanh(x)), n_out=2)(pick(a))
        elif name in ONE:
            nodes.append(G.add(ONE[name], alias=name)(pick(a)))
        else:
            nodes.append(G.add(TWO[name], alias=name)(pick(a), pick(b)))
    return G, nodes


def _same(want: Any, got: Any) -> None:
    assert type(want) is type(got)
    if isinstance(want, list | tuple):
        assert len(want) == len(got)
        for a, b in zip(want, got, strict=True):
            _same(a, b)
    elif want is not None:
        assert np.asarray(want).dtype == np.asarray(got).dtype
        assert np.shape(want) == np.shape(got)
        if np.asarray(want).dtype == object:  # such as None joined to a number
            assert np.asarray(want).tolist() == np.asarray(got).tolist()
            return
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


calls = st.tuples(st.sampled_from([*ONE, *TWO, "parts"]), st.integers(0, 20), st.integers(0, 20))


def _check(plan: Plan, backend: str) -> None:
    with np.errstate(all="ignore"):
        G, nodes = _built(plan)
        try:
            want = G.run_only(nodes[-1])
        except Exception:
            return
        G, nodes = _built(plan)
        try:
            f = G.compile(nodes[-1], backend=backend)
        except gl.ArgumentError as error:
            if "nothing to compute from" not in str(error):
                raise
            return
        fresh, _ = _built(plan)  # the calls of the first try may have changed their arguments
        _same(want, f(*[fresh.node(node.uid).content for node in f.inputs]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls, min_size=1, max_size=7))
def test_a_compiled_graph_gives_what_its_calls_give(plan: Plan) -> None:
    _check(plan, "numpy")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
@settings(max_examples=60, deadline=None)
@given(plan=st.lists(calls, min_size=1, max_size=7))
def test_so_it_does_on_every_backend(plan: Plan, backend: str) -> None:
    pytest.importorskip(backend)
    _check(plan, backend)
