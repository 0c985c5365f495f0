"""Optimizers as functions of pytrees: traced, compiled, batched, with groups, in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend import optim
from gradloom.frontend.optim import blocks

OPTIMIZERS: dict[str, Any] = {
    "SGD": optim.SGD(0.1, 0.9, 0.1, 0.01), "Nesterov": optim.SGD(0.1, 0.9, nesterov=True),
    "Adam": optim.Adam(0.1, weight_decay=0.01), "AMSGrad": optim.Adam(0.1, amsgrad=True),
    "AdamW": optim.AdamW(0.1), "Adamax": optim.Adamax(0.1), "NAdam": optim.NAdam(0.1),
    "RAdam": optim.RAdam(0.1, betas=(0.9, 0.9)), "RMSprop": optim.RMSprop(0.1, momentum=0.5),
    "centered RMSprop": optim.RMSprop(0.1, centered=True), "Adagrad": optim.Adagrad(0.1),
    "Adadelta": optim.Adadelta(), "Rprop": optim.Rprop(0.1),
    "Lion": optim.Lion(0.1, weight_decay=0.1), "LARS": optim.LARS(weight_decay=0.01),
    "LAMB": optim.LAMB(0.1, weight_decay=0.01),
    "scheduled": optim.Adam(optim.warmup(optim.cosine_decay(0.1, 20), 5)),
}  # fmt: skip
RNG = np.random.default_rng(0)
TREE = {"layers": [RNG.normal(size=(3, 4)), {"bias": RNG.normal(size=4)}], "scale": np.array(2.0)}


def fresh(name: str) -> Any:
    """An optimizer without a state."""
    known = OPTIMIZERS[name]
    made = object.__new__(type(known))
    made.__dict__.update(known.__dict__, state=None, _kept=None, _programs={})
    return made


def leaves(tree: Any) -> list[np.ndarray]:
    """The arrays of the tree above."""
    return [tree["layers"][0], tree["layers"][1]["bias"], tree["scale"]]


def grads(seed: int, missing: bool = False) -> Any:
    """Random gradients of the tree above, with or without one of its scale."""
    rng = np.random.default_rng(seed)
    scale = None if missing else np.asarray(rng.normal())
    return {"layers": [rng.normal(size=(3, 4)), {"bias": rng.normal(size=4)}], "scale": scale}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_step_update_and_the_compiled_update_are_one(name: str) -> None:
    opt = fresh(name)
    compiled = gl.compile(opt.update, backend="numpy")
    own = pure = run = TREE
    state = other = opt.init(TREE)
    for seed in range(8):
        g = grads(seed)
        own = opt.step(own, g)
        pure, state = opt.update(g, state, pure)
        run, other = compiled(g, other, run)
    for a, b, c in zip(leaves(own), leaves(pure), leaves(run), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
        np.testing.assert_allclose(c, b, rtol=1e-12)
    assert int(other["count"]) == int(opt.state["count"]) == 8


@pytest.mark.framework
@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
@pytest.mark.parametrize("name", ["SGD", "Adam", "NAdam", "RAdam", "LAMB", "scheduled"])
def test_every_backend_makes_the_same_steps(name: str, backend: str) -> None:
    pytest.importorskip(backend)
    opt = fresh(name)
    compiled = gl.compile(opt.update, backend=backend)
    pure = run = TREE
    state = other = opt.init(TREE)
    for seed in range(4):
        pure, state = opt.update(grads(seed), state, pure)
        run, other = compiled(grads(seed), other, run)
    for a, b in zip(leaves(pure), leaves(run), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-9)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_in_place_are_the_same(name: str) -> None:
    opt, other = fresh(name), fresh(name)
    own = {"layers": [TREE["layers"][0].copy(), {"bias": TREE["layers"][1]["bias"].copy()}],
           "scale": TREE["scale"].copy()}  # fmt: skip
    known, pure = leaves(own), TREE
    for seed in range(6):
        g = grads(seed, missing=seed % 3 == 1)
        assert opt.step(own, g, inplace=True) is own
        pure = other.step(pure, g)
    for a, b, c in zip(leaves(own), known, leaves(pure), strict=True):
        assert a is b
        np.testing.assert_array_equal(a, c)
    np.testing.assert_array_equal(opt.state["step"], [6, 6, 4])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_cut_and_joined_arrays_move_as_whole_ones(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = fresh(name), fresh(name)
    a = b = TREE
    for seed in range(3):
        a = whole.step(a, grads(seed))
    monkeypatch.setattr(blocks, "BLOCK", 5)
    for seed in range(3):
        b = cut.step(b, grads(seed))
    for x, y in zip(leaves(a), leaves(b), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-14)


def test_a_step_leaves_the_parameters_and_gradients_that_it_was_given() -> None:
    before = [x.copy() for x in leaves(TREE)]
    opt, g = optim.Adam(0.1), grads(0)
    given = [x.copy() for x in leaves(g)]
    opt.step(TREE, g)
    opt.update(g, opt.init(TREE), TREE)
    for x, y in zip([*leaves(TREE), *leaves(g)], [*before, *given], strict=True):
        np.testing.assert_array_equal(x, y)


def test_a_parameter_without_a_gradient_stays_and_is_not_counted() -> None:
    opt = optim.Adam(0.1, weight_decay=0.1)
    made = opt.step(TREE, {"layers": [None, {"bias": np.ones(4)}], "scale": None})
    assert made["layers"][0] is TREE["layers"][0]
    assert made["scale"] is TREE["scale"]
    assert opt.state is not None
    np.testing.assert_array_equal(opt.state["step"], [0, 1, 0])
    again = opt.step(made, {"layers": None, "scale": np.array(1.0)})  # None for a whole part
    assert again["layers"][1]["bias"] is made["layers"][1]["bias"]


def test_the_rate_is_an_input_of_one_program() -> None:
    opt = optim.Adam(0.5)
    compiled = gl.compile(lambda g, s, p, lr: opt.update(g, s, p, lr=lr), backend="numpy")
    params, state = np.ones(3), opt.init(np.ones(3))
    for rate in (0.1, 0.2, 0.3):
        params, state = compiled(np.ones(3), state, params, np.asarray(rate))
    np.testing.assert_allclose(params, 1 - 0.6, rtol=1e-6)
    assert "1 compiled" in compiled.explain()


def test_a_rate_that_is_set_holds_from_then_on() -> None:
    opt = optim.SGD(0.1, groups={"b": {"lr": 1.0}})
    update = opt.compiled("numpy")
    params: Any = {"a": np.zeros(1), "b": np.zeros(1)}
    own, state, g = params, opt.init(params), {"a": np.ones(1), "b": np.ones(1)}
    for rate in (0.1, 0.2, 0.3):
        opt.lr = rate
        params, state = update(g, state, params)
        own = opt.step(own, g)
    for made in (params, own):
        np.testing.assert_allclose([made["a"], made["b"]], [[-0.6], [-3]])
    assert "1 compiled" in opt._programs["numpy"].explain()
    with pytest.raises(gl.ArgumentError, match="invalid lr"):
        opt.lr = -1.0


@pytest.mark.framework
@pytest.mark.parametrize("name", ["torch", "jax", "tensorflow"])
def test_a_frameworks_tensors_stay_its_tensors(name: str) -> None:
    module = pytest.importorskip(name)
    make = {"torch": "from_numpy", "tensorflow": "constant"}.get(name, "")
    of: Any = getattr(module, make) if make else module.numpy.asarray
    w, g = np.ones(3, np.float32), np.full(3, 2, np.float32)
    opt, theirs, ours = optim.Adam(0.1), {"w": of(w.copy())}, {"w": w}
    twin = optim.Adam(0.1)
    for _ in range(3):
        theirs, ours = opt.step(theirs, {"w": of(g)}), twin.step(ours, {"w": g})
    assert type(theirs["w"]) is type(of(w))
    np.testing.assert_allclose(np.asarray(theirs["w"]), ours["w"], rtol=1e-6)
    assert int(opt.state_dict()["count"]) == 3


def test_a_schedule_counts_in_the_compiled_update() -> None:
    opt = optim.SGD(lambda step: 0.1 * 0.5**step)
    compiled = gl.compile(opt.update, backend="numpy")
    params, state = np.zeros(2), opt.init(np.zeros(2))
    for _ in range(3):
        params, state = compiled(np.ones(2), state, params)
    np.testing.assert_allclose(params, -0.1 * (1 + 0.5 + 0.25))
    assert "1 compiled" in compiled.explain()


def test_groups_have_options_of_their_own() -> None:
    opt = optim.AdamW(0.1, weight_decay=0.5, groups={
        "*.bias": {"weight_decay": 0.0}, "scale": {"lr": optim.constant_lr(0.0)},
    })  # fmt: skip
    zeros = {"layers": [np.zeros((3, 4)), {"bias": np.zeros(4)}], "scale": np.array(1.0)}
    made = opt.step(TREE, zeros)
    np.testing.assert_allclose(made["layers"][0], TREE["layers"][0] * 0.95)
    np.testing.assert_array_equal(made["layers"][1]["bias"], TREE["layers"][1]["bias"])
    assert float(made["scale"]) == 2.0
    by_shape = optim.SGD(1.0, groups=[(lambda path, w: w.ndim < 2, {"lr": 0.0})])
    made = by_shape.step(TREE, grads(0))
    np.testing.assert_array_equal(made["layers"][1]["bias"], TREE["layers"][1]["bias"])
    assert not np.array_equal(made["layers"][0], TREE["layers"][0])


def test_groups_may_keep_different_things() -> None:
    opt = optim.SGD(0.1, groups={"scale": {"momentum": 0.9}})
    twin, tree, other = optim.SGD(0.1, groups={"scale": {"momentum": 0.9}}), TREE, TREE
    state = twin.init(TREE)
    for seed in range(3):
        tree = opt.step(tree, grads(seed))
        other, state = twin.update(grads(seed), state, other)
    assert list(state["momentum_buffer"]) == ["scale"]
    for x, y in zip(leaves(tree), leaves(other), strict=True):
        np.testing.assert_allclose(x, y)


def test_a_state_goes_on_in_another_optimizer() -> None:
    first = optim.NAdam(0.1)
    middle = first.step(first.step(TREE, grads(0)), grads(1))
    saved = first.state_dict()
    second = optim.NAdam(0.1)
    second.load_state_dict(saved)
    a = first.step(middle, grads(2))
    b = second.step(middle, grads(2))
    for x, y in zip(leaves(a), leaves(b), strict=True):
        np.testing.assert_array_equal(x, y)
    assert int(saved["count"]) == 2  # a copy: later steps do not change it
    again = optim.NAdam(0.1)
    again.load_state_dict({})
    assert again.state is None
    assert again.state_dict() == {}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_low_precision_keeps_its_dtype(dtype: str) -> None:
    import ml_dtypes

    kind = np.dtype(getattr(ml_dtypes, dtype, dtype))
    opt, w = optim.Adam(0.1, eps=1e-3), np.ones(4, kind)
    for _ in range(3):
        w = opt.step(w, np.full(4, 2, kind))
    assert w.dtype == kind
    np.testing.assert_allclose(w.astype(float), 0.7, atol=0.02)


def test_wide_gradients_move_narrow_parameters() -> None:
    made = optim.SGD(0.5).step(np.ones(2, np.float32), np.ones(2))
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, 0.5)


def test_plain_numbers_and_empty_trees_are_parameters() -> None:
    made = optim.SGD(0.5).step({"a": 1.0, "n": 3, "none": None}, {"a": 1.0, "n": None})
    assert float(made["a"]) == 0.5
    assert made["n"] == 3
    opt = optim.Adam()
    assert opt.step({}, {}) == {}
    empty = opt.init([np.zeros(0)])
    assert opt.update([np.zeros(0)], empty, [np.zeros(0)])[0][0].shape == (0,)


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad", "AdamW"])
def test_complex_parameters_go_down_by_gl_grad(name: str) -> None:
    goal = np.array([1 + 2j, -3j, 0.5])
    opt, z = getattr(optim, name)(lr=0.1), np.zeros(3, complex)
    start = np.sum(np.abs(z - goal) ** 2)
    for _ in range(50):
        z = opt.step(z, gl.grad(lambda z: np.sum(np.abs(z - goal) ** 2))(z))
    assert np.sum(np.abs(z - goal) ** 2) < start / 2


@pytest.mark.framework
@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "RAdam"])
def test_complex_parameters_move_as_torchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    z = rng.normal(size=3) + 1j * rng.normal(size=3)
    w = torch.from_numpy(z.copy()).requires_grad_()
    peer, opt = getattr(torch.optim, name)([w], lr=0.1), getattr(optim, name)(lr=0.1)
    for _ in range(20):
        g = rng.normal(size=3) + 1j * rng.normal(size=3)
        w.grad = torch.from_numpy(g)
        peer.step()
        z = opt.step(z, np.conj(g))  # gl.grad's are the conjugates of torch's
    np.testing.assert_allclose(z, w.detach().numpy(), rtol=1e-12)


def test_gradients_flow_through_updates() -> None:
    def after(rate: Any) -> Any:
        opt = optim.SGD(lr=rate, momentum=0.5)
        w, state = np.array([1.0, -2.0]), opt.init(np.zeros(2))
        for _ in range(2):
            w, state = opt.update(2 * w, state, w)
        return np.sum(w * w)

    small = 1e-6
    by_differences = (after(0.1 + small) - after(0.1 - small)) / (2 * small)
    assert float(gl.grad(after)(0.1)) == pytest.approx(float(by_differences), rel=1e-6)


def test_updates_batch() -> None:
    opt = optim.Adam(0.1)
    params, g = np.ones((3, 4)), RNG.normal(size=(3, 4))
    made = gl.vmap(lambda w, g: opt.update(g, opt.init(w), w)[0])(params, g)
    for row, w, gradient in zip(made, params, g, strict=True):
        np.testing.assert_allclose(row, optim.Adam(0.1).step(w, gradient))


BAD: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: optim.SGD(-0.1), gl.ArgumentError, "invalid lr: -0.1"),
    (lambda: optim.Adam(float("nan")), gl.ArgumentError, "invalid lr: nan"),
    (lambda: optim.Adam(float("inf")), gl.ArgumentError, "invalid lr: inf"),
    (lambda: optim.SGD([np.ones(2)]), gl.CallError, "lr is a number or a function .* not list"),
    (lambda: optim.Adam(betas=(1.0, 0.9)), gl.ArgumentError, "betas are from 0 to below 1"),
    (lambda: optim.Adam(betas=0.9), gl.ArgumentError, "betas are two numbers"),
    (lambda: optim.Adam(eps=-1), gl.ArgumentError, "invalid eps: -1"),
    (lambda: optim.SGD(momentum="0.9"), gl.CallError, "momentum"),
    (lambda: optim.SGD(nesterov=True), gl.ArgumentError, "needs a momentum"),
    (lambda: optim.Adadelta(rho=1.5), gl.ArgumentError, "rho=1.5"),
    (lambda: optim.Rprop(etas=(1.1, 1.2)), gl.ArgumentError, "etas"),
    (lambda: optim.Adam(groups={"*": {"momentum": 1}}), gl.ArgumentError, "'momentum'"),
    (lambda: optim.Adam(groups={"*": {"eps": -1.0}}), gl.ArgumentError, "invalid eps"),
    (lambda: optim.Adam(groups=[(3, {})]), gl.CallError, "not by a int"),
    (lambda: optim.SGD().step(TREE, {"layers": [np.ones((3, 4)), {}], "scale": 1.0}),
     gl.ArgumentError, "parameter layers.1.bias has no gradient"),
    (lambda: optim.SGD().step({"a": np.ones(2)}, {"a": np.ones(2), "b": np.ones(2)}),
     gl.ArgumentError, "gradient b is of no parameter: the parameters are a"),
    (lambda: optim.SGD().step({"a": np.ones(2)}, {"a": np.ones(3)}),
     gl.ShapeError, r"gradient a has shape \(3,\), and its parameter \(2,\)"),
    (lambda: optim.SGD().step({"a": np.ones(2)}, {"a": np.ones((2, 1))}), gl.ShapeError, "a"),
    (lambda: optim.SGD().step({"a": np.ones(2)}, {"a": np.ones(2, complex)}),
     gl.DtypeError, "complex128"),
    (lambda: optim.SGD().step({"a": np.ones(2)}, {"a": np.ones(2, int)}),
     gl.DtypeError, "int64"),
    (lambda: optim.SGD().update(np.ones(2), None, np.ones(2)), gl.CallError, "init"),
    (lambda: optim.Adam().update(np.ones(2), optim.SGD().init(np.ones(2)), np.ones(2)),
     gl.ArgumentError, "exp_avg"),
    (lambda: optim.Adam().update([np.ones(2)], optim.Adam().init([]), [np.ones(2)]),
     gl.ArgumentError, "of 0 parameters, and there are 1"),
    (lambda: optim.Adam().update(np.ones(2), optim.Adam().init(np.ones(3)), np.ones(2)),
     gl.ArgumentError, r"shape \(3,\)"),
    (lambda: gl.compile(lambda w: optim.SGD().step(w, w))(np.ones(2)),
     gl.CallError, "a traced program cannot"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "text"), BAD, ids=[text for _, _, text in BAD])
def test_what_does_not_fit_is_a_clear_error(
    make: Callable[[], Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        make()


def test_a_step_that_fails_changes_nothing() -> None:
    opt = optim.Adam(0.1)
    own = {"a": np.ones(2), "b": np.ones(2)}
    opt.step(own, {"a": np.ones(2), "b": np.ones(2)}, inplace=True)
    state, before = opt.state_dict(), own["a"].copy()
    with pytest.raises(gl.ShapeError):
        opt.step(own, {"a": np.ones(2), "b": np.ones(3)}, inplace=True)
    own["b"].flags.writeable = False
    with pytest.raises(gl.ArgumentError, match="parameter b is a read-only array"):
        opt.step(own, {"a": np.ones(2), "b": np.ones(2)}, inplace=True)
    with pytest.raises(gl.ArgumentError, match="a and b are one array"):
        opt.step({"a": own["a"], "b": own["a"]}, {"a": np.ones(2), "b": np.ones(2)}, inplace=True)
    np.testing.assert_array_equal(own["a"], before)
    assert opt.state is not None
    assert int(opt.state["count"]) == int(state["count"])
    np.testing.assert_array_equal(opt.state["exp_avg"]["a"], state["exp_avg"]["a"])


@pytest.mark.parametrize("name", ["AdamW", "SGD", "Lion"])
def test_gradients_may_be_the_parameters_themselves(name: str) -> None:
    a, b = RNG.normal(size=6), RNG.normal(size=6)
    expected = fresh(name).step({"a": a, "b": b}, {"a": b.copy(), "b": a.copy()})
    own = {"a": a.copy(), "b": b.copy()}
    fresh(name).step(own, {"a": own["b"], "b": own["a"][:]}, inplace=True)
    np.testing.assert_array_equal(own["a"], expected["a"])
    np.testing.assert_array_equal(own["b"], expected["b"])
    alone = a.copy()
    fresh(name).step(alone, alone, inplace=True)
    np.testing.assert_array_equal(alone, fresh(name).step(a, a))


def test_other_layouts_move_too() -> None:
    f_order, view = np.asfortranarray(RNG.normal(size=(3, 4))), RNG.normal(size=(6, 2))[::2]
    opt, plain = optim.Adam(0.1), optim.Adam(0.1)
    g = [RNG.normal(size=(3, 4)), RNG.normal(size=(3, 2))]
    expected = plain.step([np.ascontiguousarray(f_order), view.copy()], g)
    opt.step([f_order, view], g, inplace=True)
    np.testing.assert_allclose(f_order, expected[0], rtol=1e-14)
    np.testing.assert_allclose(view, expected[1], rtol=1e-14)
    swapped = RNG.normal(size=3).astype(">f8")
    made = optim.Adam(0.1).step(swapped, np.ones(3))
    np.testing.assert_allclose(made, swapped - 0.1, rtol=1e-6)
