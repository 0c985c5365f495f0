"""What `vmap(f).explain()` tells."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl


def test_ops_that_stay_themselves_are_only_counted():
    mapped = gl.vmap(lambda x, w: np.sum(np.tanh(x * w)), in_axes=(0, None))
    text = mapped.explain(np.ones((5, 3)), np.ones(3))
    assert text.splitlines()[0].endswith("3 of 3 ops depend on the mapped axis; "
                                         "0 fell back to a loop over it")  # fmt: skip
    assert "same op on arrays with one more axis" in text


def test_what_does_not_depend_on_the_mapped_axis_is_counted_apart():
    mapped = gl.vmap(lambda x, w: x + np.exp(np.sin(w)), in_axes=(0, None))
    assert "1 of 3 ops depend" in mapped.explain(np.ones((5, 3)), np.ones(3))


def test_a_while_loop_and_a_cond_say_what_they_cost():
    def f(x):
        y = gl.while_loop(lambda c: c < 10.0, lambda c: c * 2.0, x)
        return gl.cond(y > 12.0, lambda a: a + 1.0, lambda a: a, y)

    text = gl.vmap(f).explain(np.array([1.0, 3.0]))
    assert "while: one loop for all examples" in text
    assert "cond: both branches for every example" in text
    assert "test_mapping.py:" in text


def test_without_arguments_the_last_call_is_told():
    mapped = gl.vmap(np.cumsum)
    with pytest.raises(gl.ShapeError, match="nothing to explain before a call"):
        mapped.explain()
    mapped(np.ones((4, 3)))
    assert mapped.explain() == mapped.explain(np.zeros((4, 3)))
