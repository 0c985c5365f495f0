"""A tour of gradloom, top to bottom, in one program that runs: `python docs/tour.py`.

Read it beside the files it names. Each part says where the real thing stands, uses it, and checks
what it claims. Nothing here is a toy version: these ops, passes and tables are the ones every
user's program goes through.
"""

import numpy as np

import gradloom as gl
from gradloom import backends
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.interpret import interpret
from gradloom.ir.op import Op, Partials
from gradloom.ir.ops.rules import same_axes
from gradloom.ir.types import parse_type
from gradloom.ir.verify import verify
from gradloom.passes import batch, linearize, transpose

# ---- 1. A program is data --------------------------------------------------------------------
# gradloom/ir/graph.py. A graph is a list of nodes in order. A node applies an op to operands and
# defines values. An operand is a value, or a literal: a number that stands inline and counts as
# an array of any shape. That is all there is. A region (the branch of a `cond`, the body of a
# `scan`) is again a graph.

by_hand = build.graph_of(lambda x: o.tanh(x) * 2, [parse_type("f64[3]")], ["x"], "double_tanh")
print(by_hand)
assert [node.op.name for node in by_hand] == ["tanh", "multiply"]

# Calling an op adds a node to the builder in scope (gradloom/ir/build.py): `graph_of` opens one,
# gives the function values of these types, and collects what it does. Types were inferred on
# the way; the verifier infers them again.

verify(by_hand)

# Text is another spelling of the same thing (gradloom/ir/text.py and parse.py).

assert gl.parse(str(by_hand)) == by_hand

# What a graph means is said by one short interpreter (gradloom/ir/interpret.py): for each node,
# call the op's numpy meaning. Every other way of running a graph is compared with this one.

x = np.array([0.1, 0.2, 0.3])
(result,) = interpret(by_hand, [x])
assert np.array_equal(result, np.tanh(x) * 2)

# ---- 2. An op is one value, and its rules are its fields -------------------------------------
# gradloom/ir/op.py says what each rule looks like; gradloom/ir/ops/elementwise.py has some
# seventy of them. An op that lacks a rule does not import. Here is a new one, made outside the
# package as a user would make it: x log x, which is 0 at 0.


def xlogx_numpy(x: np.ndarray) -> np.ndarray:
    """The op's meaning."""
    with np.errstate(all="ignore"):
        return np.where(x == 0, 0.0, x * np.log(x)).astype(x.dtype)


rule = Partials(lambda x, y: o.log(x) + 1)
xlogx = o.register(Op("xlogx", xlogx_numpy, rule, axes=same_axes, elementwise=True))
entropy = build.graph_of(
    lambda p: -o.sum(xlogx(p), axes=(0,)), [parse_type("f64[3]")], ["p"], "entropy"
)
print(entropy)

# One line of calculus is all that the new op needs: every derivative below follows from it.

# ---- 3. Derivatives are two passes -----------------------------------------------------------
# gradloom/passes/linearize.py walks a graph and emits, beside every value, its tangent: how it
# moves when the inputs move. Tangents depend linearly on the inputs' tangents, so that part of
# the program can be turned round (gradloom/passes/transpose.py): from the cotangent of the
# result back to those of the inputs. That is reverse mode.

forward = linearize.jvp(entropy, active=[True])
print(forward)
p, dp = np.array([0.2, 0.3, 0.5]), np.array([1.0, -1.0, 0.0])
value, tangent = interpret(forward, [p, dp])
assert np.isclose(tangent, np.sum(-(np.log(p) + 1) * dp))

backward = transpose.value_and_grad(entropy, active=[True])
print(backward)
value, gradient = interpret(backward, [p])
assert np.allclose(gradient, -(np.log(p) + 1))

# The gradient is an ordinary graph of ordinary ops. So it is differentiated again, printed,
# optimised and exported like any other.

second = linearize.jvp(backward, active=[True])
assert np.allclose(interpret(second, [p, dp])[-1], -dp / p)

# ---- 4. Batching is a pass -------------------------------------------------------------------
# gradloom/passes/batch.py adds a leading axis: each op says how it lives with one more in front.

many = batch.vmap(entropy, [True], 4)
ps = np.stack([p, p[::-1], p, p])
assert np.allclose(interpret(many, [ps])[0], [interpret(entropy, [row])[0] for row in ps])

# ---- 5. Passes are functions from graph to graph ---------------------------------------------
# gradloom/passes/cse.py: keep the first of any nodes with equal op, operands and attributes. A
# pipeline is text (gradloom/passes/pipeline.py), which verifies after every pass and keeps the
# history of graphs.

twice = build.graph_of(lambda x: o.sin(x) * o.sin(x), [parse_type("f64[3]")], ["x"])
better = gl.optimize(twice, "simplify,cse,dce")
print(better)
assert len(twice.nodes) == 3
assert len(better.nodes) == 2
for name, graph, seconds in better.history:
    print(f"{name:10} {len(graph.nodes)} nodes  {1e6 * seconds:6.0f} us")

# ---- 6. A backend is a table -----------------------------------------------------------------
# gradloom/backends/torch/table.py: op -> framework call. The emitter (gradloom/backends/emit.py)
# writes Python that a person can read, a line per node; running it is what compiling means.

program = backends.get("numpy").build(better)
print(program.source)
assert np.array_equal(program.numpy(x)[0], np.sin(x) * np.sin(x))

# ---- 7. The tracer: where graphs come from ---------------------------------------------------
# gradloom/frontend/tracer.py. The user's function is called with tracers: objects that numpy
# takes for arrays. numpy's own protocols bring most calls to us; while a trace runs, the few
# functions that have no protocol (np.zeros, math.exp) are replaced on their modules
# (gradloom/frontend/patches.py). A tracer is a mutable handle on an SSA value, so writing into
# an array works: the handle moves on to a new value.


def rotate(angle, v):
    """v turned by an angle, in plain numpy."""
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.zeros((2, 2))
    matrix[0] = [c, -s]
    matrix[1] = [s, c]
    return matrix @ v


unit = np.array([1.0, 0.0])
graph = gl.trace(rotate, 0.3, unit)
print(graph.text(locations=True))
assert np.allclose(graph(0.3, unit), [np.cos(0.3), np.sin(0.3)])

# ---- 8. Everything together ------------------------------------------------------------------
# gradloom/frontend/transforms.py: a transform of a function traces it, transforms the graph and
# runs it; inside another trace it is inlined there. So transforms nest in any order.

assert np.allclose(gl.jacfwd(rotate)(0.3, unit), [-np.sin(0.3), np.cos(0.3)])
t = np.linspace(-1, 1, 5)
curvature = gl.vmap(gl.grad(gl.grad(np.tanh)))(t)
assert np.allclose(curvature, -2 * np.tanh(t) * (1 - np.tanh(t) ** 2))

step = gl.compile(gl.value_and_grad(lambda angle: np.sum(rotate(angle, unit) ** 3)), "numpy")
value, slope = step(0.3)
print(step.source(0.3))
s, c = np.sin(0.3), np.cos(0.3)
assert np.isclose(slope, 3 * (s**2 * c - c**2 * s))
print("the tour is over: every claim held")
