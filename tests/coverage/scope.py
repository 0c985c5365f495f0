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
