"""What programs ask of an array's memory: order, flags, shapes set in place, views as a dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

import gradloom as gl
from gradloom.ir.errors import NotSupported, TraceError
from tests.frontend.traced import assert_like_numpy, run_traced

X = np.array([[3.0, -1.0, 2.0], [0.5, 7.0, -2.5]])
Z = X + 1j * X[::-1]
WHOLE = np.array([[3, -1, 2], [0, 7, -5]])


def written(*lines: str) -> Any:
    """A program of these lines on x, whose result is R."""
    names: dict[str, Any] = {"np": np, "sliding_window_view": sliding_window_view}
    exec("def f(x):\n    " + "\n    ".join(lines) + "\n    return R", names)
    return names["f"]


PROGRAMS = """
y = x.copy(); y.shape = (3, 2); y[0, 0] = 5; R = y
y = x.copy(); y.shape = -1; R = y
y = x.copy(); y.shape = (4,); R = y
y = x.copy(); v = y[0]; y.shape = (3, 2); y[0, 1] = 5; v[0] = 9; R = y, v
y = x.copy(); z = y[:]; z.shape = (6,); z[4] = 8; y[0, 0] = 7; R = y, z
y = x.copy(); y.resize((3, 2)); R = y
y = x.copy(); y.resize(2, 2); R = y
y = x.copy(); y.resize((4, 3), refcheck=False); y[3, 0] = x[0, 0]; R = y
y = x.copy(); y.resize(); R = y
y = x.copy(); y.resize((-1, 2)); R = y
y = x.copy(); v = y[0]; v.resize(2); R = v
y = x.copy(); y.setflags(write=False); R = y.flags.writeable, y[0].flags.writeable
y = x.copy(); y.setflags(write=False); y[0] = 1; R = y
y = x.copy(); y.flags.writeable = False; y += 1; R = y
y = x.copy(); y.flags['W'] = False; y.flags.writeable = True; y[0] = 1; R = y
v = np.broadcast_to(x, (2, 2, 3)); R = v.flags.writeable
v = x.diagonal(); R = v[:1].flags.writeable, x.copy().flags['OWNDATA']
y = np.zeros((2, 3)); f = y.flags; R = f.c_contiguous, f['F'], f.fnc, f.forc, f.aligned, y.strides
y = np.zeros((2, 3), 'f4', 'F'); R = y.flags.f_contiguous, y.flags.c_contiguous, y.strides
y = np.zeros(3); R = y.flags.f_contiguous, y.flags.c_contiguous, y.strides
R = x.copy('F').ravel('K'), x.copy('F').ravel('A'), x.copy('F').flatten('A')
R = x.copy('F').reshape(3, 2, order='A'), x.T.copy('C').ravel('K')
R = x.copy().T.ravel('K'), x.copy().T.ravel('A'), np.asfortranarray(x).T.ravel('K')
R = x.astype('f4', order='F').ravel('K'), x.copy('F').astype('f4').ravel('K')
R = np.ones((2, 3), order='F').ravel('K'), np.full_like(x.copy('F'), x[0]).ravel('K')
R = x.copy('F').copy('K').ravel('K'), np.array(x, order='F').ravel('K')
R = np.isfortran(x.copy('F')), np.isfortran(x.copy())
R = x.reshape(3, 2, order='K')
R = x.ravel('Q')
R = x.copy('Q')
y = x.copy(); y.imag = 1.0; R = y
y = x.astype(complex); y.imag = x; y.real[0] = 2; R = y
v = x.imag; v[0] = 1; R = v
y = x.copy(); w = sliding_window_view(y, 2, axis=1); y[0] = 5; R = w
y = x.copy(); w = sliding_window_view(y, (2, 2), axis=(1, 1)); y[0] = 5; R = w
R = sliding_window_view(x, (3, 3), axis=(1, 1))
R = sliding_window_view(x, -1, axis=1)
w = sliding_window_view(x, 2, axis=1); w[0] = 1; R = w
y = x.copy(); y.put(indices=[0, -1], values=[5.0, 6.0]); R = y
y = x.copy(); y.put(70, 5.0, mode='clip'); R = y
""".strip().split("\n")


@pytest.mark.parametrize("program", PROGRAMS)
def test_memory_is_as_numpy_has_it_where_it_is_known(program: str) -> None:
    assert_like_numpy(written(*program.split("; ")), X)


@pytest.mark.parametrize("name", ["flags.c_contiguous", "strides"])
def test_the_memory_of_an_argument_is_not_known(name: str) -> None:
    with pytest.raises(NotSupported, match=rf"ndarray\.{name}: how this array lies in memory"):
        run_traced(written(f"R = x.{name}"), X)


def test_a_view_of_an_array_that_was_resized_is_told() -> None:
    with pytest.raises(TraceError, match="resized in place"):
        run_traced(written("y = x.copy()", "v = y[0]", "y.resize(2, refcheck=False)", "R = v"), X)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (written("R = x.view(float)"), Z),
        (written("R = x.astype('c8').view('f4')"), Z),
        (written("R = x[:, :2].copy().view(complex)"), X),
        (written("R = x.view(complex)"), X),
        (written("R = x.view('u8')"), WHOLE),
        (written("R = x.astype('i1').view('u1'), (x > 0).view('u1')"), WHOLE),
        (written("y = x.copy()", "y.view(float)[0] = 2", "R = y"), Z),
        (written("y = x[:, :2].copy()", "y.view(complex)[0] = 2 + 1j", "R = y"), X),
        (written("y = x.copy()", "y.view('u8')[0] = 2**63 + 1", "R = y"), WHOLE),
        (written("R = x.sum().view(float)"), Z),
        (written("R = x.view(type=np.ndarray), x.view(np.ndarray)"), X),
    ],
)
def test_views_as_another_dtype_that_arithmetic_can_say(f: Any, x: Any) -> None:
    assert_like_numpy(f, x)


DTYPES = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(DTYPES), st.sampled_from(DTYPES), st.randoms(use_true_random=False))
def test_bytes_are_read_as_any_other_dtype(own: str, other: str, random: Any) -> None:
    """The numbers written through such a view are seen by the array, and the other way round."""
    numbers = [random.randint(-100, 100) for _ in range(32)]
    x = np.array(numbers).astype(own).reshape(2, 16)

    def f(x: Any) -> Any:
        y = x.copy()
        bits = y.view(other)
        y[0, 1] = 3
        bits[1, :1] = bits[0, :1]
        return bits.view("u1"), y.view("u1"), y.byteswap().view("u1")

    assert_like_numpy(f, x)


def test_numbers_of_one_byte_change_what_the_array_holds() -> None:
    def f(x: Any) -> Any:
        y = x.copy()
        y.byteswap(inplace=True)
        return y.view("i8"), x.sum().byteswap().view("i8"), x[0].copy().view("u1")[::-1]

    assert_like_numpy(f, X)


@pytest.mark.parametrize("program", ["x.view('i8').sum() * x", "x.byteswap()", "x.view('f4')"])
def test_bits_have_no_derivative(program: str) -> None:
    with pytest.raises(gl.NotDifferentiable, match="bits are no smooth function"):
        gl.grad(lambda x: np.sum(written(f"R = {program}")(x)))(X)


@pytest.mark.parametrize(
    "program",
    [
        "R = x[0, :1].copy().view('f2').view('f8')", "R = x.copy('F').view('f4')",
        "R = x.copy().view('c16')", "R = x.sum().view('f4')", "R = x.copy('F').view('i8')",
        "R = x.copy()[:, ::2].view('f4')", "R = x.copy()[:, :1].view('f4')",
    ],
)  # fmt: skip
def test_memory_that_has_no_room_for_a_dtype_is_told(program: str) -> None:
    assert_like_numpy(written(*program.split("; ")), X)


def test_an_inverse_square_root_by_bits_is_the_one_of_numpy_on_every_backend() -> None:
    def f(x: Any) -> Any:
        bits = 0x5F3759DF - (x.view(np.int32) >> 1)
        y = bits.astype(np.int32).view(np.float32)
        return y * (1.5 - 0.5 * x * y * y)

    x = np.array([0.25, 2.0, 9.0], np.float32)
    for backend in ("numpy", "torch", "jax", "tensorflow"):
        made = gl.compile(f, backend=backend)(x)
        np.testing.assert_allclose(made, f(x), rtol=1e-6)
        assert np.asarray(made).dtype == np.float32


def test_views_as_parts_are_differentiated() -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0])
    got = gl.grad(lambda x: np.sum(np.abs(x.view(complex)) ** 2))(x)
    np.testing.assert_allclose(got, 2 * x)


@pytest.mark.parametrize(
    "name",
    ["ctypes", "data", "dump", "dumps", "tobytes", "tofile", "getfield", "setfield"],
)
def test_what_needs_bytes_is_refused_by_name(name: str) -> None:
    with pytest.raises(NotSupported, match=rf"^ndarray\.{name}: "):
        run_traced(written(f"R = x.{name}()"), X)


@pytest.mark.parametrize("program", ["x.dtype = 'i8'; R = x", "x.strides = (8, 8); R = x"])
def test_bytes_are_not_read_anew_in_place(program: str) -> None:
    with pytest.raises(NotSupported, match=r"^ndarray\.(dtype|strides): "):
        run_traced(written(*program.split("; ")), X)
