"""torch modules in the debugger, against torch's own derivatives."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402 - after the question whether it is there

from tests.viz.gradients.torch.nets import (  # noqa: E402 - so is this
    Attention,
    Beside,
    Residual,
    check_against_torch,
    loss,
)
from tests.viz.gradients.ways import check_sums  # noqa: E402 - so is this

pytestmark = pytest.mark.framework


def mlp(**options: Any) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).to(**options)


def block(draw: st.DrawFn, channels: int, depth: int) -> nn.Module:
    """A module from `[batch, channels, 4, 4]` to the same."""
    leaf = {
        "conv": lambda: nn.Conv2d(channels, channels, 3, padding=1, bias=draw(st.booleans())),
        "grouped": lambda: nn.Conv2d(channels, channels, 3, padding=2, dilation=2, groups=channels),
        "batch": lambda: nn.BatchNorm2d(channels).train(draw(st.booleans())),
        "group": lambda: nn.GroupNorm(1, channels),
        "layer": lambda: nn.LayerNorm([4, 4]),
        "tanh": nn.Tanh,
        "elu in place": lambda: nn.Sequential(nn.Conv2d(channels, channels, 1), nn.ELU(1.0, True)),
        "gelu": nn.GELU,
        "max": lambda: nn.MaxPool2d(3, 1, padding=1),
        "mean": lambda: nn.AvgPool2d(3, 1, padding=1),
        "attention": lambda: Attention(channels),
        "identity": nn.Identity,
    }  # fmt: skip
    kind = draw(st.sampled_from([*leaf, *(["residual", "beside", "twice"] if depth else [])]))
    if kind in leaf:
        return leaf[kind]()
    inner = block(draw, channels, depth - 1)
    if kind == "residual":
        return Residual(inner)
    if kind == "twice":
        return nn.Sequential(inner, nn.Softplus(), inner)
    other = block(draw, channels, depth - 1)
    return nn.Sequential(Beside(inner, other), nn.Conv2d(2 * channels, channels, 1))


@st.composite
def networks(draw: st.DrawFn) -> nn.Module:
    """Small networks of doubles, `[1, 1, 4, 4]` in and `[1, 3]` out."""
    torch.manual_seed(draw(st.integers(0, 1000)))
    first = nn.Conv2d(1, 2, 3, padding=1)
    blocks = [block(draw, 2, 2) for _ in range(draw(st.integers(1, 3)))]
    strided = nn.Conv2d(2, 2, 2, stride=2)
    return nn.Sequential(first, *blocks, strided, nn.Flatten(), nn.Linear(8, 3)).double()


@settings(max_examples=12, deadline=None)
@given(net=networks(), seed=st.integers(0, 1000))
def test_gradients_and_flows_of_random_networks_are_those_of_torchs_whole_record(
    net: nn.Module, seed: int
) -> None:
    torch.manual_seed(seed)
    check_against_torch(net, torch.randn(1, 1, 4, 4, dtype=torch.float64))


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(net=networks(), seed=st.integers(0, 1000))
def test_many_random_networks(net: nn.Module, seed: int) -> None:
    torch.manual_seed(seed)
    check_against_torch(net, torch.randn(1, 1, 4, 4, dtype=torch.float64))


def test_slopes_are_those_of_finite_differences() -> None:
    net = mlp(dtype=torch.float64)
    x = torch.randn(2, 3, dtype=torch.float64)
    shown = gl.viz.gradients(net, x, loss=loss)
    (flow,) = (f for f in shown.flows if (f.source, f.target) == ("input", "0"))
    slopes = np.zeros((6, 8))
    slopes[flow.sources, flow.targets] = flow.slopes
    with torch.no_grad():
        for i in range(6):
            step = torch.zeros(6, dtype=torch.float64)
            step[i] = 1e-6
            moved = (net[0](x + step.reshape(2, 3)) - net[0](x - step.reshape(2, 3))) / 2e-6
            np.testing.assert_allclose(slopes[i], moved.ravel(), atol=1e-8)


def test_a_hand_cut_network_has_torchs_dense_jacobians_and_a_skip_its_own_flow() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 2)

        def forward(self, x: Any) -> Any:
            return self.b(torch.tanh(self.a(x)) * x)

    net = Net().double()
    x = torch.randn(3, dtype=torch.float64)
    shown = gl.viz.gradients(net, x, loss=loss)
    a = net.a(x).detach()
    by_a, by_x = torch.autograd.functional.jacobian(lambda a, x: net.b(torch.tanh(a) * x), (a, x))
    for source, wanted in (("a", by_a), ("input", by_x)):
        (flow,) = (f for f in shown.flows if (f.source, f.target) == (source, "b"))
        ct = shown.layer("b").gradient
        np.testing.assert_allclose(flow.matrix(3, 2), wanted.T.numpy() * ct, atol=1e-12)


def test_the_same_network_in_numpy_has_the_same_flows() -> None:
    net = mlp(dtype=torch.float64)
    w, b, v, c = (p.detach().numpy() for p in net.parameters())
    x = np.random.default_rng(0).normal(size=(2, 3))

    def plain(x: Any) -> Any:
        return np.tanh(x @ w.T + b) @ v.T + c

    target = np.ones((2, 2))
    one = gl.viz.gradients(net, x, target=target, layers=["1"])
    other = gl.viz.gradients(plain, x, target=target, layers=["tanh"])
    assert one.loss == pytest.approx(other.loss)
    assert [f.total for f in one.flows] == [f.total for f in other.flows]
    for ours, theirs in zip(one.flows, other.flows, strict=True):
        np.testing.assert_allclose(ours.values, theirs.values, atol=1e-12)
    np.testing.assert_array_equal(one.target, target)


def test_layers_are_calls_in_order_by_their_names_and_lines() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.ModuleDict({"lin": nn.Linear(3, 3)})
            self.memory = nn.LSTM(3, 2, batch_first=True)

        def forward(self, x: Any) -> Any:
            h = self.inner["lin"](x)
            h = self.inner["lin"](torch.relu(h))
            out, (last, _) = self.memory(h)
            return out.sum(1) + last[0]

    shown = gl.viz.gradients(Net(), torch.randn(2, 4, 3), loss=loss)
    names = ["input", "inner.lin", "inner.lin#2", "memory[0]", "memory[1][0]", "output", "loss"]
    assert [layer.name for layer in shown.layers] == names
    second = shown.layer("inner.lin#2")
    assert (second.op, second.source) == ("Linear", 'h = self.inner["lin"](torch.relu(h))')
    assert second.function.endswith("Net.forward")
    assert shown.layer("input").file == ""
    check_sums(shown, 1e-6)


def test_layers_are_chosen_by_names_or_by_a_function() -> None:
    net = nn.Sequential(mlp(), nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
    x = torch.randn(1, 3)

    def names(layers: Any) -> list[str]:
        shown = gl.viz.gradients(net, x, layers=layers)
        check_sums(shown, 1e-6)
        return [layer.name for layer in shown.layers][1:-2]

    assert names(["1", "0.1"]) == ["0.1", "1"]
    assert names("0.2") == ["0.2"]
    assert names(lambda name, module: isinstance(module, nn.Linear)) == ["0.0", "0.2", "1.0"]
    with pytest.raises(gl.ArgumentError, match="'3' is not called"):
        names(["3"])


def test_an_edit_is_computed_at_once_with_the_weights_of_now() -> None:
    net = mlp(dtype=torch.float64)
    shown = gl.viz.gradients(net, np.zeros((1, 3)))
    shown.set_cell(0, 1, value=2.0)
    assert shown.loss == pytest.approx(net(torch.tensor([[0.0, 2, 0]]).double()).sum().item())
    with torch.no_grad():
        net[2].bias += 1
    assert shown.loss is not None
    before = shown.loss
    shown.set_cell(0, 1, value=2.0)
    assert shown.loss == pytest.approx(before + 2)


def test_an_edit_that_a_layer_refuses_is_told_with_the_layer() -> None:
    class Strict(nn.Module):
        def forward(self, x: Any) -> Any:
            if x.max() > 5:
                raise ValueError("too large")
            return x * 1

    shown = gl.viz.gradients(nn.Sequential(Strict(), nn.Linear(3, 1)), torch.ones(1, 3))
    with pytest.raises(ValueError, match="too large"):
        shown.set_cell(0, 0, value=9.0)
    assert shown.error.splitlines()[:2] == ["too large", "in layer '0' (Strict)"]
    assert shown.is_stale
    shown.set_cell(0, 0, value=2.0)
    assert shown.error == ""


def test_two_checkpoints_are_compared() -> None:
    net, x = mlp(), torch.ones(1, 3)
    before = gl.viz.gradients(copy.deepcopy(net), x)
    with torch.no_grad():
        net[2].bias += 1
    compared = gl.viz.gradients(net, x).compare(before).data()["compare"]
    assert compared["title"] == "Sequential"
    assert compared["layers"][0]["activation"] == [1.0, 1.0, 1.0]


def test_nothing_of_the_module_is_changed() -> None:
    net = nn.Sequential(
        nn.Conv1d(2, 3, 3), nn.BatchNorm1d(3), nn.ReLU(inplace=True), nn.Dropout(0.5)
    )
    net[0].weight.requires_grad_(False)
    net[0].bias.grad = torch.ones(3)
    x = torch.randn(2, 2, 6)
    state = copy.deepcopy(net.state_dict())
    buffers = {name: id(b) for name, b in net.named_buffers()}
    before = x.clone(), torch.get_rng_state()
    shown = gl.viz.gradients(net, x, loss=loss)
    shown.set_cell(0, 0, 0, value=3.0)
    assert all(torch.equal(a, state[name]) for name, a in net.state_dict().items())
    assert {name: id(b) for name, b in net.named_buffers()} == buffers
    assert all(m.training for m in net.modules())
    assert not net[0].weight.requires_grad
    assert torch.equal(net[0].bias.grad, torch.ones(3))
    assert net[1].weight.grad is None
    assert not net[0]._forward_hooks
    assert torch.equal(x, before[0])
    assert torch.equal(torch.get_rng_state(), before[1])
    assert "training mode" in " ".join(shown.data()["notes"])


def test_dropout_draws_the_same_at_every_edit_and_what_torch_would_draw() -> None:
    net = nn.Sequential(nn.Linear(4, 50), nn.Dropout(0.5))
    x = torch.randn(1, 4)
    torch.manual_seed(5)
    shown = gl.viz.gradients(net, x)
    torch.manual_seed(5)
    assert shown.loss == pytest.approx(net(x).sum().item())
    dropped = shown.layer("1").activation == 0
    shown.set_cell(0, 0, value=9.0)
    np.testing.assert_array_equal(shown.layer("1").activation == 0, dropped)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_every_float_format_is_carried(dtype: str) -> None:
    kind = getattr(torch, dtype)
    net, x = mlp(dtype=kind), torch.randn(2, 3, dtype=kind)
    shown = gl.viz.gradients(net, x, loss=loss)
    leaf = x.clone().requires_grad_()
    (own,) = torch.autograd.grad(loss(net(leaf)), [leaf])
    slack = 8 * torch.finfo(kind).eps
    np.testing.assert_allclose(shown.layers[0].gradient, own.double(), atol=slack)
    assert shown.set_cell(0, 0, value=1.5).layers[0].activation.flat[0] == 1.5
    check_sums(shown, slack)


def test_arrays_become_what_the_module_has_and_other_arguments_are_kept() -> None:
    net = nn.Bilinear(3, 2, 4)
    shown = gl.viz.gradients(net, np.ones((1, 3)), np.full((1, 2), 2.0), argnum=1)
    assert shown.input.dtype == np.float32
    assert shown.input.shape == (1, 2)
    check_sums(shown, 1e-5)


def test_functions_of_tensors_have_the_modules_that_they_call() -> None:
    net, head = mlp(), nn.Linear(2, 1)

    def whole(x: Any, y: Any) -> Any:
        return torch.tanh(head(net(x))) + y.sum()

    shown = gl.viz.gradients(whole, torch.randn(2, 3), torch.randn(2), loss=loss)
    names = ["input", "net.0", "net.1", "net.2", "head", "output", "loss"]
    assert [layer.name for layer in shown.layers] == names
    assert shown.layer("head").source == "return torch.tanh(head(net(x))) + y.sum()"
    bare = gl.viz.gradients(lambda x: (x**2).sum(), torch.ones(2))
    assert [layer.name for layer in bare.layers] == ["input", "loss"]
    assert bare.flows[0].values.tolist() == [2.0, 2.0]


@pytest.mark.parametrize("shell", ["no_grad", "inference_mode"])
def test_it_runs_under_whatever_mode_is_on(shell: str) -> None:
    net, x = mlp(), torch.randn(1, 3)
    wanted = gl.viz.gradients(net, x)
    with getattr(torch, shell)():
        shown = gl.viz.gradients(net, x)
        shown.links("input", 0)
    np.testing.assert_array_equal(shown.layers[0].gradient, wanted.layers[0].gradient)


def test_complex_numbers_on_the_way_are_no_layers() -> None:
    class Spectrum(nn.Module):
        def forward(self, x: Any) -> Any:
            return torch.fft.rfft(x)

    net = nn.Sequential(nn.Linear(4, 4), Spectrum())
    shown = gl.viz.gradients(lambda x: net(x).abs(), torch.randn(1, 4), loss=loss)
    assert [layer.name for layer in shown.layers] == ["input", "net.0", "output", "loss"]
    check_sums(shown, 1e-5)


def test_a_module_that_gradloom_exported_is_a_module_of_torch() -> None:
    net = gl.export.torch_module(lambda x: np.tanh(x) * 2, (np.ones(3, np.float32),))
    shown = gl.viz.gradients(net, torch.ones(3))
    assert [layer.name for layer in shown.layers] == ["input", "output", "loss"]
    np.testing.assert_allclose(shown.layers[0].gradient, 2 / np.cosh(1) ** 2, rtol=1e-6)


def test_several_results_want_a_loss() -> None:
    class Net(nn.Module):
        def forward(self, x: Any) -> Any:
            return {"a": x * 2, "b": (torch.sin(x), None)}

    with pytest.raises(gl.ArgumentError, match="gives a dict"):
        gl.viz.gradients(Net(), torch.ones(2))
    shown = gl.viz.gradients(Net(), torch.ones(2), loss=lambda r: (r["a"] * r["b"][0]).sum())
    assert [layer.name for layer in shown.layers][1:3] == ["output[a]", "output[b][0]"]
    check_sums(shown, 1e-6)


def test_a_loss_may_be_a_module_with_a_target_of_classes() -> None:
    net, x = mlp(), torch.randn(2, 3)
    classes = torch.tensor([0, 1])
    shown = gl.viz.gradients(net, x, target=classes, loss=nn.CrossEntropyLoss())
    assert shown.loss == pytest.approx(nn.functional.cross_entropy(net(x), classes).item())
    shares = np.array([[0.25, 0.75], [1.0, 0.0]])
    mixed = gl.viz.gradients(net, x, target=shares, loss=nn.CrossEntropyLoss())
    wanted = nn.functional.cross_entropy(net(x), torch.tensor(shares, dtype=torch.float32))
    assert mixed.loss == pytest.approx(wanted.item())


@pytest.mark.parametrize(
    ("program", "x", "options", "error", "told"),
    [
        (lambda: mlp(), torch.ones(1, 3, dtype=torch.int64), {}, gl.DtypeError, "torch.int64"),
        (lambda: nn.Embedding(3, 2), np.ones(2, int), {}, gl.DtypeError, "int64"),
        (lambda: mlp(), torch.ones(0, 3), {}, gl.ShapeError, "nothing to look at"),
        (lambda: mlp(), torch.ones(1, 3, dtype=torch.complex64), {}, gl.DtypeError, "complex64"),
        (lambda: mlp(), torch.ones(1, 3, device="meta"), {}, gl.ArgumentError, "meta"),
        (lambda: nn.DataParallel(mlp()), torch.ones(1, 3), {}, gl.NotSupported, "DataParallel"),
        (lambda: nn.LazyLinear(3), torch.ones(1, 3), {}, gl.ArgumentError, "no shape yet"),
        (lambda: mlp(), torch.ones(1, 3), {"backend": "torch"}, gl.CallError, "is of torch"),
        (lambda: mlp(), torch.ones(1, 3), {"argnum": 1}, gl.ArgumentError, "argnum=1"),
        (lambda: mlp(), torch.ones(1, 3), {"target": np.ones(3)}, gl.ShapeError, r"\(3,\)"),
        (lambda: mlp(), torch.ones(1, 3), {"loss": lambda y: y}, gl.ShapeError, r"\(1, 2\)"),
        (lambda: lambda x: x.detach(), torch.ones(3), {}, gl.ArgumentError, "does not depend"),
        (lambda: lambda x: x.argmax(), torch.ones(3), {}, gl.ShapeError, "int64"),
        (lambda: mlp(), torch.ones(1, 4), {}, RuntimeError, r"in layer '0' \(Linear\)"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_told(
    program: Any, x: Any, options: Any, error: type[Exception], told: str
) -> None:
    from torch.nn.modules import module

    with pytest.raises(error, match=told):
        gl.viz.gradients(program(), x, **options)
    assert not module._global_forward_hooks
    assert not module._global_forward_pre_hooks
