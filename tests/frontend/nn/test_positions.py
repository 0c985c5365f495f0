"""What has no counterpart in torch: positions, running statistics, options of attention."""

import numpy as np
import pytest

import gradloom as gl

nn = gl.nn
rng = np.random.default_rng(4)
Q, K = rng.normal(size=(5, 8)), rng.normal(size=(5, 8))


@pytest.mark.parametrize("interleaved", [False, True])
def test_products_of_rotated_vectors_depend_on_the_distance_alone(interleaved):
    def scores(shift):
        at = np.arange(5) + shift
        q = nn.rotary(Q, at, interleaved=interleaved)
        return q @ nn.rotary(K, at, interleaved=interleaved).T

    np.testing.assert_allclose(scores(0), scores(17), rtol=1e-10, atol=1e-10)
    made = nn.rotary(Q, interleaved=interleaved)
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), np.linalg.norm(Q, axis=1))
    np.testing.assert_allclose(made[0], Q[0])


def test_the_two_ways_of_pairing_are_one_up_to_the_order():
    order = np.arange(8).reshape(2, 4).T.reshape(-1)
    np.testing.assert_allclose(
        nn.rotary(Q)[:, order], nn.rotary(Q[:, order], interleaved=True), rtol=1e-12
    )


def test_sines_and_cosines_are_those_of_the_paper():
    made = nn.sinusoidal_positions(6, 4)
    for p in range(6):
        for i in range(2):
            angle = p / 10_000 ** (2 * i / 4)
            assert made[p, 2 * i : 2 * i + 2] == pytest.approx([np.sin(angle), np.cos(angle)])


def test_alibi_lowers_what_is_far():
    made = nn.alibi(8, 3)
    assert made[0].tolist() == [[0, 0, 0], [-0.5, 0, 0], [-1, -0.5, 0]]
    assert made[7, 1, 0] == -(2.0**-8)


def test_running_statistics_move_by_the_momentum():
    x = rng.normal(size=(6, 3, 2))
    _, mean, var = nn.batch_norm(x, None, None, *nn.batch_norm_init(3), momentum=0.25)
    np.testing.assert_allclose(mean, 0.25 * x.mean((0, 2)))
    np.testing.assert_allclose(var, 0.75 + 0.25 * x.var((0, 2)))
    unbiased = nn.batch_norm(x, None, None, *nn.batch_norm_init(3), momentum=1.0, unbiased=True)[2]
    np.testing.assert_allclose(unbiased, x.var((0, 2), ddof=1))
    slope = gl.grad(lambda x: nn.batch_norm(x, None, None, *nn.batch_norm_init(3))[1].sum())(x)
    assert not slope.any()


def test_a_causal_mask_joins_another():
    seen = rng.random((5, 5)) > 0.4
    both = seen & np.tri(5, dtype=bool)
    f = nn.scaled_dot_product_attention
    np.testing.assert_allclose(f(Q, K, K, seen, causal=True), f(Q, K, K, both), rtol=1e-12)
    added = np.where(seen, 0.0, -np.inf)
    np.testing.assert_allclose(f(Q, K, K, added, causal=True), f(Q, K, K, both), rtol=1e-12)
    np.testing.assert_allclose(f(Q, K, K, seen.astype(int)), f(Q, K, K, seen), rtol=1e-12)


def test_heads_share_a_mask_without_their_axis():
    x, mask = rng.normal(size=(2, 5, 8)), rng.random((2, 5, 5)) > 0.3
    whole = nn.multi_head_attention(x, x, x, 2, mask)
    alone = [nn.multi_head_attention(x[i], x[i], x[i], 2, mask[i]) for i in range(2)]
    np.testing.assert_allclose(whole, np.stack(alone), rtol=1e-12)
    grouped = nn.multi_head_attention(x, x[..., :4], x[..., :4], 4, num_kv_heads=2)
    assert grouped.shape == (2, 5, 8)


def test_weights_of_attention_are_dropped_by_a_key():
    key = gl.random.key(0)
    f = nn.scaled_dot_product_attention
    made = f(Q, K, K, dropout_p=0.5, key=key)
    assert not np.allclose(made, f(Q, K, K))
    assert np.array_equal(made, f(Q, K, K, dropout_p=0.5, key=key))


def test_sizes_may_have_names_only():
    graph = gl.trace(
        lambda x: nn.multi_head_attention(nn.rotary(x), x, x, 2, causal=True),
        gl.spec("f64[b, t, 8]"),
    )
    x = rng.normal(size=(3, 5, 8))
    due = nn.multi_head_attention(nn.rotary(x), x, x, 2, causal=True)
    np.testing.assert_allclose(graph(x), due, rtol=1e-12)
