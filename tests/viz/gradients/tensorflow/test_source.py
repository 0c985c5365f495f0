"""Keras models in the debugger, against TensorFlow's own derivatives."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.viz.gradients import slopes
from gradloom.viz.gradients.debugger import Gradients

tf = pytest.importorskip("tensorflow")
import keras  # noqa: E402 - comes with it
from keras import layers as kl  # noqa: E402 - so does this

from tests.viz.gradients.ways import all_ways, check_sums  # noqa: E402 - needs no framework

pytestmark = pytest.mark.framework


def loss(out: Any) -> Any:
    """A loss of which no part is constant."""
    return tf.reduce_sum(tf.sin(out))


def mlp() -> Any:
    keras.utils.set_random_seed(0)
    hidden = kl.Dense(4, activation="tanh", name="hidden", dtype="float64")
    return keras.Sequential(
        [kl.Input((3,), dtype="float64"), hidden, kl.Dense(2, name="last", dtype="float64")]
    )


def names(shown: Gradients) -> list[str]:
    return [layer.name for layer in shown.layers][1:-2]


SAME: Any = {"padding": "same", "dtype": "float64"}
LEAVES: dict[str, Any] = {
    "conv": lambda: kl.Conv2D(2, 3, **SAME),
    "dilated": lambda: kl.Conv2D(2, 2, dilation_rate=2, **SAME),
    "depthwise": lambda: kl.DepthwiseConv2D(2, **SAME),
    "batch": lambda: kl.BatchNormalization(dtype="float64"),
    "layer": lambda: kl.LayerNormalization(dtype="float64"),
    "gelu": lambda: kl.Activation("gelu", dtype="float64"),
    "max": lambda: kl.MaxPooling2D(2, 1, **SAME),
    "mean": lambda: kl.AveragePooling2D(2, 1, **SAME),
    "dropout": lambda: kl.Dropout(0.5, dtype="float64"),
}
BLOCKS = st.recursive(
    st.sampled_from(sorted(LEAVES)),
    lambda inner: st.one_of(
        st.tuples(st.just("residual"), inner),
        st.tuples(st.just("beside"), inner, inner),
        st.tuples(st.just("twice"), inner),
    ),
    max_leaves=4,
)
"""What stands in the middle of a model: a leaf's name, or a way to put blocks together."""


def block(plan: Any, x: Any) -> Any:
    """A part of a network from `[batch, 3, 3, 2]` to the same."""
    if isinstance(plan, str):
        return LEAVES[plan]()(x)
    kind, *inner = plan
    if kind == "residual":
        return kl.Add(dtype="float64")([block(inner[0], x), x])
    if kind == "beside":
        both = kl.Concatenate(dtype="float64")([block(part, x) for part in inner])
        return kl.Conv2D(2, 1, dtype="float64")(both)
    shared = kl.Conv2D(2, 2, **SAME)
    return shared(block(inner[0], shared(x)))


def network(plan: Any, seed: int) -> Any:
    """A functional model of doubles, `[1, 3, 3, 1]` in and `[1, 2]` out."""
    keras.utils.set_random_seed(seed)
    x = kl.Input((3, 3, 1), dtype="float64")
    h = block(plan, kl.Conv2D(2, 2, **SAME)(x))
    h = kl.Flatten(dtype="float64")(kl.Conv2D(2, 2, strides=2, dtype="float64")(h))
    return keras.Model(x, kl.Dense(2, dtype="float64")(h))


def check_against_tensorflow(model: Any, x: np.ndarray) -> None:
    """Gradients of layers, and derivatives by the input along all ways, which the flows must make
    up, by a tape over the whole model that gives every layer's tensors.
    """
    shown = gl.viz.gradients(model, x, loss=loss)
    check_sums(shown)
    nodes = [(n.operation.name, n.outputs[0]) for layer in model.layers[1:]
             for n in layer._inbound_nodes]  # fmt: skip
    counted = [(name, [n for n, _ in nodes[: i + 1]].count(name)) for i, (name, _) in
               enumerate(nodes)]  # fmt: skip
    whole = keras.Model(model.inputs, [output for _, output in nodes])
    with tf.GradientTape(persistent=True) as tape:
        leaf = tf.constant(x)
        tape.watch(leaf)
        made = dict(
            zip([n if c == 1 else f"{n}#{c}" for n, c in counted], whole(leaf), strict=True)
        )
        value = loss(made[model.layers[-1].name])
    along = all_ways(shown, "input")
    for name in names(shown):
        own = tape.gradient(value, made[name])
        np.testing.assert_allclose(shown.layer(name).gradient, own, atol=1e-9, err_msg=name)
    for name in names(shown)[1::3]:  # derivatives one by one take long
        jacobian = tape.jacobian(made[name], leaf, experimental_use_pfor=False)
        wanted = np.reshape(jacobian, (-1, x.size)).T
        np.testing.assert_allclose(along[name], wanted, atol=1e-8, err_msg=name)


@settings(max_examples=2, deadline=None)
@given(plan=BLOCKS, seed=st.integers(0, 1000))
def test_gradients_and_flows_of_random_models_are_those_of_a_tape_over_the_whole(
    plan: Any, seed: int
) -> None:
    x = np.random.default_rng(seed).normal(size=(1, 3, 3, 1))
    check_against_tensorflow(network(plan, seed), x)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(plan=BLOCKS, seed=st.integers(0, 1000))
def test_many_random_models(plan: Any, seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(1, 3, 3, 1))
    check_against_tensorflow(network(plan, seed), x)


def test_the_same_network_in_numpy_has_the_same_flows() -> None:
    model = mlp()
    w, b, v, c = model.get_weights()
    x = np.random.default_rng(0).normal(size=(2, 3))

    def plain(x: Any) -> Any:
        return np.tanh(x @ w + b) @ v + c

    target = np.ones((2, 2))
    one = gl.viz.gradients(model, x, target=target, layers=["hidden"])
    other = gl.viz.gradients(plain, x, target=target, layers=["tanh"])
    assert one.loss == pytest.approx(other.loss)
    for ours, theirs in zip(one.flows, other.flows, strict=True):
        np.testing.assert_allclose(ours.values, theirs.values, atol=1e-12)
        np.testing.assert_allclose(ours.slopes, theirs.slopes, atol=1e-12)


def test_an_edit_is_computed_at_once_and_checkpoints_are_compared() -> None:
    model = mlp()
    shown = gl.viz.gradients(model, np.zeros((1, 3)))
    shown.set_cell(0, 1, value=2.0)
    wanted = float(tf.reduce_sum(model(np.array([[0.0, 2.0, 0.0]]))))
    assert shown.loss == pytest.approx(wanted)
    before = gl.viz.gradients(model, np.ones((1, 3)))
    model.layers[-1].bias.assign_add([1.0, 1.0])
    after = gl.viz.gradients(model, np.ones((1, 3)))
    assert after.compare(before).data()["compare"]["layers"][0]["activation"] == [1.0] * 3
    assert after.loss == pytest.approx(before.loss + 2)


def test_subclassed_and_nested_models_have_names_by_the_layers_around_and_lines() -> None:
    class Net(keras.Model):  # type: ignore[misc] # it has no types
        def __init__(self) -> None:
            super().__init__(name="net")
            self.first = kl.Dense(3, name="first")
            self.inner = keras.Sequential([kl.Dense(3, name="a"), kl.ReLU(name="b")], name="inner")

        def call(self, x: Any, training: bool = False) -> Any:
            h = self.first(x)
            return self.inner(h) + self.first(h)

    model = Net()
    with pytest.raises(gl.ArgumentError, match="no weights yet"):
        gl.viz.gradients(model, np.ones((1, 3)))
    model(np.ones((1, 3)))
    shown = gl.viz.gradients(model, np.random.default_rng(0).normal(size=(2, 3)), loss=loss)
    assert names(shown) == ["first", "inner/a", "inner/b", "first#2"]
    assert (shown.layer("first").op, shown.layer("first").source) == ("Dense", "h = self.first(x)")
    assert shown.title == "net"
    check_sums(shown, 1e-6)
    assert names(gl.viz.gradients(model, np.ones((1, 3)), layers="inner")) == ["inner"]
    dense = gl.viz.gradients(
        model, np.ones((1, 3)), layers=lambda name, layer: isinstance(layer, kl.Dense)
    )
    assert names(dense) == ["first", "inner/a", "first#2"]
    with pytest.raises(gl.ArgumentError, match="'third' is not called"):
        gl.viz.gradients(model, np.ones((1, 3)), layers=["third"])


def test_recurrent_layers_attention_and_masks_are_carried() -> None:
    keras.utils.set_random_seed(1)
    x = kl.Input((4, 3))
    h = kl.LSTM(2, return_sequences=True, name="lstm")(kl.Masking(name="masking")(x))
    h = kl.MultiHeadAttention(1, 2, name="attention")(h, h)
    model = keras.Model(x, kl.Dense(1, name="last")(kl.GlobalAveragePooling1D(name="mean")(h)))
    given = np.random.default_rng(0).normal(size=(1, 4, 3)).astype(np.float32)
    given[0, 2] = 0
    shown = gl.viz.gradients(model, given, loss=loss)
    attention = [f"attention/{part}" for part in ("query", "key", "value", "attention_output")]
    assert names(shown) == ["masking", "lstm", *attention, "mean", "last"]
    leaf = tf.Variable(given)
    with tf.GradientTape() as tape:
        value = loss(model(leaf))
    np.testing.assert_allclose(shown.layers[0].gradient, tape.gradient(value, leaf), atol=1e-6)
    check_sums(shown, 1e-6)


def test_models_of_several_inputs_take_them_one_by_one() -> None:
    one, other = kl.Input((3,)), kl.Input((2,))
    model = keras.Model([one, other], kl.Dense(1)(kl.Concatenate()([one, kl.Dense(2)(other)])))
    shown = gl.viz.gradients(model, np.ones((1, 3)), np.ones((1, 2)), argnum=1, loss=loss)
    assert shown.input.shape == (1, 2)
    check_sums(shown, 1e-6)


def test_losses_of_keras_are_given_the_target_first() -> None:
    model, x = mlp(), np.ones((2, 3))
    target = np.array([[0.25, 0.75], [1.0, 0.0]])
    of_class = keras.losses.CategoricalCrossentropy(from_logits=True)
    wanted = float(of_class(target, model(x)))
    shown = gl.viz.gradients(model, x, target=target, loss=of_class)
    assert shown.loss == pytest.approx(wanted)

    def own(result: Any, target: Any) -> Any:
        return tf.reduce_mean(-tf.reduce_sum(target * tf.nn.log_softmax(result), axis=1))

    assert gl.viz.gradients(model, x, target=target, loss=own).loss == pytest.approx(wanted)
    one = gl.viz.gradients(
        model, x[:1], target=np.array([1]), loss=keras.losses.SparseCategoricalCrossentropy(True)
    )
    assert one.loss == pytest.approx(-float(tf.nn.log_softmax(model(x[:1]))[0, 1]))
    mean = keras.losses.poisson  # a function, of one number per row
    with pytest.raises(gl.ShapeError, match=r"shape \(2,\)"):
        gl.viz.gradients(model, x, target=target, loss=mean)


def test_nothing_of_the_model_is_changed_and_other_threads_are_left_alone() -> None:
    class Counting(kl.Layer):  # type: ignore[misc] # it has no types
        def build(self, shape: Any) -> None:
            self.count = self.add_weight(name="count", shape=(), trainable=False)

        def call(self, x: Any) -> Any:
            self.count.assign_add(1.0)
            thread = threading.Thread(target=lambda: other(np.ones((1, 3))))
            thread.start()
            thread.join()
            return x * 2

    other = mlp()
    drop = kl.Dropout(0.5)
    model = keras.Sequential([kl.Input((3,)), Counting(name="counting"), drop, kl.Dense(2)])
    before = [v.numpy() for v in model.weights]
    call = kl.Layer.__call__
    shown = gl.viz.gradients(model, np.ones((1, 3)))
    shown.set_cell(0, 0, value=3.0)
    for now, then in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(now.numpy(), then)
    assert kl.Layer.__call__ is call
    assert names(shown) == ["counting", model.layers[-1].name]


def test_functions_of_tensors_and_tf_modules_have_the_keras_layers_that_they_call() -> None:
    model = mlp()

    class Scaled(tf.Module):  # type: ignore[misc] # it has no types
        def __call__(self, x: Any) -> Any:
            return model(x) ** 2

    for program in (Scaled(), lambda x: model(x) ** 2):
        shown = gl.viz.gradients(program, tf.ones((1, 3), tf.float64), loss=loss)
        title = model.name
        assert names(shown) == [f"{title}/hidden", f"{title}/last"]
        check_sums(shown)
    whole = tf.function(lambda x: tf.gather(tf.tanh(x), [0, 2, 2]), autograph=False)
    bare = gl.viz.gradients(whole, tf.constant([1.0, 2.0, 3.0]))
    assert next((f.source, f.target, f.total) for f in bare.flows) == ("input", "output", 3)
    check_sums(bare, 1e-6)


@pytest.mark.parametrize("policy", ["float16", "bfloat16", "mixed_bfloat16", "float32"])
def test_every_float_format_is_carried(policy: str) -> None:
    dense = [kl.Dense(4, activation="gelu", dtype=policy), kl.Dense(2, dtype=policy)]
    model = keras.Sequential([kl.Input((3,), dtype="float32"), *dense])
    shown = gl.viz.gradients(model, np.ones((1, 3)), loss=loss)
    assert shown.layers[1].activation.dtype in (np.float16, np.float32)
    check_sums(shown, 1e-6 if policy == "float32" else 0.02)


@pytest.mark.parametrize(
    ("x", "options", "error", "told"),
    [
        (np.ones((1, 3), int), {}, gl.DtypeError, "int64"),
        (np.ones((0, 3)), {}, gl.ShapeError, "nothing to look at"),
        (np.ones((1, 3)) * 1j, {}, gl.DtypeError, "complex"),
        (np.ones((1, 4)), {}, ValueError, "in layer 'hidden'"),
        (np.ones((1, 3)), {"backend": "tensorflow"}, gl.CallError, "is of tensorflow"),
        (np.ones((1, 3)), {"argnum": 2}, gl.ArgumentError, "argnum=2"),
        (np.ones((1, 3)), {"target": np.ones(3)}, gl.ShapeError, r"\(3,\)"),
        (np.ones((1, 3)), {"loss": lambda y: y}, gl.ShapeError, r"\(1, 2\)"),
        (np.ones((1, 3)), {"loss": lambda y: tf.constant(1.0)}, gl.ArgumentError, "does not"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_told(
    x: Any, options: Any, error: type[Exception], told: str
) -> None:
    call = kl.Layer.__call__
    with pytest.raises(error, match=told):
        gl.viz.gradients(mlp(), x, **options)
    assert kl.Layer.__call__ is call


def test_links_of_one_element_are_exact_where_a_flow_is_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = np.random.default_rng(0).normal(size=(1, 3))
    whole = gl.viz.gradients(mlp(), x)
    monkeypatch.setattr(slopes, "WORK", 1)
    shown = gl.viz.gradients(mlp(), x)
    assert "too many links" in " ".join(shown.data()["notes"])
    (asked,), (held,) = (s.links("input", 2) for s in (shown, whole))
    np.testing.assert_allclose(asked.values, held.values, atol=1e-12)
