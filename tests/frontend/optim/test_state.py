"""The state of an optimizer: what a compiled update takes and gives."""

from typing import Any

import numpy as np

import gradloom as gl


def test_a_compiled_update_is_compiled_once() -> None:
    opt = gl.optim.Adam()
    params: Any = {"w": np.ones(3, np.float32)}
    state = opt.init(params)
    update = gl.compile(opt.update, backend="numpy")
    for _ in range(3):
        params, state = update({"w": np.ones(3, np.float32)}, state, params)
    assert "1 compiled" in str(update.explain())
    assert state["count"] == 3
