"""What cannot be traced is told with the user's line and one thing to do."""

import numpy as np
import pytest

import gradloom as gl


def message(call, error=gl.GradloomError):
    with pytest.raises(error) as info:
        call()
    return str(info.value)


def test_a_leaked_value_is_told():
    kept = []

    def f(x):
        kept.append(x * 2)
        return x

    gl.grad(f)(1.0)
    text = message(lambda: kept[0] + 1, gl.LeakedTracer)
    assert "after its trace" in text
    assert "test_errors.py" in text
    text = message(lambda: gl.grad(lambda y: y * kept[0])(2.0), gl.LeakedTracer)
    assert "return it from the traced function" in text


def test_writing_into_a_foreign_array_is_refused():
    outside = np.zeros(3)

    def by_item(x):
        outside[0] = x
        return outside.sum()

    def in_place(x):
        a = outside
        a += x
        return a.sum()

    for f in (by_item, in_place):
        text = message(lambda f=f: gl.grad(f)(2.0), gl.TraceError)
        assert "test_errors.py" in text
    np.testing.assert_array_equal(outside, np.zeros(3))


TAKERS = (lambda x: float(x) ** 2, lambda x: x.item() ** 2, lambda x: np.sum(np.array(x.tolist())))


@pytest.mark.parametrize("f", TAKERS)
def test_numbers_are_not_taken_out_of_what_is_differentiated(f):
    assert "lose its derivative" in message(lambda: gl.grad(f)(np.float64(2.0)), gl.TraceError)


def test_a_truth_value_that_python_asks_for_in_compile_names_the_line():
    def f(x):
        return {i: y for i, y in enumerate(x) if y > 0}

    text = message(lambda: gl.compile(f, "numpy")(np.array([1.0])), gl.ValueNeeded)
    assert "if y > 0" in text
    assert "a list of pairs" in text


def test_a_foreign_library_is_named():
    special = pytest.importorskip("scipy.special")

    def program(x):
        return special.hyp2f1(0.5, 1.0, 1.5, x)

    text = message(lambda: gl.trace(program, np.ones(3)), gl.NotSupported)
    assert "hyp2f1" in text
    assert "library" in text


def test_an_unknown_function_is_named_as_the_user_wrote_it():
    text = message(lambda: gl.trace(lambda x: np.save("x.npy", x), np.ones(3)), gl.NotSupported)
    assert "np.save" in text
    assert "test_errors.py" in text


def test_patches_are_gone_after_an_error():
    before = np.zeros

    def f(x):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        gl.grad(f)(1.0)
    assert np.zeros is before
    assert type(np.zeros(2)) is np.ndarray


def test_an_interrupt_leaves_everything_as_it_was():
    before = np.array

    def f(x):
        raise KeyboardInterrupt

    compiled = gl.compile(f, "numpy")
    with pytest.raises(KeyboardInterrupt):
        compiled(np.ones(2))
    assert np.array is before
    assert compiled.explain().startswith("f: 0 compiled")


def test_random_numbers_baked_into_a_program_warn():
    with pytest.warns(gl.BakedSample, match="np.random.normal"):
        gl.trace(lambda x: x + np.random.normal(size=3), np.ones(3))
