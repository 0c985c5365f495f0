"""gl.compile: one program per signature, and it says why it made each."""

import sys
import threading
import warnings
from typing import NamedTuple

import numpy as np
import pytest

import gradloom as gl

x = np.array([1.0, -2.0, 3.0])


def count(compiled):
    return int(compiled.explain().split(":")[1].split()[0])


def test_one_program_serves_all_calls_of_one_signature():
    f = gl.compile(lambda x, y: x * y)
    for k in range(5):
        np.testing.assert_array_equal(f(x * k, x), x * k * x)
    assert count(f) == 1
    f(x[:2], x[:2])
    f(np.float32(x), np.float32(x))
    f(y=x, x=x)
    f(2.0, x)
    f(np.float64(2.0), x)
    f(np.array(2.0), x)
    f(x, x)
    assert count(f) == 7


def test_what_a_function_changes_outside_is_changed_at_every_call():
    calls = []

    @gl.compile
    def f(x):
        calls.append(1)
        return x * len(calls)

    for k in (1.0, 2.0, 3.0):
        np.testing.assert_array_equal(f(x), x * k)


@pytest.mark.parametrize(
    "make",
    [
        lambda: gl.compile(lambda x: x + 1),
        lambda: gl.compile(lambda x: x + 1, "numpy"),
        lambda: gl.compile(lambda x: x + 1, backend="numpy"),
        lambda: gl.compile(backend="numpy")(lambda x: x + 1),
        lambda: gl.compile()(lambda x: x + 1),
        lambda: gl.compile(pipeline="cse,dce")(lambda x: x + 1),
    ],
)
def test_it_is_a_function_and_a_decorator(make):
    np.testing.assert_array_equal(make()(x), x + 1)


def test_results_keep_kind_dtype_and_structure():
    class Pair(NamedTuple):
        a: object
        b: object

    @gl.compile
    def f(tree, k):
        return {"p": Pair(tree["x"] * k, [tree["x"].sum(), k]), "n": None, "s": "text", "i": 3}

    got = f({"x": np.float32(x)}, 2.0)
    assert got["p"].a.dtype == np.float32
    assert type(got["p"].b[0]) is np.float32
    assert type(got["p"].b[1]) is float
    assert (got["n"], got["s"], got["i"]) == (None, "text", 3)


def test_python_floats_are_inputs_and_ints_are_static():
    @gl.compile
    def f(x, k):
        return x * k

    for k in (1.0, 2.0, 3.5):
        np.testing.assert_array_equal(f(x, k), x * k)
    assert count(f) == 1
    for k in (1, 2, 3):
        np.testing.assert_array_equal(f(x, k), x * k)
    assert count(f) == 4
    assert f(np.float32(x), 2.5).dtype == np.float32


def test_true_and_one_are_told_apart():
    f = gl.compile(lambda x, flag: x * 2 if flag is True else x * 3)
    np.testing.assert_array_equal(f(x, True), x * 2)
    np.testing.assert_array_equal(f(x, 1), x * 3)


def test_static_arguments_by_number_and_name():
    @gl.compile(static_argnums=1, static_argnames="mode")
    def f(x, sizes, mode=1.0):
        assert type(mode) is float
        return np.sum(x.reshape(sizes)) if mode > 1 else x * len(sizes)

    assert f(x, (3, 1), mode=2.0) == x.sum()
    np.testing.assert_array_equal(f(x, (3, 1)), x * 2)
    np.testing.assert_array_equal(f(x, (1, 1, 1)), x * 3)


def test_objects_functions_and_slices_may_be_arguments():
    f = gl.compile(lambda x, act, part: act(x[part]))
    for _ in range(3):
        np.testing.assert_array_equal(f(x, np.abs, slice(0, 2)), [1, 2])
    assert count(f) == 1
    np.testing.assert_array_equal(f(x, np.negative, slice(0, 2)), [-1, 2])


def test_many_values_of_one_argument_warn_and_name_it():
    f = gl.compile(lambda x, size: x * size)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for k in range(8):
            f(x, k)
    with pytest.warns(gl.Retracing, match="argument 'size' was 7 and is 8"):
        f(x, 8)


def test_explain_tells_the_reason_of_every_program(monkeypatch):
    monkeypatch.setitem(globals(), "FACTOR", 2.0)

    def f(x, n=1):
        return x * FACTOR + n  # noqa: F821

    c = gl.compile(f)
    c(x)
    c(x[:2])
    c(x[:2], 5)
    globals()["FACTOR"] = 3.0
    c(x[:2], 5)
    lines = c.explain().splitlines()
    assert lines[0] == "f: 4 compiled for numpy"
    assert lines[1].endswith("first call")
    assert "argument 'x' was f64[3] and is f64[2]" in lines[2]
    assert "structured differently" in lines[3]
    assert "FACTOR was 2.0 and is 3.0" in lines[4]


def test_graph_source_history_and_backend_show_what_was_made():
    c = gl.compile(lambda x: np.sum(np.tanh(x) * 1.0), "numpy")
    assert c.history == ()
    graph = c.graph(x)
    assert [n.op.name for n in graph.nodes] == ["tanh", "sum"]
    assert "tanh" in c.source(x)
    assert c.backend == "numpy"
    assert all(isinstance(g, gl.Graph) for _, g, _ in c.history)
    assert count(c) == 1
    c(x)
    assert count(c) == 1


def test_compile_takes_transforms_and_stands_inside_them():
    f = gl.compile(lambda x: np.sum(x**3))
    np.testing.assert_allclose(gl.grad(f)(x), 3 * x**2)
    np.testing.assert_allclose(gl.compile(gl.grad(f))(x), 3 * x**2)
    np.testing.assert_allclose(gl.compile(gl.hessian(f))(x), np.diag(6 * x))
    np.testing.assert_allclose(gl.vmap(f)(np.stack([x, 2 * x])), [np.sum(x**3), 8 * np.sum(x**3)])
    np.testing.assert_allclose(gl.compile(gl.compile(f))(x), np.sum(x**3))
    np.testing.assert_allclose(gl.jvp(gl.compile(gl.grad(f)), (x,), (x,))[1], 6 * x * x)


def test_a_compiled_function_without_traced_arguments_runs_inside_a_trace():
    inner = gl.compile(lambda x: x * 2)
    np.testing.assert_allclose(gl.grad(lambda y: np.sum(y * inner(x)))(x), 2 * x)


def test_a_graph_compiles():
    graph = gl.trace(lambda x: x * 2, x)
    np.testing.assert_array_equal(gl.compile(graph)(x), x * 2)


def test_arguments_are_never_changed_and_results_never_share_with_them():
    a = x.copy()
    f = gl.compile(lambda x: (x, x[1:], x.reshape(3, 1)))
    for part in f(a):
        part[...] = 99.0
    np.testing.assert_array_equal(a, x)
    b = f(a)
    c = f(a)
    b[0][...] = 7.0
    np.testing.assert_array_equal(c[0], x)


def test_no_result_shares_memory_with_an_argument_or_another_result():
    y = np.ones(3)
    programs = [
        gl.compile(lambda x, y: (x * 2, x * 2, y, y[None], y.T, x)),
        gl.grad(lambda x, y: np.sum(x * y), argnums=(0, 1)),
        gl.compile(gl.grad(lambda x, y: np.sum(x * y), argnums=(0, 1))),
        gl.trace(lambda x, y: (x, y, y), x, y),
        lambda x, y: gl.vmap(lambda a, b: (a, b))(x, y),
        lambda x, y: gl.jvp(lambda a: a, (x,), (y,)),
        lambda x, y: (gl.vjp(lambda a: a, x)[0], *gl.vjp(lambda a: a, x)[1](y)),
        gl.compile(lambda x, y: (np.broadcast_to(x, (2, 3)), np.zeros(3))),
    ]
    for f in programs:
        for _ in range(3):
            results = list(f(x, y))
            for i, r in enumerate(results):
                assert r.flags.writeable
                assert not any(np.shares_memory(r, other) for other in (x, y, *results[:i]))


def test_what_vjp_keeps_is_not_changed_with_the_argument():
    a = x.copy()
    _, back = gl.vjp(lambda x: np.sum(x * x), a)
    a[:] = 0.0
    np.testing.assert_array_equal(back(1.0)[0], 2 * x)


def test_constants_are_never_changed_through_results():
    f = gl.compile(lambda x: (np.arange(3.0), np.eye(2), x))
    first = f(x)
    for part in first:
        part[...] = 99.0
    np.testing.assert_array_equal(f(x)[0], np.arange(3.0))
    np.testing.assert_array_equal(f(x)[1], np.eye(2))


def test_other_memory_layouts_give_the_same_numbers():
    m = np.arange(6.0).reshape(2, 3)
    f = gl.compile(lambda m: (m.ravel(), m.reshape(3, 2), m @ m.T, m[::-1, ::-1], m.sum(0)))
    layouts = (m, np.asfortranarray(m), m[::-1, ::-1][::-1, ::-1], m.T.copy().T, m.astype(">f8"))
    for given in layouts:
        for got, want in zip(f(given), f(m), strict=True):
            np.testing.assert_array_equal(got, want)
            assert got.dtype.isnative
    wide = np.arange(12.0).reshape(4, 3)[::2]
    np.testing.assert_array_equal(f(wide)[0], wide.ravel())


def test_threads_compile_and_call_at_the_same_time():
    def work(n):
        for k in range(4):
            a = np.full(n, float(k))
            np.testing.assert_array_equal(f(a), np.sin(a) + np.zeros(n))
            np.testing.assert_allclose(gl.grad(lambda a: np.sum(f(a)))(a), np.cos(a))

    def guarded(n):
        try:
            work(n)
        except BaseException as error:
            errors.append(error)

    f = gl.compile(lambda a: np.sin(a) + np.zeros(a.shape))
    errors = []
    before = np.zeros
    threads = [threading.Thread(target=guarded, args=(n % 3 + 1,)) for n in range(6)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        sys.setswitchinterval(interval)
    assert errors == []
    assert count(f) == 3
    assert np.zeros is before


def test_an_interrupt_leaves_a_function_that_can_be_called_again():
    state = {"stop": True}

    def f(x):
        if state["stop"]:
            raise KeyboardInterrupt
        return x * 2

    c = gl.compile(f)
    before = np.zeros
    with pytest.raises(KeyboardInterrupt):
        c(x)
    assert np.zeros is before
    assert count(c) == 0
    state["stop"] = False
    np.testing.assert_array_equal(c(x), x * 2)


def test_compiled_functions_keep_their_name_and_documentation():
    @gl.compile
    def f(x):
        """Twice x."""
        return x * 2

    assert (f.__name__, f.__doc__) == ("f", "Twice x.")


def test_static_and_class_methods_compile():
    class A:
        k = 3.0

        @staticmethod
        @gl.compile
        def s(x):
            return x * 2

        @classmethod
        def c(cls, x):
            return x * cls.k

        @gl.compile
        def m(self, x, power=2):
            return x**power * self.k

    np.testing.assert_array_equal(A.s(x), x * 2)
    np.testing.assert_array_equal(A().s(x), x * 2)
    np.testing.assert_array_equal(gl.compile(A.c)(x), x * 3)
    np.testing.assert_array_equal(A().m(x, power=3), x**3 * 3)
    np.testing.assert_allclose(gl.grad(lambda v: np.sum(A().m(v)))(x), 6 * x)


def test_a_wrong_backend_or_pipeline_is_told():
    with pytest.raises(gl.GradloomError, match="nonsense"):
        gl.compile(lambda x: x, backend="nonsense")
    with pytest.raises(gl.PipelineError, match="nonsense"):
        gl.compile(lambda x: x * 2, pipeline="nonsense")(x)
    with pytest.raises(gl.NotSupported, match="mesh"):
        gl.compile(lambda x: x, mesh=object())
