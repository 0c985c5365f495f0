"""Files that want to break the debugger: they are refused by name, and cost no more than they are
long.
"""

import io
import json
import pickle
import pickletools
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.errors import FileError, FileMissing, FileUnwritable
from gradloom.viz.gradients.archive import arrays_of, read_archive, write_archive
from gradloom.viz.gradients.files import Files, read_array
from gradloom.viz.gradients.flow_info import layers_and_flows
from gradloom.viz.gradients.layer import Layer, flow_of_matrix
from gradloom.viz.gradients.pickled import pickled
from gradloom.viz.gradients.plain_pickle import read_plain
from gradloom.viz.gradients.source import Snapshot
from tests.viz.gradients.test_files import write

# ---- the machine that reads pickles -------------------------------------------------------------

NAMES = ["numpy.core.multiarray", "numpy", "_codecs", "collections", "os", "builtins", "gradloom"]
MEMBERS = ["_reconstruct", "scalar", "ndarray", "dtype", "encode", "OrderedDict", "system", "eval"]
PIECES = st.one_of(
    st.sampled_from([op.code.encode("latin1") for op in pickletools.opcodes if op.arg is None]),
    st.builds("c{}\n{}\n".format, st.sampled_from(NAMES), st.sampled_from(MEMBERS)).map(str.encode),
    st.integers(-2, 300).map(lambda n: b"I%d\n" % n),
    st.binary(max_size=9).map(lambda x: b"C" + bytes([len(x)]) + x),
    st.sampled_from(["f8", "i4", "O", "V8", "f8,O", "<", "C", "latin1", "é"]).map(
        lambda x: b"X" + struct.pack("<I", len(x.encode())) + x.encode()
    ),
    st.integers(0, 3).map(lambda n: b"q" + bytes([n])),
    st.integers(0, 3).map(lambda n: b"h" + bytes([n])),
    st.sampled_from([pickled(np.arange(3.0))[2:-1], pickled({"a": None})[2:-1]]),
)


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=25))
@example([b"(", b"]", b"q\0", b"h\0", b"a"])  # a list in itself
def test_any_program_of_opcodes_gives_plain_data_or_a_file_error(pieces: list[bytes]) -> None:
    try:
        made = read_plain(b"\x80\x04" + b"".join(pieces) + b".")
        layers_and_flows(made, "interpolated")
    except FileError:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"(" + b"N" * 50_000 + b"t" + b"." ,
        b"(" * 50_000 + b".",
        b"]" + b"2" * 50_000 + b".",  # DUP
        b"]q\0" + b"h\0a" * 50_000 + b".",  # a list that holds itself
        b"N" + b"\x85" * 50_000 + b".",
        b"".join([b"N", *(b"\x85q" + bytes([i % 256]) for i in range(50_000)), b"."]),
    ],
    ids=["wide", "marks", "dup", "itself", "deep", "memo"],
)  # fmt: skip
def test_towers_are_no_flow_files_and_break_nothing(data: bytes) -> None:
    with pytest.raises(FileError):
        layers_and_flows(read_plain(data), "interpolated")


def test_a_doubled_text_is_not_written_out() -> None:
    data = b"".join([b"X\x03\x00\x00\x00abc", *(b"q\0h\0\x86" for _ in range(60)), b"."])
    with pytest.raises(FileError) as raised:  # 2 ** 60 leaves, if anybody printed them
        layers_and_flows({"activation_gradients": {"a": read_plain(data)}, "gradient_flows": {}},
                         "interpolated")  # fmt: skip
    assert len(str(raised.value)) < 500


SHAPES = [(2**62,), (2**31, 2**31), (-1,), (10**6, 10**6), (0, 2**62), (2**63,), (2,) * 40]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_declared_shape_allocates_nothing(shape: tuple[int, ...], tmp_path: Path) -> None:
    state = pickled((1, shape, None, False, None))[2:-1]
    dtype = b"cnumpy\ndtype\n(X\x02\x00\x00\x00f8\x89\x88tR"
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntC\x01btR"
        + state[:-3].replace(b"N", dtype, 1) + b"C\x08" + bytes(8) + b"tb"
    )  # fmt: skip
    with pytest.raises(FileError):
        read_plain(b"\x80\x04" + array + b".")
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    path = tmp_path / "x.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + bytes(8))
    with pytest.raises(FileError, match=r"x\.npy"):
        read_array(path)


# ---- arrays and archives ------------------------------------------------------------------------


def archive() -> bytes:
    """A whole archive, small."""
    a = Layer("a", (1, 2), gradient=np.array([[1.0, -2.0]]))
    b = Layer("b", (1, 1), gradient=np.array([[3.0]]))
    flow = flow_of_matrix("a", "b", np.array([[1.0], [-2.0]]), "given")
    buffer = io.BytesIO()
    snapshot = Snapshot(np.zeros((1, 2)), (a, b), (flow,), loss=float("nan"), notes=("n",))
    np.savez(buffer, allow_pickle=False, **arrays_of(snapshot, snapshot.input))
    return buffer.getvalue()


def test_an_archive_that_is_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole, path = archive(), tmp_path / "x.gradients.npz"
    for size in range(0, len(whole), 37):
        path.write_bytes(whole[:size])
        with pytest.raises(FileError):
            read_archive(path)
    path.write_bytes(whole)
    read = read_archive(path)
    assert read.notes == ("n",)
    assert np.isnan(read.loss)


@settings(max_examples=60)
@given(st.integers(0, len(archive()) - 1), st.integers(0, 255))
def test_an_archive_with_another_byte_is_read_or_refused(at: int, byte: int) -> None:
    import tempfile

    whole = bytearray(archive())
    whole[at] = byte
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.gradients.npz"
        path.write_bytes(whole)
        try:
            gl.viz.gradients(path).data()
        except FileError:
            return


def about(**changed: Any) -> dict[str, Any]:
    """What stands beside the arrays, with a part changed."""
    with np.load(io.BytesIO(archive()), allow_pickle=False) as held:
        return {**json.loads(held["about"].tobytes()), **changed}


@pytest.mark.parametrize(
    "changed",
    [
        {"format": 2}, {"format": None}, {"layers": []}, {"layers": None}, {"layers": [{}]},
        {"layers": {"a": 1}}, {"flows": [[]]}, {"flows": [{"source": "a"}]}, {"loss": "x"},
        {"loss": []}, {"layers": [{**about()["layers"][0], "shape": [2**70]}]},
        {"layers": [{**about()["layers"][0], "shape": [-1, -2]}]},
        {"layers": about()["layers"] * 2},
        {"flows": [{**about()["flows"][0], "kind": "true"}]},
        {"flows": [{**about()["flows"][0], "source": "nobody"}]},
        {"notes": 3},
    ],
    ids=lambda x: json.dumps(x)[:40],
)  # fmt: skip
def test_an_archive_that_says_what_cannot_be_is_refused(
    changed: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "x.gradients.npz"
    with np.load(io.BytesIO(archive()), allow_pickle=False) as held:
        arrays = {**held, "about": np.frombuffer(json.dumps(about(**changed)).encode(), np.uint8)}
    np.savez(path.with_suffix(""), **arrays)
    with pytest.raises(FileError):
        gl.viz.gradients(path)


def test_an_archive_that_would_fill_the_memory_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "x.gradients.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("input.npy", bytes(1 << 20))
    data = path.read_bytes()
    at = data.rindex(b"PK\x01\x02")  # the directory, which says 4 GB of the entry
    path.write_bytes(data[: at + 24] + struct.pack("<I", 0xFFFFFFF0) + data[at + 28 :])
    with pytest.raises(FileError, match="unpacks to more than"):
        read_archive(path)


# ---- folders and names --------------------------------------------------------------------------

NUMBERS = np.ones((2, 2))
ODD = ["line\nend_", "\N{SNOWMAN}\u202e_", " ", "-rf_", "%s{}_", "a;b_", "é" * 60]


@pytest.mark.parametrize("name", ODD)
def test_a_prefix_may_have_any_name(tmp_path: Path, name: str) -> None:
    write(f"{tmp_path}/{name}", {"a": NUMBERS}, {})
    shown = gl.viz.gradients(f"{tmp_path}/{name}").set_cell(0, 0, value=2.0)
    assert shown.save("more")[0].name == f"{name}more.npy"
    page = shown.export(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<title>" in page
    assert shown.render().input[0, 0] == 2.0


@pytest.mark.parametrize("name", ["x" * 10_000, "a\0b", "\ud800"])
def test_a_prefix_that_cannot_be_is_a_file_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError):
        gl.viz.gradients(f"{tmp_path}/{name}")
    write(f"{tmp_path}/", {"a": NUMBERS}, {})
    with pytest.raises((FileUnwritable, gl.ArgumentError)):
        gl.viz.gradients(tmp_path).save(name)


@pytest.mark.parametrize("which", ["flow_info.pkl", "input_representation.npy"])
def test_files_that_go_while_they_are_shown_are_told(tmp_path: Path, which: str) -> None:
    write(f"{tmp_path}/", {"a": NUMBERS}, {})
    shown = gl.viz.gradients(tmp_path)
    (tmp_path / which).unlink()
    with pytest.raises(FileMissing, match=which):
        shown.render()
    assert which in shown.data()["error"]
    assert shown.layers[0].gradient.tolist() == NUMBERS.tolist()
    shown.save()  # both files are there again
    assert shown.render().data()["error"] == ""


def test_a_folder_that_may_not_be_written_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    write(f"{folder}/", {"a": NUMBERS}, {})
    shown = gl.viz.gradients(folder).set_cell(0, 0, value=5.0)
    (folder / "input_representation.npy").unlink()
    (folder / "input_representation.npy").mkdir()  # root, too, may write no file there
    before = (folder / "flow_info.pkl").read_bytes()
    with pytest.raises(FileUnwritable):
        shown.save()
    assert (folder / "flow_info.pkl").read_bytes() == before
    assert shown.input[0, 0] == 5.0
    assert sorted(p.name for p in folder.iterdir()) == ["flow_info.pkl", "input_representation.npy"]
    assert shown.save("elsewhere")[0].exists()


def test_a_target_of_another_kind_is_refused(tmp_path: Path) -> None:
    write(f"{tmp_path}/", {"a": NUMBERS}, {}, target=np.array(["x"]))
    with pytest.raises(FileError, match="target_representation"):
        Files(tmp_path).read()
    (tmp_path / "target_representation.npy").write_bytes(pickle.dumps(print))
    with pytest.raises(FileError, match="target_representation"):
        Files(tmp_path).read()


def test_an_archive_is_written_whole_or_not(tmp_path: Path) -> None:
    layer = Layer("a", (2,), gradient=np.ones(2))
    snapshot = Snapshot(np.zeros(2), (layer,), ())
    for name in ("no/x.gradients.npz", "x" * 9_000):
        with pytest.raises(FileUnwritable):
            write_archive(snapshot, snapshot.input, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
