"""trace, eval_shape, summary and optimize, with named dimensions too."""

import numpy as np
import pytest

import gradloom as gl

m = np.arange(12.0).reshape(4, 3)

SYMBOLIC = {
    "size in arithmetic": lambda x: np.sum(x, 0) / x.shape[0],
    "mean": lambda x: np.mean(x, axis=0),
    "mean of all": lambda x: np.mean(x),
    "var": lambda x: np.var(x, axis=0, ddof=1),
    "zeros": lambda x: np.zeros((x.shape[0], 2)) + x[:, :1],
    "ones_like": lambda x: np.ones_like(x) * 2 + np.full(x.shape, 3.0),
    "reshape": lambda x: x.reshape(x.shape[0] * 3).sum(),
    "reshape -1": lambda x: x.reshape(-1)[:3],
    "reshape back": lambda x: x.reshape(-1).reshape(x.shape[0], -1),
    "ravel": lambda x: np.ravel(x) * 2,
    "transpose": lambda x: x.T @ x,
    "gram": lambda x: x @ x.T,
    "softmax": lambda x: (
        np.exp(x - x.max(1, keepdims=True))
        / np.exp(x - x.max(1, keepdims=True)).sum(1, keepdims=True)
    ),
    "concatenate": lambda x: np.concatenate([x, x * 2]),
    "stack": lambda x: np.stack([x, x], 1),
    "slices": lambda x: (x[:, 1:], x[::-1], x[0], x[-1]),
    "arange": lambda x: x * np.arange(x.shape[0])[:, None],
    "where": lambda x: np.where(x > 2, x, 0.0),
    "cumsum": lambda x: np.cumsum(x, axis=0),
    "sort": lambda x: np.sort(x, axis=0),
    "argmax": lambda x: np.argmax(x, axis=1),
    "broadcast": lambda x: x[:, None, :] - x[None, :, :],
    "size": lambda x: x * (x.shape[0] + 1) + x.size,
    "len": lambda x: x.sum() * x.shape[0] // 2,
    "sqrt of size": lambda x: x / np.sqrt(x.shape[0]),
    "einsum": lambda x: np.einsum("bi,bj->ij", x, x),
    "norm": lambda x: np.linalg.norm(x, axis=1),
    "take rows": lambda x: x[np.arange(x.shape[0]), np.argmax(x, 1)],
    "expand": lambda x: np.expand_dims(x, 1).squeeze(1) + np.broadcast_to(x[0], x.shape),
}


@pytest.mark.parametrize("name", SYMBOLIC)
def test_one_graph_serves_every_size(name):
    f = SYMBOLIC[name]
    graph = gl.trace(f, gl.spec("f64[batch, 3]"))
    assert gl.parse(str(graph)) == graph
    better = gl.optimize(graph)
    for n in (2, 4, 7):
        a = np.random.default_rng(n).normal(size=(n, 3))
        for g in (graph, better):
            got, want = g(a), f(a)
            for p, q in zip(
                *(r if isinstance(r, tuple) else (r,) for r in (got, want)), strict=True
            ):
                np.testing.assert_allclose(p, q, rtol=1e-12, atol=1e-12)
                assert np.asarray(p).dtype == np.asarray(q).dtype


@pytest.mark.parametrize("name", ["mean", "var", "softmax", "gram", "broadcast", "cumsum", "norm"])
def test_gradients_of_named_sizes_equal_concrete_ones(name):
    def loss(x):
        return np.sum(SYMBOLIC[name](x) ** 2)

    symbolic = gl.grad(gl.trace(loss, gl.spec("f64[batch, 3]")))
    for n in (3, 5):
        a = np.random.default_rng(n).normal(size=(n, 3))
        np.testing.assert_allclose(symbolic(a), gl.grad(loss)(a), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("f", "specs", "says"),
    [
        (lambda x, y: x + y, ("f64[n,3]", "f64[m,3]"), "n and m"),
        (lambda x, y: x @ y, ("f64[n,3]", "f64[n,2]"), "matmul"),
        (lambda x, y: x + y, ("f64[n,3]", "f64[4,3]"), "n and 4"),
        (lambda x, y: np.concatenate([x, y], 1), ("f64[n,3]", "f64[m,3]"), "[nm]"),
        (lambda x, y: x.reshape(7, 2), ("f64[n,3]", "f64[1]"), "7"),
    ],
)
def test_sizes_that_disagree_are_named(f, specs, says):
    with pytest.raises(gl.ShapeError, match=says) as info:
        gl.trace(f, *[gl.spec(s) for s in specs])
    assert "test_program.py" in str(info.value)


def test_a_graph_refuses_other_types_than_its_own():
    graph = gl.trace(lambda x, y: x @ y, gl.spec("f32[n,3]"), gl.spec("f32[3,n]"))
    good = np.ones((4, 3), np.float32)
    assert graph(good, good.T).shape == (4, 4)
    with pytest.raises(gl.DtypeError, match="f32"):
        graph(np.ones((4, 3)), good.T)
    with pytest.raises(gl.ShapeError):
        graph(good[:, :2], good.T)
    with pytest.raises(gl.ShapeError):
        graph(good, good.T[:, :2])
    with pytest.raises(gl.ShapeError):
        graph(good)


def test_eval_shape_computes_nothing_and_keeps_structure():
    def f(p, n):
        assert n == 3
        return {"y": p["w"] @ p["w"].T, "n": n, "m": np.argmax(p["w"], 1)}

    out = gl.eval_shape(f, {"w": gl.spec("f32[a, b]")}, 3)
    assert (str(out["y"]), out["n"], str(out["m"])) == ("f32[a,a]", 3, "i64[a]")
    huge = gl.eval_shape(lambda x: x @ x, gl.ShapeDtypeStruct((10**6, 10**6), np.float64))
    assert huge.shape == (10**6, 10**6)


def test_specs_are_read_and_compared():
    s = gl.spec("f32[batch, 784]")
    assert s == gl.ShapeDtypeStruct(("batch", 784), np.float32) == gl.spec(" f32[batch,784]")
    assert hash(s) == hash(gl.spec("f32[batch,784]"))
    assert (s.ndim, s.dtype, str(s)) == (2, np.float32, "f32[batch,784]")
    assert s != gl.spec("f64[batch,784]")
    for bad in ("f32[", "x9[3]", "f32[3,]x", "f32[-1]", ""):
        with pytest.raises(gl.GradloomError):
            gl.spec(bad)
    with pytest.raises(gl.ShapeError, match="negative"):
        gl.ShapeDtypeStruct((-1,))


def test_summary_counts_parameters_and_work():
    params = {"w": np.ones((3, 2), np.float32), "b": np.zeros(2)}
    s = gl.summary(lambda p, x: x @ p["w"] + p["b"], params, gl.spec("f64[4,3]"))
    assert (s.total, s.nbytes) == (8, 24 + 16)
    assert s.flops >= 2 * 4 * 3 * 2
    assert str(s.output) == "f64[4,2]"
    assert all(name in str(s) for name in ("w", "b", "f32[3,2]", "total"))
    with pytest.raises(gl.DtypeError, match="k"):
        gl.summary(lambda p: p["w"] * p["k"], {"w": np.ones(2), "k": 3})


def test_optimize_takes_pipelines_as_text_and_tells_its_history():
    graph = gl.trace(lambda x: np.sum(np.sin(x) * 1.0 + np.sin(x)), m)
    better = gl.optimize(graph, "simplify,cse,dce")
    assert [step for step, _, _ in better.history] == ["trace", "simplify", "cse", "dce"]
    assert sum(n.op.name == "sin" for n in better.nodes) == 1
    assert better(m) == graph(m)
    with pytest.raises(gl.PipelineError, match="nonsense"):
        gl.optimize(graph, "cse,nonsense")


def test_a_graph_keeps_argument_names_structure_and_arrays_from_outside():
    def f(params, x, *, scale=2.0):
        return {"y": x @ params["w"] * scale + m[0, 0]}

    graph = gl.trace(f, {"w": np.ones((3, 2))}, m, scale=3.0)
    assert [p.name for p in graph.inputs] == ["params_w", "x", "scale"]
    np.testing.assert_allclose(
        graph({"w": np.ones((3, 2))}, m, scale=3.0)["y"], m @ np.ones((3, 2)) * 3
    )
    np.testing.assert_allclose(graph(np.ones((3, 2)), m, 3.0)["y"], m @ np.ones((3, 2)) * 3)
    big = np.arange(100.0)
    assert any("f64[100]" in note for note in gl.trace(lambda x: x + big, big).notes)
