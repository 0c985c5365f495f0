"""Which names of numpy the coverage table is about: read from numpy itself, less what has no
meaning in a graph.
"""

from __future__ import annotations

from typing import Final

import numpy as np

OUT_OF_SCOPE: Final[dict[str, str]] = {
    **dict.fromkeys(("array2string", "array_repr", "array_str"), "writes text"),
    **dict.fromkeys(
        ("busday_count", "busday_offset", "is_busday", "datetime_as_string", "isnat"),
        "is about dates",
    ),
    **dict.fromkeys(("save", "savetxt", "savez", "savez_compressed"), "writes files"),
    **dict.fromkeys(("may_share_memory", "shares_memory"), "asks about memory"),
    **dict.fromkeys(
        ("can_cast", "common_type", "min_scalar_type", "result_type"), "asks for types"
    ),
    **dict.fromkeys(("packbits", "unpackbits"), "packs bits into bytes"),
    "einsum_path": "plans, and computes nothing",
}
"""Names that dispatch and are not counted, and why: what each does."""


DIFFERS: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "np.poly(s)",
            "np.linalg.eig(s).eigenvalues",
            "np.sort_complex(np.linalg.eig(a)[0])",
            "np.sort_complex(np.linalg.eigvals(a))",
        ),
        "by design: a program has complex eigenvalues and roots of general matrices also where "
        "numpy, looking at the values, makes them real",
    ),
    **dict.fromkeys(
        (
            "np.polydiv(v, u)",
            "np.polymul(u, v)",
            "np.polymul(v, [1.0, 2.0])",
            "(np.poly1d(u) * np.poly1d(v)).coeffs",
        ),
        "by design: a program keeps leading zeros of polynomials, which numpy drops by the values",
    ),
}
"""Programs whose results differ from numpy's in dtype or shape, as the documentation says."""


def dispatched(module: object = np) -> set[str]:
    """The public names of a namespace that are ufuncs or dispatch by `__array_function__`."""
    return {
        name
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and (isinstance(thing, np.ufunc) or hasattr(thing, "_implementation"))
    }


def surface() -> set[str]:
    """The public attributes and methods of ndarray."""
    return {name for name in dir(np.ndarray) if not name.startswith("_")}
