"""Recurrent cells and runs: torch's values and gradients, and the same by loop and by scan."""

import numpy as np
import pytest

import gradloom as gl

nn = gl.nn
rng = np.random.default_rng(5)
XS, H, C = rng.normal(size=(7, 3, 4)), rng.normal(size=(3, 5)), rng.normal(size=(3, 5))
RUNS = {"rnn": 1, "gru": 3, "lstm": 4}


def weights(gates):
    sizes = ((4, gates * 5), (5, gates * 5), (gates * 5,), (gates * 5,))
    return [rng.normal(size=s) * 0.4 for s in sizes]


def state(kind):
    return (H, C) if kind == "lstm" else H


def by_torch(torch, kind, xs, ws):
    layer = getattr(torch.nn, kind.upper())(4, 5).double()
    w_ih, w_hh, b_ih, b_hh = (torch.tensor(w) for w in ws)
    own = (w_ih.T, w_hh.T, b_ih, b_hh)
    for parameter, w in zip(layer.parameters(), own, strict=True):
        parameter.data = w.contiguous()
    held = [torch.tensor(s)[None] for s in ((H, C) if kind == "lstm" else (H,))]
    ys, last = layer(xs, tuple(held) if kind == "lstm" else held[0])
    return ys, last, layer


@pytest.mark.framework
@pytest.mark.parametrize("kind", RUNS)
def test_a_run_is_torchs_layer(kind):
    torch = pytest.importorskip("torch")
    ws, run = weights(RUNS[kind]), getattr(nn, kind)
    xs = torch.tensor(XS, requires_grad=True)
    ys, last, layer = by_torch(torch, kind, xs, ws)
    torch.sin(ys).sum().backward()
    made, end = run(XS, state(kind), *ws)
    np.testing.assert_allclose(made, ys.detach().numpy(), rtol=1e-9)
    ends, dues = (end, last) if kind == "lstm" else ((end,), (last,))
    for one, due in zip(ends, dues, strict=True):
        np.testing.assert_allclose(one, due[0].detach().numpy(), rtol=1e-9)
    dx, dw = gl.grad(lambda x, w: np.sum(np.sin(run(x, state(kind), w, *ws[1:])[0])), (0, 1))(
        XS, ws[0]
    )
    np.testing.assert_allclose(dx, xs.grad.numpy(), rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(dw, next(layer.parameters()).grad.numpy().T, rtol=1e-7, atol=1e-10)


@pytest.mark.framework
@pytest.mark.parametrize("backend", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("kind", RUNS)
def test_a_compiled_run_is_the_loop(kind, backend):
    pytest.importorskip(backend)
    ws, run = weights(RUNS[kind]), getattr(nn, kind)

    def f(xs):
        return run(xs, None, *ws, reverse=True, time_axis=1)[0]

    xs = np.moveaxis(XS, 0, 1)
    np.testing.assert_allclose(gl.compile(f, backend=backend)(xs), f(xs), rtol=1e-9)
    np.testing.assert_allclose(
        gl.vmap(f)(np.stack([xs, -xs])), np.stack([f(xs), f(-xs)]), rtol=1e-9
    )


def test_a_cell_is_one_step_of_its_run():
    for kind, gates in RUNS.items():
        ws = weights(gates)
        held = state(kind)
        for x in XS:
            held = getattr(nn, f"{kind}_cell")(x, held, *ws)
        np.testing.assert_allclose(held, getattr(nn, kind)(XS, state(kind), *ws)[1], rtol=1e-12)


def test_a_traced_run_does_not_grow_with_time():
    ws = weights(3)
    short, long = (gl.trace(lambda xs: nn.gru(xs, None, *ws)[0], XS[:n]) for n in (2, 7))
    assert len(short.nodes) == len(long.nodes)


def test_torchs_orientation_is_told():
    ws = weights(3)
    with pytest.raises(gl.ShapeError, match=r"w_hh has shape \(15, 5\)") as raised:
        nn.gru_cell(XS[0], H, ws[0].T, ws[1].T)
    assert "w.T" in raised.value.hint
    with pytest.raises(gl.ShapeError, match="no steps"):
        nn.gru(XS[:0], H, *ws)
    with pytest.raises(gl.ArgumentError, match="nonlinearity='sine'"):
        nn.rnn_cell(XS[0], H, *weights(1), nonlinearity="sine")


# ---- RWKV ----------------------------------------------------------------------------------------


def mixed(k, v, w, u):
    """The formula as it stands, term by term."""
    ys = []
    for t in range(len(k)):
        shares = [np.exp(k[i] - (t - 1 - i) * w) for i in range(t)] + [np.exp(u + k[t])]
        ys.append(sum(s * x for s, x in zip(shares, v, strict=False)) / sum(shares))
    return np.stack(ys)


def test_step_by_step_at_once_and_the_formula_are_one():
    k, v = rng.normal(size=(6, 2, 3)), rng.normal(size=(6, 2, 3))
    w, u = np.exp(rng.normal(size=3)), rng.normal(size=3)
    due = mixed(k, v, w, u)
    np.testing.assert_allclose(nn.wkv(k, v, w, u)[0], due, rtol=1e-12)
    np.testing.assert_allclose(nn.wkv(k, v, w, u, parallel=True)[0], due, rtol=1e-12)
    np.testing.assert_allclose(gl.compile(lambda k: nn.wkv(k, v, w, u)[0])(k), due, rtol=1e-12)
    for parallel in (False, True):
        found = gl.grad(lambda w, p=parallel: np.sum(np.sin(nn.wkv(k, v, w, u, parallel=p)[0])))(w)
        assert found == pytest.approx(
            gl.grad(lambda w: np.sum(np.sin(mixed(k, v, w, u))))(w), rel=1e-9
        )


def test_large_keys_do_not_overflow_and_a_state_goes_on():
    k, v = rng.normal(size=(6, 3)) * 500, rng.normal(size=(6, 3))
    w, u = np.ones(3), np.zeros(3)
    whole, _ = nn.wkv(k, v, w, u)
    assert np.isfinite(whole).all()
    first, held = nn.wkv(k[:2], v[:2], w, u)
    rest, _ = nn.wkv(k[2:], v[2:], w, u, held)
    np.testing.assert_allclose(np.concatenate([first, rest]), whole)


def test_a_shift_is_what_each_step_saw_before():
    x = np.arange(6.0).reshape(3, 2)
    assert nn.token_shift(x).tolist() == [[0, 0], [0, 1], [2, 3]]
    assert nn.token_shift(x, x[2])[0].tolist() == [4, 5]
    assert nn.mix(x, nn.token_shift(x), 1.0).tolist() == x.tolist()
