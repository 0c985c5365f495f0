"""The verifier: whatever breaks a rule is found, and named with the user's line."""

import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import VerifyError
from gradloom.ir.graph import Graph, Literal, Node, Value
from gradloom.ir.location import Location
from gradloom.ir.ops.reduce import Axes
from gradloom.ir.types import ObjectType, parse_type
from gradloom.ir.verify import verify
from tests.fuzz.graphs import graphs

T = parse_type("f64[3]")
SLOW = settings(max_examples=50, suppress_health_check=list(HealthCheck))


@SLOW
@given(graphs(symbolic=True))
def test_what_the_builder_makes_is_sound(case):
    verify(case[0])


def test_a_graph_without_anything_is_sound():
    verify(Graph((), (), ()))


def node(op=o.tanh, operands=(), attrs=None, types=(T,), regions=(), copy=0):
    return Node(op, tuple(operands), attrs, tuple(types), tuple(regions), Location("m.py", 7), copy)


def broken(*nodes, parameters=(), results=()):
    with pytest.raises(VerifyError) as caught:
        verify(Graph(tuple(parameters), tuple(nodes), tuple(results)))
    return caught.value


def test_the_error_names_node_op_and_users_line():
    x = Value(T, name="x")
    error = broken(node(operands=[x]), node(operands=[x, x]), parameters=[x])
    assert str(error).startswith("node 1, tanh: 1 operand due, 2 given\n  m.py:7")


def test_an_operand_is_defined_before_it_is_used():
    x = Value(T, name="x")
    later = node(operands=[x])
    error = broken(node(operands=[later.result]), later, parameters=[x])
    assert "operand 0" in str(error)
    assert "not defined before it is used" in str(error)


def test_a_result_of_the_graph_is_defined():
    assert "result 0 of graph main" in str(broken(results=[Value(T)]))


def test_a_region_captures_nothing():
    x = Value(T, name="x")
    region = Graph((Value(T),), (node(operands=[x]),), ())
    call = node(o.call, [x], o.call.attrs("a"), [], [region])
    assert "a region captures nothing" in str(broken(call, parameters=[x]))
    inner = Graph((Value(T),), (), (x,))
    call = node(o.call, [x], o.call.attrs("a"), [T], [inner])
    assert "a region captures nothing" in str(broken(call, parameters=[x]))


def test_a_value_of_a_region_is_not_seen_outside():
    x, y = Value(T, name="x"), Value(T, name="y")
    region = Graph((y,), (), (y,))
    call = node(o.call, [x], o.call.attrs("a"), [T], [region])
    assert "not defined before" in str(broken(call, parameters=[x], results=[y]))


def test_a_value_is_defined_once():
    x = Value(T, name="x")
    assert "parameter 1 (x)" in str(broken(parameters=[x, x]))
    twice = node(operands=[x])
    assert "defined twice" in str(broken(twice, twice, parameters=[x]))
    region = Graph((x,), (), (x,))
    call = node(o.call, [x], o.call.attrs("a"), [T], [region])
    assert "defined twice" in str(broken(call, parameters=[x]))


def test_results_belong_to_their_node():
    x = Value(T, name="x")
    first, second = node(operands=[x]), node(operands=[x])
    second.results = first.results
    assert "another node made it" in str(broken(second, parameters=[x]))


@pytest.mark.parametrize("types", [(), (T, T), (parse_type("f32[3]"),), (parse_type("f64[n]"),)])
def test_result_types_are_what_the_type_rule_says(types):
    x = Value(T, name="x")
    error = broken(node(operands=[x], types=types), parameters=[x])
    assert "where the type rule says (f64[3])" in str(error)


def test_operands_fit_the_type_rule():
    x, y = Value(T, name="x"), Value(parse_type("f64[4]"), name="y")
    error = broken(node(o.add, [x, y]), parameters=[x, y])
    assert "node 0, add: sizes differ" in str(error)


def test_a_type_rule_that_fails_oddly_is_a_verify_error():
    x = Value(ObjectType(), name="x")
    assert "tanh does not take (object)" in str(broken(node(operands=[x]), parameters=[x]))


def test_attributes_are_of_the_ops_class_and_kinds():
    x = Value(T, name="x")
    scalar = parse_type("f64[]")
    for attrs, says in [
        (None, "the attributes are Axes"),
        (o.argmax.attrs(0), "the attributes are Axes"),
        (Axes([0]), "axes is a tuple of which each is an integer"),
        (Axes((0.0,)), "axes is a tuple"),
        (Axes((True,)), "axes is a tuple"),
    ]:
        assert says in str(broken(node(o.sum, [x], attrs, [scalar]), parameters=[x]))
    assert "there are no attributes" in str(broken(node(o.tanh, [x], Axes((0,))), parameters=[x]))


def test_a_literal_has_its_types_dtype():
    x = Value(T, name="x")
    wrong = Literal(np.float32(1), T)
    assert "another dtype" in str(broken(node(o.add, [x, wrong]), parameters=[x]))
    assert "another dtype" in str(broken(results=[wrong]))


def test_regions_are_due_in_their_number_and_with_their_types():
    x = Value(T, name="x")
    call = node(o.call, [x], o.call.attrs("a"), [T])
    assert "1 region due, 0 given" in str(broken(call, parameters=[x]))
    other = Graph((Value(parse_type("f64[4]")),), (), ())
    call = node(o.call, [x], o.call.attrs("a"), [], [other])
    assert "region takes" in str(broken(call, parameters=[x]))


def test_a_broken_node_inside_a_region_is_found():
    x, y = Value(T, name="x"), Value(T)
    region = Graph((y,), (node(operands=[y, y]),), ())
    call = node(o.call, [x], o.call.attrs("a"), [], [region])
    assert "2 given" in str(broken(call, parameters=[x]))


@pytest.mark.parametrize("consts", [-1, 2])
def test_a_loop_has_as_many_constants_as_operands(consts):
    x = Value(parse_type("bool[]"), name="x")
    regions = [Graph((y,), (), (y,)) for y in (Value(x.type), Value(x.type))]
    loop = node(o.while_, [x], o.while_.attrs(consts), [x.type], regions)
    assert "of 1 operands" in str(broken(loop, parameters=[x]))


def test_a_copy_counts_from_zero_and_no_shape_is_negative():
    x = Value(T, name="x")
    assert "copy -1" in str(broken(node(operands=[x], copy=-1), parameters=[x]))
    negative = T.with_shape((-1, -3))
    reshape = node(o.reshape, [x], o.reshape.attrs((-1, -3)), [negative])
    assert "reshape" in str(broken(reshape, parameters=[x]))


def test_a_hundred_thousand_nodes_and_deep_regions_are_verified():
    def chain(x):
        for _ in range(50_000):
            x = o.tanh(o.sin(x))
        return x

    graph = build.graph_of(chain, [T])
    begun = time.process_time()
    verify(graph)
    assert time.process_time() - begun < 3
    region = Graph((y := Value(T),), (), (y,))
    for _ in range(2_000):
        y = Value(T)
        call = node(o.call, [y], o.call.attrs("a"), [T], [region])
        region = Graph((y,), (call,), (call.result,))
    verify(region)
