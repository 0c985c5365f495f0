"""Modules by torch's names: the same weights give the same numbers, derivatives and text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

import gradloom.eager as gt
from tests.eager.twins import as_torch, flat

pytestmark = [
    pytest.mark.framework,
    pytest.mark.filterwarnings("ignore:(Implicit dimension|size_average|enable_nested)"),
]
RNG = np.random.default_rng(11)
ROWS = RNG.normal(size=(4, 6))
LINE = RNG.normal(size=(2, 4, 9))
IMAGE = RNG.normal(size=(2, 4, 6, 6))
BODY = RNG.normal(size=(2, 4, 4, 4, 2))
NAMES = np.array([[0, 3, 1], [2, 2, 4]])
SEQUENCE = RNG.normal(size=(5, 3, 4))
MASK = np.triu(np.ones((5, 5), bool), 1)
PADDING = np.array([[0, 0, 0, 0, 1], [0, 0, 1, 1, 1], [0, 0, 0, 0, 0]], bool)
CLASSES = np.array([0, 5, 2, 2])
SIGNS = np.array([1.0, -1.0, 1.0, -1.0])


@pytest.fixture(autouse=True, scope="module")
def _here() -> Iterator[None]:
    with gt.local():
        yield


LAYERS: tuple[tuple[str, tuple[np.ndarray, ...]], ...] = (
    *[(f"nn.{name}()", (ROWS,)) for name in (
        "ReLU", "ReLU6", "Sigmoid", "Tanh", "SiLU", "Mish", "SELU", "GELU", "Softsign",
        "LogSigmoid", "Hardswish", "Hardsigmoid", "Tanhshrink", "LeakyReLU", "ELU", "CELU",
        "Softplus", "Hardtanh", "Hardshrink", "Softshrink", "GLU", "PReLU", "Softmax",
        "LogSoftmax", "Softmin", "Identity", "Flatten")],
    *[(f"nn.{text}", (ROWS,)) for text in (
        "ReLU(inplace=False)", "GELU(approximate='tanh')", "LeakyReLU(0.3)", "ELU(alpha=0.5)",
        "Threshold(0.1, 20.0)", "PReLU(6)", "Softmax(dim=0)", "Hardtanh(-2.0, 0.5)",
        "Linear(6, 3)", "Linear(6, 3, bias=False)", "LayerNorm(6)", "LayerNorm((4, 6), bias=False)",
        "LayerNorm(6, eps=0.1, elementwise_affine=False)", "RMSNorm(6)", "RMSNorm((4, 6), 0.1)",
        "GroupNorm(3, 6)", "BatchNorm1d(6)", "BatchNorm1d(6, momentum=None, affine=False)",
        "BatchNorm1d(6, track_running_stats=False)", "Dropout(0.0)", "Unflatten(1, (2, 3))",
        "Sequential(nn.Linear(6, 3), nn.ReLU(), nn.Linear(3, 2))")],
    *[(f"nn.{text}", (LINE,)) for text in (
        "Conv1d(4, 6, 3)", "Conv1d(4, 6, 3, padding='same', dilation=2, groups=2, bias=False)",
        "Conv1d(4, 2, 3, padding=2, padding_mode='circular')", "ConvTranspose1d(4, 3, 3, 2, 1, 1)",
        "MaxPool1d(2)", "AvgPool1d(3, 2, 1)", "AdaptiveAvgPool1d(4)", "AdaptiveMaxPool1d(3)",
        "LPPool1d(2.0, 3)", "BatchNorm1d(4)", "InstanceNorm1d(4, affine=True)", "ZeroPad1d(2)",
        "ReflectionPad1d((1, 2))", "ReplicationPad1d(1)", "ConstantPad1d((1, 0), 2.5)",
        "CircularPad1d(1)", "Upsample(scale_factor=2)", "Dropout1d(0.0)")],
    *[(f"nn.{text}", (IMAGE,)) for text in (
        "Conv2d(4, 6, 3)", "Conv2d(4, 6, (3, 2), stride=(2, 1), padding=1)",
        "Conv2d(4, 8, 3, padding='valid', groups=4)",
        "Conv2d(4, 2, 3, padding=(1, 2), padding_mode='reflect')",
        "Conv2d(4, 2, 2, padding='same', padding_mode='replicate')",
        "ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1)",
        "ConvTranspose2d(4, 4, 2, groups=2, bias=False, dilation=2)",
        "MaxPool2d(2)", "MaxPool2d((3, 2), stride=1, padding=1, ceil_mode=True)",
        "MaxPool2d(2, return_indices=True)", "AvgPool2d(3, 2, 1, count_include_pad=False)",
        "AdaptiveAvgPool2d((None, 2))", "AdaptiveMaxPool2d(3, return_indices=True)",
        "BatchNorm2d(4)", "BatchNorm2d(4, eps=0.1, momentum=0.3)", "InstanceNorm2d(4)",
        "InstanceNorm2d(4, affine=True, track_running_stats=True)", "GroupNorm(2, 4, affine=False)",
        "LocalResponseNorm(2)", "ZeroPad2d((1, 0, 2, 1))", "ReflectionPad2d(2)",
        "ReplicationPad2d((1, 2, 0, 1))", "ConstantPad2d(1, -1.0)", "CircularPad2d(2)",
        "Upsample(size=(4, 9), mode='bilinear')", "Upsample(scale_factor=(1.5, 2.0))",
        "UpsamplingBilinear2d(scale_factor=2)", "UpsamplingNearest2d(size=9)", "PixelShuffle(2)",
        "PixelUnshuffle(3)", "ChannelShuffle(2)", "Unfold(2, padding=1)", "Dropout2d(0.0)",
        "Softmax2d()", "Flatten(0, 2)", "PReLU(4)")],
    *[(f"nn.{text}", (BODY,)) for text in (
        "Conv3d(4, 2, 2)", "ConvTranspose3d(4, 2, 2, 2)", "MaxPool3d(2)", "AvgPool3d(2)",
        "AdaptiveAvgPool3d(1)", "BatchNorm3d(4)", "InstanceNorm3d(4)", "ReplicationPad3d(1)",
        "Dropout3d(0.0)")],
    *[(f"nn.{text}", (NAMES,)) for text in (
        "Embedding(5, 3)", "Embedding(5, 3, padding_idx=2)", "EmbeddingBag(5, 3)",
        "Embedding(5, 3, max_norm=0.7)", "EmbeddingBag(5, 3, mode='sum', padding_idx=-1)")],
    *[(f"nn.{text}", (SEQUENCE,)) for text in (
        "RNN(4, 3)", "RNN(4, 3, 2, nonlinearity='relu', bias=False)", "LSTM(4, 3)",
        "LSTM(4, 5, num_layers=2, bidirectional=True, batch_first=True)",
        "LSTM(4, 5, proj_size=2, num_layers=2)", "GRU(4, 3)",
        "GRU(4, 3, num_layers=2, bidirectional=True)",
        "TransformerEncoderLayer(4, 2, 7, dropout=0.0)",
        "TransformerEncoderLayer(4, 2, 7, 0.0, 'gelu', norm_first=True, batch_first=True)",
        "TransformerEncoderLayer(4, 2, 7, 0.0, bias=False)",
        "TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 7, 0.0), 2, nn.LayerNorm(4))")],
    ("nn.LSTM(4, 3)", (SEQUENCE[:, 0],)),
    ("nn.GRU(4, 3)", (SEQUENCE, SEQUENCE[:1, :, :3])),
    *[(f"nn.{text}", (ROWS[:3, :4],)) for text in (
        "RNNCell(4, 5)", "RNNCell(4, 5, nonlinearity='relu')", "LSTMCell(4, 5)",
        "GRUCell(4, 5, bias=False)")],
    ("nn.Bilinear(6, 6, 3)", (ROWS, ROWS * 2)),
    *[(f"nn.MultiheadAttention({o})", (SEQUENCE,) * 3) for o in (
        "4, 2", "4, 1, bias=False", "4, 2, add_bias_kv=True, add_zero_attn=True",
        "4, 4, batch_first=True")],
    ("nn.MultiheadAttention(4, 2, kdim=3, vdim=2)", (SEQUENCE, SEQUENCE[..., :3],
                                                    SEQUENCE[..., :2])),
    ("nn.MultiheadAttention(4, 2)", (SEQUENCE[:, 0],) * 3),
    ("nn.MultiheadAttention(4, 2)", (*(SEQUENCE,) * 3, PADDING)),
    ("nn.TransformerDecoderLayer(4, 2, 7, 0.0)", (SEQUENCE, SEQUENCE[:3] * 2)),
    ("nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 7, 0.0, norm_first=True), 2)",
     (SEQUENCE, SEQUENCE[:3] * 2)),
    ("nn.Transformer(4, 2, 1, 1, 6, 0.0)", (SEQUENCE, SEQUENCE[:3] * 2)),
    ("nn.TransformerEncoderLayer(4, 2, 7, 0.0)", (SEQUENCE, MASK)),
    ("nn.TransformerEncoderLayer(4, 2, 7, 0.0)", (SEQUENCE, MASK, PADDING)),
    *[(f"nn.{text}", (ROWS, ROWS[::-1] * 2)) for text in (
        "MSELoss()", "L1Loss(reduction='sum')", "SmoothL1Loss(beta=0.5)", "HuberLoss(delta=0.3)",
        "PoissonNLLLoss()", "CosineSimilarity()", "PairwiseDistance(p=1.0)",
        "MSELoss(size_average=False)", "L1Loss(reduce=False)")],
    *[(f"nn.{text}", (ROWS, CLASSES)) for text in (
        "CrossEntropyLoss()", "CrossEntropyLoss(label_smoothing=0.2, ignore_index=2)",
        "CrossEntropyLoss(weight=m.arange(6.0).double(), reduction='none')",
        "NLLLoss(weight=m.ones(6).double() * 2)", "MultiMarginLoss(p=2)")],
    *[(f"nn.{text}", (ROWS, (ROWS > 0) * 1.0)) for text in (
        "BCEWithLogitsLoss()", "BCEWithLogitsLoss(pos_weight=m.ones(6).double() * 3)",
        "MultiLabelSoftMarginLoss()")],
    ("nn.BCELoss()", (RNG.uniform(0.1, 0.9, (4, 6)), (ROWS > 0) * 1.0)),
    ("nn.KLDivLoss(reduction='batchmean')", (ROWS, np.abs(ROWS))),
    ("nn.GaussianNLLLoss()", (ROWS, ROWS * 2, np.abs(ROWS))),
    ("nn.MarginRankingLoss(0.5)", (ROWS[:, 0], ROWS[:, 1], SIGNS)),
    ("nn.CosineEmbeddingLoss()", (ROWS, ROWS[::-1].copy(), SIGNS)),
    ("nn.TripletMarginLoss(swap=True)", (ROWS, ROWS * 1.3, ROWS[::-1].copy())),
    ("nn.HingeEmbeddingLoss()", (np.abs(ROWS[:, 0]), SIGNS)),
    ("nn.SoftMarginLoss()", (ROWS[:, 0], SIGNS)),
)  # fmt: skip


def _made(m: Any, text: str) -> Any:
    return eval(text, {"nn": m.nn, "m": m})


def _outputs(
    m: Any, layer: Any, make: Any, arrays: tuple[np.ndarray, ...]
) -> tuple[Any, list[Any]]:
    xs = [make(np.ascontiguousarray(a)) for a in arrays]
    if xs[0].dtype.is_floating_point:
        xs[0].requires_grad_()
    made = []
    for result in flat(layer(*xs)):
        made.extend(flat(result))
    total = sum(
        (r * m.arange(r.numel()).reshape(r.shape).to(r.dtype).cos()).sum()
        for r in made if r is not None and r.requires_grad
    )  # fmt: skip
    if not isinstance(total, int):
        total.backward()
    return made, [x.grad for x in [xs[0], *layer.parameters()]]


@pytest.mark.parametrize(("text", "arrays"), LAYERS, ids=[t for t, _ in LAYERS])
def test_a_layer_with_torchs_weights_gives_torchs_numbers(
    text: str, arrays: tuple[np.ndarray, ...]
) -> None:
    torch.manual_seed(0)
    theirs, ours = _made(torch, text).double(), _made(gt, text).double()
    for p in theirs.parameters():  # biases that begin as zeros would hide a mistake
        p.data += 0.1 * torch.randn_like(p)
    state = {k: gt.from_numpy(v.numpy()) for k, v in theirs.state_dict().items()}
    assert list(ours.state_dict()) == list(state)
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    ours.load_state_dict(state)
    if "Quant" not in repr(theirs):
        assert repr(ours) == repr(theirs)
    for training in (True, False):
        ours.train(training)
        theirs.train(training)
        made, grads = _outputs(gt, ours, gt.from_numpy, arrays)
        expected, derived = _outputs(torch, theirs, as_torch, arrays)
        for a, b in zip(made, expected, strict=True):
            assert (a is None) == (b is None)
            if b is not None:
                assert tuple(a.shape) == tuple(b.shape)
                assert str(b.dtype) == f"torch.{a.dtype}"
                np.testing.assert_allclose(
                    a.detach().numpy(), b.detach().numpy(), rtol=1e-6, atol=1e-9
                )
        for a, b in zip(grads, derived, strict=True):
            if b is None:
                assert a is None or not a.any()
            else:
                np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6, atol=1e-9)
        ours.zero_grad()
        theirs.zero_grad()
    for name, value in theirs.state_dict().items():  # running statistics
        np.testing.assert_allclose(ours.state_dict()[name].numpy(), value.numpy(), rtol=1e-9)
