"""Constraint passes over a 4x4 Sudoku: fill cells for which one digit is left.

Repeats `while` something changed; a set of digits as a boolean array.
"""

import numpy as np

DIFFERENTIABLE = ()  # digits


def program(board):
    board = board.copy()
    changed = True
    while changed:
        changed = False
        for i in range(4):
            for j in range(4):
                if board[i, j] != 0:
                    continue
                free = np.ones(5, dtype=bool)
                free[0] = False
                free[board[i, :]] = False
                free[board[:, j]] = False
                free[board[i // 2 * 2 : i // 2 * 2 + 2, j // 2 * 2 : j // 2 * 2 + 2]] = False
                if free.sum() == 1:
                    board[i, j] = np.argmax(free)
                    changed = True
    return board


def inputs():
    return (np.array([[1, 0, 3, 0], [0, 4, 0, 2], [2, 0, 4, 0], [0, 3, 0, 1]]),)


def check(result):
    assert np.array_equal(np.sort(result, axis=0), np.tile([[1], [2], [3], [4]], 4))
