"""`gl.save_params` and `gl.load_params`: what was saved comes back; a bad file loses nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import optree
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.errors import DtypeError, FileError, FileMissing, FileUnwritable, StateMismatch

DTYPES = ["f2", "f4", "f8", "c8", "c16", "i1", "u8", "?", ml_dtypes.bfloat16,
          ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2]  # fmt: skip


def weights() -> Any:
    return gl.params(
        emb=gl.tied("e", np.arange(6.0).reshape(2, 3)),
        head=gl.tied["emb"],
        scale=gl.frozen(np.float32(2)),
        mean=gl.buffer(np.zeros(2)),
        blocks=[{"w": np.ones(2), "a.b": np.zeros(1)}, (np.ones(1), gl.on_cpu(np.zeros(2)))],
    )


def test_parameters_come_back_with_their_roles_and_ties(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    gl.save_params(weights(), path)
    found = gl.load_params(path)
    assert found == weights()
    assert found.emb is found.head
    found.update_buffers(mean=[1.0, 2.0])
    _, grads = found.grad(lambda p: np.sum(p.emb + p.head) * p.scale)
    assert grads.scale is None
    np.testing.assert_array_equal(grads.emb, 4.0)
    assert gl.load_params(path, like=weights()) == weights()


def test_other_programs_find_each_array_by_its_path(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    gl.save_params(weights(), tmp_path / "w")
    assert sorted(load_file(tmp_path / "w")) == [
        'blocks.0."a.b"', "blocks.0.w", "blocks.1.0", "blocks.1.1", "emb", "mean", "scale",
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_dtype_keeps_its_bits(tmp_path: Path, dtype: Any) -> None:
    array = np.array([[0, 1, 2], [3, 1, 0]]).astype(dtype)
    tree = {"a": array, "t": array.T, "s": array[0, 1], "none": array[:0]}
    gl.save_params(tree, tmp_path / "x")
    found = gl.load_params(tmp_path / "x")
    for name, x in tree.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == np.shape(x)
        assert found[name].tobytes() == x.tobytes()


LEAF = st.one_of(
    st.floats(allow_nan=False).map(np.float64),
    st.lists(st.integers(-5, 5), max_size=3).map(lambda xs: np.array(xs, np.int32)),
    st.just(None),
)
KEY = st.text(max_size=4)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.dictionaries(KEY, inner, max_size=3),
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60)
@given(tree=TREE)
def test_any_tree_comes_back(tree: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("trees") / "t"
    gl.save_params(tree, path)
    for found in (gl.load_params(path), gl.load_params(path, like=tree)):
        leaves, spec = optree.tree_flatten(found, namespace="gradloom")
        due, spec_due = optree.tree_flatten(tree, namespace="gradloom")
        assert spec == spec_due
        assert all(np.array_equal(a, b) and a.dtype == b.dtype
                   for a, b in zip(leaves, due, strict=True))  # fmt: skip


def test_python_numbers_come_back_as_such_where_they_stand_in_like(tmp_path: Path) -> None:
    tree = {"n": 3, "x": 0.5, "b": True}
    gl.save_params(tree, tmp_path / "t")
    found = gl.load_params(tmp_path / "t", like=tree)
    assert found == tree
    assert [type(x) for x in found.values()] == [int, float, bool]


def test_all_that_does_not_fit_is_named_at_once(tmp_path: Path) -> None:
    gl.save_params({"a": np.ones(2), "b": np.ones(3), "c": np.ones(2, "f4"), "x": np.ones(1)},
                   tmp_path / "t")  # fmt: skip
    with pytest.raises(StateMismatch) as error:
        gl.load_params(tmp_path / "t", like={"a": np.ones(2), "b": np.ones(4), "c": np.ones(2),
                                             "y": {"z": np.ones(1)}})  # fmt: skip
    text = str(error.value)
    assert "4 differences" in text
    for line in ("missing: y.z", "extra: x", "b: shape (3,) in the file, (4,) in like=",
                 "c: f32 in the file, f64 in like="):  # fmt: skip
        assert line in text


def test_what_is_no_array_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    gl.save_params({"a": np.ones(2)}, tmp_path / "t")
    for bad in ({"a": "text"}, {"a": np.array(["x"])}, {"a": np.array([object()])}):
        with pytest.raises(DtypeError, match="'a' is"):
            gl.save_params(bad, tmp_path / "t")
    np.testing.assert_array_equal(gl.load_params(tmp_path / "t")["a"], 1.0)


def test_a_missing_file_and_a_folder_that_takes_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="no file"):
        gl.load_params(tmp_path / "nowhere")
    with pytest.raises(FileMissing, match="no file"):
        gl.load_params(tmp_path)
    with pytest.raises(FileUnwritable, match="cannot be written"):
        gl.save_params({"a": np.ones(1)}, tmp_path / "no" / "folder" / "t")


def test_a_file_cut_anywhere_is_a_file_error(tmp_path: Path) -> None:
    path = tmp_path / "t"
    gl.save_params(weights(), path)
    whole = path.read_bytes()
    for length in [0, 1, 7, 8, 9, 100, len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(FileError, match="truncated, damaged or no"):
            gl.load_params(path)


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_a_damaged_file_is_told_or_gives_what_was_saved(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "t"
    gl.save_params({"a": np.ones(2, complex), "b": [np.ones(1)]}, path)
    held = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        held[data.draw(st.integers(0, len(held) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(held))
    with contextlib.suppress(gl.FileError):
        found = gl.load_params(path)
        assert list(found) == ["a", "b"]
        np.testing.assert_array_equal(found["a"], np.ones(2, complex))
        np.testing.assert_array_equal(found["b"][0], np.ones(1))


def test_a_file_of_another_program_is_a_dict_by_name_and_fits_like(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"layer.w": np.ones(2), "layer.b": np.zeros(1)}, tmp_path / "t")
    assert sorted(gl.load_params(tmp_path / "t")) == ["layer.b", "layer.w"]
    like = {"layer": {"w": np.zeros(2), "b": np.ones(1)}}
    np.testing.assert_array_equal(gl.load_params(tmp_path / "t", like=like)["layer"]["w"], 1.0)


WRITER = """
import sys, numpy as np, gradloom as gl
for i in range(1, 100_000):
    gl.save_params({"i": np.full(200_000, float(i))}, sys.argv[1])
    if i == 1:
        sys.stdout.write("begun\\n"); sys.stdout.flush()
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_writer_that_is_killed_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "t"
    for wait in (0.0, 0.003, 0.01):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "begun\n"
            time.sleep(wait)
            writer.send_signal(signal.SIGKILL)
        found = gl.load_params(path)["i"]
        assert found.shape == (200_000,)
        assert np.all(found == found[0])


def test_numbers_of_other_machines_byte_order_come_back(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    gl.save_params({"a": np.arange(4, dtype=">f8"), "b": np.arange(3, dtype=">c8")}, path)
    found = gl.load_params(path)
    np.testing.assert_array_equal(found["a"], np.arange(4.0))
    np.testing.assert_array_equal(found["b"], np.arange(3))


def test_the_name_that_safetensors_keeps_for_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    gl.save_params({"a": np.ones(1)}, path)
    with pytest.raises(gl.GradloomError, match="'__metadata__', which safetensors keeps"):
        gl.save_params({"__metadata__": np.ones(1)}, path)
    assert list(gl.load_params(path)) == ["a"]


def test_a_file_whose_digest_lost_its_name_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    gl.save_params(gl.params(a=np.ones(1)), path)
    path.write_bytes(path.read_bytes().replace(b".sha256", b".sha257"))
    with pytest.raises(FileError, match="damaged"):
        gl.load_params(path)
