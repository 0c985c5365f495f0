"""What a function reaches besides its arguments is read anew, or traced again when it changes."""

import dataclasses
import functools
import random
import types
import warnings

import numpy as np
import pytest

import gradloom as gl

x = np.array([1.0, 2.0])
W = np.ones(2)
M = np.arange(6.0).reshape(2, 3)
SCALE = 2.0
TABLE = {"k": 1.0, "w": np.ones(2)}


class Config:
    rate = 2.0


class Model:
    """State in the object, in its class, in a property and in globals that its methods reach."""

    scale = 2.0

    def __init__(self):
        self.w = np.ones(2)

    @property
    def total(self):
        return self.w.sum() * TABLE["k"]

    def loss(self, x):
        return np.sum(x * self.w * self.scale) * self.total

    @gl.compile
    def step(self, x):
        return x * self.w * self.scale


@dataclasses.dataclass(slots=True)
class Slots:
    w: np.ndarray
    k: float


def helper(x):
    return x * SCALE


ONES = np.ones(2)


def keyword_default(x, *, w=ONES):
    return x * w


def scaled(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args) * SCALE

    return wrapper


def follows(f, *changes, args=(x,), compiled=None):
    """`f` compiled gives what plain `f` gives, after every change as well."""
    compiled = compiled or gl.compile(f, "numpy")
    np.testing.assert_allclose(compiled(*args), f(*args))
    for change in changes:
        change()
        for _ in range(2):
            np.testing.assert_allclose(compiled(*args), f(*args))
    return compiled


def test_numbers_in_globals_classes_and_objects_are_followed(monkeypatch):
    def change(owner, name, value):
        return lambda: monkeypatch.setattr(owner, name, value)

    module = __import__(__name__, fromlist=["x"])
    follows(lambda x: x * SCALE, change(module, "SCALE", 3.0), change(module, "SCALE", 4))
    follows(lambda x: x * Config.rate, change(Config, "rate", 5.0))
    follows(lambda x: helper(x), change(module, "SCALE", 6.0))
    follows(scaled(lambda x: x + SCALE), change(module, "SCALE", 7.0))
    follows(lambda x: helper(x), change(module, "helper", lambda x: x * 100))
    follows(lambda x: x * TABLE["k"], lambda: monkeypatch.setitem(TABLE, "k", 9.0))


def test_objects_are_followed_through_attributes_class_and_properties(monkeypatch):
    m = Model()
    follows(
        m.loss,
        lambda: m.w.__setitem__(slice(None), 3.0),
        lambda: setattr(m, "w", np.full(2, 4.0)),
        lambda: monkeypatch.setattr(Model, "scale", 9.0),
        lambda: monkeypatch.setitem(TABLE, "k", 2.0),
        lambda: setattr(m, "scale", 1.0),
    )


def test_a_compiled_method_reads_its_object_anew():
    m, other = Model(), Model()
    other.w = np.array([5.0, 6.0])
    for one in (m, other):
        np.testing.assert_array_equal(one.step(x), x * one.w * 2.0)
        one.w = one.w + 1
        np.testing.assert_array_equal(one.step(x), x * one.w * 2.0)
        one.w *= 3
        np.testing.assert_array_equal(one.step(x), x * one.w * 2.0)


def test_slots_sets_namespaces_and_keyword_defaults_are_followed():
    s, numbers, space = Slots(np.ones(2), 3.0), {1.0}, types.SimpleNamespace(k=2.0)
    follows(lambda x: x * s.w * s.k, lambda: setattr(s, "k", 4.0), lambda: s.w.fill(7.0))
    follows(lambda x: x * sum(numbers), lambda: numbers.add(4.0))
    follows(lambda x: x * space.k, lambda: setattr(space, "k", 4.0))
    follows(keyword_default, lambda: keyword_default.__kwdefaults__["w"].fill(5.0))
    part = functools.partial(lambda a, b: a * b, b=np.ones(2))
    follows(part, lambda: part.keywords["b"].fill(4.0))


def test_two_names_of_one_array_may_part():
    cells = {"a": np.ones(2)}
    cells["b"] = cells["a"]
    follows(lambda x: x * cells["a"] + cells["b"], lambda: cells.update(b=np.full(2, 10.0)))
    lists = {"a": [1.0]}
    lists["b"] = lists["a"]
    follows(lambda x: x * lists["a"][0] + lists["b"][0], lambda: lists.update(b=[5.0]))


def test_functions_that_are_exchanged_are_followed():
    act = {"f": np.tanh}
    follows(lambda x: act["f"](x), lambda: act.update(f=np.sin), lambda: act.update(f=np.cumsum))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: M.T @ x,
        lambda x: np.sum(M[0, :2] * x) + np.sum(M[::-1, 1] * x),
        lambda x: sum(np.sum(row) * x for row in M),
        lambda x: x * M.sum(),
        lambda x: x * float(M[0, 1]),
        lambda x: x * 2 if M.max() > 10 else x * 3,
        lambda x: x * M[0, 0],
        lambda x: M[:, :2] @ x + M.sum(),
        lambda x: x @ M.reshape(3, 2).T,
        lambda x: x * np.sqrt(2.0) @ M,
    ],
)
def test_what_numpy_computes_from_an_outside_array_is_followed(f, monkeypatch):
    monkeypatch.setitem(globals(), "M", M.copy())

    def add(value):
        return lambda: M.__iadd__(value)

    def rebind():
        globals()["M"] = np.full((2, 3), 20.0)

    follows(f, add(1.0), add(2.0), add(3.0), rebind, add(-40.0))


def test_parts_of_an_outside_array_are_inputs_and_not_compiled_again(monkeypatch):
    monkeypatch.setitem(globals(), "M", M.copy())
    compiled = gl.compile(lambda x: M.T @ x, "numpy")
    for _ in range(5):
        M.__iadd__(1.0)
        np.testing.assert_allclose(compiled(x), M.T @ x)
    assert "1 compiled" in compiled.explain()
    assert len(compiled.graph(x).inputs) == 2


def test_a_zero_dimensional_array_is_an_input_too():
    k = np.array(2.0)
    follows(lambda x: x * k, lambda: k.fill(3.0))


def test_transforms_inside_compile_follow_too(monkeypatch):
    monkeypatch.setitem(globals(), "W", np.ones(2))
    inner = gl.compile(lambda x: x * W)
    custom = gl.custom_jvp(lambda x: x * W)
    custom.defjvp(lambda p, t: (p[0] * W, t[0] * W))
    programs = [
        lambda x: inner(x) + 1,
        gl.grad(lambda x: np.sum(x**2 * W)),
        gl.vmap(lambda x: x * W[0]),
        lambda x: custom(x),
        lambda x: gl.jvp(lambda y: y * W, (x,), (x,))[1],
        lambda x: gl.fori_loop(0, 3, lambda i, y: y + W, x),
        gl.checkpoint(lambda x: x * W),
    ]
    compiled = [gl.compile(f, "numpy") for f in programs]
    for value in (1.0, 4.0, 5.0, 6.0):
        W[:] = value
        for f, g in zip(programs, compiled, strict=True):
            np.testing.assert_allclose(g(x), f(x), err_msg=str(value))


def test_gradients_follow_too(monkeypatch):
    monkeypatch.setitem(globals(), "W", np.ones(2))
    g = gl.grad(lambda x: np.sum(x**2 * W) + W.sum() * np.sum(x))
    for value in (1.0, 2.0, 3.0, 4.0, 5.0):
        W[:] = value
        for _ in range(2):
            np.testing.assert_allclose(g(x), 2 * x * value + 2 * value)


def test_a_function_that_writes_outside_runs_at_every_call():
    count = np.zeros(1)

    def f(x):
        count[0] += 1
        return np.sum(x * float(count[0]))

    for g in (gl.compile(f, "numpy"), gl.value_and_grad(f)):
        count[:] = 0
        for k in range(1, 6):
            value = g(x)
            assert (value[0] if isinstance(value, tuple) else value) == k * x.sum()


def test_an_array_that_is_written_after_its_use_is_told():
    state = np.ones(2)

    def f(x):
        y = np.sum(x * state)
        state[0] += 1.0
        return y

    with pytest.raises(gl.TraceError, match="state is changed while"):
        gl.grad(f)(x)
    state[:] = 1
    compiled = gl.compile(f, "numpy")
    assert [compiled(x), compiled(x)] == [np.sum(x), np.sum(x) + x[0]]
    assert state[0] == 3


def test_drawing_from_a_generator_inside_compile_warns():
    rng = np.random.default_rng(0)
    for f, name in ((lambda x: x + rng.normal(), "rng"), (lambda x: x + random.random(), "random")):
        with pytest.warns(gl.BakedSample, match=name):
            gl.compile(f, "numpy")(x)


def test_a_generator_that_is_not_used_does_not_warn():
    rng = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gl.compile(lambda x: x * (rng is not None), "numpy")(x)


def test_gradients_of_functions_that_print_or_draw_run_them_every_time(capsys):
    rng = np.random.default_rng(0)

    def noisy(x):
        return np.sum(x * rng.normal(size=2))

    g = gl.grad(noisy)
    assert not np.array_equal(g(x), g(x))

    def talking(x):
        print("called")  # noqa: T201  (what a program prints is the test)
        return np.sum(x)

    g = gl.grad(talking)
    for _ in range(3):
        g(x)
    assert capsys.readouterr().out.count("called") == 3


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (np.ones((2, 2)).view(np.matrix), "np.matrix"),
        (np.ma.masked_array([1.0, 2.0], [0, 1]), "masked"),
        (np.array([1.0, None], object), "objects"),
    ],
)
def test_arrays_that_mean_something_else_are_refused(bad, says):
    with pytest.raises(gl.DtypeError, match=says):
        gl.compile(lambda y: y * 2, "numpy")(bad)
    with pytest.raises(gl.DtypeError, match=says):
        gl.compile(lambda y: y * bad, "numpy")(np.ones(2))
