"""Python's builtins on traced values that have no numbers yet: what converted code calls in place
of `min`, `sorted`, `any`, `float`, `print`, `isinstance`, `len` and the like.

On plain values each gives what Python gives. `calling` hands converted functions to those that call
functions; `method_of` is for methods of lists and tuples.
"""

from __future__ import annotations

import bisect
import heapq
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from gradloom.frontend.builtins.called import (
    HIGHER_ORDER,
    METHODS,
    calling,
    method_of,
    methods_by_kind,
)  # fmt: skip
from gradloom.frontend.builtins.choices import maximum_of, minimum_of
from gradloom.frontend.builtins.looks import (
    callable_of,
    getattr_of,
    hasattr_of,
    isinstance_of,
    len_of,
    type_of,
)
from gradloom.frontend.builtins.numbers import complex_of, float_of, int_of, sum_of
from gradloom.frontend.builtins.order import (
    largest_of,
    left_place,
    right_place,
    smallest_of,
    sorted_of,
)
from gradloom.frontend.builtins.shown import print_of
from gradloom.frontend.builtins.truth import (
    all_of,
    any_of,
    bool_of,
    contains_of,
    count_of,
    not_of,
    place_of,
)

BUILTINS: Final[Mapping[Any, Callable[..., Any]]] = {
    min: minimum_of, max: maximum_of, sorted: sorted_of, any: any_of, all: all_of, bool: bool_of,
    int: int_of, float: float_of, complex: complex_of, sum: sum_of, print: print_of,
    isinstance: isinstance_of, type: type_of, hasattr: hasattr_of,
    getattr: getattr_of, callable: callable_of, len: len_of,
    operator.not_: not_of, operator.truth: bool_of, operator.contains: contains_of,
    operator.countOf: count_of, operator.indexOf: place_of,
    heapq.nsmallest: smallest_of, heapq.nlargest: largest_of,
    bisect.bisect_left: left_place, bisect.bisect_right: right_place,
}  # fmt: skip
"""Python's builtin -> what converted code calls in its place."""

__all__ = [
    "BUILTINS",
    "HIGHER_ORDER",
    "METHODS",
    "all_of",
    "any_of",
    "bool_of",
    "calling",
    "contains_of",
    "float_of",
    "int_of",
    "len_of",
    "maximum_of",
    "method_of",
    "methods_by_kind",
    "minimum_of",
    "not_of",
    "print_of",
    "sorted_of",
]
