"""The torch backend: tensors on a device, the emitted function run line by line."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.backends.backend import Backend, Dialect, Runner
from gradloom.backends.frees import freeing_plan
from gradloom.backends.site import Site
from gradloom.backends.torch import special, window
from gradloom.backends.torch.kernels import CALLS
from gradloom.backends.torch.table import ABSENT, TABLE
from gradloom.ir import ops as o
from gradloom.ir.types import DType


def _dtype(dtype: DType) -> str:
    return f"torch.{dtype.name}"


def _full(shape: str, number: str, dtype: str, site: Site) -> str:
    return f"torch.full({shape}, {number}, dtype={dtype}, device={site.device()})"


def _constant(text: str, cast: str) -> str:
    made = f"torch.from_numpy({text})" if text.endswith(")") else text
    return f"{made}.to({cast})" if cast else made


def _is_native(value: Any) -> bool:
    import torch

    return isinstance(value, torch.Tensor)


def _from_numpy(array: Any, device: str | None) -> Any:
    import torch

    given = np.asarray(array)
    if given.dtype.char in "qQ":  # equal to int64 and uint64, and not known to torch
        given = given.view(f"{given.dtype.kind}8")
    if given.dtype.kind == "V":
        bits = np.array(given).view(f"int{given.dtype.itemsize * 8}")
        made = torch.from_numpy(bits).view(getattr(torch, given.dtype.name))
    else:
        whole = given.flags.writeable and all(s >= 0 for s in given.strides)
        made = torch.from_numpy(given if whole and given.dtype.isnative else np.array(given))
    return made if device is None else made.to(device)


def _to_numpy(value: Any) -> Any:
    import torch

    tensor = value.detach().cpu().resolve_conj().resolve_neg()
    name = str(tensor.dtype).removeprefix("torch.")
    if name.startswith(("bfloat", "float8")):
        import ml_dtypes

        bits = torch.int8 if tensor.element_size() == 1 else torch.int16
        return tensor.contiguous().view(bits).numpy().view(getattr(ml_dtypes, name))
    return tensor.numpy()


def _as_numpy_raises(main: Callable[..., Any]) -> Callable[..., Any]:
    """`main`, where what numpy tells by a `LinAlgError` is told by one."""
    import torch

    told = torch.linalg.LinAlgError

    def run(*tensors: Any) -> Any:
        try:
            return main(*tensors)
        except told as error:
            raise np.linalg.LinAlgError(str(error)) from error
        except RuntimeError as error:
            if "should not contain infs or NaNs" not in str(error):  # what `eig` is given
                raise
            raise np.linalg.LinAlgError("Array must not contain infs or NaNs") from error

    return run


def _optimized(main: Callable[..., Any]) -> Callable[..., Any]:
    import torch

    made: Callable[..., Any] = torch.compile(main, dynamic=False)
    return made


def _devices() -> tuple[str, ...]:
    import torch

    with warnings.catch_warnings():  # a driver that is too old is told as a warning: no such device
        warnings.simplefilter("ignore")
        return ("cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count())))


BACKEND: Final = Backend(
    name="torch",
    package="torch",
    extra="torch",
    table=TABLE,
    absences=ABSENT,
    dialect=Dialect(
        imports=("import torch",),
        names=("torch", "np", "device", "F"),
        dtype=_dtype,
        scalar=lambda number, dtype: f"torch.tensor({number}, dtype={dtype})",
        full=_full,
        constant=_constant,
        bare_numbers=lambda dtype: True,
    ),
    runner=Runner(
        is_native=_is_native,
        from_numpy=_from_numpy,
        to_numpy=_to_numpy,
        devices=_devices,
        compile=_as_numpy_raises,
        optimize=_optimized,
    ),
    plan=freeing_plan,
    silent=lambda device: frozenset([o.triangular_solve]),  # which divides by 0
    serves={o.conv: window.serves, **special.SERVES},
    calls=CALLS,
)
