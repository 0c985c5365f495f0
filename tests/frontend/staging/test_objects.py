"""Objects of the user's in traces: their methods are rewritten wherever Python calls them."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.staging import reach
from tests.frontend.staging import changes, objects
from tests.frontend.staging.agreement import assert_same

ALL = (*objects.PROGRAMS, *changes.PROGRAMS)


@pytest.mark.parametrize("f", ALL, ids=lambda f: f.__name__)
def test_a_program_of_objects_runs_as_written(f):
    run = gl.compile(f, "numpy")
    for x in (2.5, -1.5, 0.5):
        assert_same(run(np.float64(x)), f(np.float64(x)))


@pytest.mark.parametrize(
    "f", [objects.adds, objects.changes_a_frozen_object], ids=lambda f: f.__name__
)
@pytest.mark.framework
@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_objects_run_on_other_backends(f, backend):
    pytest.importorskip(backend)
    run = gl.compile(f, backend)
    for x in (2.5, -1.5):
        np.testing.assert_allclose(run(np.float64(x)), f(np.float64(x)))


def test_derivatives_go_through_operators_and_properties():
    for f in (objects.adds, objects.reads_a_property, changes.complex_numbers_of_the_users):

        def whole(x, f=f):
            made = f(x)
            return made[0] if isinstance(made, list) else made

        for x in (0.25, -0.5):
            plain = gl.grad(whole)(x)
            np.testing.assert_allclose(gl.compile(gl.grad(whole), "numpy")(x), plain, rtol=1e-9)


def test_what_a_turn_makes_is_told_apart_among_many_objects(monkeypatch):
    crowd = [[i] for i in range(300_000)]
    monkeypatch.setattr(changes, "CROWD", crowd, raising=False)
    f = changes.complex_numbers_of_the_users
    run = gl.compile(lambda x: (f(x), len(crowd)), "numpy")
    for x in (0.25, -0.5):
        assert_same(run(x)[0], f(x))


def test_what_was_there_before_a_turn_is_found_among_many_objects(monkeypatch):
    monkeypatch.setattr(changes, "CROWD", [[i] for i in range(300_000)], raising=False)
    monkeypatch.setattr(changes, "HELD", [[changes.Node(0.0)]], raising=False)

    def f(x):
        while x < 10:
            x = x * 2
            changes.sets_a_new_attribute(changes.HELD, x)
        return x

    with pytest.raises(gl.TraceError, match=r"\.made is a object before the loop"):
        gl.trace(f, 1.0)


@pytest.mark.parametrize("f", [*changes.PROGRAMS[::3], objects.adds], ids=lambda f: f.__name__)
def test_objects_are_found_from_their_holders_as_from_the_variables(f, monkeypatch):
    monkeypatch.setattr(reach, "_MOST", 0)
    run = gl.compile(f, "numpy")
    for x in (2.5, -1.5):
        assert_same(run(np.float64(x)), f(np.float64(x)))


def test_dicts_that_differ_are_told_among_many_objects(monkeypatch):
    monkeypatch.setattr(reach, "_MOST", 0)

    def f(x):
        found = {"max": 0.0}
        if x > 0:
            found["sum"] = x
        return found["max"] + len(found)

    with pytest.raises(gl.TraceError, match=r"is a dict with 'max', 'sum'"):
        gl.trace(f, 1.0)


def test_a_class_is_what_it_was_after_a_trace():
    before = dict(vars(objects.Vec))
    gl.trace(objects.adds, np.float64(1.0))
    assert dict(vars(objects.Vec)) == before


def test_a_class_is_what_it_was_after_a_trace_that_fails():
    def f(x):
        raise KeyError(objects.Vec(x) + objects.Vec(x))

    before = dict(vars(objects.Vec))
    with pytest.raises(KeyError):
        gl.trace(f, np.float64(1.0))
    assert dict(vars(objects.Vec)) == before


def test_the_truth_of_an_object_is_what_its_bool_says():
    class Positive:
        def __init__(self, x):
            self.x = x

        def __bool__(self):
            return bool(self.x > 0)

    def f(x):
        a = 1.0 if Positive(x) else 2.0
        b = 10.0 if not Positive(x - 1) else 20.0
        c = 0.0
        if Positive(x) and x < 5:
            c = 100.0
        return a + b + c

    run = gl.compile(f, "numpy")
    for x in (2.5, -1.5, 0.5, 9.0):
        assert run(np.float64(x)) == f(np.float64(x))


def test_a_choice_of_objects_that_is_changed_while_both_are_seen_is_refused():
    def f(x):
        a, b = changes.Acc(), changes.Acc()
        c = a if x > 0 else b
        c(2.0)
        return a.n + b.n

    with pytest.raises(gl.TraceError, match="a Acc is changed that may or may not be another Acc"):
        gl.trace(f, np.float64(1.0))


def test_a_global_set_by_a_function_that_is_called_is_refused():
    def f(x):
        if x > 0:
            bump()
        return x

    with pytest.raises(gl.TraceError, match="the global variable 'COUNT' is set"):
        gl.trace(f, np.float64(1.0))
    assert COUNT == 0


COUNT = 0


def bump():
    global COUNT
    COUNT += 1
