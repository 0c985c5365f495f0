"""What modules, containers and `gt.nn.init` do besides computing."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Iterator

import numpy as np
import pytest

import gradloom.eager as gt

nn = gt.nn


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with gt.local():
        yield


def test_a_state_that_does_not_fit_is_told_by_name() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    state = model.state_dict()
    del state["0.bias"]
    state["more"] = gt.ones(1)
    with pytest.raises(RuntimeError, match=r"missing keys: 0\.bias; unexpected keys: more"):
        model.load_state_dict(state)
    made = model.load_state_dict(state, strict=False)
    assert made.missing_keys == ["0.bias"]
    assert made.unexpected_keys == ["more"]
    with pytest.raises(RuntimeError, match=r"size mismatch for 0\.weight"):
        model.load_state_dict({**model.state_dict(), "0.weight": gt.ones(5)}, strict=False)
    assert repr(model.load_state_dict(model.state_dict())) == "<All keys matched successfully>"


def test_containers_are_lists_and_dicts() -> None:
    listed = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
    listed.insert(1, nn.ReLU()).extend([nn.Tanh()])
    assert [type(m).__name__ for m in listed] == ["Linear", "ReLU", "Linear", "Tanh"]
    assert len(listed[1:3]) == 2
    assert isinstance(listed.pop(-1), nn.Tanh)
    del listed[1]
    assert list(listed.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert "(0-1): 2 x Linear" in repr(listed)
    named = nn.Sequential(OrderedDict(first=nn.Linear(2, 3), second=nn.ReLU()))
    assert named.first is named[0]
    assert isinstance(named[-1], nn.ReLU)
    both = nn.ModuleDict({"a": nn.Linear(1, 1)})
    both["b"] = nn.ReLU()
    assert list(both) == ["a", "b"]
    assert "a" in both
    weights = nn.ParameterList([gt.ones(2), gt.zeros(3)])
    weights.append(nn.Parameter(gt.ones(1)))
    assert [n for n, _ in weights.named_parameters()] == ["0", "1", "2"]
    assert nn.ParameterDict({"w": gt.ones(2)})["w"].requires_grad
    with pytest.raises(IndexError):
        listed[9]


def test_modules_are_walked_changed_and_copied() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))
    seen: list[str] = []
    model.apply(lambda m: seen.append(type(m).__name__))
    assert seen == ["Linear", "ReLU", "Linear", "Sequential", "Sequential"]
    assert [n for n, _ in model.named_modules()] == ["", "0", "1", "1.0", "1.1"]
    assert model.get_submodule("1.1") is model[1][1]
    assert model.get_parameter("0.weight") is model[0].weight
    with pytest.raises(AttributeError, match="no module"):
        model.get_submodule("1.7")
    twin = copy.deepcopy(model)
    assert isinstance(twin[0].weight, nn.Parameter)
    assert twin[0].weight is not model[0].weight
    model.requires_grad_(False)
    assert not any(p.requires_grad for p in model.parameters())
    assert {p.dtype for p in model.half().parameters()} == {gt.float16}
    with pytest.raises(TypeError, match="parameter"):
        model[0].weight = gt.ones(1)
    with pytest.raises(AttributeError, match="no attribute"):
        model.missing  # noqa: B018
    model.register_buffer("passing", gt.ones(1), persistent=False)
    assert "passing" not in model.state_dict()
    assert dict(model.named_buffers()).keys() == {"passing"}


def test_init_fills_as_it_says() -> None:
    gt.manual_seed(1)
    w = nn.Parameter(gt.zeros(300, 200))
    bound = (6 / 500) ** 0.5
    assert nn.init.xavier_uniform_(w) is w
    assert float(w.detach().abs().max()) == pytest.approx(bound, rel=1e-2)
    nn.init.kaiming_normal_(w, nonlinearity="relu", mode="fan_out")
    assert float(w.detach().std()) == pytest.approx((2 / 300) ** 0.5, rel=2e-2)
    nn.init.orthogonal_(w)
    np.testing.assert_allclose((w.detach().T @ w.detach()).numpy(), np.eye(200), atol=1e-5)
    nn.init.trunc_normal_(w, std=2.0)
    assert float(w.detach().abs().max()) <= 2
    assert nn.init.eye_(gt.zeros(2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert nn.init.dirac_(gt.zeros(2, 2, 3))[1].tolist() == [[0, 0, 0], [0, 1, 0]]
    assert nn.init.calculate_gain("leaky_relu", 1.0) == pytest.approx(1.0)
    assert w.is_leaf
    assert w.requires_grad
    with pytest.raises(ValueError, match="fan in"):
        nn.init.xavier_normal_(gt.zeros(3))


def test_parameters_are_one_vector_and_back() -> None:
    model = nn.Linear(2, 2)
    vector = nn.utils.parameters_to_vector(model.parameters())
    nn.utils.vector_to_parameters(vector.detach() * 0 + 3, model.parameters())
    assert model.bias.tolist() == [3.0, 3.0]
    made = nn.utils.rnn.pad_sequence([gt.ones(2), gt.ones(1)], batch_first=True, padding_value=7)
    assert made.tolist() == [[1, 1], [1, 7]]


@pytest.mark.parametrize("text", [
    "nn.Linear(2, 3)(gt.ones(4, 5))", "nn.Conv2d(3, 4, 3)(gt.ones(1, 2, 5, 5))",
    "nn.Conv2d(3, 4, 9)(gt.ones(1, 3, 5, 5))", "nn.Conv2d(3, 4, 3)(gt.ones(5))",
    "nn.Conv2d(3, 4, 3, groups=2)", "nn.Conv2d(4, 4, 3, stride=2, padding='same')",
    "nn.MaxPool2d(2, padding=2)(gt.ones(1, 1, 4, 4))", "nn.BatchNorm1d(3)(gt.ones(1, 3))",
    "nn.BatchNorm2d(3)(gt.ones(2, 3, 4))", "nn.LayerNorm(4)(gt.ones(2, 3))",
    "nn.GroupNorm(2, 3)", "nn.MultiheadAttention(5, 2)", "nn.LSTM(3, 4)(gt.ones(2, 2, 5))",
    "nn.CrossEntropyLoss()(gt.ones(2, 3), gt.tensor([0, 1, 2]))",
    "nn.MSELoss()(gt.ones(2, 3), gt.ones(3))",
    "nn.MSELoss(reduction='most')(gt.ones(2), gt.ones(2))",
    "nn.functional.pad(gt.ones(1, 1, 3, 3), (5, 5, 0, 0), mode='reflect')",
    "nn.functional.interpolate(gt.ones(1, 1, 3, 3))", "nn.Dropout(1.5)",
    "nn.functional.one_hot(gt.tensor([3]), 2)", "nn.Embedding(3, 2, padding_idx=5)",
])  # fmt: skip
def test_what_does_not_fit_is_an_error_at_once(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        eval(text, {"nn": nn, "gt": gt})


def test_a_dtype_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(TypeError, match="dtypes"):
        nn.Conv1d(1, 1, 1)(gt.ones(1, 1, 2, dtype=gt.float64))
    with pytest.raises(TypeError, match="integers"):
        nn.Embedding(3, 2)(gt.ones(2))
    with pytest.raises(NotImplementedError, match="sparse"):
        nn.Embedding(3, 2, sparse=True)(gt.tensor([1]))
