"""Arrays of other backends: where they are made, what they do there, and how they come and go."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom import backends

xp = gl.array_api
BACKENDS = ["numpy", "torch", "jax", "tensorflow"]


@pytest.fixture(params=BACKENDS)
def ns(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param not in backends.available():
        pytest.skip(f"{request.param} is not installed")
    return xp.namespace(request.param)


def backend(ns: Any) -> str:
    found: str = ns.ones(1).backend
    return found


def test_a_namespace_makes_arrays_on_its_backend(ns: Any) -> None:
    wanted = ns.__name__.partition("[")[2].rstrip("]")
    made = [
        ns.zeros(2),
        ns.ones(2),
        ns.empty(2),
        ns.full(2, 3),
        ns.arange(3),
        ns.linspace(0, 1, 3),
        ns.eye(2),
        ns.asarray([1, 2]),
        ns.asarray(np.ones(2)),
        ns.from_dlpack(np.ones(2)),
        ns.fft.fftfreq(4),
        ns.fft.rfftfreq(4),
        ns.zeros_like(ns.ones(2)),
        ns.full_like(ns.ones(2), 2),
        ns.asarray([ns.ones(2)[0], 2.0]),
        ns.full(2, ns.ones(2)[1]),
    ]
    assert {x.backend for x in made} == {wanted}
    assert ns is xp.namespace(wanted)
    assert made[0].__array_namespace__(api_version="2024.12") in (ns, xp)
    np.testing.assert_array_equal(made[-2], [1, 2])


def test_inside_use_the_module_makes_its_arrays_there(ns: Any) -> None:
    name = backend(ns)
    with xp.use(name):
        x = xp.zeros(2)
        assert x.backend == name
        assert x.__array_namespace__() is xp
        assert (x + 1.5).backend == name
        assert xp.zeros(1, device=x.device).backend == name
    assert xp.zeros(1).backend == "numpy"
    assert (x + 1.0).backend == name


def test_parts_are_written_and_read(ns: Any) -> None:
    x = ns.asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    y = ns.asarray(x, copy=True)
    y[0, ...] = 1.5
    y[1, 1:] = ns.asarray([8.0, 9.0])
    y[y > 8.5] = 0.0
    y[ns.asarray([True, False])] = 7.0
    y[ns.asarray([0, 1]), ns.asarray([0, 0])] = ns.asarray([-1.0, -2.0])
    y[ns.asarray(False)] = 99.0
    y += 1
    y *= x
    np.testing.assert_array_equal(y, [[0, 16, 24], [-4, 45, 6]])
    np.testing.assert_array_equal(x, [[1, 2, 3], [4, 5, 6]])
    y[ns.asarray(True)] = 3.0
    np.testing.assert_array_equal(y, np.full((2, 3), 3))


def test_masks_choose_what_numpy_chooses(ns: Any) -> None:
    a = np.arange(24.0).reshape(2, 3, 4)
    x = ns.asarray(a)
    rows, last = np.array([False, True]), np.array([True, False, True, True])
    m = ns.asarray
    np.testing.assert_array_equal(x[m(rows)], a[rows])
    np.testing.assert_array_equal(x[:, :, m(last)], a[:, :, last])
    np.testing.assert_array_equal(x[..., m(last)], a[..., last])
    np.testing.assert_array_equal(x[m(a[:, :, 0] > 5)], a[a[:, :, 0] > 5])
    np.testing.assert_array_equal(x[x > 11], a[a > 11])
    np.testing.assert_array_equal(x[x > 99], a[a > 99])
    assert x[m(True)].shape == (1, 2, 3, 4)
    assert x[m(False)].shape == (0, 2, 3, 4)
    for mask in ([True], [[True, False, True]], [True, True, True]):
        with pytest.raises(IndexError):
            x[m(mask)]


def test_sizes_that_depend_on_numbers(ns: Any) -> None:
    x = ns.asarray([[3, 0, 1], [1, 3, 0]])
    found = ns.unique_all(x)
    np.testing.assert_array_equal(found.values, [0, 1, 3])
    np.testing.assert_array_equal(found.counts, [2, 2, 2])
    np.testing.assert_array_equal(found.indices, [1, 2, 0])
    np.testing.assert_array_equal(found.inverse_indices, [[2, 0, 1], [1, 2, 0]])
    np.testing.assert_array_equal(ns.unique_values(ns.zeros((0, 2))), [])
    rows, columns = ns.nonzero(x)
    np.testing.assert_array_equal(rows, [0, 0, 1, 1])
    np.testing.assert_array_equal(columns, [0, 2, 0, 1])
    np.testing.assert_array_equal(
        ns.repeat(x, ns.asarray([0, 2, 1]), axis=1), [[0, 0, 1], [3, 3, 0]]
    )
    np.testing.assert_array_equal(ns.repeat(ns.asarray([7, 8]), ns.asarray([2, 0])), [7, 7])
    with pytest.raises(ValueError, match="axes"):
        ns.nonzero(ns.asarray(1))


def test_python_sees_numbers(ns: Any) -> None:
    x = ns.asarray([1.0, 2.5])
    assert [float(v) for v in x] == [1.0, 2.5]
    assert (int(ns.asarray(3)), bool(x[0] < 2), complex(x[1])) == (3, True, 2.5)
    assert (x.shape, x.ndim, x.size, x.dtype, len(x)) == ((2,), 1, 2, xp.float64, 2)
    assert "2.5" in repr(x)
    np.testing.assert_array_equal(np.asarray(x), [1, 2.5])


def test_dtypes_are_numpys_on_every_backend(ns: Any) -> None:
    for dtype in xp.__array_namespace_info__().dtypes().values():
        x = ns.ones(3, dtype=dtype)
        assert x.dtype == dtype
        assert np.asarray(x).dtype == dtype
        if dtype.kind in "iuf":
            assert (x + 1).dtype == dtype
            assert int(ns.sum(x * 2)) == 6
    with pytest.raises(TypeError):
        ns.ones(2) + ns.ones(2, dtype=xp.int32)
    with pytest.raises(TypeError):
        ns.sin(ns.ones(2, dtype=xp.int32))


def test_numbers_beside_arrays_take_their_dtype(ns: Any) -> None:
    x = ns.ones(2, dtype=xp.float32)
    for made in (x * 2, 0.5 + x, ns.where(x > 0, x, 0), ns.clip(x, 0, 0.5), ns.maximum(2, x)):
        assert made.dtype == xp.float32
    assert (x * 1j).dtype == xp.complex64


def test_arrays_of_two_backends_do_not_mix(ns: Any) -> None:
    if backend(ns) == "numpy":
        pytest.skip("one backend")
    for other in (xp.ones(2), np.ones(2)):
        with pytest.raises(ValueError, match="bring"):
            ns.ones(2) + other


def test_arrays_come_and_go_by_dlpack(ns: Any) -> None:
    x = ns.asarray([1.0, 2.0])
    kind, number = x.__dlpack_device__()
    assert (int(kind), number) == (1, 0)
    for wishes in ({}, {"copy": None}, {"max_version": (1, 0)}, {"dl_device": (1, 0)}):
        assert "dltensor" in repr(x.__dlpack__(**wishes))
    there = xp.from_dlpack(x)
    assert (there.backend, list(there)) == ("numpy", [1.0, 2.0])
    back = ns.from_dlpack(there, copy=True)
    assert back.backend == backend(ns)
    assert ns.from_dlpack(x).backend == backend(ns)


def test_a_frameworks_own_array_is_taken_and_given(ns: Any) -> None:
    own = ns.ones(2).raw
    assert backends.get(backend(ns)).is_native(own)
    assert ns.asarray(own).raw is own or backend(ns) == "numpy"
    assert xp.asarray(own).backend == "numpy"
    assert xp.asarray(own, dtype=xp.float32).dtype == xp.float32


def test_devices_are_the_backends_own(ns: Any) -> None:
    info = ns.__array_namespace_info__()
    x = ns.ones(2, device=info.default_device())
    assert x.device == info.default_device()
    assert x.device in info.devices()
    assert x.to_device(x.device) is x
    assert ns.astype(x, xp.float32, device=x.device).device == x.device
    with pytest.raises(ValueError, match="no device"):
        ns.ones(2, device="moon:0")
    with pytest.raises(ValueError, match="no device"):
        x.to_device("moon:0")


def test_a_program_with_gradients_runs_where_its_arrays_live(ns: Any) -> None:
    x = ns.asarray([[1.0, 2.0], [3.0, 4.0]])
    found = gl.compile(gl.grad(lambda x: xp.sum(xp.sin(x) ** 2)), backend=backend(ns))(x)
    assert found.backend == backend(ns)
    np.testing.assert_allclose(found, np.sin(2 * np.asarray(x)))


def test_another_backends_array_in_a_trace_is_refused(ns: Any) -> None:
    if backend(ns) == "numpy":
        pytest.skip("numpy's is a constant")
    x = ns.ones(2)
    with pytest.raises(gl.TraceError, match="pass the array"):
        gl.trace(lambda y: xp.sum(y * x), xp.ones(2))
    with pytest.raises(gl.DtypeError, match=r"gl\.compile"):
        gl.grad(lambda x: xp.sum(x * x))(x)


def test_names_of_no_backend_or_device_are_refused() -> None:
    with pytest.raises(gl.NotSupported, match="no backend"):
        xp.namespace("abacus")
    with pytest.raises(gl.NotSupported, match="no device"), xp.use("numpy", "moon:0"):
        pass
    with pytest.raises(gl.NotSupported, match="version"):
        xp.ones(1).__array_namespace__(api_version="1999.12")
