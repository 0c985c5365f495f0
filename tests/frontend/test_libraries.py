"""Functions of libraries while a trace runs: replaced once imported, refused by name, put back."""

import subprocess
import sys

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.libraries import MODULES

scipy_linalg = pytest.importorskip("scipy.linalg")
det = scipy_linalg.det
a = np.array([[2.0, 1.0], [0.5, 3.0]])


def test_a_function_is_traced_by_attribute_and_by_imported_name():
    before = scipy_linalg.det, det
    expected = np.linalg.det(a) * np.linalg.inv(a).T
    np.testing.assert_allclose(gl.grad(lambda x: scipy_linalg.det(x))(a), expected)
    np.testing.assert_allclose(gl.grad(lambda x: det(x))(a), expected)
    assert (scipy_linalg.det, det) == before


def test_a_function_without_a_traced_form_is_refused_by_name():
    with pytest.raises(gl.NotSupported, match=r"^scipy\.linalg\.logm: "):
        gl.grad(lambda x: np.sum(scipy_linalg.logm(x)))(a)


def test_plain_arguments_inside_a_trace_go_to_the_library():
    def f(x):
        return x * scipy_linalg.logm(a)[0, 0]

    assert gl.grad(f)(1.0) == scipy_linalg.logm(a)[0, 0]


def test_a_library_imported_inside_a_trace_is_traced_from_the_next_one_on():
    program = """
import sys, numpy as np, gradloom as gl
def f(x):
    import scipy.linalg
    return gl.grad(lambda y: scipy.linalg.det(y))(x)
assert "scipy" not in sys.modules
print(gl.compile(f)(np.array([[2.0, 1.0], [0.5, 3.0]])).tolist())
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    np.testing.assert_allclose(eval(run.stdout), [[3.0, -0.5], [-1.0, 2.0]])


@pytest.mark.parametrize("name", MODULES)
def test_every_listed_name_is_a_function_of_its_module(name):
    module = pytest.importorskip(name)
    assert [n for n in MODULES[name] if not callable(getattr(module, n, None))] == []
