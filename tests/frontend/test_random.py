"""gl.random on numpy: known answers, distributions, arguments, transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.ops.random import threefry_pairs

KEY = gl.random.key(20)
MANY = 20_000


def _words(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.uint32)


# Random123's known answers for threefry2x32 of 20 rounds: counter, key, block.
KNOWN = [
    ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
]


@pytest.mark.parametrize(("counter", "key", "block"), KNOWN)
def test_a_block_is_the_one_that_random123_publishes(counter: Any, key: Any, block: Any) -> None:
    np.testing.assert_array_equal(threefry_pairs(_words(*key), _words(*counter)), _words(*block))


def test_the_decomposition_gives_the_same_bits() -> None:
    from gradloom.backends.lower import lower
    from gradloom.backends.numpy.run import BACKEND
    from gradloom.ir import ops as o
    from gradloom.ir.interpret import interpret

    def f(k: Any) -> Any:
        return gl.random.bits(k, (3, 4), np.uint64), gl.random.fold_in(k, 3), gl.random.normal(k)

    table = {op: row for op, row in BACKEND.table.items() if op.decompose is None}
    from dataclasses import replace

    lowered = lower(gl.trace(f, KEY), replace(BACKEND, table=table))
    assert {n.op for n in lowered.nodes}.isdisjoint({o.random_bits, o.threefry, o.erfinv})
    for got, wanted in zip(interpret(lowered, [KEY]), f(KEY), strict=True):
        np.testing.assert_array_equal(got, wanted)


# ---- distributions -------------------------------------------------------------------------------

SHAPES: dict[str, tuple[Callable[..., Any], str, tuple[float, ...]]] = {
    "uniform": (lambda k, d: gl.random.uniform(k, (MANY,), d), "uniform", ()),
    "between": (lambda k, d: gl.random.uniform(k, (MANY,), d, -2.5, 4.0), "uniform", (-2.5, 6.5)),
    "normal": (lambda k, d: gl.random.normal(k, (MANY,), d), "norm", ()),
    "truncated": (
        lambda k, d: gl.random.truncated_normal(k, -0.5, 2.0, (MANY,), d), "truncnorm", (-0.5, 2.0),
    ),
    "exponential": (lambda k, d: gl.random.exponential(k, (MANY,), d), "expon", ()),
    "gumbel": (lambda k, d: gl.random.gumbel(k, (MANY,), d), "gumbel_r", ()),
    "laplace": (lambda k, d: gl.random.laplace(k, (MANY,), d), "laplace", ()),
    "logistic": (lambda k, d: gl.random.logistic(k, (MANY,), d), "logistic", ()),
    "cauchy": (lambda k, d: gl.random.cauchy(k, (MANY,), d), "cauchy", ()),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", SHAPES)
def test_samples_have_the_distribution(name: str, dtype: Any) -> None:
    stats = pytest.importorskip("scipy.stats")
    draw, family, parameters = SHAPES[name]
    sample = draw(KEY, dtype)
    assert sample.dtype == dtype
    assert stats.kstest(sample.astype(float), family, args=parameters).pvalue > 0.01


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint16", "uint64"])
def test_integers_of_a_range_are_equally_likely(dtype: str) -> None:
    stats = pytest.importorskip("scipy.stats")
    sample = gl.random.randint(KEY, (MANY,), 3, 40, dtype)
    assert sample.dtype == dtype
    counts = np.bincount(sample.astype(int), minlength=40)
    assert counts[:3].sum() == 0
    assert stats.chisquare(counts[3:]).pvalue > 0.01


def test_the_whole_range_of_a_dtype_can_be_asked_for() -> None:
    sample = gl.random.randint(KEY, (MANY,), -128, 128, np.int8)
    assert (sample.min(), sample.max()) == (-128, 127)
    assert (gl.random.randint(KEY, (4,), 5, 5) == 5).all()


def test_classes_and_choices_come_with_their_probabilities() -> None:
    stats = pytest.importorskip("scipy.stats")
    p = np.array([0.1, 0.0, 0.6, 0.3])
    for sample in (
        gl.random.choice(KEY, 4, (MANY,), p=p),
        gl.random.categorical(KEY, np.log(np.maximum(p, 1e-300)), shape=(MANY,)),
    ):
        counts = np.bincount(sample, minlength=4)
        assert counts[1] == 0
        assert stats.chisquare(counts[[0, 2, 3]], MANY * p[[0, 2, 3]]).pvalue > 0.01
    assert gl.random.bernoulli(KEY, 0.3, (MANY,)).mean() == pytest.approx(0.3, abs=0.01)
    assert gl.random.rademacher(KEY, (MANY,)).mean() == pytest.approx(0.0, abs=0.02)


def test_draws_without_replacement_differ() -> None:
    p = np.arange(1.0, 31.0)
    for sample in (
        gl.random.choice(KEY, 30, (20,), replace=False),
        gl.random.choice(KEY, 30, (20,), replace=False, p=p / p.sum()),
        gl.random.categorical(KEY, np.log(p), shape=(20,), replace=False),
    ):
        assert len(set(sample.tolist())) == 20


def test_every_order_is_as_likely() -> None:
    stats = pytest.importorskip("scipy.stats")
    orders = gl.vmap(lambda k: gl.random.permutation(k, 4))(gl.random.split(KEY, 4000))
    _, counts = np.unique(orders @ np.array([64, 16, 4, 1]), return_counts=True)
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 0.01


def test_streams_of_split_and_folded_keys_are_uncorrelated() -> None:
    first, second = gl.random.split(KEY)
    third = gl.random.fold_in(KEY, 7)
    streams = np.stack([gl.random.normal(k, (MANY,)) for k in (KEY, first, second, third)])
    assert np.abs(np.corrcoef(streams) - np.eye(4)).max() < 0.03


# ---- arguments -----------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_numbers_and_a_prefix_of_longer_ones() -> None:
    long = gl.random.normal(KEY, (100,))
    np.testing.assert_array_equal(gl.random.normal(KEY, (100,)), long)
    np.testing.assert_array_equal(gl.random.normal(KEY, (7,)), long[:7])
    np.testing.assert_array_equal(gl.random.normal(KEY, (10, 10)), long.reshape(10, 10))


def test_a_sample_of_no_shape_is_a_number() -> None:
    assert type(gl.random.normal(KEY)) is np.float64
    assert type(gl.random.uniform(KEY, (), np.float32, 1.0, 2.0)) is np.float32
    assert gl.trace(gl.random.normal, KEY)(KEY) == gl.random.normal(KEY)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: gl.random.normal(0), gl.DtypeError, "no key but int"),
        (lambda: gl.random.normal(np.zeros(2)), gl.DtypeError, "float64"),
        (lambda: gl.random.normal(gl.random.split(KEY)), gl.ShapeError, "gl.vmap"),
        (lambda: gl.random.normal(KEY, (-1,)), gl.ShapeError, "-1"),
        (lambda: gl.random.normal(KEY, (), int), gl.DtypeError, "int64"),
        (lambda: gl.random.bits(KEY, (), np.int32), gl.DtypeError, "int32"),
        (lambda: gl.random.uniform(KEY, (2,), minval=np.zeros(3)), gl.ShapeError, r"\(3,\)"),
        (lambda: gl.random.randint(KEY, (), 0.5, 3), gl.DtypeError, "float64"),
        (lambda: gl.random.choice(KEY, 3, (4,), replace=False), gl.ShapeError, "4 draws"),
        (lambda: gl.random.choice(KEY, 3, p=np.ones(2)), gl.ShapeError, "3 elements"),
        (lambda: gl.random.categorical(KEY, np.zeros(3), axis=1), gl.ShapeError, "axis 1"),
        (lambda: gl.random.permutation(KEY, np.zeros(3), 1), gl.ShapeError, "axis 1"),
        (lambda: gl.random.key(2**64), OverflowError, "64 bits"),
    ],
)
def test_wrong_arguments_are_named(call: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        call()
    assert "gl.random." in str(caught.value)


def test_a_named_size_may_stand_in_a_shape() -> None:
    def f(k: Any, x: Any) -> Any:
        return x + gl.random.normal(k, x.shape), gl.random.randint(k, x.shape, 0, x.shape[0])

    graph = gl.trace(f, KEY, gl.spec("f64[n,3]"))
    x = np.zeros((5, 3))
    noise, integers = graph(KEY, x)
    np.testing.assert_array_equal(noise, gl.random.normal(KEY, (5, 3)))
    np.testing.assert_array_equal(integers, gl.random.randint(KEY, (5, 3), 0, 5))


def test_bits_are_one_line_of_the_graph() -> None:
    graph = gl.trace(lambda k: gl.random.bits(k, (3,)), KEY)
    assert "%0: u32[3] = random_bits(%k, dtype=u32, shape=(3,))" in str(graph)
    np.testing.assert_array_equal(gl.parse(str(graph))(KEY), gl.random.bits(KEY, (3,)))


# ---- transforms ----------------------------------------------------------------------------------

MAPPED: dict[str, Callable[..., Any]] = {
    "split": lambda k: gl.random.split(k, 3),
    "fold_in": lambda k: gl.random.fold_in(k, 5),
    "bits": lambda k: gl.random.bits(k, (2, 3), np.uint8),
    "uniform": lambda k: gl.random.uniform(k, (3,), minval=-1.0),
    "normal": lambda k: gl.random.normal(k, (3,), np.float32),
    "randint": lambda k: gl.random.randint(k, (3,), 0, 100),
    "permutation": lambda k: gl.random.permutation(k, np.arange(6.0).reshape(3, 2)),
    "shuffled": lambda k: gl.random.permutation(k, np.arange(6).reshape(3, 2), 1, True),
    "choice": lambda k: gl.random.choice(k, 5, (3,), p=np.full(5, 0.2)),
    "categorical": lambda k: gl.random.categorical(k, np.zeros((2, 3))),
}


@pytest.mark.parametrize("name", MAPPED)
def test_vmap_over_keys_is_a_loop(name: str) -> None:
    keys, f = gl.random.split(KEY, 4), MAPPED[name]
    np.testing.assert_array_equal(gl.vmap(f)(keys), np.stack([f(k) for k in keys]))


def test_keys_go_through_scan() -> None:
    def step(key: Any, x: Any) -> Any:
        key, now = gl.random.split(key)
        return key, x + gl.random.normal(now)

    _, ys = gl.scan(step, KEY, np.zeros(3))
    key, wanted = KEY, []
    for _ in range(3):
        key, now = gl.random.split(key)
        wanted.append(gl.random.normal(now))
    np.testing.assert_array_equal(ys, wanted)


def test_seeds_and_numbers_to_fold_in_may_be_traced() -> None:
    def f(seed: Any, step: Any) -> Any:
        return gl.random.fold_in(gl.random.key(seed), step)

    for seed, step in ((3, 4), (-5, 0), (2**40 + 1, 2**31)):
        made = gl.compile(f)(np.int64(seed), np.int64(step))
        np.testing.assert_array_equal(made, gl.random.fold_in(gl.random.key(seed), step))


def test_samples_move_with_their_parameters() -> None:
    u = gl.random.uniform(KEY)
    low, high = gl.grad(lambda a, b: gl.random.uniform(KEY, (), float, a, b), argnums=(0, 1))(
        -1.0, 3.0
    )
    assert low == pytest.approx(1 - u)
    assert high == pytest.approx(u)

    def cut(a: float) -> Any:
        return np.sum(gl.random.truncated_normal(KEY, a, 2.0, (5,)))

    slope = (cut(-0.3 + 1e-6) - cut(-0.3 - 1e-6)) / 2e-6
    assert gl.grad(cut)(-0.3) == pytest.approx(slope, rel=1e-6)


def test_shuffling_is_linear_in_what_is_shuffled() -> None:
    x, weights = np.arange(5.0), np.arange(5.0) ** 2

    def f(x: Any) -> Any:
        return np.sum(weights * gl.random.permutation(KEY, x))

    order = gl.random.permutation(KEY, 5)
    wanted = np.zeros(5)
    wanted[order] = weights
    np.testing.assert_array_equal(gl.grad(f)(x), wanted)
