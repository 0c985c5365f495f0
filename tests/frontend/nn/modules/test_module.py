"""Modules are pytrees of their arrays, do not change, and are traced as what they hold."""

import copy

import numpy as np
import optree
import pytest

import gradloom as gl
from gradloom import nn

KEYS = gl.random.split(gl.random.key(0), 4)
X, LABELS = np.random.default_rng(0).normal(size=(5, 4)), np.array([0, 1, 2, 0, 1])


class Net(nn.Module):
    """A network as a user writes one."""

    hidden: nn.Linear
    out: nn.Linear
    scale: nn.Buffer
    power: int

    def __init__(self, key, power=2):
        a, b = gl.random.split(key)
        self.hidden, self.out = nn.Linear(4, 6, key=a), nn.Linear(6, 3, key=b)
        self.scale, self.power = np.full(6, 0.5), power

    def __call__(self, x):
        return self.out(self.scale * np.tanh(self.hidden(x)) ** self.power)


def loss(model, x, labels):
    return nn.cross_entropy(model(x), labels)


def by_hand(model, x):
    h = np.tanh(x @ model.hidden.w + model.hidden.b)
    return (model.scale * h**model.power) @ model.out.w + model.out.b


def test_a_module_computes_what_its_method_says_and_a_gradient_has_its_shape():
    model = Net(KEYS[0])
    np.testing.assert_allclose(model(X), by_hand(model, X))
    gradient = gl.grad(loss)(model, X, LABELS)
    assert type(gradient) is Net
    assert gradient.hidden.w.shape == (4, 6)
    assert gradient.power == 2
    moved = model.at("out.w").apply(lambda w: w + 1e-6 * gradient.out.w)
    slope = (loss(moved, X, LABELS) - loss(model, X, LABELS)) / 1e-6
    assert slope == pytest.approx(float(np.sum(gradient.out.w**2)), rel=1e-5)


def test_buffers_and_frozen_parts_have_no_gradient():
    model = Net(KEYS[0]).freeze("hidden")
    gradient = gl.grad(loss)(model, X, LABELS)
    assert gradient.scale is None
    assert gradient.hidden.w is None
    assert gradient.hidden.b is None
    assert gradient.out.w is not None
    again = gl.grad(loss)(model.unfreeze(), X, LABELS)
    assert again.hidden.w is not None
    assert again.scale is None


def test_a_frozen_model_is_another_program_not_another_number():
    model = Net(KEYS[0])
    step = gl.compile(gl.grad(loss))
    whole = step(model, X, LABELS)
    part = step(model.freeze("out"), X, LABELS)
    assert part.out.w is None
    np.testing.assert_array_equal(part.hidden.w, whole.hidden.w)


def test_a_setting_is_part_of_the_program():
    run = gl.compile(lambda model, x: model(x))
    for power in (1, 2, 3, 2):
        model = Net(KEYS[0], power)
        np.testing.assert_allclose(run(model, X), by_hand(model, X), rtol=1e-12)


def test_equal_settings_of_other_types_are_other_programs():
    class Times(nn.Module):
        by: object = 1

        def __call__(self, x):
            return x * self.by

    run = gl.compile(lambda model, x: model(x))
    assert run(Times(1), np.arange(3)).dtype.kind == "i"
    assert run(Times(1.0), np.arange(3)).dtype.kind == "f"
    assert np.signbit(run(Times(-0.0), np.ones(1)))
    assert not np.signbit(run(Times(0.0), np.ones(1)))


def test_a_model_from_outside_is_read_anew_without_tracing_again():
    model = Net(KEYS[0])

    def f(x):
        return model(x)

    run = gl.compile(f)
    run(X)
    for shift in (1.0, 2.0):
        model = model.at("hidden.b").apply(lambda b, shift=shift: b + shift)
        np.testing.assert_allclose(run(X), by_hand(model, X), rtol=1e-12)
    assert run.explain().count("f64[5,4]") == 1
    model.hidden.w[:] = 0.25  # numpy's arrays can change in place
    np.testing.assert_allclose(run(X), by_hand(model, X), rtol=1e-12)
    model = model.replace(power=3)
    np.testing.assert_allclose(run(X), by_hand(model, X), rtol=1e-12)


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
def test_a_copy_is_the_same_model_with_the_same_parts_trained(how):
    model = Net(KEYS[0]).freeze("out.b")
    other = how(model)
    np.testing.assert_array_equal(other(X), model(X))
    gradient = gl.grad(loss)(other, X, LABELS)
    assert gradient.out.b is None
    assert gradient.scale is None
    assert gradient.out.w is not None


def test_modules_do_not_change():
    model = nn.Linear(2, 2, key=0)
    with pytest.raises(AttributeError, match=r"Linear: \.w cannot be changed") as raised:
        model.w = np.zeros((2, 2))
    assert "model.replace(w=...)" in str(raised.value)
    with pytest.raises(gl.GradloomError, match="cannot be changed"):
        del model.w


def test_a_field_that_is_not_there_is_told_with_those_that_are():
    model = nn.Sequential(nn.Linear(2, 2, key=0))
    with pytest.raises(gl.ArgumentError, match="no field 'weight'") as raised:
        model[0].replace(weight=1)
    assert "w, b" in raised.value.hint
    with pytest.raises(gl.ArgumentError, match=r"at\('layers.7.w'\)"):
        model.at("layers.7.w").get()


def test_a_setting_that_could_change_unseen_is_refused():
    class Odd(nn.Module):
        table: dict[str, int]

    with pytest.raises(gl.ArgumentError, match="'table' holds no array and could change unseen"):
        Odd({"a": 1})


def test_a_list_becomes_a_tuple():
    class Stack(nn.Module):
        layers: list[nn.Linear]

    model = Stack([nn.Linear(2, 2, key=0)])
    assert type(model.layers) is tuple


def test_integers_are_still_and_have_no_gradient():
    class Picks(nn.Module):
        w: nn.Array
        at: nn.Array

        def __call__(self):
            return np.sum(self.w[self.at] ** 2)

    gradient = gl.grad(lambda m: m())(Picks(np.arange(3.0), np.array([2, 2])))
    assert gradient.at is None
    assert gradient.w.tolist() == [0, 0, 8]


def test_vmap_maps_over_models():
    models = [Net(key) for key in KEYS]
    paths = ["hidden.w", "hidden.b", "out.w", "out.b", "scale"]
    stacked = models[0]
    for path in paths:
        stacked = stacked.at(path).set(np.stack([m.at(path).get() for m in models]))
    found = gl.vmap(lambda model, x: model(x), (0, None))(stacked, X)
    np.testing.assert_allclose(found, np.stack([m(X) for m in models]), rtol=1e-12)


def test_it_shows_its_arrays():
    model = nn.Sequential(nn.Linear(4, 8, key=0), nn.relu).freeze("layers.0.b")
    assert str(model[0]) == "Linear(w=f64[4,8], b=f64[8] frozen)"
    table = model.summary()
    assert (table.total, table.trained, table.nbytes) == (40, 32, 320)
    assert "layers.0.b  f64[8]" in str(table)


def test_one_array_in_two_places_is_refused():
    layer = nn.Linear(3, 3, key=0)
    with pytest.raises(gl.ArgumentError, match=r"both layers.0.w and layers.1.w") as raised:
        nn.Sequential(layer, layer)
    assert "use that field twice" in raised.value.hint
    frozen = layer.freeze()
    assert len(nn.Sequential(frozen, frozen)) == 2


def test_wrapped_values_say_what_is_not_trained():
    class Shift(nn.Module):
        def __init__(self):
            self.by, self.mean = gl.frozen(np.ones(2)), gl.buffer(np.zeros(2))
            self.scale = np.ones(2)

        def __call__(self, x):
            return (x + self.by - self.mean) * self.scale

    gradient = gl.grad(lambda m, x: np.sum(m(x)))(Shift(), np.ones(2))
    assert gradient.by is None
    assert gradient.mean is None
    assert gradient.scale.tolist() == [2, 2]

    class Tied(nn.Module):
        w: nn.Array

    with pytest.raises(gl.ArgumentError, match="'w' is tied or has a device"):
        Tied(gl.tied("k", np.ones(2)))


@pytest.mark.parametrize("make", [
    lambda **by: nn.Linear(2, 3, **by), lambda **by: nn.Conv2d(1, 2, 3, **by),
    lambda **by: nn.GRU(2, 3, **by), lambda **by: nn.TransformerBlock(4, 2, **by),
    lambda **by: nn.MLP([2, 3], **by), lambda **by: nn.Embedding(2, 3, **by),
])  # fmt: skip
def test_first_weights_come_from_a_key_or_a_generator(make):
    one, other = make(key=gl.random.key(5)), make(key=5)
    for a, b in zip(leaves(one), leaves(other), strict=True):
        np.testing.assert_array_equal(a, b)
    drawn = make(rng=np.random.default_rng(0), dtype=np.float32)
    assert {x.dtype for x in leaves(drawn)} == {np.dtype("float32")}
    with pytest.raises(gl.ArgumentError, match="neither is given") as raised:
        make()
    assert "gl.random.key(0)" in raised.value.hint
    with pytest.raises(gl.ArgumentError, match="both are given"):
        make(key=0, rng=np.random.default_rng(0))


def leaves(tree):
    return optree.tree_leaves(tree, namespace="gradloom")


def test_first_weights_lie_within_torchs_bounds():
    w = nn.Linear(400, 50, key=0).w
    assert np.abs(w).max() <= 1 / 20
    assert np.std(w) == pytest.approx(1 / 20 / np.sqrt(3), rel=0.02)
    glorot = nn.Linear(400, 50, init=nn.init.xavier_normal, key=0)
    assert np.std(glorot.w) == pytest.approx(np.sqrt(2 / 450), rel=0.02)
    assert not glorot.b.any()


@pytest.mark.parametrize(("make", "text"), [
    (lambda: nn.Linear(0, 3, key=0), "inputs=0"), (lambda: nn.Linear(2, 1.5, key=0), "1.5"),
    (lambda: nn.Conv2d(3, 4, 3, groups=2, key=0), "groups=2"),
    (lambda: nn.GroupNorm(2, 3), "3 channels do not make 2 groups"),
    (lambda: nn.MultiHeadAttention(5, 2, key=0), "heads=2"), (lambda: nn.Dropout(2), "not 2"),
    (lambda: nn.MLP([3], key=0), "sizes less one"), (lambda: nn.Lambda(3), "not int"),
    (lambda: nn.RNN(2, 2, nonlinearity="sine", key=0), "sine"),
    (lambda: nn.LayerNorm(3)(np.ones(4)), r"\(3,\)"), (lambda: nn.LSTM(2, 2, 0, key=0), "layers=0"),
    (lambda: nn.Linear(2, 2, key=0)(np.ones(3)), r"\(3,\) and the first of w \(2, 2\)"),
    (lambda: nn.GRU(2, 3, 2, key=0)(np.ones((4, 1, 2)), np.ones((1, 1, 3))), "one for each layer"),
    (lambda: nn.Module()(1), "Module cannot be called"),
    (lambda: nn.Dropout(0.5).train(np.ones(3)), "a key or an rng is due"),
])  # fmt: skip
def test_what_does_not_fit_is_told(make, text):
    with pytest.raises(gl.GradloomError, match=text):
        make()


def test_a_function_among_the_settings_may_reach_arrays_that_change():
    w = np.ones((3, 3))
    model, x = nn.Sequential(lambda x: x @ w, nn.relu), np.ones((1, 3))
    run, gradient = gl.compile(lambda m, x: m(x)), gl.grad(lambda m, x: np.sum(m(x)), 1)
    for _ in range(4):
        np.testing.assert_array_equal(run(model, x), x @ w)
        np.testing.assert_array_equal(gradient(model, x)[0], w.sum(1))
        w *= 2


def test_dropout_in_training_is_that_of_the_function_and_follows_the_key():
    model = nn.MLP([3, 50, 2], dropout=0.5, key=0)
    x, key = np.ones((4, 3)), gl.random.key(1)
    y, same = model.train(x, key=key)
    assert same is model
    (own,) = gl.random.split(key, 1)
    hidden = nn.dropout(nn.relu(model.layers[0](x)), 0.5, key=own)
    np.testing.assert_allclose(y, model.layers[1](hidden))
    assert not np.allclose(y, model.train(x, key=gl.random.key(2))[0])
    np.testing.assert_array_equal(model(x), model(x))


def test_recurrent_layers_drop_between_layers_alone():
    net, xs = nn.GRU(3, 4, 2, dropout=1.0, key=0), np.ones((5, 2, 3))
    (ys, last), _ = net.train(xs, key=gl.random.key(0))
    silent = net.cells[1:]
    due, _ = nn.gru(np.zeros((5, 2, 4)), None, *silent[0].weights)
    np.testing.assert_allclose(ys, due)
    assert last.shape == (2, 2, 4)


def test_a_sequence_step_by_step_is_the_run():
    net = nn.LSTM(3, 4, 2, key=0)
    xs = np.random.default_rng(0).normal(size=(6, 2, 3))
    ys, (h, c) = net(xs)
    states = [(np.zeros((2, 4)), np.zeros((2, 4)))] * 2
    for t in range(6):
        x = xs[t]
        for i, cell in enumerate(net.cells):
            states[i] = cell(x, states[i])
            x = states[i][0]
        np.testing.assert_allclose(x, ys[t])
    np.testing.assert_allclose(h, np.stack([s[0] for s in states]))
    np.testing.assert_allclose(c, np.stack([s[1] for s in states]))


def classifier(key):
    a, b = gl.random.split(gl.random.key(key))
    return nn.Sequential(
        nn.Linear(4, 8, key=a), nn.BatchNorm(8), nn.relu, nn.Dropout(0.1), nn.Linear(8, 3, key=b)
    )


def test_a_saved_model_is_loaded_into_one_that_is_built_alike(tmp_path):
    model = classifier(0).freeze("layers.0")
    _, model = model.train(X, key=gl.random.key(1))
    gl.save_params(model, tmp_path / "model.safetensors")
    loaded = gl.load_params(tmp_path / "model.safetensors", like=classifier(7).freeze("layers.0"))
    assert type(loaded) is nn.Sequential
    np.testing.assert_array_equal(loaded(X), model(X))
    assert gl.grad(loss)(loaded, X, LABELS)[0].w is None
    with pytest.raises(gl.GradloomError):
        gl.load_params(tmp_path / "model.safetensors", like=nn.MLP([4, 3], key=0))


def test_fit_trains_a_model_with_dropout_and_statistics():
    def objective(model, x, labels, key):
        scores, model = model.train(x, key=key)
        return nn.cross_entropy(scores, labels), model

    x = np.random.default_rng(0).normal(size=(64, 4))
    labels = np.argmax(x[:, :3], axis=1)
    model = classifier(0).freeze("layers.0.b")
    result = gl.fit(
        model, objective, x, labels, epochs=8, opt=gl.optim.Adam(lr=0.03), batch_size=16,
        has_aux=True,
    )  # fmt: skip
    assert result[-1] < 0.7 * result[0]
    trained = result.weights
    assert np.abs(trained[1].mean).max() > 0.05
    np.testing.assert_array_equal(trained[0].b, model[0].b)
    assert np.mean(np.argmax(trained(x), axis=1) == labels) > 0.7


def test_every_derivative_leaves_still_parts_out_and_takes_gradients_as_directions():
    model = nn.Sequential(nn.Linear(4, 3, key=0).freeze("b"), nn.BatchNorm(3))

    def f(model):
        return nn.cross_entropy(model(X), LABELS)

    gradient = gl.grad(f)(model)
    (pulled,) = gl.vjp(f, model)[1](np.float64(1))
    (curved,) = gl.hvp(f, (model,), (gradient,))
    for found in (gradient, pulled, curved):
        assert found[0].b is None
        assert found[1].mean is None
    np.testing.assert_allclose(pulled[0].w, gradient[0].w)
    length = sum(float(np.sum(g**2)) for g in leaves(gradient))
    assert gl.jvp(f, (model,), (gradient,))[1] == pytest.approx(length)
    assert gl.linearize(f, model)[1](gradient) == pytest.approx(length)
    with pytest.raises(gl.ShapeError, match=r"mean \(still\)"):
        gl.jvp(f, (model,), (gradient[0],))
