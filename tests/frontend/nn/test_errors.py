"""What does not fit is told with its values and the user's line, plain and traced alike."""

import numpy as np
import pytest

import gradloom as gl

nn = gl.nn
X, W = np.zeros((2, 4, 6)), np.zeros((3, 4, 3))
LARGE, BELOW = np.full((2, 4), 6), np.full((2, 4), -1)

WRONG = {
    "transposed_to_nothing": (
        lambda x: nn.conv_transpose1d(x, np.zeros((4, 2, 1)), pad=3),
        ValueError,
        "an axis of 6 would become one of 0",
    ),
    "pad_of_a_float": (lambda x: nn.conv1d(x, W, pad=1.0), ValueError, "1.0 is not 1 whole"),
    "groups_of_a_float": (lambda x: nn.conv1d(x, W, groups=1.0), ValueError, "groups=1.0"),
    "power_of_a_norm": (lambda x: nn.normalize(x, p=0), ValueError, "p=0 is not above 0"),
    "axis_of_logsumexp": (lambda x: nn.logsumexp(x, (0, 7)), IndexError, "axis 7 of an array of 3"),
    "angles_of_other_shapes": (
        lambda x: nn.cosine_similarity(x, X[..., :4]),
        ValueError,
        "do not broadcast",
    ),
    "label_too_large": (
        lambda x: nn.cross_entropy(x, LARGE),
        IndexError,
        r"label 6 \(at \(0, 0\)\) of 6",
    ),
    "label_below_0": (lambda x: nn.nll_loss(x, BELOW), IndexError, "label -1"),
    "float_labels": (lambda x: nn.nll_loss(x, np.zeros((2, 4))), TypeError, "labels are integers"),
    "labels_of_another_shape": (
        lambda x: nn.cross_entropy(x, np.zeros(2, int)),
        ValueError,
        r"\(2,\)",
    ),
    "shares_of_another_shape": (
        lambda x: nn.cross_entropy(x, np.zeros((2, 4))),
        ValueError,
        r"\(2, 4\)",
    ),
    "smoothing": (
        lambda x: nn.cross_entropy(x, np.zeros((2, 4), int), label_smoothing=2),
        ValueError,
        "=2 is not",
    ),
    "reduction": (lambda x: nn.mse_loss(x, X, reduction="avg"), ValueError, "reduction='avg'"),
    "target_that_broadcasts": (lambda x: nn.mse_loss(x, X[:1]), ValueError, r"\(1, 4, 6\)"),
    "weights_of_classes": (
        lambda x: nn.cross_entropy(x, np.zeros((2, 4), int), weight=np.ones(5)),
        ValueError,
        r"\(5,\)",
    ),
    "beta": (lambda x: nn.smooth_l1_loss(x, X, beta=-1.0), ValueError, "beta=-1.0 is below 0"),
    "delta": (lambda x: nn.huber_loss(x, X, delta=0.0), ValueError, "not above 0"),
    "linear": (lambda x: nn.linear(x, np.zeros((5, 6))), ValueError, r"w \(5, 6\) differ"),
    "bias": (lambda x: nn.linear(x, np.zeros((6, 5)), np.zeros(6)), ValueError, r"\(5,\) is due"),
    "row": (
        lambda x: nn.embedding(x[0], np.array([4])),
        IndexError,
        "index 4 of a table of 4 rows",
    ),
    "padding_row": (
        lambda x: nn.embedding(x[0], np.array([1]), padding_idx=9),
        IndexError,
        "9 of 4",
    ),
    "float_rows": (
        lambda x: nn.embedding(x[0], np.array([1.0])),
        TypeError,
        "integers, not float64",
    ),
    "one_hot": (lambda x: x[0, 0, 0] * nn.one_hot(np.array([3]), 3), IndexError, "label 3"),
    "channels": (lambda x: nn.conv1d(x, np.zeros((3, 5, 3))), ValueError, "has 4 channels"),
    "groups": (
        lambda x: nn.conv1d(x, np.zeros((3, 2, 3)), groups=2),
        ValueError,
        "groups=2 does not divide",
    ),
    "kernel": (lambda x: nn.conv1d(x, np.zeros((3, 4, 9))), ValueError, r"covers \(9,\)"),
    "rank": (lambda x: nn.conv2d(x, W), ValueError, "4 axes is due"),
    "stride": (lambda x: nn.conv1d(x, W, stride=0), ValueError, "at least 1"),
    "pad": (lambda x: nn.conv1d(x, W, pad="full"), ValueError, "pad='full'"),
    "negative_pad": (lambda x: nn.conv1d(x, W, pad=-1), ValueError, "at least 0"),
    "pairs": (lambda x: nn.conv1d(x, W, pad=((0, 1), (1, 0))), ValueError, "not a pair"),
    "causal_images": (
        lambda x: nn.conv2d(x[None], np.zeros((1, 2, 1, 1)), pad="causal"),
        ValueError,
        "one axis",
    ),
    "dtypes": (lambda x: nn.conv1d(x, W.astype("float32")), TypeError, "the weight float32"),
    "output_padding": (
        lambda x: nn.conv_transpose1d(x, np.zeros((4, 2, 3)), output_padding=1),
        ValueError,
        "smaller",
    ),
    "pool": (lambda x: nn.max_pool1d(x, 7), ValueError, r"windows of \(7,\)"),
    "pool_padding": (lambda x: nn.avg_pool1d(x, 2, pad=2), ValueError, "more than half"),
    "adaptive": (lambda x: nn.adaptive_avg_pool1d(x, 0), ValueError, "at least 1"),
    "gamma": (lambda x: nn.layer_norm(x, np.ones(4)), ValueError, r"\(4,\)"),
    "axes": (lambda x: nn.layer_norm(x, axis=0), ValueError, "last axes"),
    "norm_groups": (lambda x: nn.group_norm(x, None, None, 3), ValueError, "3 groups"),
    "one_value": (
        lambda x: nn.batch_norm(x[:1, :, 0], None, None, None, None),
        ValueError,
        "more than 1",
    ),
    "no_statistics": (
        lambda x: nn.batch_norm(x, None, None, None, None, False),
        ValueError,
        "due where",
    ),
    "p": (lambda x: nn.dropout(x, 1.5, key=gl.random.key(0)), ValueError, "not 1.5"),
    "no_key": (lambda x: nn.dropout(x, 0.5), ValueError, "neither is given"),
    "axis": (lambda x: nn.softmax(x, 3), IndexError, "axis 3"),
    "odd": (lambda x: nn.glu(x[..., :5]), ValueError, "odd size"),
    "approximate": (lambda x: nn.gelu(x, "erf"), ValueError, "approximate='erf'"),
    "attention": (
        lambda x: nn.scaled_dot_product_attention(x, X[..., :5], X),
        ValueError,
        "do not fit",
    ),
    "mask": (
        lambda x: nn.scaled_dot_product_attention(x, X, X, np.ones((3, 4))),
        ValueError,
        r"mask of shape \(3, 4\)",
    ),
    "heads": (lambda x: nn.multi_head_attention(x, x, x, 4), ValueError, "4 heads"),
    "head_groups": (
        lambda x: nn.scaled_dot_product_attention(
            x[None], np.zeros((1, 3, 4, 6)), np.zeros((1, 3, 4, 6))
        ),
        ValueError,
        "differ|divide|broadcast|heads",
    ),
    "pairs_of_features": (lambda x: nn.rotary(x[..., :5]), ValueError, "no pairs"),
    "scale": (lambda x: nn.upsample_nearest2d(x, 0), ValueError, "at least 1"),
    "mode": (
        lambda x: nn.interpolate(x, 3, mode="bilinear"),
        NotImplementedError,
        "mode='bilinear'",
    ),
    "strings": (lambda x: nn.silu(np.array(["a"])) + x, TypeError, "<U1"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("traced", [False, True])
def test_what_does_not_fit_is_told(name, traced):
    f, kind, text = WRONG[name]
    with pytest.raises(kind, match=text) as raised:
        gl.trace(f, X) if traced else f(X)
    error = raised.value
    assert isinstance(error, gl.GradloomError)
    assert error.location.file == __file__


def test_nothing_at_all_is_no_accident():
    empty = np.zeros((0, 4))
    assert nn.relu(empty).shape == nn.softmax(empty).shape == (0, 4)
    assert nn.conv1d(np.zeros((0, 4, 6)), W).shape == (0, 3, 4)
    assert nn.layer_norm(empty, np.ones(4), np.zeros(4)).shape == (0, 4)


def test_numbers_that_are_not_finite_stay_what_they_are():
    odd = np.array([np.nan, np.inf, -np.inf])
    assert np.array_equal(nn.relu(odd), [np.nan, np.inf, 0], equal_nan=True)
    assert nn.logsumexp(np.array([-np.inf, -np.inf])) == -np.inf
    assert gl.grad(nn.logsumexp)(np.array([-np.inf, 0.0])).tolist() == [0, 1]
    assert gl.grad(lambda x: nn.elu(x).sum())(np.array([1000.0]))[0] == 1
    assert nn.softplus(np.array([1000.0]))[0] == 1000
    assert nn.sigmoid(np.array([-800.0, 800.0])).tolist() == [0, 1]
    assert np.isnan(nn.cross_entropy(np.zeros((1, 2)), np.array([-100])))


def test_integers_and_lists_are_numbers_too():
    assert nn.gelu([1, 2]).dtype == np.float64
    assert gl.trace(lambda x: nn.softmax([x, 1.0]), 0.5)(0.5).sum() == pytest.approx(1)


@pytest.mark.framework
@pytest.mark.parametrize("backend", ["", "numpy", "torch", "jax", "tensorflow"])
def test_a_label_that_is_no_class_is_told_when_a_program_runs_too(backend):
    if backend:
        pytest.importorskip(backend)
    gradient = gl.grad(nn.cross_entropy)
    run = gl.compile(gradient, backend=backend) if backend else gradient
    logits = np.zeros((2, 3))
    due = gradient(logits, np.array([2, -100]))
    np.testing.assert_allclose(run(logits, np.array([2, -100])), due)  # -100 is left out
    for labels in ([0, -1], [-2, 1]):
        with pytest.raises(gl.GradloomError, match="cross_entropy: a label is none of 3 classes"):
            run(logits, np.array(labels))
    with pytest.raises(Exception, match=r"none of 3 classes|not valid|indices"):
        run(logits, np.array([0, 3]))
