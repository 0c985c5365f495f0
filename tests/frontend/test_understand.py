"""Where NaNs arise, where time goes, where backends part."""

import numpy as np
import pytest

import gradloom as gl

x = np.array([1.0, 0.0, 2.0])


def loss(x):
    y = np.log(x)
    return np.sum(np.where(x > 0, y, 0.0))


def test_the_first_bad_number_is_found_with_its_line():
    found = gl.find_nan(loss, x)
    assert (found.op, found.kind) == ("log", "infinity")
    assert "y = np.log(x)" in found.location
    assert "log gives the first infinity" in str(found)


def test_bad_numbers_of_gradients_are_found():
    found = gl.find_nan(gl.grad(lambda x: np.sum(np.sqrt(x))), x)
    assert found is not None
    assert found.kind == "infinity"
    assert "test_understand.py" in found.location


def test_nans_are_told_from_infinities_and_bad_inputs_are_nobodys_fault():
    assert gl.find_nan(lambda x: np.sum(np.sqrt(x - 1.0)), x).kind == "NaN"
    assert gl.find_nan(lambda x: np.sum(np.exp(x)), x) is None
    assert gl.find_nan(lambda x: x * 2, np.array([np.nan])) is None
    assert gl.find_nan(lambda x: x // 2, np.array([4, 5])) is None


def test_graphs_and_compiled_functions_are_looked_into():
    assert gl.find_nan(gl.trace(loss, x), x).op == "log"
    assert gl.find_nan(gl.compile(loss), x).op == "log"


def test_a_profile_has_a_row_per_op_and_the_users_lines():
    p = gl.profile(lambda x: np.sum(np.exp(x) @ np.ones((1000, 10))), np.ones((50, 1000)))
    assert {"exp", "matmul", "sum"} <= {op for op, _, _ in p.rows}
    assert p.rows == tuple(sorted(p.rows, key=lambda row: -row[2]))
    assert p.seconds == pytest.approx(sum(row[2] for row in p.rows))
    assert "test_understand.py" in str(p)


def test_backends_that_agree_do_not_part():
    assert gl.diverge(lambda x: np.sum(np.tanh(x)), (x,), backends=("numpy", "torch")) is None


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x - np.mean(x)),
        lambda x: np.sum(x * 1e6 - np.mean(x * 1e6)) * 3 + x,
        lambda x: np.ones(x.shape) @ (x - np.mean(x)),
        lambda x: np.cumsum(x - np.mean(x))[-1:] / 7,
        lambda x: (np.sin(x) - np.sin(x + 2 * np.pi)) * 5,
        lambda x: np.fft.fft(x - np.mean(x))[0].real,
    ],
)
def test_a_sum_that_cancels_is_as_exact_as_its_terms(f):
    x = np.random.default_rng(0).normal(size=1000) * 1e3
    for dtype in (np.float64, np.float32):
        assert gl.diverge(f, (x.astype(dtype),)) is None


def test_a_small_value_that_is_no_sum_counts_for_itself():
    from gradloom.frontend.understand import deviations

    graph = gl.trace(lambda x: np.exp(x) * 1e-30, np.array([1.0]))
    errors = deviations(graph, [np.array([1.0])], "torch")
    assert all(error < 1e-15 for error in errors.values())
    assert gl.diverge(lambda x: np.exp(x) * 1e-30, (np.ones(3),), ("torch",), -1.0).op == "exp"


def test_free_and_found_sizes_have_magnitudes_too():
    graph = gl.trace(lambda x: np.sum(x - np.mean(x)), gl.spec("f64[n]"))
    assert gl.diverge(graph, (np.linspace(0, 1e6, 999),), ("numpy", "torch")) is None
    assert gl.diverge(lambda x: np.sum(x[x > 0]), (np.linspace(-1, 1, 9),), ("torch",)) is None


def test_the_first_node_at_which_a_backend_parts_is_named():
    def f(x):
        y = np.exp(x)
        return np.sum(np.sin(y * 1e3))

    found = gl.diverge(f, (np.linspace(0, 3, 50),), backends=("torch",), tolerance=-1.0)
    assert found.backend == "torch"
    assert found.op == "exp"
    assert "y = np.exp(x)" in found.location
    assert "leaves numpy at exp" in str(found)
