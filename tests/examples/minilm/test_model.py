"""The network on small random weights: what it means, on every backend, batched, differentiated."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.examples.minilm.model import WIDTH as PRETRAINED_WIDTH
from gradloom.examples.minilm.model import embed, encode, lookup
from gradloom.viz.groups import grouped
from tests.examples.minilm.small import WIDTH, sentences, weights

SPECS = (gl.spec("i64[batch, length]"), gl.spec("i64[batch, length]"))
BACKENDS = ("numpy", "torch", "jax", "tensorflow")


def close(a: Any, b: Any, atol: float = 2e-6) -> None:
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=0, atol=atol)


def test_embeddings_are_single_precision_and_of_length_one() -> None:
    ids, mask = sentences()
    made = embed(weights(), ids, mask)
    assert (made.shape, made.dtype) == ((3, WIDTH), np.float32)
    close(np.linalg.norm(made, axis=-1), np.ones(3))
    assert PRETRAINED_WIDTH == 384


def test_what_stands_in_padding_changes_nothing() -> None:
    ids, mask = sentences()
    other = np.where(mask > 0, ids, (ids + 5) % 40)
    assert np.array_equal(embed(weights(), ids, mask), embed(weights(), other, mask))


def test_a_sentence_alone_is_what_it_is_in_a_batch_with_longer_ones() -> None:
    ids, mask = sentences()
    w = weights()
    for i, row in enumerate(embed(w, ids, mask)):
        real = mask[i] > 0
        close(embed(w, ids[i, real], mask[i, real]), row)


def test_a_row_of_padding_alone_has_no_nan_in_it() -> None:
    ids, mask = sentences()
    mask[1] = 0
    assert np.array_equal(embed(weights(), ids, mask)[1], np.zeros(WIDTH))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_backend_gives_what_plain_numpy_gives(backend: str) -> None:
    pytest.importorskip(backend)
    ids, mask = sentences()
    w = weights()
    close(gl.compile(embed, backend=backend)(w, ids, mask), embed(w, ids, mask))


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_function_of_one_sentence_under_vmap_is_the_batched_one(backend: str) -> None:
    pytest.importorskip(backend)
    ids, mask = sentences()
    w = weights()
    each = gl.compile(gl.vmap(embed, (None, 0, 0)), backend=backend)
    close(each(w, ids, mask), embed(w, ids, mask))


def test_one_graph_with_named_sizes_serves_every_batch_and_length() -> None:
    w = weights()
    graph = gl.trace(partial(embed, w), *SPECS)
    for batch, length in ((1, 1), (2, 5), (4, 16)):
        ids, mask = sentences(batch, length, seed=length)
        mask[:, 0] = 1
        close(graph(ids, mask), embed(w, ids, mask))


def test_its_layers_appear_as_repeats_of_one_piece() -> None:
    graph = gl.trace(partial(embed, weights(layers=6)), *sentences())
    repeats = [group for group in grouped(graph).groups if group.repeats == 6]
    assert [len([*group.leaves()]) % 6 for group in repeats] == [0]
    assert len([*repeats[0].leaves()]) > len(graph.nodes) / 2


def test_its_graph_is_text_that_parses_back_and_a_page_to_look_into(tmp_path: Path) -> None:
    graph = gl.trace(embed, weights(), *SPECS)
    assert gl.parse(str(graph)) == graph
    assert "# model.py:" in graph.text(locations=True)
    page = tmp_path / "encoder.html"
    gl.viz.explore(graph, page)
    assert "layer_norm" in page.read_text(encoding="utf-8")


def test_the_gradient_by_the_words_is_that_of_finite_differences() -> None:
    w = weights(np.float64)
    ids, mask = sentences(2)
    words = lookup(w, ids)
    direction = np.random.default_rng(3).standard_normal(words.shape)

    def likeness(words: Any) -> Any:
        a, b = encode(w, words, mask)
        return np.sum(a * b)

    slope = np.sum(gl.grad(likeness)(words) * direction)
    step = 1e-5
    rise = likeness(words + step * direction) - likeness(words - step * direction)
    assert slope == pytest.approx(rise / (2 * step), rel=1e-7)


def test_the_export_to_onnx_takes_every_batch_and_length(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    w = weights()
    path = tmp_path / "encoder.onnx"
    gl.export.onnx(partial(embed, w), SPECS, path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [x.name for x in session.get_inputs()]
    for batch, length in ((1, 1), (1, 9), (4, 16)):
        ids, mask = sentences(batch, length, seed=length)
        mask[:, 0] = 1
        (made,) = session.run(None, dict(zip(names, (ids, mask), strict=True)))
        close(made, embed(w, ids, mask))


def test_the_exports_to_torch_give_the_same(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    w = weights()
    ids, mask = sentences()
    given = torch.from_numpy(ids), torch.from_numpy(mask)
    module = gl.export.torch_module(partial(embed, w), (ids, mask))
    close(module(*given), embed(w, ids, mask))
    path = tmp_path / "encoder.pt"
    gl.export.torchscript(partial(embed, w), (ids, mask), path)
    close(torch.jit.load(path)(*given), embed(w, ids, mask))
