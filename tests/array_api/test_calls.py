"""Every function of the standard, against array_api_strict, in a trace, and on every backend."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom import backends
from tests.array_api.calls import CALLS, Call

strict = pytest.importorskip("array_api_strict")
strict.set_array_api_strict_flags(api_version="2024.12")

xp = gl.array_api
ONE_EACH = {name.partition("-")[0]: name for name in reversed(CALLS)}
UNDETERMINED = {"qr-complete", "svd-full"}
"""A graph refuses vectors that the matrix does not determine, and says so."""
BY_RANK = {"getitem-mask-rows"}
"""What numpy allows beyond the standard, and array_api_strict does not."""


def leaves(result: Any) -> list[np.ndarray]:
    if isinstance(result, tuple | list):
        return [leaf for part in result for leaf in leaves(part)]
    return [np.asarray(result)]


def assert_same(given: Any, wanted: Any) -> None:
    ours, theirs = leaves(given), leaves(wanted)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        tolerance = 2e-5 if a.dtype.name in ("float32", "complex64") else 1e-9
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def run(call: Call, namespace: Any) -> Any:
    return call.program(namespace, *[namespace.asarray(x) for x in call.inputs])


@pytest.mark.parametrize("name", CALLS)
def test_a_function_gives_what_the_strict_implementation_gives(name: str) -> None:
    if name in BY_RANK:
        pytest.skip("array_api_strict refuses it")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's, of divisions by zero
        wanted = run(CALLS[name], strict)
    assert_same(run(CALLS[name], xp), wanted)


@pytest.mark.parametrize("name", [n for n, c in CALLS.items() if not c.data])
def test_a_function_in_a_trace_gives_what_it_gives_outside(name: str) -> None:
    call = CALLS[name]
    inputs = [xp.asarray(x) for x in call.inputs]
    graph = gl.trace(lambda *xs: call.program(xp, *xs), *inputs)
    assert_same(graph(*inputs), run(call, xp))


@pytest.mark.parametrize("name", [n for n in ONE_EACH.values() if not CALLS[n].data])
def test_a_function_takes_plain_traced_values_too(name: str) -> None:
    call = CALLS[name]
    graph = gl.trace(lambda *xs: call.program(xp, *xs), *call.inputs)
    assert_same(graph(*call.inputs), run(call, xp))


@pytest.fixture(scope="module")
def namespaces() -> Callable[[str], Any]:
    def find(name: str) -> Any:
        if name not in backends.available():
            pytest.skip(f"{name} is not installed")
        return xp.namespace(name)

    return find


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
@pytest.mark.parametrize("name", ONE_EACH.values())
def test_a_function_runs_on_another_backend(
    name: str, backend: str, namespaces: Callable[[str], Any]
) -> None:
    call, namespace = CALLS[name], namespaces(backend)
    if name in UNDETERMINED:
        with pytest.raises(gl.NotSupported):
            run(call, namespace)
        return
    result = run(call, namespace)
    for leaf in leaves_of_arrays(result):
        assert leaf.backend == backend
    assert_same(result, run(call, xp))


def leaves_of_arrays(result: Any) -> list[Any]:
    if isinstance(result, tuple | list):
        return [leaf for part in result for leaf in leaves_of_arrays(part)]
    return [result] if hasattr(result, "backend") else []
