"""New tensors: of data, filled, counted, drawn."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager import layouts
from gradloom.eager.calls import Number
from gradloom.eager.dtypes import FLOAT32, INT64, dtype, name_of, read_dtype
from gradloom.eager.home import here
from gradloom.eager.shapes import sizes_of
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, CallError, DtypeError
from gradloom.ir.location import user_location
from gradloom.ir.types import holds

_lock = threading.Lock()


class _Default:
    """What floats are where nothing is said."""

    dtype = FLOAT32


_default: Final = _Default()


def get_default_dtype() -> dtype:
    """What floats are where nothing is said: float32."""
    return name_of(_default.dtype)


def _made(array: np.ndarray, requires_grad: bool) -> Tensor:
    home = here()
    made = Tensor(home, home.put(array))
    return made.requires_grad_() if requires_grad else made


def tensor(
    data: Any, *, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """A tensor of numbers, nested lists of them (floats as float32), or an array; a copy."""
    if isinstance(data, Tensor):
        data = data.array()
    array = _array(data)
    if dtype is not None:
        array = array.astype(read_dtype(dtype, "tensor"))
    return _made(array, requires_grad)


def _array(data: Any) -> np.ndarray:
    if isinstance(data, np.ndarray | np.generic):
        found = np.array(data)
    else:
        try:
            found = np.array(_plain(data))
        except ValueError:
            raise ArgumentError(
                "gt.tensor: nested lists of different lengths", location=user_location(),
                hint="make all rows one length",
            ) from None  # fmt: skip
        if found.dtype == np.float64 and not _holds_numpy(data):
            found = found.astype(_default.dtype)
        elif found.dtype == np.complex128 and not _holds_numpy(data):
            found = found.astype(np.complex64)
    if not holds(found.dtype):
        raise DtypeError(f"gt.tensor: no tensor holds {found.dtype}", location=user_location())
    return np.ascontiguousarray(found).reshape(found.shape)


def _plain(data: Any) -> Any:
    if isinstance(data, Tensor):
        return data.tolist()
    return [_plain(x) for x in data] if isinstance(data, list | tuple) else data


def _holds_numpy(data: Any) -> bool:
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return isinstance(data, np.ndarray | np.generic)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The tensor itself where it is one of this dtype, else `tensor(data)`."""
    if isinstance(data, Tensor):
        same = dtype is None or read_dtype(dtype, "as_tensor") == data._value.type.dtype
        return data if same else tensor(data, dtype=dtype)
    return tensor(data, dtype=dtype)


def from_numpy(array: np.ndarray, requires_grad: bool = False) -> Tensor:
    """A tensor of an array, copied, with its dtype."""
    if not isinstance(array, np.ndarray):
        raise CallError(f"gt.from_numpy: an array is due, not {type(array).__name__}")
    return _made(_array(array), requires_grad)


def full(
    size: Any, fill_value: Number, *, dtype: Any = None, requires_grad: bool = False,
    device: Any = None,
) -> Tensor:  # fmt: skip
    """A tensor of one number everywhere."""
    shape = sizes_of(size if isinstance(size, list | tuple) else (size,))
    if dtype is None:
        kind = _array(fill_value).dtype
    else:
        kind = read_dtype(dtype, "full")
    return _filled(shape, fill_value, kind, requires_grad)


def _filled(shape: tuple[int, ...], value: Any, kind: np.dtype, requires_grad: bool) -> Tensor:
    if any(n < 0 for n in shape):
        raise ArgumentError(f"a tensor of shape {shape}", location=user_location())
    from gradloom.ir.graph import literal
    from gradloom.ir.types import tensor_type

    home = here()
    made = Tensor(home, home.filled(literal(value, tensor_type(kind, shape))))
    return made.requires_grad_() if requires_grad else made


def _of_one_number(what: str, value: float) -> Callable[..., Tensor]:
    def function(
        *sizes: Any, size: Any = None, dtype: Any = None, requires_grad: bool = False,
        device: Any = None,
    ) -> Tensor:  # fmt: skip
        kind = _default.dtype if dtype is None else read_dtype(dtype, what)
        shape = sizes_of(sizes if size is None else (size,))
        return _filled(shape, value, kind, requires_grad)

    return function


def arange(
    start: Number, end: Number | None = None, step: Number = 1, *, dtype: Any = None,
    requires_grad: bool = False, device: Any = None,
) -> Tensor:  # fmt: skip
    """The numbers from start to before end."""
    begin, stop = (0, start) if end is None else (start, end)
    array: np.ndarray = np.arange(begin, stop, step)  # type: ignore[arg-type]
    kind = _default.dtype if array.dtype.kind == "f" else INT64
    return _made(
        array.astype(kind if dtype is None else read_dtype(dtype, "arange")), requires_grad
    )


def linspace(
    start: float, end: float, steps: int, *, dtype: Any = None, requires_grad: bool = False,
    device: Any = None,
) -> Tensor:  # fmt: skip
    """So many numbers from start to end, evenly apart."""
    kind = _default.dtype if dtype is None else read_dtype(dtype, "linspace")
    return _made(np.linspace(start, end, steps).astype(kind), requires_grad)


def logspace(
    start: float, end: float, steps: int, base: float = 10.0, *, dtype: Any = None
) -> Tensor:
    """So many powers, of exponents evenly apart."""
    kind = _default.dtype if dtype is None else read_dtype(dtype, "logspace")
    return _made(np.logspace(start, end, steps, base=base).astype(kind), False)


def eye(
    n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False,
    device: Any = None,
) -> Tensor:  # fmt: skip
    """Ones on the diagonal, zeros elsewhere."""
    kind = _default.dtype if dtype is None else read_dtype(dtype, "eye")
    return _made(np.eye(n, m, dtype=kind), requires_grad)


def _like(f: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def function(x: Tensor, *args: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        made = f(tuple(x.shape), *args, dtype=x.dtype if dtype is None else dtype, **kwargs)
        made._lie = layouts.followed("clone", [x], made)
        return made

    return function


# ---- drawn numbers -------------------------------------------------------------------------------


class _Source:
    generator = np.random.default_rng()


_source: Final = _Source()


def manual_seed(seed: int) -> None:
    """Draw the same numbers from now on, whatever was drawn before."""
    with _lock:
        _source.generator = np.random.default_rng(seed)


class Generator:
    """A source of numbers of its own, with a seed."""

    def __init__(self, device: Any = "cpu") -> None:
        self.device = device
        self.seed()

    def manual_seed(self, seed: int) -> Generator:
        """Draw the same numbers from now on."""
        self._seed = int(seed)
        self.numbers = np.random.default_rng(self._seed % 2**64)
        return self

    def seed(self) -> int:
        """Begin with another seed, and say which."""
        self.manual_seed(int(np.random.default_rng().integers(2**53)))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that it began with."""
        return self._seed


def draw(
    f: Callable[[np.random.Generator], np.ndarray], generator: Generator | None = None
) -> np.ndarray:
    """What `f` draws from the current source of numbers, or one of its own."""
    with _lock:
        return f(_source.generator if generator is None else generator.numbers)


zeros: Final = _of_one_number("zeros", 0)
ones: Final = _of_one_number("ones", 1)

FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "tensor": tensor, "as_tensor": as_tensor, "asarray": as_tensor, "from_numpy": from_numpy,
    "full": full, "zeros": zeros,
    "ones": ones, "empty": zeros, "arange": arange, "linspace": linspace, "logspace": logspace,
    "eye": eye,
    "zeros_like": _like(zeros), "ones_like": _like(ones), "empty_like": _like(zeros),
    "full_like": _like(full),
    "manual_seed": manual_seed, "get_default_dtype": get_default_dtype,
}  # fmt: skip
"""By torch's name."""
