"""The sound is the stated process, and what is told of it does not depend on how it comes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.examples import wavenet

WEIGHTS = {
    name: (w + 0.1 * np.random.default_rng(1).standard_normal(w.shape)).astype(np.float32)
    for name, w in wavenet.init(np.random.default_rng(0)).items()
}
SOUND = wavenet.reed(500, np.random.default_rng(2))[-80:]


def test_the_noise_of_the_sound_has_the_stated_deviation() -> None:
    sound = wavenet.reed(20_000, np.random.default_rng(0)).astype(np.float64)
    delay = wavenet._DELAY
    noise = sound[delay + 1 :] - wavenet.bent(sound[1:-delay], sound[: -delay - 1])
    assert abs(noise.mean()) < 0.005
    assert abs(noise.std() - wavenet._NOISE) < 0.002


def test_the_network_sees_as_far_as_it_says_and_no_further() -> None:
    found = wavenet.predict(WEIGHTS, SOUND[None, None])
    for back, same in ((wavenet._SEEN, False), (wavenet._SEEN + 1, True)):
        other = SOUND.copy()
        other[-back] += 1
        last = wavenet.predict(WEIGHTS, other[None, None])[..., -1]
        assert np.array_equal(last, found[..., -1]) == same


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 79), max_size=5).map(sorted))
def test_a_sound_in_pieces_is_told_as_the_whole(cuts: list[int]) -> None:
    states, found = wavenet.silence(), []
    for piece in np.split(SOUND, cuts):
        if piece.size:
            told, states = wavenet.hear(WEIGHTS, states, piece[None, None])
            found.append(told)
    whole = wavenet.predict(WEIGHTS, SOUND[None, None])
    assert np.allclose(np.concatenate(found, axis=-1), whole, atol=1e-5)


def test_sample_by_sample_is_as_at_once() -> None:
    assert wavenet.at_once_and_one_by_one(WEIGHTS, SOUND) < 1e-5


def test_the_surprise_is_that_of_a_normal_distribution() -> None:
    found = np.array([[[0.5], [np.log(2.0)]]])
    y = np.array([[1.5]])
    density = np.exp(-0.5 * 0.5**2) / (2 * np.sqrt(2 * np.pi))
    assert np.allclose(wavenet.surprise(found, y), -np.log(density))


def test_gradients_agree_with_differences() -> None:
    rng = np.random.default_rng(3)
    weights = {k: v.astype(np.float64) for k, v in WEIGHTS.items()}
    way = {k: rng.standard_normal(v.shape) for k, v in weights.items()}
    x, y = np.float64(SOUND[None, :-1]), np.float64(SOUND[None, 1:])
    slope = gl.compile(gl.grad(wavenet.loss), backend="numpy")(weights, x, y)
    up, down = (
        wavenet.loss({k: v + step * way[k] for k, v in weights.items()}, x, y)
        for step in (1e-6, -1e-6)
    )
    expected = (up - down) / 2e-6
    assert np.isclose(sum(np.sum(slope[k] * way[k]) for k in way), expected, rtol=1e-5)
