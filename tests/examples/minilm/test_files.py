"""Files of the network: what is missing, broken or of another network is told by name."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

import gradloom as gl
from gradloom.examples.minilm import files, model
from tests.examples.minilm.small import needs_pretrained

CONFIG = {"model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": 0}
NAMES = (
    "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight",
    "embeddings.token_type_embeddings.weight", "embeddings.LayerNorm.weight",
    "embeddings.LayerNorm.bias",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A network without layers."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    save_file({name: np.ones((2, 3), np.float16) for name in NAMES}, tmp_path / "model.safetensors")
    (tmp_path / "vocab.txt").write_text("[PAD]\na\u2028b\n", encoding="utf-8")
    return tmp_path


def test_weights_are_single_precision_whatever_the_file_has(folder: Path) -> None:
    weights = files.load(folder)
    assert weights["layers"] == []
    assert weights["words"].dtype == weights["norm"]["bias"].dtype == np.float32


def test_a_piece_is_a_line_whatever_else_is_in_it(folder: Path) -> None:
    assert files.vocabulary(folder) == ("[PAD]", "a\u2028b")


def _config(**changes: object) -> Callable[[Path], object]:
    return lambda path: (path / "config.json").write_text(json.dumps({**CONFIG, **changes}))


def _without_a_tensor(path: Path) -> None:
    save_file({"embeddings.LayerNorm.bias": np.ones(3, np.float32)}, path / "model.safetensors")


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda p: (p / "config.json").unlink(), gl.FileMissing, "config.json: there is no such"),
        (lambda p: (p / "config.json").write_text("{"), gl.FileError, "this is no JSON"),
        (lambda p: (p / "config.json").write_text("[1]"), gl.FileError, "no table of settings"),
        (lambda p: (p / "config.json").write_bytes(b"\xff"), gl.FileError, "this is no UTF-8"),
        (_config(hidden_act="relu"), gl.FileError, "hidden_act is 'relu'; this program computes"),
        (_config(num_hidden_layers="six"), gl.FileError, "num_hidden_layers is 'six'"),
        (_config(num_hidden_layers=1), gl.FileError, "no tensor 'encoder.layer.0.attention"),
        (_without_a_tensor, gl.FileError, "no tensor 'embeddings.word_embeddings.weight'"),
        (
            lambda p: (p / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0nonsense"),
            gl.FileError,
            "this is no safetensors file",
        ),
        (lambda p: (p / "model.safetensors").unlink(), gl.FileMissing, "there is no such file"),
    ],
)
def test_a_folder_that_is_not_such_a_network_is_told(
    folder: Path, spoil: Callable[[Path], object], error: type[Exception], message: str
) -> None:
    spoil(folder)
    with pytest.raises(error, match=re.escape(message)):
        files.load(folder)


@needs_pretrained
def test_the_pretrained_network_is_what_the_program_computes() -> None:
    weights = files.load()
    assert len(weights["layers"]) == 6
    assert weights["words"].shape == (len(files.vocabulary()), model.WIDTH)
    assert weights["layers"][0]["up"]["weight"].flags.c_contiguous
