"""Names of weights in a module: in their own thread and block, and nowhere else."""

import asyncio
import copy
import math  # noqa: F401  (expressions use it)
import tempfile
import threading
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl

GLOBALS: dict[str, Any] = globals()
FOLDER = Path(tempfile.mkdtemp())


def run(x: Any) -> Any:
    """A function whose name is also that of a weight."""
    return x + 100.0


def loss(x: Any) -> Any:
    return np.sum(np.tanh(x @ w) * run)


def test_a_name_of_the_module_is_shadowed_inside_and_back_afterwards() -> None:
    before = run
    with gl.params(run=np.full(2, 7.0)):
        assert np.array_equal(GLOBALS["run"], [7.0, 7.0])
        assert isinstance(run, np.ndarray)
    assert GLOBALS["run"] is before
    assert run(1.0) == 101.0
    with pytest.raises(RuntimeError, match="inside"), gl.params(run=np.zeros(1)):
        raise RuntimeError("inside")
    assert GLOBALS["run"] is before
    assert "w" not in GLOBALS


def test_blocks_nest_and_the_same_weights_may_be_entered_twice() -> None:
    outer, inner = gl.params(w=np.full(1, 1.0)), gl.params(w=np.full(1, 2.0))
    with outer:
        with inner, inner, outer:
            assert GLOBALS["w"][0] == 1.0
        with inner:
            assert GLOBALS["w"][0] == 2.0
        assert GLOBALS["w"][0] == 1.0
    assert "w" not in GLOBALS


def test_threads_with_weights_of_one_name_each_get_their_own_numbers() -> None:
    x = np.arange(6.0).reshape(2, 3)
    wrong: list[Any] = []
    start = threading.Barrier(4)

    def work(scale: float) -> None:
        weights = gl.params(w=np.full((3, 2), scale), run=np.ones(2))
        due = np.sum(np.tanh(x @ np.full((3, 2), scale)))
        start.wait()
        for _ in range(20):
            value, _ = weights.grad(loss, x)
            with weights:
                plain = loss(x)
            if not (np.isclose(value, due) and np.isclose(plain, due)):
                wrong.append((scale, value, plain))

    threads = [threading.Thread(target=work, args=(0.01 * (i + 1),)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert run(1.0) == 101.0
    assert "w" not in GLOBALS


def test_another_thread_sees_what_stood_there_before() -> None:
    seen: list[Any] = []

    def look() -> None:
        seen.append(run(2.0))
        try:
            seen.append(np.sum(GLOBALS["w"]))
        except NameError as error:
            seen.append(str(error))

    with gl.params(w=np.ones(2), run=np.ones(2)):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen[0] == 102.0
    assert "name 'w' is not defined" in seen[1]


def test_tasks_see_their_own_weights() -> None:
    async def work(value: float) -> list[float]:
        seen = []
        with gl.params(w=np.full(2, value)):
            for _ in range(3):
                await asyncio.sleep(0)
                seen.append(float(np.sum(w)))
        return seen

    async def outside() -> str:
        await asyncio.sleep(0)
        try:
            return str(np.sum(w))
        except NameError as error:
            return str(error)

    async def main() -> list[Any]:
        return await asyncio.gather(work(1.0), outside(), work(2.0))

    first, told, second = asyncio.run(main())
    assert first == [2.0] * 3
    assert second == [4.0] * 3
    assert "name 'w' is not defined" in told
    assert "w" not in GLOBALS


def test_a_module_that_gives_the_name_another_value_keeps_it() -> None:
    with gl.params(made=np.ones(2)):
        GLOBALS["made"] = np.zeros(2) + made
    assert type(GLOBALS.pop("made")) is np.ndarray
    with gl.params(run=np.ones(2)):
        del GLOBALS["run"]
    assert run(1.0) == 101.0


def test_other_modules_do_not_see_the_names() -> None:
    other = types.ModuleType("other")
    exec("import numpy as np\ndef total():\n    return np.sum(w)", vars(other))
    with gl.params(w=np.ones(2)), pytest.raises(NameError, match="'w' is not defined"):
        other.total()
    weights = gl.params(w=np.ones(2))
    assert weights.grad(other.total)[0] == 2.0  # the objective's own module
    assert "w" not in vars(other)


def test_a_name_is_the_array_for_numpy_and_python() -> None:
    array = np.arange(6.0).reshape(2, 3)
    with gl.params(w=array, c=2.0, layers=[{"a": np.ones(2)}]):
        assert isinstance(w, np.ndarray)
        assert not callable(w)
        assert w.shape == (2, 3)
        assert repr(w) == repr(array)
        assert f"{c:.1f}" == "2.0"
        assert [float(row.sum()) for row in w] == [3.0, 12.0]
        assert np.array_equal(np.asarray(w), array)
        assert np.array_equal(2 ** (1 - w), 2 ** (1 - array))
        assert np.array_equal(w[1:, ::2] @ np.ones(2), array[1:, ::2] @ np.ones(2))
        assert np.array_equal(np.concatenate([w, w]), np.concatenate([array, array]))
        assert 5.0 in w
        assert max(c, 1.0) == 2.0
        assert type(copy.deepcopy(w)) is np.ndarray
        assert len(layers) == 1
        assert layers[0].a[0] == 1.0
        alias = w
        alias += 1.0
        assert np.array_equal(w, array + 1.0)


def test_an_exit_in_another_thread_is_told() -> None:
    weights = gl.params(w=np.ones(1))
    told: list[str] = []

    def leave() -> None:
        try:
            weights.__exit__(None, None, None)
        except gl.TraceError as error:
            told.append(str(error))

    with weights:
        thread = threading.Thread(target=leave)
        thread.start()
        thread.join()
    assert "another thread or task" in told[0]


# ---- every place where an array works ------------------------------------------------------------

WEIGHTS = {
    "w": np.random.default_rng(0).normal(size=(3, 4)),
    "b": np.random.default_rng(1).normal(size=4),
    "s": np.random.default_rng(2).normal(size=(4, 4)) + 4 * np.eye(4),
    "c": np.array(1.5),
}
X = np.random.default_rng(3).normal(size=(2, 3))
EXPRESSIONS = [
    "np.sum(X @ w) * c", "np.sum(w if c > 0 else w * 2)", "sum(np.sum(r * r) for r in w)",
    "np.sum(w) if c and not c < 0 else c", "np.sum(w) if 0 < c < 3 else c * 0",
    "np.sum(w) if c in (1.5, 2.5) or 1.5 in b else c", "np.sum(np.array([b, b * 2]))",
    "np.sum(np.stack([b, b]) * np.concatenate([b, b]).reshape(2, 4))", "sum(list(b)) + max(b)",
    "max(c, 0.5) + abs(c) + pow(c, 2) - divmod(c, 4.0)[1]",
    "sum(b[i] * b[-i] for i in range(len(b)))",
    "sum(np.sum(p * q) for p, q in zip(w, w))", "sum(i * np.sum(r) for i, r in enumerate(w))",
    "np.sum(gl.nn.relu(gl.nn.linear(X, w, b)))", "np.sum(gl.nn.layer_norm(X @ w, b, b) ** 3)",
    "gl.nn.cross_entropy(X @ w, np.array([0, 1]))", "np.sum(gl.nn.softmax(w) * w)",
    "np.sum(gl.nn.embedding(w, np.array([0, 2])) * b)", "np.sum(np.linalg.solve(s, b))",
    "np.linalg.det(s) + np.linalg.norm(w)", "np.sum(np.einsum('j,j->j', b, b))",
    "np.sum(np.where(w > 0, w, 0.1 * w)) + np.sum(np.clip(w, -1, 1))",
    "np.sum(np.zeros_like(w) + w) + np.sum(np.copy(b)) + np.sum(np.asarray(b) * b)",
    "np.dot(b, b) + np.sum(np.outer(b, b)) + np.sum(np.tensordot(w, w, 2))",
    "np.sum(gl.scan(lambda h, x: (np.tanh(h * c + x), h), b, w)[0])",
    "gl.cond(c > 0, lambda: np.sum(w), lambda: np.sum(b))",
    "np.sum(np.sort(b) * np.arange(4)) + b[np.argmax(b)]", "math.exp(c) + math.sqrt(c)",
    "np.add.reduce(b) + np.sum(np.multiply.outer(b, b))", "np.sum(np.sum(a=w, axis=0))",
    "np.sum(np.repeat(b, 2)) + np.sum(np.pad(b, 1) ** 2) + np.sum(np.split(w, 3)[0])",
    "np.sum(gl.checkpoint(lambda h: np.tanh(h @ w + b))(X))",
    "np.sum(gl.vmap(lambda r: np.tanh(r @ w + b))(X)) + np.sum(gl.vmap(lambda r: r * 2)(w))",
    "np.sum(gl.grad(lambda q: np.sum(np.tanh(q @ w)))(X))",
    "np.sum(gl.grad(lambda q: np.sum(q**3))(b))",
    "np.sum(gl.compile(lambda q: np.tanh(q @ w + b))(X))", "np.sum(copy.deepcopy(w) * w)",
    "np.sum(gl.stop_gradient(w) * w)", "np.sum(np.abs(np.fft.fft(b)) ** 2)", "np.polyval(b, 2.0)",
    "np.sum(gl.nn.dropout(w, 0.5, key=gl.random.key(0)))",
    "w.sum(axis=0).max() + b.dot(b) + w.std()",
]  # fmt: skip


def written(expression: str) -> Any:
    """A function of no arguments with this body, in this module."""
    made = f"def f():\n    return {expression}\n"
    path = FOLDER / f"e{EXPRESSIONS.index(expression)}.py"
    path.write_text(made)
    found: dict[str, Any] = {}
    exec(compile(made, str(path), "exec"), GLOBALS, found)
    return found["f"]


@pytest.mark.thorough
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_name_is_differentiated_wherever_an_array_may_stand(expression: str) -> None:
    f, weights = written(expression), gl.params(WEIGHTS)
    table = {**GLOBALS}
    inner = types.FunctionType(f.__code__, table)

    def with_globals(tree: Any) -> Any:
        table.update(tree)
        return inner()

    value_due, due = gl.value_and_grad(with_globals)(WEIGHTS)
    for jit in (False, True):
        value, grads = weights.grad(f, jit=jit)
        np.testing.assert_allclose(value, value_due, 1e-10)
        for name, gradient in due.items():
            np.testing.assert_allclose(grads[name], gradient, 1e-9, 1e-10)
    with weights:
        np.testing.assert_allclose(f(), value_due, 1e-10)
