"""Sets: what is distinct, common, missing. How many elements come out depends on values.

Where the values are at hand numpy says which elements they are, and those are gathered; the
derivative of a set goes to the first element of each kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.axes import one_axis
from gradloom.frontend.numpy.lift import Array, as_array, at_hand, lift
from gradloom.frontend.numpy.unknown import unique_of_unknown, unique_slices_of_unknown
from gradloom.frontend.selection import Selected, is_selected
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import wrap
from gradloom.ir.dims import Dim
from gradloom.ir.graph import literal
from gradloom.ir.types import tensor_type

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

# ---- distinct elements ---------------------------------------------------------------------------


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """What `np.unique` gives, in order also where `sorted=False` allows any."""
    x = as_array(ar)
    value = at_hand(x)
    asked = (return_index, return_inverse, return_counts)
    if value is None:
        along = None if axis is None else one_axis("unique", axis, x.ndim)
        if along is None or x.ndim == 1:
            return _asked(unique_of_unknown(x, equal_nan), asked)
        return _asked(unique_slices_of_unknown(x, along), asked)
    if axis is not None:
        axis = one_axis("unique", axis, x.ndim)
    _, index, inverse, counts = np.unique(
        value, True, True, True, axis=axis, equal_nan=equal_nan, sorted=sorted
    )
    found = np.ravel(x)[index] if axis is None else np.take(x, index, axis)
    return _asked((found, index, inverse, counts), asked)


def _asked(parts: tuple[Any, ...], asked: tuple[bool, ...]) -> Any:
    """The elements alone, or a tuple of them and what was asked for."""
    more = [part for part, wanted in zip(parts[1:], asked, strict=True) if wanted]
    return (parts[0], *more) if more else parts[0]


_ALL: Final[Any] = type(np.unique_all(np.zeros(1)))
_COUNTS: Final[Any] = type(np.unique_counts(np.zeros(1)))
_INVERSE: Final[Any] = type(np.unique_inverse(np.zeros(1)))


def unique_all(x: Any) -> Any:
    """Distinct elements, where each stands first, which one every element is, and how often."""
    return _ALL(*unique(x, True, True, True, equal_nan=False))


def unique_counts(x: Any) -> Any:
    """Distinct elements, and how often each occurs."""
    return _COUNTS(*unique(x, return_counts=True, equal_nan=False))


def unique_inverse(x: Any) -> Any:
    """Distinct elements, and which one every element is."""
    return _INVERSE(*unique(x, return_inverse=True, equal_nan=False))


def unique_values(x: Any) -> Any:
    """Distinct elements, in numpy's order where values are at hand: its own hash table's."""
    value = at_hand(x)
    found = unique(x, equal_nan=False)
    if value is None or not value.size:
        return found
    wanted, (ours, index) = np.unique_values(value), np.unique(value, True, equal_nan=False)
    order = np.lexsort((wanted.imag, wanted.real)) if wanted.dtype.kind == "c" else None
    order = np.argsort(wanted, kind="stable") if order is None else order
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return np.ravel(as_array(x))[index[place]] if len(ours) == len(wanted) else found


# ---- two sets ------------------------------------------------------------------------------------


def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """What `np.intersect1d` gives: the common elements in order, and where they stand first."""
    assume_unique = bool(assume_unique)
    if not return_indices and at_hand(ar1) is None:
        kept = unique(ar1)
        return kept[isin(kept, ar2)]
    if not assume_unique:
        first, at1 = unique(ar1, return_index=True)
        second, at2 = unique(ar2, return_index=True)
    else:
        first, second = np.ravel(as_array(ar1)), np.ravel(as_array(ar2))
    both = np.concatenate((first, second))
    order = np.argsort(both, kind="stable")
    row = both[order]
    twice = row[1:] == row[:-1]
    found = row[:-1][twice]
    if not return_indices:
        return found
    one, two = order[:-1][twice], order[1:][twice] - first.size
    return (found, one, two) if assume_unique else (found, as_array(at1)[one], as_array(at2)[two])


def union1d(ar1: Any, ar2: Any) -> Any:
    """What `np.union1d` gives."""
    return unique(np.concatenate((as_array(ar1), as_array(ar2)), axis=None))


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """What `np.setxor1d` gives: the elements that one of both has."""
    assume_unique = bool(assume_unique)
    if at_hand(ar1) is None and as_array(ar1).dtype.kind in "biu":
        both = union1d(ar1, ar2)
        return both[np.logical_xor(isin(both, ar1), isin(both, ar2))]
    sides = (ar1, ar2) if assume_unique else (unique(ar1), unique(ar2))
    row = np.concatenate([as_array(x) for x in sides], axis=None)
    if row.size == 0:
        return row
    row = np.sort(row)
    ends = np.ones(1, bool)
    new = np.concatenate((ends, row[1:] != row[:-1], ends))
    return row[np.logical_and(new[1:], new[:-1])]


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """What `np.setdiff1d` gives: the elements of the first that the second lacks."""
    first = np.ravel(as_array(ar1)) if assume_unique else unique(ar1)
    return first[isin(first, ar2, assume_unique=True, invert=True)]


# ---- membership ----------------------------------------------------------------------------------

_FEW: Final = 16
"""So many elements of a set are compared one by one; more are sorted and searched."""


def isin(
    element: Any,
    test_elements: Any,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: Any = None,
) -> Any:
    """What `np.isin` gives; `kind` and `assume_unique` change how, not what."""
    if is_selected(element):
        found: Any = isin(element.data, test_elements, assume_unique, invert, kind=kind)
        return Selected(found, element.held, element.axis, element.mask)
    x, given = as_array(element), np.ravel(as_array(test_elements))
    _require_kind(kind, x, given)
    count: Any = given.shape[0]
    if not isinstance(count, Dim) and count <= _FEW:
        found = wrap(literal(False, tensor_type(np.dtype(bool), x.shape)), "array")
        for i in range(count):
            found = np.logical_or(found, np.equal(x, given[i]))
    else:
        found = _searched(x, given)
    found = np.logical_not(found) if invert else found
    return wrap(lift(found).here(require_trace()), "array")


def _require_kind(kind: Any, x: Array, given: Array) -> None:
    if kind not in (None, "sort", "table"):
        raise ValueError(f"Invalid kind: '{kind}'. Please use None, 'sort' or 'table'.")
    if kind == "table" and not (x.dtype.kind in "biu" and given.dtype.kind in "biu"):
        raise ValueError(
            "The 'table' method is only supported for boolean or integer arrays. "
            "Please select 'sort' or None for kind."
        )


def _searched(x: Array, given: Array) -> Any:
    dtype = np.result_type(x.dtype, given.dtype)
    row, wanted = np.sort(given.astype(dtype)), x.astype(dtype)
    place = np.minimum(np.searchsorted(row, wanted), row.shape[0] - 1)
    return np.equal(row[place], wanted)


TABLE: Final[Table] = {
    np.unique: unique,
    np.unique_all: unique_all,
    np.unique_counts: unique_counts,
    np.unique_inverse: unique_inverse,
    np.unique_values: unique_values,
    np.intersect1d: intersect1d,
    np.union1d: union1d,
    np.setxor1d: setxor1d,
    np.setdiff1d: setdiff1d,
    np.isin: isin,
}
