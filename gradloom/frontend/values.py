"""Objects of ours that hold the user's arrays in attributes and never change: `gl.nn`'s modules.

Where a program reaches one from outside its arguments, another with the same settings does as well:
a model after a step of training. Where one is an argument, its settings are part of the program;
functions among them may reach arrays, which are read anew at every call like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import optree

from gradloom.frontend.growing import NAMESPACE

VALUES: Final[dict[type, Callable[[Any], Mapping[str, Any]]]] = {}
"""Their classes, and what gives the settings of one."""
_PLAIN: Final = (bool, int, float, complex, str, bytes, type(None), np.dtype, type)


def is_value(x: object) -> bool:
    """Whether `x` is such an object."""
    return isinstance(x, tuple(VALUES))


def settings_in(tree: Any) -> dict[str, Any]:
    """The settings of such objects in a pytree, by name, but for plain numbers and strings."""
    found: dict[str, Any] = {}

    def look(x: Any) -> bool:
        for kind, settings_of in VALUES.items():
            if isinstance(x, kind):
                for name, setting in settings_of(x).items():
                    if not isinstance(setting, _PLAIN):
                        found[f"{type(x).__name__}.{name} ({len(found)})"] = setting
        return False

    if VALUES:
        optree.tree_flatten(tree, is_leaf=look, namespace=NAMESPACE)
    return found
