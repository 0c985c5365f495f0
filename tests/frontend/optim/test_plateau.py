"""The rate falls as torch's ReduceLROnPlateau lets it fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl

numbers = st.lists(
    st.floats(-3, 3) | st.sampled_from([0.0, 1.0, float("nan"), float("inf")]), max_size=40
)
OPTIONS = st.fixed_dictionaries({
    "mode": st.sampled_from(["min", "max"]), "factor": st.sampled_from([0.1, 0.5, 0.0]),
    "patience": st.integers(0, 3), "threshold": st.sampled_from([1e-4, 0.3]),
    "threshold_mode": st.sampled_from(["rel", "abs"]), "cooldown": st.integers(0, 2),
    "min_lr": st.sampled_from([0.0, 0.01]), "eps": st.sampled_from([1e-8, 0.02]),
})  # fmt: skip


@pytest.mark.framework
@settings(max_examples=20, deadline=None)
@given(numbers, OPTIONS)
def test_every_rate_is_torchs(seen: list[float], options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    peer = torch.optim.lr_scheduler.ReduceLROnPlateau(theirs, **options)
    opt = gl.optim.SGD(lr=0.1)
    plateau = gl.optim.ReduceLROnPlateau(opt, **options)
    for number in seen:
        peer.step(number)
        plateau.step(number)
        assert opt.lr == theirs.param_groups[0]["lr"]


def fitted(epochs: int, opt: Any, **how: Any) -> Any:
    plateau = gl.optim.ReduceLROnPlateau(opt, patience=1, factor=0.5)
    return gl.fit(
        np.zeros(1), lambda w, x: np.mean((w - x) ** 2), np.array([1.0, -1.0]), epochs=epochs,
        batch_size=2, opt=opt, callbacks=plateau, **how,
    )  # fmt: skip


def test_a_training_takes_the_rate_and_a_checkpoint_keeps_it(tmp_path: Path) -> None:
    whole = fitted(8, gl.optim.SGD(lr=0.4))  # the loss is 1 at every epoch
    assert whole.rates == [0.4, 0.4, 0.4, 0.2, 0.2, 0.1, 0.1, 0.05]
    fitted(4, gl.optim.SGD(lr=0.4), checkpoint=tmp_path)
    resumed = fitted(8, gl.optim.SGD(lr=0.4), checkpoint=tmp_path, resume=True)
    assert resumed.rates == whole.rates


def test_what_cannot_fall_is_refused() -> None:
    make = gl.optim.ReduceLROnPlateau
    with pytest.raises(gl.CallError, match="an optimizer is due"):
        make(0.1)  # type: ignore[arg-type]
    with pytest.raises(gl.ArgumentError, match="is a schedule"):
        make(gl.optim.SGD(lr=gl.optim.cosine_decay(0.1, 10)))
    with pytest.raises(gl.ArgumentError, match="rates of their own"):
        make(gl.optim.SGD(lr=0.1, groups={"*.b": {"lr": 0.2}}))
    opt = gl.optim.SGD(lr=0.1)
    for wrong in ({"factor": 1.0}, {"mode": "up"}, {"threshold_mode": "x"}, {"patience": -1}):
        with pytest.raises(gl.ArgumentError):
            make(opt, **wrong)  # type: ignore[arg-type]
    with pytest.raises(gl.ArgumentError, match="no 'hits' to look at"):
        gl.train(np.zeros(1), lambda w: np.sum(w * w), 2, opt, callbacks=make(opt, monitor="hits"))
