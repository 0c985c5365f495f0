"""Dropout and initial weights: the statistics that they promise, from keys and from generators."""

import numpy as np
import pytest

import gradloom as gl

nn = gl.nn
init = nn.init
SOURCES = {"key": lambda: gl.random.key(3), "generator": lambda: np.random.default_rng(3)}


@pytest.mark.parametrize("given", [{"key": gl.random.key(1)}, {"rng": np.random.default_rng(1)}])
def test_dropout_keeps_the_mean(given):
    made = nn.dropout(np.ones(20_000), 0.3, **given)
    assert set(np.unique(made)) == {0.0, 1 / 0.7}
    # Four deviations of the mean of so many elements.
    assert abs(made.mean() - 1) < 4 * np.sqrt(0.3 / 0.7 / 20_000)


def test_dropout_is_nothing_outside_training():
    x = np.arange(3.0)
    assert nn.dropout(x, 0.5, False) is x
    assert nn.dropout(x, 0.0) is x
    assert nn.alpha_dropout(x, 0.5, False) is x
    assert nn.dropout(np.array([np.inf, 1.0]), 1.0, key=gl.random.key(0)).tolist() == [0, 0]


@pytest.mark.framework
@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_a_key_drops_the_same_everywhere(backend):
    pytest.importorskip(backend)

    def f(x, key):
        return nn.dropout(x, 0.5, key=key)

    x, key = np.ones((4, 5)), gl.random.key(9)
    assert np.array_equal(gl.compile(f, backend=backend)(x, key), f(x, key))
    slope = gl.grad(lambda x: f(x, key).sum())(x)
    assert np.array_equal(slope, f(x, key))


def test_channels_are_dropped_as_one():
    made = nn.dropout2d(np.ones((8, 6, 3, 2)), 0.5, key=gl.random.key(0))
    first = made[..., :1, :1]
    assert np.array_equal(made, np.broadcast_to(first, made.shape))
    assert 0 < (first == 0).mean() < 1


def test_alpha_dropout_keeps_mean_and_variance():
    x = np.random.default_rng(0).normal(size=200_000)
    made = nn.alpha_dropout(x, 0.2, key=gl.random.key(0))
    assert abs(made.mean()) < 0.02
    assert abs(made.var() - 1) < 0.02


VARIANCES = {
    "uniform": (lambda s: init.uniform(s, (300, 200), -1, 2), 9 / 12),
    "normal": (lambda s: init.normal(s, (300, 200), 0.0, 2.0), 4.0),
    "xavier_uniform": (lambda s: init.xavier_uniform(s, (300, 200)), 2 / 500),
    "xavier_normal": (lambda s: init.xavier_normal(s, (300, 200), 2.0), 8 / 500),
    "kaiming_uniform": (lambda s: init.kaiming_uniform(s, (300, 200)), 2 / 300),
    "kaiming_normal": (lambda s: init.kaiming_normal(s, (300, 200), mode="fan_out"), 2 / 200),
    "kaiming_conv": (lambda s: init.kaiming_normal(s, (64, 32, 5, 5), "linear"), 1 / 800),
    "lecun_uniform": (lambda s: init.lecun_uniform(s, (300, 200)), 1 / 300),
    "lecun_normal": (lambda s: init.lecun_normal(s, (300, 200)), 1 / 300),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", VARIANCES)
def test_initial_weights_have_the_variance_they_should(name, source):
    make, variance = VARIANCES[name]
    made = make(SOURCES[source]())
    # 50,000 numbers or more: the variance's own deviation is below 1%.
    assert made.var() == pytest.approx(variance, rel=0.04)
    assert np.array_equal(made, make(SOURCES[source]()))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (4, 3, 2)])
def test_orthogonal_weights_are_orthogonal(shape, source):
    made = init.orthogonal(SOURCES[source](), shape, gain=2.0).reshape(shape[0], -1)
    short = made @ made.T if made.shape[0] <= made.shape[1] else made.T @ made
    np.testing.assert_allclose(short, 4 * np.eye(4), atol=1e-12)


@pytest.mark.parametrize("source", SOURCES)
def test_truncated_numbers_stay_inside(source):
    made = init.truncated_normal(SOURCES[source](), (10_000,), 1.0, 0.5, -1.0, 2.0)
    assert made.min() >= 0.5
    assert made.max() <= 2.0


def test_plain_weights_and_dtypes():
    assert init.zeros((2,), "float32").dtype == init.ones((2,), "float32").dtype == np.float32
    assert init.constant((2,), 3.0).tolist() == [3, 3]
    assert init.eye(2).tolist() == [[1, 0], [0, 1]]
    assert init.normal(gl.random.key(0), (2,), dtype="float32").dtype == np.float32
    assert init.normal(7, (2,)).tolist() == init.normal(gl.random.key(7), (2,)).tolist()


def test_gains_are_those_of_torch():
    torch = pytest.importorskip("torch")
    for name in ("linear", "tanh", "relu", "selu", "sigmoid"):
        assert init.gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))
    assert init.gain("leaky_relu", 0.2) == pytest.approx(
        torch.nn.init.calculate_gain("leaky_relu", 0.2)
    )


def test_wrong_sources_and_shapes_are_told():
    with pytest.raises(gl.CallError, match="not str"):
        init.normal("seed", (2,))
    with pytest.raises(gl.ShapeError, match=r"\(3,\) has no inputs"):
        init.xavier_normal(0, (3,))
    with pytest.raises(gl.ArgumentError, match="nonlinearity='swish'"):
        init.gain("swish")
    with pytest.raises(gl.ArgumentError, match=r"low=2\.0 is not below"):
        init.truncated_normal(0, (3,), low=2.0, high=1.0)
