"""The example of implicit differentiation: its derivatives are those of finite differences, of the
loop turn by turn, and the same on every backend.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import gradloom as gl

PATH = Path(__file__).parents[2] / "examples" / "implicit_differentiation.py"
SPEC = importlib.util.spec_from_file_location("implicit_differentiation", PATH)
example = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(example)

MEAN = 0.8
X = example.anomaly(MEAN, MEAN)
SLOPE = 1 / (1 - 0.6 * np.cos(X))
SECOND = -0.6 * np.sin(X) * SLOPE**3


def test_the_fixed_point_has_the_gradient_of_the_loop_and_of_finite_differences():
    weights, bias = example.parameters()
    found = gl.grad(example.energy)((weights, bias))
    turns = gl.grad(example.unrolled)((weights, bias))
    for one, other in zip(found, turns, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)
    for i, d in enumerate(1e-6 * np.eye(4)):
        change = example.energy((weights, bias + d)) - example.energy((weights, bias - d))
        assert found[1][i] == pytest.approx(change / 2e-6, rel=1e-6, abs=1e-8)


def test_the_root_has_derivatives_of_first_and_second_order_in_both_modes():
    f = example.anomaly
    assert example.kepler(MEAN, X) == pytest.approx(0, abs=1e-13)
    assert gl.grad(f)(MEAN, MEAN) == pytest.approx(SLOPE, rel=1e-12)
    assert gl.jvp(f, (MEAN, MEAN), (1.0, 0.0))[1] == pytest.approx(SLOPE, rel=1e-12)
    assert gl.grad(gl.grad(f))(MEAN, MEAN) == pytest.approx(SECOND, rel=1e-10)
    assert gl.hessian(f)(MEAN, MEAN) == pytest.approx(SECOND, rel=1e-10)
    means = np.array([0.1, 0.8, 3.0])
    each = gl.vmap(gl.grad(f))(means, means)
    np.testing.assert_allclose(each, [gl.grad(f)(m, m) for m in means], rtol=1e-12)


@pytest.mark.parametrize("name", ["numpy", "torch", "jax", "tensorflow"])
def test_backends_agree(name):
    pytest.importorskip(name)
    given = example.parameters()
    both = gl.compile(
        lambda p, m: (gl.grad(example.energy)(p), gl.grad(example.anomaly)(m, m)), name
    )
    (weights, bias), slope = both(given, np.array(MEAN))
    want = gl.grad(example.energy)(given)
    np.testing.assert_allclose(weights, want[0], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(bias, want[1], rtol=1e-9, atol=1e-11)
    assert float(slope) == pytest.approx(SLOPE, rel=1e-10)


def test_it_runs_as_a_program(capsys):
    example.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[0].split(":")[1].strip() == lines[1].split(":")[1].strip()
