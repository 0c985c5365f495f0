import numpy as np
import pytest

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.build import Builder
from gradloom.ir.graph import literal
from gradloom.passes.dce import dce
from gradloom.passes.simplify import LAWS, simplify
from tests.passes.graphs import arrays_for, assert_same_meaning, graph, ops_of

F64 = np.dtype("f8")


def num(x, value):
    return literal(value, x.type)


def region_of(f):
    return lambda x: o.call(x, regions=(graph(f, str(x.type)),), name="piece")[0]


# what is written; its types; the ops that stay (dead ones dropped)
CASES = {
    "x + -0.0": (lambda x: o.add(x, num(x, -0.0)), ["f64[12]"], []),
    "-0.0 + x": (lambda x: o.add(num(x, -0.0), x), ["f64[12]"], []),
    "x + -0.0 complex": (lambda x: o.add(x, num(x, complex(-0.0, -0.0))), ["c128[12]"], []),
    "x + 0.0 stays": (lambda x: o.add(x, num(x, 0.0)), ["f64[12]"], ["add"]),
    "x + neg y": (lambda x, y: o.add(x, o.negative(y)), ["f64[12]"] * 2, ["subtract"]),
    "neg x + y": (lambda x, y: o.add(o.negative(x), y), ["f64[12]"] * 2, ["subtract"]),
    "x - 0": (lambda x: o.subtract(x, num(x, 0.0)), ["f64[12]"], []),
    "x - -0.0 stays": (lambda x: o.subtract(x, num(x, -0.0)), ["f64[12]"], ["subtract"]),
    "-0.0 - x": (lambda x: o.subtract(num(x, -0.0), x), ["f64[12]"], ["negative"]),
    "0.0 - x stays": (lambda x: o.subtract(num(x, 0.0), x), ["f64[12]"], ["subtract"]),
    "x - neg y": (lambda x, y: o.subtract(x, o.negative(y)), ["f32[12]"] * 2, ["add"]),
    "x - x stays": (lambda x: o.subtract(x, x), ["f64[12]"], ["subtract"]),
    "x * 1": (lambda x: o.multiply(x, num(x, 1)), ["f64[12]"], []),
    "1 * x": (lambda x: o.multiply(num(x, 1), x), ["f32[12]"], []),
    "x * 1 complex stays": (lambda x: o.multiply(x, num(x, 1)), ["c128[12]"], ["multiply"]),
    "x * 0 stays": (lambda x: o.multiply(x, num(x, 0)), ["f64[12]"], ["multiply"]),
    "x * -1": (lambda x: o.multiply(x, num(x, -1)), ["f64[12]"], ["negative"]),
    "neg x * neg y": (
        lambda x, y: o.multiply(o.negative(x), o.negative(y)),
        ["f64[12]"] * 2,
        ["multiply"],
    ),
    "neg x * 3": (lambda x: o.multiply(o.negative(x), num(x, 3)), ["f64[12]"], ["multiply"]),
    "3 * neg x": (lambda x: o.multiply(num(x, 3), o.negative(x)), ["f64[12]"], ["multiply"]),
    "x / 1": (lambda x: o.divide(x, num(x, 1)), ["f64[12]"], []),
    "x / 8": (lambda x: o.divide(x, num(x, 8)), ["f64[12]"], ["multiply"]),
    "x / -0.25": (lambda x: o.divide(x, num(x, -0.25)), ["f32[12]"], ["multiply"]),
    "x / 3 stays": (lambda x: o.divide(x, num(x, 3)), ["f64[12]"], ["divide"]),
    "x / 2**1023 stays": (lambda x: o.divide(x, num(x, 2.0**1023)), ["f64[12]"], ["divide"]),
    "x / inf stays": (lambda x: o.divide(x, num(x, np.inf)), ["f64[12]"], ["divide"]),
    "neg x / neg y": (
        lambda x, y: o.divide(o.negative(x), o.negative(y)),
        ["f64[12]"] * 2,
        ["divide"],
    ),
    "neg neg x": (lambda x: o.negative(o.negative(x)), ["f64[12]"], []),
    "abs neg x": (lambda x: o.abs(o.negative(x)), ["f64[12]"], ["abs"]),
    "square neg x": (lambda x: o.square(o.negative(x)), ["f64[12]"], ["square"]),
    "floor floor x": (lambda x: o.floor(o.floor(x)), ["f64[12]"], ["floor"]),
    "x ** 1": (lambda x: o.power(x, num(x, 1)), ["f64[12]"], []),
    "x ** 2": (lambda x: o.power(x, num(x, 2)), ["f64[12]"], ["square"]),
    "x ** 2 whole": (lambda x: o.power(x, num(x, 2)), ["i32[12]"], ["square"]),
    "x ** 0.5 stays": (lambda x: o.power(x, num(x, 0.5)), ["f64[12]"], ["power"]),
    "x ** 2 complex stays": (lambda x: o.power(x, num(x, 2)), ["c128[12]"], ["power"]),
    "conj of real": (lambda x: o.conj(x), ["f64[12]"], []),
    "conj conj": (lambda x: o.conj(o.conj(x)), ["c128[12]"], []),
    "conj complex": (
        lambda x, y: o.conj(o.complex(x, y)),
        ["f64[12]"] * 2,
        ["negative", "complex"],
    ),
    "real complex": (lambda x, y: o.real(o.complex(x, y)), ["f64[12]"] * 2, []),
    "imag complex": (lambda x, y: o.imag(o.complex(x, y)), ["f64[12]"] * 2, []),
    "real conj": (lambda x: o.real(o.conj(x)), ["c128[12]"], ["real"]),
    "imag conj": (lambda x: o.imag(o.conj(x)), ["c128[12]"], ["imag", "negative"]),
    "complex of parts": (lambda x: o.complex(o.real(x), o.imag(x)), ["c128[12]"], []),
    "where same": (lambda c, x: o.where(c, x, x), ["bool[12]", "f64[12]"], []),
    "where true": (
        lambda c, x, y: o.where(num(c, True), x, y),
        ["bool[12]", "f64[12]", "f64[12]"],
        [],
    ),
    "where not": (
        lambda c, x, y: o.where(o.logical_not(c), x, y),
        ["bool[12]", "f64[12]", "f64[12]"],
        ["where"],
    ),
    "not not": (lambda x: o.logical_not(o.logical_not(x)), ["bool[12]"], []),
    "maximum same": (lambda x: o.maximum(x, x), ["f64[12]"], []),
    "and true": (lambda x: o.logical_and(num(x, True), x), ["bool[12]"], []),
    "or true": (lambda x: o.logical_or(x, num(x, True)), ["bool[12]"], []),
    "astype same": (lambda x: o.astype(x, dtype=F64), ["f64[12]"], []),
    "astype there and back": (
        lambda x: o.astype(o.astype(x, dtype=F64), dtype=np.dtype("f4")),
        ["f32[12]"],
        [],
    ),
    "astype by way of": (
        lambda x: o.astype(o.astype(x, dtype=np.dtype("i8")), dtype=F64),
        ["i32[12]"],
        ["astype"],
    ),
    "astype narrow and back stays": (
        lambda x: o.astype(o.astype(x, dtype=np.dtype("f4")), dtype=F64),
        ["f64[12]"],
        ["astype"] * 2,
    ),
    "x + 0 whole": (lambda x: o.add(num(x, 0), x), ["i64[12]"], []),
    "x * 0 whole": (lambda x: o.multiply(x, num(x, 0)), ["i64[12]"], []),
    "x + 1 + 2 whole": (lambda x: o.add(num(x, 2), o.add(x, num(x, 1))), ["i64[12]"], ["add"]),
    "x + 1 - 1 whole": (lambda x: o.subtract(o.add(x, num(x, 1)), num(x, 1)), ["i64[12]"], []),
    "x * 100 * 100 wraps": (
        lambda x: o.multiply(o.multiply(x, num(x, 100)), num(x, 100)),
        ["i8[12]"],
        ["multiply"],
    ),
    "x - x whole": (lambda x: o.subtract(x, x), ["i64[12]"], []),
    "x - 1 unsigned": (lambda x: o.subtract(x, num(x, 1)), ["u8[12]"], ["add"]),
    "neg (x - y) whole": (lambda x, y: o.negative(o.subtract(x, y)), ["i64[12]"] * 2, ["subtract"]),
    "x // 1": (lambda x: o.floor_divide(x, num(x, 1)), ["i64[12]"], []),
    "x % 1": (lambda x: o.remainder(x, num(x, 1)), ["i64[12]"], []),
    "x << 0": (lambda x: o.left_shift(x, num(x, 0)), ["i64[12]"], []),
    "x <= x whole": (lambda x: o.less_equal(x, x), ["i64[12]"], []),
    "x <= x float stays": (lambda x: o.less_equal(x, x), ["f64[12]"], ["less_equal"]),
    "reshape reshape": (
        lambda x: o.reshape(o.reshape(x, shape=(12,)), shape=(3, 4)),
        ["f64[2,6]"],
        ["reshape"],
    ),
    "reshape there and back": (
        lambda x: o.reshape(o.reshape(x, shape=(12,)), shape=(2, 6)),
        ["f64[2,6]"],
        [],
    ),
    "reshape with a named size": (
        lambda x: o.reshape(o.reshape(x, shape=(x.type.size,)), shape=x.type.shape),
        ["f64[n,6]"],
        [],
    ),
    "reshape of a number": (
        lambda x: o.add(x, o.reshape(num(x, 2), shape=(12,))),
        ["f64[12]"],
        ["add"],
    ),
    "permute permute": (
        lambda x: o.permute_dims(o.permute_dims(x, perm=(1, 2, 0)), perm=(1, 2, 0)),
        ["f64[2,3,4]"],
        ["permute_dims"],
    ),
    "permute and back": (
        lambda x: o.permute_dims(o.permute_dims(x, perm=(1, 2, 0)), perm=(2, 0, 1)),
        ["f64[2,3,4]"],
        [],
    ),
    "permute nothing": (lambda x: o.permute_dims(x, perm=(0, 1)), ["f64[2,3]"], []),
    "permute of ones": (lambda x: o.permute_dims(x, perm=(1, 0, 2)), ["f64[2,1,4]"], ["reshape"]),
    "broadcast broadcast": (
        lambda x: o.broadcast_to(o.broadcast_to(x, shape=(2, 3)), shape=(4, 2, 3)),
        ["f64[3]"],
        ["broadcast_to"],
    ),
    "broadcast to ones": (lambda x: o.broadcast_to(x, shape=(1, 3)), ["f64[3]"], ["reshape"]),
    "broadcast to the same": (lambda x: o.broadcast_to(x, shape=(3,)), ["f64[3]"], []),
    "flip flip": (lambda x: o.flip(o.flip(x, axes=(0, 1)), axes=(1,)), ["f64[2,3]"], ["flip"]),
    "flip of ones": (lambda x: o.flip(x, axes=(0, 1)), ["f64[1,3]"], ["flip"]),
    "slice of all": (lambda x: o.slice(x, start=(0,), stop=(12,), step=(1,)), ["f64[12]"], []),
    "slice slice": (
        lambda x: o.slice(
            o.slice(x, start=(1,), stop=(12,), step=(2,)), start=(1,), stop=(6,), step=(2,)
        ),
        ["f64[12]"],
        ["slice"],
    ),
    "slice of an empty slice": (
        lambda x: o.slice(
            o.slice(x, start=(9,), stop=(12,), step=(2,)), start=(2,), stop=(2,), step=(1,)
        ),
        ["f64[12]"],
        ["slice"] * 2,
    ),
    "concatenate one": (lambda x: o.concatenate(x, axis=0), ["f64[12]"], []),
    "concatenate empties": (
        lambda x, y: o.concatenate(x, y, x, axis=0),
        ["f64[3,2]", "f64[0,2]"],
        ["concatenate"],
    ),
    "pad by nothing": (
        lambda x: o.pad(x, literal(0.0, x.type.with_shape(())), low=(0,), high=(0,), interior=(0,)),
        ["f64[12]"],
        [],
    ),
    "max of ones": (lambda x: o.max(x, axes=(1,)), ["f64[12,1]"], ["reshape"]),
    "prod of ones": (lambda x: o.prod(x, axes=(1,)), ["f64[12,1]"], ["reshape"]),
    "sum of ones stays": (lambda x: o.sum(x, axes=(1,)), ["f64[12,1]"], ["sum"]),
    "sum of ones whole": (lambda x: o.sum(x, axes=(1,)), ["i64[12,1]"], ["reshape"]),
    "laws in a row": (
        lambda x: o.negative(o.negative(o.multiply(o.conj(x), num(x, 1)))),
        ["f64[12]"],
        [],
    ),
    "a law inside a region": (
        region_of(lambda x: o.negative(o.negative(o.tanh(x)))),
        ["f64[12]"],
        ["call"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_law_leaves_these_ops_and_the_same_bits(case):
    f, types, expected = CASES[case]
    g = graph(f, *types)
    new = dce(simplify(g))
    assert ops_of(new) == expected
    if g.symbols:
        return
    for seed in range(3):
        assert_same_meaning(g, new, arrays_for(g, seed))


def test_every_law_is_shown_by_a_case():
    shown = set()
    for f, types, _ in CASES.values():
        with build.scope(Builder()):
            shown |= {
                law
                for node in graph(f, *types)
                for law in LAWS.get(node.op, ())
                if law(node) is not None
            }
    assert {law for laws in LAWS.values() for law in laws} - shown == set()


def test_every_law_states_itself():
    assert all(law.__doc__ for laws in LAWS.values() for law in laws)


def test_a_simplified_graph_is_given_back():
    for f, types, _ in CASES.values():
        new = simplify(graph(f, *types))
        assert simplify(new) is new


def test_regions_are_simplified():
    g = graph(CASES["a law inside a region"][0], "f64[12]")
    assert ops_of(dce(simplify(g)).nodes[0].regions[0]) == ["tanh"]
