"""Loops as people write them, over rows `x` of shape (STEPS, 3) and a state `h` of shape (3,)."""

import numpy as np

STEPS = 9


def arguments(seed=0):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((STEPS, 3)), rng.standard_normal(3)]


def rows_stored(x, h):
    out = np.zeros((STEPS, 3))
    for t in range(STEPS):
        h = np.tanh(h + x[t])
        out[t] = h
    return out, h


def columns_stored_backwards(x, h):
    out = np.ones((3, STEPS + 2))
    for t in reversed(range(STEPS)):
        h = np.tanh(h + x[t])
        out[:, t + 1] = h * 2
    return out


def state_before_the_step_stored(x, h):
    out = np.zeros((STEPS, 3))
    for t in range(STEPS):
        out[t] = h
        h = np.sin(h) * x[t]
    return out


def pairs_stored(x, h):
    out = np.zeros((2 * STEPS, 3))
    for t in range(STEPS):
        h = np.cos(h) * x[t]
        out[2 * t : 2 * t + 2] = np.stack([h, h * 2])
    return out


def every_other_row_stored(x, h):
    out = np.ones((2 * STEPS, 3))
    for t in range(STEPS):
        h = np.cos(h) * x[t]
        out[2 * t] = h
    return out


def appended(x, h):
    states = []
    for t in range(STEPS):
        h = np.tanh(h + x[t])
        states.append(h)
    return np.stack(states), np.array(states)


def two_steps_back(x, h):
    a = b = h
    for t in range(STEPS):
        a, b = b, np.sin(a + b) + x[t]
    return a, b


def three_steps_back_of_a_list(x, h):
    seen = [h, h * 2, h * 3]
    for t in range(STEPS):
        seen.append(np.sin(seen[-1] - seen[-3]) + x[t])
    return seen[-1]


def window(x, h):
    for t in range(STEPS - 2):
        h = np.tanh(h + x[t : t + 3].sum(axis=0))
    return h


def row_read_back(x, h):
    u = np.zeros((STEPS, 3))
    u[0] = h
    for t in range(1, STEPS):
        u[t] = np.sin(u[t - 1]) + x[t]
    return u


def constants_of_the_step(x, h):
    for t in range(STEPS):
        h = h * np.array([np.cos(t), np.sin(t), 1.5]) + np.sin(x[t]) * float(t)
    return h


def alternating(x, h):
    for t in range(STEPS):
        h = np.sin(h) * x[t] if t % 2 else np.cos(h) + x[t] + 1
    return h


def nested(x, h):
    total = np.float64(0.0)
    for i in range(STEPS):
        for j in range(3):
            total = np.tanh(total + x[i, j]) * h[j]
    return total


def table_filled(x, h):
    out = np.zeros((STEPS, 3))
    for i in range(STEPS):
        for j in range(3):
            out[i, j] = np.sin(x[i, j]) * h[j] + 1
    return out


def warping(x, h):
    cost = np.zeros((STEPS, 3))
    for i in range(1, STEPS):
        for j in range(1, 3):
            least = np.minimum(np.minimum(cost[i - 1, j], cost[i, j - 1]), cost[i - 1, j - 1])
            cost[i, j] = np.abs(x[i, j] - h[j]) + least
    return cost


def accumulated(x, h):
    total, sums = 0.0, []
    for t in range(STEPS):
        h = np.tanh(h * x[t])
        total = total + np.sum(h**2)
        sums.append(np.sum(h))
    return total, np.array(sums), sum(sums)


def growing_mean(x, h):
    for t in range(STEPS):
        h = h - 0.1 * (h * np.max(x[t]) + np.mean(x[: t + 1]))
    return h


def matrices(x, h):
    m = np.outer(h, h)
    for t in range(STEPS):
        m = np.tanh(m @ np.outer(x[t], h) + np.exp(h))
    return m, np.trace(m)


def swapped(x, h):
    a, b = h, h * 2
    for t in range(STEPS):
        a, b = np.sin(b) * x[t], a
    return a, b


LOOPS = [
    rows_stored, columns_stored_backwards, state_before_the_step_stored, pairs_stored,
    every_other_row_stored, appended, two_steps_back, three_steps_back_of_a_list, window,
    row_read_back, constants_of_the_step, alternating, nested, table_filled, warping, accumulated,
    growing_mean, matrices, swapped,
]  # fmt: skip
ONE_SCAN = [f for f in LOOPS if f not in (nested, table_filled, warping, growing_mean)]
