"""Options drawn at random give what torch gives, values and gradients."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import gradloom as gl

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.framework
F = torch.nn.functional
nn = gl.nn
rng = np.random.default_rng(8)
small = st.integers(1, 3)


def agree(f, torch_f, *args):
    given_tensors = [torch.tensor(x, requires_grad=True) for x in args]
    due = torch_f(*given_tensors)
    torch.sin(due).sum().backward()
    np.testing.assert_allclose(f(*args), due.detach().numpy(), rtol=1e-8, atol=1e-10)
    found = gl.grad(lambda *xs: np.sum(np.sin(f(*xs))), tuple(range(len(args))))(*args)
    for gradient, x in zip(found, given_tensors, strict=True):
        np.testing.assert_allclose(gradient, x.grad.numpy(), rtol=1e-7, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.data())
def test_convolutions(axes, data):
    kernel, stride, dilation, pad = (
        tuple(data.draw(st.lists(numbers, min_size=axes, max_size=axes)))
        for numbers in (small, small, small, st.integers(0, 2))
    )
    groups = data.draw(st.sampled_from([1, 2]))
    x = rng.normal(size=(2, 4, *[7, 6, 5][:axes]))
    w, b = rng.normal(size=(6, 4 // groups, *kernel)), rng.normal(size=6)
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    assume(all(s <= n + 2 * p for s, n, p in zip(spans, x.shape[2:], pad, strict=True)))
    f, torch_f = getattr(nn, f"conv{axes}d"), getattr(F, f"conv{axes}d")
    options = (stride, pad, dilation, groups)
    agree(lambda *xs: f(*xs, *options), lambda *xs: torch_f(*xs, *options), x, w, b)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 2), st.data())
def test_transposed_convolutions(axes, data):
    kernel, stride, dilation = (
        tuple(data.draw(st.lists(small, min_size=axes, max_size=axes))) for _ in range(3)
    )
    pad = tuple(
        data.draw(st.integers(0, d * (k - 1))) for k, d in zip(kernel, dilation, strict=True)
    )
    more = tuple(
        data.draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)
    )
    groups = data.draw(st.sampled_from([1, 2]))
    x, w = rng.normal(size=(2, 4, *[5, 4][:axes])), rng.normal(size=(4, 3, *kernel))
    f, torch_f = getattr(nn, f"conv_transpose{axes}d"), getattr(F, f"conv_transpose{axes}d")
    made = [
        (n - 1) * s - 2 * p + d * (size - 1) + m + 1
        for n, s, p, d, size, m in zip(
            x.shape[2:], stride, pad, dilation, kernel, more, strict=True
        )
    ]
    assume(min(made) > 0)
    agree(
        lambda *xs: f(*xs, None, stride, pad, dilation, more, groups),
        lambda *xs: torch_f(*xs, None, stride, pad, more, groups, dilation),
        x,
        w,
    )


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["max", "avg"]), st.integers(1, 2), small, small, st.booleans(), st.data())
def test_pooling(kind, axes, k, stride, ceil_mode, data):
    pad = data.draw(st.integers(0, k // 2))
    x = rng.normal(size=(2, 3, *[7, 6][:axes]))
    f, torch_f = getattr(nn, f"{kind}_pool{axes}d"), getattr(F, f"{kind}_pool{axes}d")
    agree(
        lambda a: f(a, k, stride, pad, ceil_mode=ceil_mode),
        lambda a: torch_f(a, k, stride, pad, ceil_mode=ceil_mode), x,
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    st.booleans(),
    st.booleans(),
    st.sampled_from(["mean", "sum", "none"]),
    st.floats(0, 1),
    st.data(),
)
def test_cross_entropy(has_shares, has_weight, reduction, smoothing, data):
    count, classes = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))
    x, weight = rng.normal(size=(count, classes)), rng.uniform(0.5, 2, classes)
    labels = rng.integers(0, classes, count)
    target = rng.dirichlet(np.ones(classes), count) if has_shares else labels
    options = {"reduction": reduction, "label_smoothing": smoothing}
    given_weight = weight if has_weight else None
    agree(
        lambda a: nn.cross_entropy(a, target, weight=given_weight, **options),
        lambda a: F.cross_entropy(
            a,
            torch.tensor(target),
            None if given_weight is None else torch.tensor(weight),
            **options,
        ),
        x,
    )


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from(["none", "bool", "float", "causal"]),
)
def test_attention(heads, queries, keys, mask):
    q, k, v = (rng.normal(size=(2, heads, n, 4)) for n in (queries, keys, keys))
    seen = {
        "bool": rng.random((heads, queries, keys)) > 0.4, "float": rng.normal(size=(queries, keys)),
    }.get(mask)  # fmt: skip
    theirs = None if seen is None else torch.tensor(seen)
    agree(
        lambda *xs: nn.scaled_dot_product_attention(*xs, seen, causal=mask == "causal"),
        lambda *xs: F.scaled_dot_product_attention(*xs, theirs, is_causal=mask == "causal"),
        q, k, v,
    )  # fmt: skip


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_probabilities_of_0_and_1_have_torchs_slopes(reduction):
    """What is sure and wrong must move, and what is sure and right must not."""
    p, t = np.array([0.0, 1.0, 0.0, 1.0, 1e-14, 0.3]), np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.6])
    tensor = torch.tensor(p, requires_grad=True)
    F.binary_cross_entropy(tensor, torch.tensor(t), reduction=reduction).sum().backward()
    found = gl.grad(lambda p: np.sum(nn.binary_cross_entropy(p, t, reduction=reduction)))(p)
    np.testing.assert_allclose(found, tensor.grad.numpy(), rtol=1e-8)  # torch: 1e-12 as a float


def test_slopes_of_probabilities_have_slopes():
    p = np.array([0.2, 0.7])
    hessian = gl.hessian(lambda p: nn.binary_cross_entropy(p, np.ones(2), reduction="sum"))(p)
    np.testing.assert_allclose(hessian, np.diag(1 / p**2))


def test_angles_of_vectors_that_are_traced():
    a = rng.normal(size=(3, 4))
    for b in (a[::-1], a[:1], a[0]):
        made = gl.trace(lambda x, b=b: nn.cosine_similarity(x, b), gl.spec("f64[3, 4]"))(a)
        np.testing.assert_allclose(made, nn.cosine_similarity(a, b))
    graph = gl.trace(lambda x: nn.cosine_similarity(x, 2 * x), gl.spec("f64[b, n]"))
    np.testing.assert_allclose(graph(a), np.ones(3))


def test_angles_of_vectors_that_broadcast():
    a, b = rng.normal(size=(3, 4)), rng.normal(size=(3, 1))
    agree(nn.cosine_similarity, lambda a, b: F.cosine_similarity(a, b, -1), a, b)


@pytest.mark.parametrize("shape", [(3, 0), (0, 3)])
def test_softmax_of_nothing_is_nothing(shape):
    x = np.zeros(shape)
    assert nn.softmax(x).shape == nn.log_softmax(x).shape == shape
    assert gl.compile(nn.softmax, backend="numpy")(x).shape == shape
    due = torch.logsumexp(torch.zeros(shape), -1).numpy()
    np.testing.assert_array_equal(nn.logsumexp(x, -1), due)


def test_options_may_be_numbers_of_numpys():
    x, w = rng.normal(size=(1, 4, 5, 5)), rng.normal(size=(2, 2, 3, 3))
    made = nn.conv2d(x, w, stride=np.int64(2), pad=np.array([1, 0]), groups=np.int64(2))
    np.testing.assert_array_equal(made, nn.conv2d(x, w, stride=2, pad=(1, 0), groups=2))
