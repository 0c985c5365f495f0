"""Workers of different backends: the same answers, and values that go from one to another."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.types import dtype_of

pytest.importorskip("zmq")
BACKENDS = [b for b in ("numpy", "torch", "jax") if importlib.util.find_spec(b)]
DTYPES = (
    "bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f16", "bf16", "f32", "f64",
    "c64", "c128",
)  # fmt: skip


@pytest.fixture(scope="module")
def cluster():
    """One worker of each backend, in this order."""
    with gl.cluster(workers=1, backend="numpy") as made:
        others = []
        for number, backend in enumerate(BACKENDS[1:], 2):
            command = ["worker", "-a", made.address, "--backend", backend, "--name", backend]
            process = subprocess.Popen([sys.executable, "-m", "gradloom.cli", *command])
            others.append(process)
            end = time.monotonic() + 60
            while len(made.session.places) < number:
                assert process.poll() is None
                assert time.monotonic() < end
                made.session.listen(0.1)
        yield made
        for process in others:
            process.kill()
            process.wait()


def sample(dtype: str, shape=(4, 6)) -> np.ndarray:
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape) * 4
    if dtype == "bool":
        return x > 0
    x = np.abs(x) if dtype.startswith("u") else x
    return (x + 1j if dtype.startswith("c") else x).astype(dtype_of(dtype))


def test_the_workers_are_what_they_were_started_as(cluster):
    assert [p.backend for p in cluster.session.places] == BACKENDS


@pytest.mark.parametrize("worker", range(len(BACKENDS)), ids=BACKENDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_comes_and_goes_on_every_backend(cluster, worker, dtype):
    session, x = cluster.session, sample(dtype)
    graph = gl.trace(lambda a: (a[::-1], a + a, a == a[0]), x)
    due = gl.compile(lambda a: (a[::-1], a + a, a == a[0]), "numpy")(x)
    made = session.call(graph, [session.put(x)], worker=worker)
    for ref, right in zip(made, due, strict=True):
        got = session.fetch(ref)
        assert got.dtype == right.dtype
        np.testing.assert_array_equal(got, right)


PROGRAMS = {
    "products": lambda x: np.tanh(x @ x.T) @ x,
    "sorted": lambda x: np.cumsum(np.sort(x, axis=0), axis=1),
    "chosen": lambda x: np.where(x > 0, x, -x)[:, ::2] * np.max(x),
    "derivative": gl.grad(lambda x: np.sum(np.log1p(np.exp(x)) ** 2)),
    "solved": lambda x: np.linalg.solve(x @ x.T + 9 * np.eye(4), x),
    "places": lambda x: np.argmax(x, axis=1),
}


@pytest.mark.parametrize("worker", range(1, len(BACKENDS)), ids=BACKENDS[1:])
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_give_numpys_answers_on_every_backend(cluster, worker, name):
    session, x = cluster.session, sample("f64")
    graph = gl.trace(PROGRAMS[name], x)
    (made,) = session.call(graph, [session.put(x)], worker=worker)
    (right,) = session.call(graph, [session.put(x)], worker=0)
    got, due = session.fetch(made), session.fetch(right)
    assert got.dtype == due.dtype
    np.testing.assert_allclose(got, due, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("size", [10, 60_000], ids=["small", "large"])
@pytest.mark.parametrize("dtype", ["f32", "bf16", "bool", "c128"])
def test_values_go_from_backend_to_backend(cluster, dtype, size):
    session, x = cluster.session, sample(dtype, (size,))
    turn = gl.trace(lambda a: a[::-1], x)
    there = session.put(x)
    for worker in [*range(len(BACKENDS)), *reversed(range(len(BACKENDS)))]:
        (there,) = session.call(turn, [there], worker=worker)
    np.testing.assert_array_equal(session.fetch(there), x)


def test_a_device_that_is_not_there_is_refused():
    command = [sys.executable, "-m", "gradloom.cli", "worker", "--device", "cuda:77"]
    run = subprocess.run(
        [*command, "--backend", "numpy"], capture_output=True, text=True, timeout=60
    )
    assert run.returncode != 0
    assert "cuda:77" in run.stderr
