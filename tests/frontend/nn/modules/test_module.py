"""Modules are pytrees of their arrays, do not change, and are traced as what they hold."""

import copy

import numpy as np
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
