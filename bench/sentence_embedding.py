"""Sentences a second of the pretrained encoder in plain numpy, on each backend, beside
sentence-transformers (torch) and onnxruntime on the export: `python -m bench sentence_embedding`.

One thread, CPU time, the ways in turn; numbers of pieces in, vectors as numpy arrays out. Weights
are held by the framework that computes. Needs the extra `pretrained`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import optree

import gradloom as gl
from bench.timing import interleaved
from gradloom import backends, nn
from gradloom.examples.minilm import files, model

SHAPES = ((1, 16), (8, 16), (32, 16), (1, 128), (8, 128), (32, 128))
ROUNDS = {16: 9, 128: 3}
BACKENDS = ("numpy", "torch", "jax", "tensorflow")
CLOSE = 1e-5

Way = Callable[[Any, Any], Any]


def with_kernels(weights: Any, ids: Any, mask: Any) -> Any:
    """`model.embed` with gl.nn's functions, which torch has kernels for."""

    def norm(w: Any, x: Any) -> Any:
        return nn.layer_norm(x, w["weight"], w["bias"], model.EPS)

    def attention(w: Any, x: Any) -> Any:
        q, k, v = (model.heads(model.dense(w[name], x)) for name in ("query", "key", "value"))
        taken = nn.scaled_dot_product_attention(q, k, v, (mask > 0)[:, None, None, :])
        return model.dense(w["output"], np.swapaxes(taken, -3, -2).reshape(x.shape))

    at = weights["positions"][np.arange(ids.shape[-1])]
    x = norm(weights["norm"], weights["words"][ids] + at + weights["kinds"][0])
    for w in weights["layers"]:
        x = norm(w["attention_norm"], x + attention(w["attention"], x))
        x = norm(w["output_norm"], x + model.dense(w["down"], nn.gelu(model.dense(w["up"], x))))
    share = mask[..., None].astype(x.dtype)
    return nn.normalize(np.sum(x * share, axis=-2))


def compiled(f: Any, backend: str) -> Way:
    """The function on a backend that holds the weights."""
    held = optree.tree_map(backends.get(backend).from_numpy, files.load())
    run: Any = gl.compile(f, backend=backend)
    return lambda ids, mask: np.asarray(run(held, ids, mask))


def transformers() -> Way:
    """sentence-transformers on torch, from numbers of pieces on."""
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    net = SentenceTransformer(str(files.folder()), device="cpu").eval()

    def run(ids: Any, mask: Any) -> Any:
        given = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        with torch.inference_mode():
            return net.forward(given)["sentence_embedding"].numpy()

    return run


def onnxruntime(folder: Path) -> Way:
    """onnxruntime on gradloom's export."""
    import onnxruntime as ort

    path = folder / "encoder.onnx"
    spec = gl.spec("i64[batch, length]")
    gl.export.onnx(partial(model.embed, files.load()), (spec, spec), path)
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [x.name for x in session.get_inputs()]
    return lambda *given: session.run(None, dict(zip(names, given, strict=True)))[0]


def ways(folder: Path) -> dict[str, Way]:
    """The ways by the names of the table's rows."""
    made: dict[str, Way] = {
        "sentence-transformers, torch": transformers(),
        "onnxruntime, gradloom's export": onnxruntime(folder),
        "numpy, not compiled": partial(model.embed, files.load()),
    }
    made |= {f"gradloom, {name}": compiled(model.embed, name) for name in BACKENDS}
    return made | {"gradloom, torch, gl.nn's functions": compiled(with_kernels, "torch")}


def sentences(batch: int, length: int) -> tuple[Any, Any]:
    """Numbers of pieces without padding."""
    ids = np.random.default_rng(0).integers(1000, 30000, (batch, length))
    return ids, np.ones_like(ids)


def run() -> str:
    """A table of sentences a second, each with its ratio to the reference's."""
    with tempfile.TemporaryDirectory() as folder:
        all_ways = ways(Path(folder))
        rows = {name: f"| {name} |" for name in all_ways}
        for batch, length in SHAPES:
            given = sentences(batch, length)
            expected = next(iter(all_ways.values()))(*given)
            for name, way in all_ways.items():
                off = float(np.abs(way(*given) - expected).max())
                if off > CLOSE:
                    raise ArithmeticError(f"{name}: {off} from the reference at {given[0].shape}")
            timed = {name: partial(way, *given) for name, way in all_ways.items()}
            seconds = interleaved(timed, rounds=ROUNDS[length])
            base = next(iter(seconds.values()))
            for name, s in seconds.items():
                rows[name] += f" {batch / s:.0f} ({base / s:.2f}) |"
    head = "".join(f" {batch} of {length} |" for batch, length in SHAPES)
    lines = [f"| |{head}", "|---|" + "---|" * len(SHAPES), *rows.values()]
    title = (
        "### Sentences a second (ratio to the reference), batches of sentences of so many pieces"
    )
    return "\n".join([title, "", *lines, ""])
