"""A notebook in the notation, in a kernel of its own."""

import textwrap

import pytest

CELLS = """
%load_ext gradloom
-----
import numpy as np
import gradloom as gl

rng = np.random.default_rng(0)
centers = np.array([[2.0, 2.0], [-2.0, 2.0], [0.0, -2.5]])
X = np.vstack([rng.normal(c, 0.5, (40, 2)) for c in centers])
labels = np.repeat(np.arange(3), 40)
relu = np.maximum(0.0, $)
sigmoid = f[1.0 / (1.0 + np.exp(-$))]
cross_entropy = gl.nn.cross_entropy($, labels)
accuracy = np.argmax($, axis=1) |> np.mean($ == labels)

def trained(weights, objective, steps, opt):
    for _ in range(steps):
        value, grads = weights.grad(objective)
        weights.step(grads, opt)
    return float(value)
-----
# a linear classifier
with params{
    w = np.zeros((2, 3))
    b = np.zeros(3)
} as weights:
    forward = $ |> $ @ w + b
    loss = trained(weights, |> X |> forward |> cross_entropy, 100, 0.5)
    hits = X |> forward |> np.argmax($, axis=1) |> np.mean($ == labels)
assert loss < 0.02 and hits == 1.0
-----
# two layers, one bias frozen
with params{
    w1 = 0.3 * rng.standard_normal((2, 16))
    b1 = frozen[np.zeros(16)]
    w2 = 0.3 * rng.standard_normal((16, 3))
    b2 = np.zeros(3)
} as weights:
    forward = $ |> $ @ w1 + b1 |> relu |> $ @ w2 + b2
    loss = trained(weights, |> X |> forward |> cross_entropy, 100, gl.optim.Adam(lr=0.05))
assert loss < 0.05 and not np.any(weights.b1) and np.any(weights.b2)
-----
# a highway network
with params{
    Wp = 0.5 * rng.standard_normal((2, 16)); bp = np.zeros(16)
    Wh = 0.5 * rng.standard_normal((16, 16)); bh = np.zeros(16)
    Wt = 0.5 * rng.standard_normal((16, 16)); bt = -np.ones(16)   # near the identity at first
    Wo = 0.5 * rng.standard_normal((16, 3)); bo = np.zeros(3)
} as weights:
    highway = ($ |> fork[$, $ @ Wh + bh |> relu, $ @ Wt + bt |> sigmoid]
                 *|> ($x, $h, $t) *|> $h * $t + $x * (1 - $t))
    forward = $ |> $ @ Wp + bp |> relu |> highway |> highway |> $ @ Wo + bo
    loss = trained(weights, |> X |> forward |> cross_entropy, 100, 0.3)
assert loss < 0.05
-----
# attention, and a transformer block
seen = rng.standard_normal((24, 6, 8))
targets = seen[:, 0, 0] > 0

with params{
    _init = f[0.3 * rng.standard_normal($)]
    Wq, Wk, Wv, Wm = (8, 8) |> _init, (8, 8) |> _init, (8, 8) |> _init, (8, 8) |> _init
    g1, b1, g2, b2 = np.ones(8), np.zeros(8), np.ones(8), np.zeros(8)
    U = _init((8, 16)); c = np.zeros(16)
    V = _init((16, 8)); d = np.zeros(8)
    head = _init(8)
} as weights:
    attend = ($ |> fork[$ @ Wq, $ @ Wk, $ @ Wv] *|> gl.nn.scaled_dot_product_attention
                |> $ @ Wm)
    feed = $ |> $ @ U + c |> gl.nn.gelu |> $ @ V + d
    block = ($ |> fork[$, gl.nn.layer_norm($, g1, b1) |> attend] *|> $ + $
               |> fork[$, gl.nn.layer_norm($, g2, b2) |> feed] *|> $ + $)
    forward = $ |> block |> $[:, 0] @ head
    objective = |> seen |> forward |> gl.nn.bce_with_logits($, targets.astype(float))
    first = float(objective())
    loss = trained(weights, objective, 60, gl.optim.Adam(lr=0.02))
    batched = gl.vmap(block)(seen)
    whole = block(seen)
assert loss < 0.1 * first
np.testing.assert_allclose(batched, whole, atol=1e-12)
-----
# the same objective, compiled; names are gone behind the block
value, grads = weights.grad(objective, jit=True)
np.testing.assert_allclose(value, weights.grad(objective)[0])
assert 'Wq' not in globals() and grads.Wq.shape == (8, 8)
-----
%unload_ext gradloom
print('unloaded')
"""


@pytest.mark.slow
def test_a_notebook_trains_what_its_blocks_say() -> None:
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    cells = [textwrap.dedent(cell).strip() for cell in CELLS.split("-----")]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client.NotebookClient(made, timeout=120, kernel_name="python3").execute()
    assert made.cells[-1].outputs[0].text == "unloaded\n"
