from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.notation.modules import _code

PROGRAM = """
import numpy as np

rng = np.random.default_rng(0)
x = rng.standard_normal((4, 3))
w = rng.standard_normal((3, 2))
b = rng.standard_normal(2)
relu = np.maximum(0.0, $)
sigmoid = f[1.0 / (1.0 + np.exp(-$))]
layer = $ |> $ @ w + b |> relu
loss = $ |> layer |> np.sum
gated = ($ |> fork[$, $ @ w + b |> np.tanh, $ @ w + b |> sigmoid]
         *|> ($x, $h, $t) *|> $h * $t + np.sum($x) * (1 - $t))
cubed = f[$ * 0.5] .** 3
wave = $ |> np.tanh ** 2 + np.sin |> np.mean
rows = $ |> map[$ |> np.sum] |> list |> np.stack
total = |> x |> layer |> np.sum


def train(w, x):
    return x |> $ @ w |> np.tanh |> $ ** 2 |> np.sum


def branch(x):
    return x |> when[$ is not None] |> f{
        if np.sum($) > 0:
            r = $ * 2.0
        else:
            r = $ - 1.0
        r
    } |> np.sum
"""


@pytest.fixture(name="program", scope="module")
def _program(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("noted") / "traced.py"
    path.write_text(PROGRAM)
    names: dict[str, Any] = {"__name__": "traced"}
    exec(_code(PROGRAM, str(path)), names)
    return names


def plain(p: dict[str, Any], x: Any) -> Any:
    return np.maximum(0.0, x @ p["w"] + p["b"])


def test_pipelines_of_plain_and_of_traced_values_agree(program: dict[str, Any]) -> None:
    x = program["x"]
    for name in ("layer", "loss", "gated", "cubed", "wave", "rows"):
        f = program[name]
        np.testing.assert_allclose(gl.trace(f, x)(x), f(x), rtol=1e-12, err_msg=name)
    np.testing.assert_array_equal(program["layer"](x), plain(program, x))
    assert program["total"]() == program["loss"](x)


def test_gradients_through_pipelines_are_those_of_plain_numpy(program: dict[str, Any]) -> None:
    x, w = program["x"], program["w"]

    def train(w: Any, x: Any) -> Any:
        return np.sum(np.tanh(x @ w) ** 2)

    np.testing.assert_allclose(gl.grad(program["train"])(w, x), gl.grad(train)(w, x))
    np.testing.assert_allclose(
        gl.hessian(program["wave"])(x[0]),
        gl.hessian(lambda x: np.mean(np.tanh(x) ** 2 + np.sin(x)))(x[0]),
    )


def test_vmap_is_a_loop(program: dict[str, Any]) -> None:
    x = program["x"]
    made = gl.vmap(gl.grad(program["train"], 1), (None, 0))(program["w"], x)
    loop = [gl.grad(program["train"], 1)(program["w"], row) for row in x]
    np.testing.assert_allclose(made, np.stack(loop))


def test_a_program_reads_globals_anew(program: dict[str, Any]) -> None:
    compiled, x = gl.compile(program["layer"]), program["x"]
    kept = program["b"]
    np.testing.assert_allclose(compiled(x), plain(program, x))
    program["b"] = kept + 1.0
    np.testing.assert_allclose(compiled(x), plain(program, x))
    program["b"] = kept


def test_branches_inside_of_blocks_are_staged(program: dict[str, Any]) -> None:
    compiled = gl.compile(program["branch"])
    assert compiled(np.ones(3)) == 6.0
    assert compiled(-np.ones(3)) == -6.0
    assert gl.grad(program["branch"])(-np.ones(3)).tolist() == [1.0, 1.0, 1.0]
    (entry,) = {str(compiled.graph(np.ones(3)))}
    assert "cond" in entry


@pytest.mark.framework
@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_backends_agree(program: dict[str, Any], backend: str) -> None:
    pytest.importorskip(backend)
    x = program["x"]
    for name in ("layer", "gated", "wave"):
        made = gl.compile(program[name], backend=backend)(x)
        np.testing.assert_allclose(made, program[name](x), rtol=1e-6, err_msg=name)


def test_the_nodes_of_a_graph_stand_on_the_lines_of_their_steps(program: dict[str, Any]) -> None:
    graph = gl.trace(program["gated"], program["x"])
    lines = {
        node.location.line
        for node in graph.nodes
        if node.location is not None and node.location.file.endswith("traced.py")
    }
    first = PROGRAM.split("\n").index(next(s for s in PROGRAM.split("\n") if "gated" in s)) + 1
    assert lines <= {first, first + 1, first - 3}  # and sigmoid's own
    assert {first, first + 1} <= lines


def test_a_step_that_is_no_function_is_told() -> None:
    with pytest.raises(TypeError, match="a pipeline's step is 5, a int, which cannot be called"):
        exec(_code("1 |> 5", "<step>"), {})
    with pytest.raises(TypeError, match=r"'x' is no number of times"):
        exec(_code("f[$ + 1] .** 'x'", "<power>"), {})
    with pytest.raises(ValueError, match=r"cannot be applied -1 times"):
        exec(_code("f[$ + 1] .** -1", "<power>"), {})
    with pytest.raises(ValueError, match=r"read\[nowhere\]: nothing was written under this name"):
        exec(_code("1 |> read[nowhere]", "<read>"), {})
