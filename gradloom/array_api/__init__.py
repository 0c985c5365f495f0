"""The array-API standard 2024.12, eager on every backend and traced by every transform.

    >>> import gradloom as gl
    >>> xp = gl.array_api
    >>> x = xp.asarray([0.0, 1.0, 2.0])
    >>> xp.sum(xp.exp(-x) * x)
    Array(0.63854898, dtype=float64)

The functions are numpy programs. On numpy arrays they run as they are; `with xp.use("torch"):` or
`xp = gl.array_api.namespace("torch")` makes arrays that live on torch (JAX, TensorFlow), where
every function is compiled for the types it meets and kept. Inside `gl.grad`, `gl.vmap`,
`gl.compile` and the rest they are recorded, and an `Array` may be an argument and a result:

    >>> gl.grad(lambda x: xp.sum(x**2))(x)
    Array([0., 2., 4.], dtype=float64)

Dtypes follow the standard's table: kinds do not mix (`TypeError`), and Python numbers take the
dtype of the array beside them.
"""

from __future__ import annotations

import math
from typing import Final

from gradloom.array_api import fft, linalg
from gradloom.array_api.array import Array
from gradloom.array_api.creation import (
    arange,
    asarray,
    empty,
    empty_like,
    eye,
    from_dlpack,
    full,
    full_like,
    linspace,
    meshgrid,
    ones,
    ones_like,
    tril,
    triu,
    zeros,
    zeros_like,
)
from gradloom.array_api.data_types import (
    astype,
    can_cast,
    finfo,
    iinfo,
    isdtype,
    result_type,
)
from gradloom.array_api.dtypes import (
    bool,
    complex64,
    complex128,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from gradloom.array_api.elementwise import FUNCTIONS as _ELEMENTWISE
from gradloom.array_api.indexing import count_nonzero, nonzero, take, take_along_axis
from gradloom.array_api.info import Info as __array_namespace_info__
from gradloom.array_api.linalg import matmul, matrix_transpose, tensordot, vecdot
from gradloom.array_api.manipulation import (
    broadcast_arrays,
    broadcast_to,
    concat,
    expand_dims,
    flip,
    moveaxis,
    permute_dims,
    repeat,
    reshape,
    roll,
    squeeze,
    stack,
    tile,
    unstack,
)
from gradloom.array_api.namespace import VERSION as __array_api_version__
from gradloom.array_api.namespace import namespace
from gradloom.array_api.operators import install as _install
from gradloom.array_api.places import use
from gradloom.array_api.searching import argmax, argmin, argsort, searchsorted, sort, where
from gradloom.array_api.sets import unique_all, unique_counts, unique_inverse, unique_values
from gradloom.array_api.statistical import (
    all,
    any,
    cumulative_prod,
    cumulative_sum,
    diff,
    max,
    mean,
    min,
    prod,
    std,
    sum,
    var,
)

e: Final = math.e
pi: Final = math.pi
inf: Final = math.inf
nan: Final = math.nan
newaxis: Final = None

_install()
globals().update(_ELEMENTWISE)
