"""Random programs of views, changes in place and derivatives: the same numbers as torch's."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

import gradloom.eager as gt
from tests.eager.programs_of_views import MADE, VIEWS, WRITTEN, write

pytestmark = pytest.mark.framework


def _run(m: Any, lines: list[tuple[str, int, int]]) -> tuple[list[Any], list[Any]]:
    """The tensors of a program, and the derivatives of its leaves; a line that fails is skipped."""
    start = np.linspace(-1, 1, 12).reshape(4, 3)
    leaves = [m.tensor(start, requires_grad=True), m.tensor(start[::-1] * 2, requires_grad=True)]
    xs = [leaves[0] * 1, leaves[1].clone(), m.tensor(start + 0.1)]
    failed = []
    names = {"m": m, "set": write, "read": lambda x: x.detach().sum().item()}
    for i, (text, a, b) in enumerate(lines):
        x, y = xs[a % len(xs)], xs[b % len(xs)]
        try:
            if m is torch and _reads_what_it_writes(text, x, y):
                raise RuntimeError("torch's result is undefined")
            made = eval(text, {**names, "x": x, "y": y})
        except gt.errors.NotSupported:
            raise
        except Exception:
            failed.append(i)
            continue
        if text not in WRITTEN:
            xs.append(made)
    return [failed, xs], leaves


def _reads_what_it_writes(text: str, x: torch.Tensor, y: torch.Tensor) -> bool:
    """Whether a copy is from a part of itself, which torch's reads while it is being written."""
    is_copy = text in ("x.copy_(y)", "set(x, slice(None), y)")
    same = x.untyped_storage().data_ptr() == y.untyped_storage().data_ptr()
    return is_copy and same and x.shape != y.shape


def _compare(kept: list[Any], theirs: list[Any], their_leaves: list[Any]) -> None:
    (mine_failed, mine), leaves = _run(gt, kept)
    assert mine_failed == [], [kept[i] for i in mine_failed]
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-12)
    wanted = [i for i, b in enumerate(theirs) if b.requires_grad]
    for i in wanted:
        assert mine[i].requires_grad, kept
    try:
        sum(theirs[i].sum() for i in wanted).backward()
    except RuntimeError as error:  # a saved value was changed in place: torch cannot go on
        pytest.skip(str(error)[:80])
    sum(mine[i].sum() for i in wanted).backward()
    for a, b in zip(leaves, their_leaves, strict=True):
        if a.grad is None:
            assert b.grad is None or not b.grad.any(), kept
        elif b.grad is not None:
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(300))
def test_a_random_program_has_torchs_numbers(seed: int) -> None:
    draw = random.Random(seed)
    lines = [
        (draw.choice(draw.choice([VIEWS, MADE, WRITTEN])), draw.randrange(99), draw.randrange(99))
        for _ in range(14)
    ]
    (failed, theirs), their_leaves = _run(torch, lines)
    kept = [line for i, line in enumerate(lines) if i not in failed]
    # A refusal is no wrong number.
    with gt.local(), contextlib.suppress(gt.errors.NotSupported):
        _compare(kept, theirs, their_leaves)
