"""Checkpoints: what they hold, what stays, and that resuming gives the same numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.training import archive
from tests.frontend.training.problems import class_loss, classes, equal, hit_rate, layers

Checkpoints = gl.training.Checkpoints


class Cut(Exception):
    """The end of a training that was interrupted."""


class CutAt:
    """Interrupts after so many batches."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, run: Any) -> None:
        if run.step == self.step:
            raise Cut


def trained(folder: Path | None, *, cut: int | None = None, **options: Any) -> Any:
    x, y = classes(70)
    given: dict[str, Any] = {
        "epochs": 3, "opt": gl.optim.Adam(lr=0.05), "batch_size": 16, "clip_norm": 1.0,
        "checkpoint": None if folder is None else Checkpoints(folder, every_steps=2),
    }  # fmt: skip
    if cut is not None:
        given["callbacks"] = [CutAt(cut)]
    return gl.fit(layers(), class_loss, x, y, **{**given, **options})


@pytest.fixture(scope="module")
def whole() -> Any:
    """A training that nothing interrupts."""
    return trained(None)


def same(made: Any, whole: Any) -> bool:
    """Whether two trainings went the same way to the same end."""
    parts = ("losses", "norms", "validation", "metrics", "rates", "aux", "skipped")
    return (
        list(made) == list(whole)
        and all(getattr(made, part) == getattr(whole, part) for part in parts)
        and equal(made.weights, whole.weights)
    )


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(1, 15))
def test_a_resumed_training_ends_with_the_same_bits(
    cut: int, whole: Any, tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.mktemp("run")
    with pytest.raises(Cut):
        trained(folder, cut=cut)
    assert same(trained(folder, resume=True), whole)


@pytest.mark.parametrize(
    "backend", ["torch", "jax", pytest.param("tensorflow", marks=pytest.mark.slow)]
)
def test_on_other_backends_too(backend: str, tmp_path: Path) -> None:
    pytest.importorskip(backend)
    options: dict[str, Any] = {"backend": backend, "batch_size": 14}  # whole batches: one program
    whole = trained(None, **options)
    with pytest.raises(Cut):
        trained(tmp_path, cut=7, **options)
    assert same(trained(tmp_path, resume=True, **options), whole)


@pytest.mark.parametrize(
    "options",
    [
        {"accumulate": 3},
        {"precision": "f16"},
        {"precision": "bf16"},
        {"ema": gl.optim.EMA(decay=0.9)},
        {"validation": classes(20), "metrics": {"hits": hit_rate}},
        {"jit": False},
        {"seed": 11},
        {"opt": lambda: gl.optim.SGD(lr=gl.optim.cosine_decay(0.1, 15), momentum=0.9)},
    ],
    ids=lambda options: "-".join(options),
)
def test_whatever_belongs_to_the_training_goes_on(options: dict[str, Any], tmp_path: Path) -> None:
    def made(**more: Any) -> Any:
        own = {k: v() if k == "opt" else v for k, v in options.items()}
        return trained(more.pop("folder", None), **own, **more)

    whole = made()
    with pytest.raises(Cut):
        made(folder=tmp_path, cut=8)
    again = made(folder=tmp_path, resume=True)
    assert same(again, whole)
    assert equal(again.averaged, whole.averaged)


def test_named_weights_and_early_stopping_go_on(tmp_path: Path) -> None:
    x, y = classes(64)

    def run(folder: Path | None, epochs: int, resume: bool = False) -> tuple[Any, Any]:
        weights = gl.params(layers())
        history = gl.fit(
            weights, lambda x, y: gl.nn.cross_entropy(np.tanh(x @ weights.hidden) @ weights.out, y),
            x, y, epochs=epochs, opt=1.5, batch_size=16, checkpoint=folder, resume=resume,
            callbacks=[gl.training.EarlyStopping(patience=2, least=0.02)],
        )  # fmt: skip
        return history, weights

    whole, due = run(None, 40)
    assert whole.stopped is not None
    run(tmp_path, 3)
    again, weights = run(tmp_path, 40, resume=True)
    assert list(again) == list(whole)
    assert again.stopped == whole.stopped
    assert weights == due


def test_a_finished_training_is_resumed_by_doing_nothing(whole: Any, tmp_path: Path) -> None:
    trained(tmp_path)
    assert same(trained(tmp_path, resume=True), whole)


def test_a_folder_without_checkpoints_is_a_beginning(whole: Any, tmp_path: Path) -> None:
    assert same(trained(tmp_path / "new" / "deep", resume=True), whole)


def test_more_epochs_go_on_where_fewer_ended(whole: Any, tmp_path: Path) -> None:
    trained(tmp_path, epochs=1)
    assert same(trained(tmp_path, resume=True), whole)


def test_a_loader_and_a_generator_of_seeds_go_on(tmp_path: Path) -> None:
    x, y = classes(70)

    def run(folder: Path | None, **options: Any) -> Any:
        loader = gl.data.DataLoader(
            x, y, batch_size=16, shuffle=True, rng=np.random.default_rng(5), prefetch=2
        )
        next(iter(loader))  # the training's first epoch is the loader's second
        return gl.fit(layers(), class_loss, loader, epochs=3, opt=0.1, checkpoint=folder and
                      Checkpoints(folder, every_steps=2), **options)  # fmt: skip

    whole = run(None)
    with pytest.raises(Cut):
        run(tmp_path, callbacks=[CutAt(7)])
    assert same(run(tmp_path, resume=True), whole)


# ---- what stays ----------------------------------------------------------------------------------


def test_the_last_few_stay_and_the_best(tmp_path: Path) -> None:
    x, y = classes(64)
    rates = iter([0.5, 0.5, 5.0, 30.0, 30.0, 30.0])

    class Worse:
        def on_start(self, run: Any) -> None:
            run.lr = next(rates)

        def on_epoch(self, run: Any) -> None:
            run.lr = next(rates, None)

    kept = Checkpoints(tmp_path, keep=2, monitor="validation")
    history = gl.fit(layers(), class_loss, x, y, epochs=6, opt=0.1, validation=(x, y),
                     callbacks=[Worse()], checkpoint=kept)  # fmt: skip
    best = int(np.argmin(history.validation)) + 1
    assert best < 5
    assert kept.best == best
    assert kept.steps() == [best, 5, 6]


def test_a_checkpoint_is_read_on_its_own(whole: Any, tmp_path: Path) -> None:
    trained(tmp_path)
    found = gl.training.load_checkpoint(tmp_path)
    assert (found.step, found.epoch) == (15, 3)
    assert equal(found.weights, whole.weights)
    assert equal(found.into(layers()), whole.weights)
    assert gl.training.load_checkpoint(found.path).step == 15


def test_nothing_temporary_is_left(tmp_path: Path) -> None:
    (tmp_path / ".step-000000001.safetensors.0123456789abcdef.tmp").write_bytes(b"half")
    (tmp_path / "notes.tmp").write_text("mine")
    trained(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["notes.tmp", *(f"step-{s:09d}.safetensors" for s in (12, 14, 15))]


# ---- bad input -----------------------------------------------------------------------------------


def damaged(path: Path, how: str) -> None:
    """Spoil a checkpoint."""
    data = path.read_bytes()
    if how == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "a flipped bit":
        path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    elif how == "changed text":
        path.write_bytes(data.replace(b'\\"step\\"', b'\\"stop\\"', 1))
    elif how == "newer":
        path.write_bytes(data.replace(b"gradloom-checkpoint 1", b"gradloom-checkpoint 7", 1))
    else:
        from safetensors.numpy import save

        path.write_bytes(save({"x": np.ones(3)}))


HOW = ("truncated", "empty", "a flipped bit", "changed text", "newer", "foreign")


@pytest.mark.parametrize("how", HOW)
def test_a_damaged_checkpoint_is_passed_over_and_that_is_said(
    how: str, whole: Any, tmp_path: Path
) -> None:
    with pytest.raises(Cut):
        trained(tmp_path, cut=9)
    newest = sorted(tmp_path.iterdir())[-1]
    damaged(newest, how)
    with pytest.raises(gl.FileError, match=newest.name):
        gl.training.load_checkpoint(newest)
    with pytest.warns(gl.training.CheckpointSkipped, match=newest.name):
        again = trained(tmp_path, resume=True)
    assert same(again, whole)


def test_when_none_can_be_read_that_is_an_error_and_nothing_is_lost(tmp_path: Path) -> None:
    trained(tmp_path)
    for path in tmp_path.iterdir():
        damaged(path, "truncated")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(gl.FileError, match="none of the 3 checkpoints"):
        trained(tmp_path, resume=True)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_another_training_is_not_overwritten(tmp_path: Path) -> None:
    trained(tmp_path)
    with pytest.raises(gl.ArgumentError, match=r"another training \(up to step 15\)"):
        trained(tmp_path)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"seed": 3}, "seed=0"),
        ({"precision": "f64"}, "precision=None"),
        ({"clip_norm": 2.0}, "clip_norm=1.0"),
        ({"accumulate": 2}, "accumulate=1"),
        ({"opt": gl.optim.SGD(lr=0.1)}, "opt='Adam'"),
        ({"batch_size": 8}, "batch_size 16"),
        ({"callbacks": [gl.training.EarlyStopping()]}, "callbacks"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(
    options: dict[str, Any], says: str, tmp_path: Path
) -> None:
    trained(tmp_path, epochs=1)
    with pytest.raises(gl.GradloomError, match=says):
        trained(tmp_path, resume=True, **options)


def test_a_checkpoint_of_other_weights_is_refused_naming_them(tmp_path: Path) -> None:
    trained(tmp_path, epochs=1)
    found = gl.training.load_checkpoint(tmp_path)
    with pytest.raises(gl.GradloomError, match=r"more is missing.*out is not among the weights"):
        found.into({"hidden": np.ones((2, 8)), "more": np.ones(1)})
    with pytest.raises(gl.GradloomError, match=r"hidden has shape \(2, 8\) where \(3, 8\) is due"):
        found.into({"hidden": np.ones((3, 8)), "out": np.ones((8, 3))})


def test_a_folder_that_cannot_be_is_an_error_before_the_first_step(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    steps: list[int] = []
    with pytest.raises(gl.FileUnwritable, match="cannot be used for checkpoints"):
        trained(tmp_path / "file", on_epoch=lambda *told: steps.append(1))
    assert steps == []
    assert (tmp_path / "file").read_text() == "mine"


def test_a_checkpoint_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(gl.FileMissing):
        gl.training.load_checkpoint(tmp_path / "none.safetensors")
    with pytest.raises(gl.FileMissing):
        gl.training.load_checkpoint(tmp_path)


@pytest.mark.parametrize("options", [{"keep": 0}, {"every_steps": 0}, {"mode": "best"}])
def test_options_out_of_range_are_refused(options: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(gl.ArgumentError):
        Checkpoints(tmp_path, **options)


# ---- the file ------------------------------------------------------------------------------------


def test_a_tree_comes_back_with_every_dtype_and_name(tmp_path: Path) -> None:
    import ml_dtypes

    dtypes = ("b1", "i1", "u8", "f2", "f4", "f8", "c8", "c16", ml_dtypes.bfloat16)
    content = {
        "arrays": {str(i): np.array([[1, 0]], d) for i, d in enumerate(dtypes)},
        "odd": {"a/b": np.ones(()), "": np.zeros((0, 3)), "array": [1, None, "x"], "é\n": True},
        "order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "numbers": [float("inf"), 1e-320, 2**60],
    }  # fmt: skip
    archive.write(tmp_path / "x.safetensors", content)
    back = archive.read(tmp_path / "x.safetensors")
    assert json.dumps(back, default=str, sort_keys=True) == json.dumps(
        content, default=str, sort_keys=True
    )
    assert equal(back["arrays"], content["arrays"])
    assert equal(back["order"], content["order"])
    assert back["odd"][""].shape == (0, 3)
