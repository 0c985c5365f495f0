"""Viterbi's most likely path through a hidden Markov model.

Back pointers written into an int array, then followed backwards by computed indices.
"""

import numpy as np

DIFFERENTIABLE = ()  # the path is whole numbers


def program(log_start, log_move, log_emit, seen):
    steps, states = len(seen), len(log_start)
    score = np.empty((steps, states))
    back = np.zeros((steps, states), dtype=np.int64)
    score[0] = log_start + log_emit[:, seen[0]]
    for t in range(1, steps):
        for j in range(states):
            ways = score[t - 1] + log_move[:, j]
            back[t, j] = np.argmax(ways)
            score[t, j] = ways[back[t, j]] + log_emit[j, seen[t]]
    path = np.zeros(steps, dtype=np.int64)
    path[-1] = np.argmax(score[-1])
    for t in range(steps - 2, -1, -1):
        path[t] = back[t + 1, path[t + 1]]
    return path


def inputs():
    start = np.log([0.6, 0.4])
    move = np.log([[0.7, 0.3], [0.4, 0.6]])
    emit = np.log([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]])
    return start, move, emit, np.array([0, 1, 2])


def check(result):
    assert result.tolist() == [0, 0, 1]
