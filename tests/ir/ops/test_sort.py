import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError
from gradloom.ir.interpret import interpret
from gradloom.ir.types import parse_type, type_of
from gradloom.passes.linearize import jvp


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([0.0, -0.0, 1.0, -1.0, np.nan, np.inf]), max_size=8))
def test_argsort_reads_what_sort_gives_bit_by_bit(row: list[float]):
    x = np.array(row)
    both = build.graph_of(lambda x: (o.sort(x, axis=0), o.argsort(x, axis=0)), [type_of(x)])
    ordered, places = interpret(both, [x])
    assert ordered.tobytes() == x[places].tobytes()


def test_tangents_of_equal_elements_keep_their_order():
    x, t = np.array([2.0, 1.0, 2.0, 1.0]), np.array([0.0, 1.0, 2.0, 3.0])
    g = build.graph_of(lambda x: o.sort(x, axis=0), [type_of(x)])
    assert interpret(jvp(g, [True]), [x, t])[1].tolist() == [1.0, 3.0, 0.0, 2.0]


def test_complex_numbers_have_no_order():
    with pytest.raises(DtypeError, match="sort is not defined for c64"):
        build.graph_of(lambda x: o.sort(x, axis=0), [parse_type("c64[3]")])
