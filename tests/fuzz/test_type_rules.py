"""Type rules on attributes and operands that no frontend makes: refused, or numpy agrees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradloom.ir import ops as o
from gradloom.ir.attributes import any_item, hints_of, is_tuple, item_hints
from gradloom.ir.constants import Constant
from gradloom.ir.errors import GradloomError
from gradloom.ir.op import Op
from gradloom.ir.types import Dim, TensorType, dtype_of, tensor_type
from gradloom.ir.verify import inferred, wrong_counts

PLAIN = [
    op for op in map(o.by_name, sorted(o.builtin_ops())) if not op.regions and op.effect is None
]
SMALL = settings(max_examples=40, suppress_health_check=list(HealthCheck))

dtypes = st.sampled_from(["f64", "f32", "i64", "bool", "c128", "u8"]).map(dtype_of)
shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)
types = st.builds(tensor_type, dtypes, shapes)


def of_hints(hints: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Any value of one of these alternatives, small numbers the likelier."""
    return st.one_of([_of_hint(h) for h in hints if h is not Dim])


def _of_hint(hint: Any) -> st.SearchStrategy[Any]:
    if is_tuple(hint):
        each = item_hints(hint)
        if each is None:
            return st.lists(of_hints(any_item(hint)), max_size=4).map(tuple)
        return st.tuples(*map(of_hints, each))
    known: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(-2, 4) | st.sampled_from([-1000, 2**31, 2**62]),
        float: st.floats(),
        str: st.text("abc01i", max_size=4) | st.sampled_from(["set", "add", "max", "sum"]),
        np.dtype: dtypes,
        TensorType: types,
        Constant: types.map(lambda t: Constant(np.zeros(t.shape, t.dtype))),  # type: ignore[arg-type]
    }
    return known.get(hint, st.none())


@st.composite
def applications(draw: Any, op: Op) -> tuple[Any, list[TensorType]]:
    """Attributes and operand types for an op, mostly wrong, often nearly right."""
    count = draw(st.integers(0, 4)) if op.variadic else op.arity
    first = draw(types)
    again = st.sampled_from([first, first, first.with_shape(first.shape[1:])])
    rest = [draw(again | types) for _ in range(count - 1)]
    attrs = None
    if op.attrs is not None:
        hints = hints_of(op.attrs)
        attrs = op.attrs(**{name: draw(of_hints(h)) for name, h in hints.items()})
    return attrs, [first, *rest][:count]


@pytest.mark.parametrize("op", PLAIN, ids=lambda op: op.name)
def test_a_type_rule_refuses_or_agrees_with_numpy(op):
    @SMALL
    @given(applications(op))
    def check(case):
        attrs, given_types = case
        if wrong_counts(op, len(given_types), 0):
            return
        try:
            due = inferred(op, attrs, given_types)
        except GradloomError:
            return
        if any(d > 10_000 for t in due for d in t.shape) or any(t.size > 10_000 for t in due):
            return  # true, and too large to try
        arrays = [harmless(op, t) for t in given_types]
        with np.errstate(all="ignore"):
            made = op.numpy(*arrays) if attrs is None else op.numpy(attrs, *arrays)
        outputs = [np.asarray(a) for a in (made if isinstance(made, tuple) else (made,))]
        assert [(a.dtype, a.shape) for a in outputs] == [(t.dtype, t.shape) for t in due]

    check()


def harmless(op: Op, type: TensorType) -> np.ndarray:
    """An array inside the op's domain: a regular matrix, indices that are there, or ones."""
    shape: Any = type.shape
    if op.name in ("cholesky", "inv", "solve") and len(shape) > 1:
        return np.broadcast_to(np.eye(*shape[-2:], dtype=type.dtype), shape)
    indexed = op.name in ("gather", "scatter") and type.dtype.kind in "iu"
    return np.full(shape, 0 if indexed else 1, type.dtype)
