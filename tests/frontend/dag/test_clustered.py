"""Calls on a real cluster: what is plain numpy runs at workers, everything else here; values, types
and errors are those of plain calls, and workers keep nothing that nobody needs.
"""

from __future__ import annotations

import gc
import operator
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.dag import DataNode, GraphBuilder

X = np.linspace(-1.0, 1.0, 12).reshape(3, 4)
SEEN: list[Any] = []
SCALE = 2.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with gl.cluster(workers=2, backend="numpy") as made:
        yield made


def _kept(cluster: Any, due: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    """Values that the dispatcher keeps a record of, and those at workers, when all is quiet."""
    gc.collect()  # graphs of earlier tests, which hold theirs
    cluster.session.tell_freed()
    end = time.monotonic() + 10.0
    while True:
        told = cluster.session.survey()
        found = sum(m.values for m in told.members), sum(w.values for w in told.workers)
        if found == due or time.monotonic() > end:
            return found


def _noted(x: np.ndarray) -> np.ndarray:
    SEEN.append(x.shape)
    return x * 2


def test_numeric_calls_run_at_workers_and_values_come_when_they_are_needed(cluster: Any) -> None:
    lines: list[str] = []
    G = GraphBuilder(verbose=lines.append)
    a = G.add(np.tanh)(X)
    left = G.add(lambda a: a @ a.T, alias="left")(a)
    right = G.add(lambda a, k: (a * k).sum(0), alias="right")(a, 3)
    seen = G.add(_noted)(right)
    last = G.add(lambda x, y, d: {"sum": x.sum() + y.sum(), "w": d["w"] * 2})(
        left, seen, {"w": 0.5}
    )
    found = G.run(last, executor=cluster)
    t = np.tanh(X)
    assert found == {"sum": (t @ t.T).sum() + (t * 3).sum(0).sum() * 2, "w": 1.0}
    assert (type(found["sum"]), type(found["w"])) == (np.float64, float)
    assert {G.places["left_0"], G.places["right_0"]} == {"worker-0", "worker-1"}
    assert G.places["_noted_0"].startswith("here: it refers to SEEN, a list")
    assert [line for line in lines if line.startswith("fetched")] == [f"fetched {right.uid}"]
    assert SEEN == [(4,)]
    del found
    assert _kept(cluster) == (0, 0)


def test_results_have_the_classes_and_dtypes_of_plain_calls(cluster: Any) -> None:
    functions: list[Callable[..., Any]] = [
        np.sum, np.argmax, lambda x: x[0, 0], lambda x: 2.0 * 3, lambda x: x > 0,
        lambda x: x.astype(np.float32), lambda x: (x, [x.T, 1, "a"], {"k": x.shape}),
        lambda x: x[:0], lambda x: x.sum() > 0, lambda x: np.fft.fft(x), lambda x: None,
        lambda x: x.astype(np.int8) // 2, lambda x: x * SCALE,
        lambda x: {"b": x, "a": 1, 3: x.sum()},
    ]  # fmt: skip
    G = GraphBuilder()
    nodes = [G.add(f)(X) for f in functions]
    found = G.run(*nodes, executor=cluster.session)
    assert set(G.places.values()) <= {"worker-0", "worker-1"}
    for f, value in zip(functions, found, strict=True):
        _same(value, f(X))


def _same(found: Any, due: Any) -> None:
    assert type(found) is type(due)
    if isinstance(due, dict):
        assert list(found) == list(due)
        found, due = list(found.values()), list(due.values())
    if isinstance(due, list | tuple):
        assert len(found) == len(due)
        for x, y in zip(found, due, strict=True):
            _same(x, y)
    elif isinstance(due, np.ndarray | np.generic):
        assert (found.dtype, found.shape) == (due.dtype, due.shape)
        np.testing.assert_allclose(found, due, rtol=1e-13, atol=1e-15)
    else:
        assert found == due


def test_parts_of_a_value_that_was_fetched_are_not_mixed_up(cluster: Any) -> None:
    G = GraphBuilder()
    parts = G.add(lambda x: {"n": 2.0, "x": x * 2, "k": 7, "t": x.T})(X)
    seen = G.add(lambda d: (SEEN.append(d["k"]), d["t"].sum())[1])(parts)
    total = G.add(lambda d, s: d["t"][1, 2] + d["x"][0, 1] * d["n"] + s)(parts, seen)
    assert G.run(total, executor=cluster) == X[2, 1] + X[0, 1] * 4 + X.T.sum()
    assert SEEN.pop() == 7
    assert G.places["lambda_2"].startswith("worker-")


@pytest.mark.parametrize(
    ("function", "args", "reason"),
    [
        (lambda x: open and x, (X,), "it uses open"),
        (lambda x: x * np.random.default_rng(0).normal(), (X,), "it uses np.random.default_rng"),
        (np.random.default_rng(0).permutation, (np.zeros(3),), "it is a method of a Generator"),
        (lambda x: x + len(SEEN), (X,), "it refers to SEEN, a list, which may change"),
        (lambda x: x + time.time() * 0, (X,), "it uses time.time"),
        (lambda x: x.ravel("K"), (X,), "may depend on how arrays lie in memory"),
        (operator.add, (1, 2), "none of its arguments is an array or a floating-point number"),
        (lambda x, t: x, (X, object()), "an argument is of class object"),
        (lambda x: str(x[0, 0]), (X,), "it uses str"),
        (lambda x: f"{x[0, 0]}", (X,), "it writes values as text"),
        (lambda x: x.tobytes(), (X,), "NotSupported"),
        (np.sum, (X.astype(">f4"),), "an argument is an array of >f4"),
        (np.shape, (np.array(["a"]),), "an argument is an array of <U1"),
        (lambda x: x.sort() or x, (X.copy(),), "TraceError"),
    ],
)
def test_what_cannot_go_runs_here_and_says_why(
    cluster: Any, function: Callable[..., Any], args: tuple[Any, ...], reason: str
) -> None:
    G = GraphBuilder()
    node = G.add(function, alias="f")(*args)
    value = G.run(node, executor=cluster)
    assert G.places["f_0"].startswith("here: ")
    assert reason in G.places["f_0"]
    np.testing.assert_array_equal(value, function(*args))


def test_what_a_function_refers_to_counts_as_it_is_when_the_call_is_made(cluster: Any) -> None:
    weights, G = np.ones(4), GraphBuilder()

    def weighed(x: np.ndarray) -> Any:
        return (x @ weights).sum() * SCALE

    def again() -> Any:
        node.release()
        return G.run(node, executor=cluster)

    node = G.add(weighed)(X)
    global SCALE
    np.testing.assert_allclose(G.run(node, executor=cluster), X.sum() * 2, atol=1e-12)
    weights[:] = 3.0
    np.testing.assert_allclose(again(), X.sum() * 6, atol=1e-12)
    SCALE = 5.0
    try:
        np.testing.assert_allclose(again(), X.sum() * 15, atol=1e-12)
    finally:
        SCALE = 2.0
    assert set(G.places.values()) <= {"worker-0", "worker-1"}


_LOG = np.array([3.0, 1.0, 2.0])


def _sorts(x: np.ndarray) -> np.ndarray:
    _LOG.sort()
    return x * 2


def _adds(x: np.ndarray) -> np.ndarray:
    np.add(_LOG, 1.0, _LOG)
    return x * 2


def _adds_at(x: np.ndarray) -> np.ndarray:
    np.add.at(_LOG, [0], 1.0)
    return x * 2


def _fills_a_view(x: np.ndarray) -> np.ndarray:
    _LOG[1:].fill(7.0)
    return x * 2


@pytest.mark.parametrize("writes", [_sorts, _adds, _adds_at, _fills_a_view])
def test_what_writes_into_arrays_around_it_runs_here_every_time(
    cluster: Any, writes: Callable[[np.ndarray], np.ndarray]
) -> None:
    G = GraphBuilder()
    node = G.add(writes, alias="f")(X)
    for _ in range(2):
        _LOG[:] = [3.0, 1.0, 2.0]
        writes(X)
        due = _LOG.copy()
        _LOG[:] = [3.0, 1.0, 2.0]
        np.testing.assert_array_equal(G.run(node, executor=cluster), X * 2)
        np.testing.assert_array_equal(_LOG, due)
        assert "read-only" in G.places["f_0"] or "it uses .at" in G.places["f_0"]
        node.release()


def test_an_error_is_the_functions_own_and_what_was_made_stays(cluster: Any) -> None:
    def guarded(x: np.ndarray) -> np.ndarray:
        if x.sum() > -100:
            raise KeyError("not this one")
        return x

    G = GraphBuilder()
    a = G.add(np.cos)(X)
    b = G.add(guarded)(a)
    with pytest.raises(KeyError, match="not this one") as caught:
        G.run(b, executor=cluster)
    assert "in guarded_0 of" in caught.value.__notes__[0]
    assert a.has_value()
    assert "it failed on worker-" in G.places["guarded_0"]
    np.testing.assert_array_equal(a.get(), np.cos(X))


def test_a_call_that_stays_here_is_tried_again_as_elsewhere(cluster: Any) -> None:
    left = [2]

    def flaky(x: np.ndarray) -> Any:
        left[0] -= 1
        if left[0]:
            raise OSError("not yet")
        return x.sum()

    G = GraphBuilder()
    assert G.run(G.add(flaky, retry=2)(X), executor=cluster) == X.sum()
    assert G.steps[0].tries == 2


def test_persisted_values_stay_at_workers_until_they_are_asked_for_or_let_go(cluster: Any) -> None:
    G = GraphBuilder(persist=True)
    a = G.add(np.exp)(X)
    b = G.add(np.sum)(a)
    assert G.run(b, executor="cluster") == np.exp(X).sum()
    assert _kept(cluster, (2, 1)) == (2, 1)  # where it came from is remembered, if it is lost
    assert a.has_value()
    assert "(3, 4)" in str(G.view(summary=False))  # which fetches nothing
    assert _kept(cluster, (2, 1)) == (2, 1)
    c = G.add(lambda a: a.max())(a)
    assert G.run_only(c, executor=cluster) == np.exp(1.0)
    np.testing.assert_array_equal(a.get(), np.exp(X))
    assert _kept(cluster) == (0, 0)


def test_a_value_goes_with_its_session_and_is_made_again(cluster: Any) -> None:
    session = cluster.connect("short")
    G = GraphBuilder(persist=True)
    a = G.add(np.exp)(X)
    G.run(executor=session)
    assert a.has_value()
    session.close()
    assert not a.has_value()
    np.testing.assert_array_equal(a.get(), np.exp(X))
    with pytest.raises(gl.RemoteError, match="closed") as caught:
        G.run(G.add(np.log)(a), executor=session)
    assert "log_0" in caught.value.__notes__[0]


def test_values_go_from_one_cluster_session_to_another(cluster: Any) -> None:
    other = cluster.connect("other")
    G = GraphBuilder(persist=True)
    a = G.add(np.exp)(X)
    G.run(executor=cluster)
    b = G.add(np.log)(a)
    np.testing.assert_allclose(G.run(b, executor=other), X, atol=1e-12)
    other.close()
    G.persists = False
    G.release()
    assert _kept(cluster) == (0, 0)


def test_a_call_of_python_and_one_at_a_worker_run_at_the_same_time(cluster: Any) -> None:
    begun = threading.Event()
    G = GraphBuilder()
    G.add(lambda: begun.set(), alias="here")()
    waits = G.add(lambda: begun.wait(30), alias="waits")()
    there = G.add(np.sum)(X)
    total = G.add(lambda w, s: (w, s))(waits, there)
    assert G.run(total, executor=cluster, max_workers=2) == (True, X.sum())


def test_no_array_is_closed_while_a_thread_may_write_into_it(cluster: Any) -> None:
    shared = np.zeros(4)

    def fills() -> bool:
        for k in range(200):
            shared[:] = k
            time.sleep(0.001)
        return True

    G = GraphBuilder()
    there = G.add(lambda x: (x @ shared[:4]).sum() * 0, alias="there")
    filled = G.add(fills)()
    G.add(np.sum)(X)
    found = [filled, there(X)]
    assert G.run(*found, executor=cluster, max_workers=2) == [True, 0.0]
    assert G.places["there_0"].startswith("worker-")


def test_cancel_is_heard_while_workers_compute(cluster: Any) -> None:
    G = GraphBuilder()
    first = G.add(lambda x: (G.cancel(), x)[1])(X)
    last = G.add(np.sum)(first)
    with pytest.raises(gl.Cancelled):
        G.run(last, executor=cluster)
    assert first.has_value()
    assert G.run(last, executor=cluster) == X.sum()


def test_the_cache_is_kept_by_this_process(cluster: Any, tmp_path: Any) -> None:
    for place in ("here: its results are kept on disk", "its cache: its results are kept on disk"):
        G = GraphBuilder()
        a = G.add(np.exp)(X)
        b = G.add(lambda a: a.sum(), alias="sum", cache=tmp_path)(a)
        assert G.run(b, executor=cluster) == np.exp(X).sum()
        assert G.places["sum_0"] == place


def test_tables_stay_here(cluster: Any) -> None:
    pd = pytest.importorskip("pandas")
    G = GraphBuilder()
    table = G.add(lambda x: x.assign(b=2.0))(pd.DataFrame({"a": [1.0, 2.0]}))
    total = G.add(lambda t: float(t["a"].sum() * t["b"].max()))(table)
    assert G.run(total, executor=cluster) == 6.0
    assert set(G.places.values()) == {"here: an argument is of class DataFrame"}


def test_a_killed_worker_costs_nothing_but_time_while_another_is_left() -> None:
    with gl.cluster(workers=3, backend="numpy") as cluster:
        G = GraphBuilder(persist=True)
        parts = [G.add(np.exp)(X + k) for k in range(6)]
        G.run(executor=cluster)
        os.kill(cluster.processes[1], signal.SIGKILL)  # between two runs
        again = [G.add(lambda p: np.sqrt(p) * 2)(part) for part in parts]
        kill = G.add(lambda: os.kill(cluster.processes[2], signal.SIGKILL))()  # and in one
        total = G.add(lambda again, _: sum(x.sum() for x in again))(again, kill)
        due = sum((np.sqrt(np.exp(X + k)) * 2).sum() for k in range(6))
        np.testing.assert_allclose(G.run(total, executor=cluster), due, rtol=1e-14)
        np.testing.assert_array_equal(parts[1].get(), np.exp(X + 1))


@pytest.mark.slow  # a session waits ten seconds for another worker
def test_without_any_worker_the_run_ends_and_the_next_makes_all_again() -> None:
    with gl.cluster(workers=1, backend="numpy") as cluster:
        G = GraphBuilder(persist=True)
        a = G.add(np.exp)(X)
        G.run(executor=cluster)
        os.kill(cluster.processes[1], signal.SIGKILL)
        b = G.add(np.sum)(a)
        with pytest.raises(gl.WorkerLost) as caught:
            G.run(b, executor=cluster)
        assert "sum_0" in caught.value.__notes__[0]
        with pytest.raises(gl.WorkerLost):
            a.get()
        assert b.get() == np.exp(X).sum()


@pytest.mark.slow
@pytest.mark.framework
def test_workers_that_compute_with_torch_give_the_same_within_rounding() -> None:
    pytest.importorskip("torch")
    with gl.cluster(workers=1, backend="torch") as cluster:
        G = GraphBuilder()
        a = G.add(lambda x: np.tanh(x) @ x.T)(X)
        b = G.add(np.sum)(a)
        np.testing.assert_allclose(G.run(b, executor=cluster), (np.tanh(X) @ X.T).sum(), rtol=1e-12)
        assert set(G.places.values()) == {"worker-0"}


_STEPS: list[Callable[..., Any]] = [
    lambda x, y: np.tanh(x) + y, lambda x, y: (x * y).sum(), lambda x, y: np.maximum(x, y[::-1]),
    lambda x, y: (SEEN.clear(), x - y)[1], lambda x, y: x.astype(np.float32) * 2,
]  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_random_graphs_give_what_plain_calls_give(cluster: Any, data: st.DataObject) -> None:
    G = GraphBuilder()
    nodes: list[DataNode] = [G.given(X), G.given(np.float64(2.0))]
    wants: list[Any] = [X, np.float64(2.0)]
    for _ in range(data.draw(st.integers(1, 7))):
        i, j = (data.draw(st.integers(0, len(nodes) - 1)) for _ in range(2))
        step = data.draw(st.sampled_from(_STEPS))
        try:
            want = step(wants[i], wants[j])
        except (IndexError, ValueError):  # shapes that do not fit
            continue
        nodes.append(G.add(step, persist=data.draw(st.booleans()))(nodes[i], nodes[j]))
        wants.append(want)
    try:
        for k in data.draw(st.lists(st.sampled_from(range(len(nodes))), max_size=3)):
            where = data.draw(st.sampled_from([None, "threads", cluster]))
            np.testing.assert_allclose(G.run(nodes[k], executor=where), wants[k], rtol=1e-6)
    finally:  # also where no more is drawn
        for node in nodes[2:]:
            node.persist(False)
        G.release()
    assert _kept(cluster) == (0, 0)
