"""What is shown, as the files of older tools."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

import gradloom as gl
from gradloom.ir.errors import ArgumentError, DtypeError, FileUnwritable, NotSupported
from gradloom.viz.gradients.layer import Flow, Layer, flow_of_matrix
from gradloom.viz.gradients.pickled import pickled
from gradloom.viz.gradients.plain_pickle import read_plain
from gradloom.viz.gradients.prefix import flow_info, write_prefix
from gradloom.viz.gradients.source import Snapshot
from gradloom.viz.gradients.together import replace_together
from tests.viz.gradients.test_files import example
from tests.viz.gradients.test_plain_pickle import NUMBERS, PLAIN

READER = """
import json, pickle, sys
sys.modules["gradloom"] = None
import numpy as np
prefix = sys.argv[1]
info = pickle.load(open(prefix + "flow_info.pkl", "rb"))
np.load(prefix + "input_representation.npy"), np.load(prefix + "target_representation.npy")
grads = {k: [v.tolist(), str(v.dtype)] for k, v in info["activation_gradients"].items()}
flows = {"->".join(k): [v.tolist(), v.shape] for k, v in info["gradient_flows"].items()}
print(json.dumps([sorted(info), grads, flows]))
"""


def test_a_live_debugger_is_written_for_tools_that_know_numpy_alone(tmp_path: Path) -> None:
    weights = np.random.default_rng(0).normal(size=(3, 2))
    shown = gl.viz.gradients(
        lambda x: np.tanh(x @ weights), np.array([[0.5, -1.0, 2.0]]), target=np.zeros((1, 2))
    )
    path = shown.export(tmp_path / "3_flow_info.pkl")
    assert path == tmp_path / "3_flow_info.pkl"
    command = [sys.executable, "-W", "error::DeprecationWarning", "-c", READER, f"{tmp_path}/3_"]
    read = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    keys, grads, flows = json.loads(read.stdout)
    assert keys == ["activation_gradients", "gradient_flows"]
    assert list(grads) == [layer.name for layer in shown.layers]
    for layer in shown.layers:
        assert grads[layer.name] == [np.atleast_2d(layer.gradient).tolist(), "float64"]
    for flow in shown.flows:
        a, b = (shown.layer(name).size for name in (flow.source, flow.target))
        assert flows[f"{flow.source}->{flow.target}"] == [flow.matrix(a, b).tolist(), [a, b]]
    assert [one.name for one in shown.save(tmp_path / "4_flow_info.pkl")] == [
        "4_flow_info.pkl", "4_input_representation.npy", "4_target_representation.npy"
    ]  # fmt: skip
    assert (tmp_path / "4_flow_info.pkl").read_bytes() == path.read_bytes()
    again = gl.viz.gradients(f"{tmp_path}/3_")
    for old, new in zip(shown.flows, again.flows, strict=True):
        np.testing.assert_array_equal(old.values, new.values)
    assert again.save()[1] == path
    assert [f.values.tolist() for f in gl.viz.gradients(f"{tmp_path}/3_").flows] == [
        f.values.tolist() for f in again.flows
    ]


def test_layers_of_other_ranks_are_folded_so_that_element_i_stays_element_i() -> None:
    array = np.arange(24.0).reshape(2, 3, 4)
    layers = (
        Layer("image", (2, 3, 4), gradient=array), Layer("row", (4,), gradient=np.arange(4.0)),
        Layer("number", (), gradient=np.ones((), np.float32)),
        Layer("none", (0, 2), gradient=np.zeros((0, 2))),
        Layer("whole", (2, 2), gradient=np.ones((2, 2), int)),
    )  # fmt: skip
    flow = Flow("image", "row", np.array([17]), np.array([3]), np.array([2.5]), "exact")
    info = flow_info(Snapshot(array, layers, (flow,)))
    told = {name: x.shape for name, x in info["activation_gradients"].items()}
    assert told == {
        "image": (6, 4),
        "row": (1, 4),
        "number": (1, 1),
        "none": (0, 2),
        "whole": (2, 2),
    }
    assert info["activation_gradients"]["image"].ravel().tolist() == array.ravel().tolist()
    assert {x.dtype.kind for x in info["activation_gradients"].values()} == {"f"}
    dense = info["gradient_flows"]["image", "row"]
    assert (dense.shape, dense[17, 3], dense.sum()) == ((24, 4), 2.5, 2.5)


def test_pairs_stay_pairs_and_what_was_made_up_is_none_again(tmp_path: Path) -> None:
    a, b = (Layer(name, (3, 4), gradient=np.ones((3, 4))) for name in "ab")
    pairs = Flow("a", "b", np.array([5, 11]), np.array([0, 6]), np.ones(2), "pairs")
    made = flow_of_matrix("b", "a", np.ones((12, 12)), "reached")
    snapshot = Snapshot(np.zeros((3, 4)), (a, b), (pairs, made))
    flows = flow_info(snapshot)["gradient_flows"]
    assert flows["a", "b"] == {"indices_in": ([1, 2], [1, 3]), "indices_out": ([0, 1], [0, 2])}
    assert flows["b", "a"] is None
    write_prefix(snapshot, snapshot.input, tmp_path / "flow_info.pkl")
    read = {flow.kind: flow for flow in gl.viz.gradients(tmp_path).flows}
    assert read["pairs"].sources.tolist() == [5, 11]
    assert read["pairs"].targets.tolist() == [0, 6]
    assert "interpolated" in read


LARGE = Layer("large", (10_000_000,), gradient=np.broadcast_to(1.0, (10_000_000,)))


@pytest.mark.parametrize(
    ("layers", "flows", "kind", "words"),
    [
        ([Layer("a", (2,))], [], NotSupported, "'a' has no gradient"),
        ([Layer("a", (2,), gradient=np.ones(2) * 1j)], [], DtypeError, "'a' is complex"),
        ([LARGE], [Flow("large", "large", np.array([0]), np.array([0]), np.ones(1), "exact")],
         NotSupported, "100,000,000,000,000 numbers"),
        ([Layer("a", (2,), gradient=np.ones(2))],
         [Flow("a", "a", np.array([0]), np.array([0]), np.ones(1), "exact", None, 4)],
         NotSupported, "holds 1 of its 4 links"),
    ],
)  # fmt: skip
def test_what_such_a_file_cannot_hold_is_refused_by_name_and_nothing_is_written(
    tmp_path: Path, layers: Any, flows: Any, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        write_prefix(Snapshot(np.zeros(2), tuple(layers), tuple(flows)), np.zeros(2),
                     tmp_path / "flow_info.pkl")  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_what_is_stale_is_not_written_as_numbers(tmp_path: Path) -> None:
    layer = Layer("a", (2,), gradient=np.ones(2))
    with pytest.raises(ArgumentError, match="edited"):
        write_prefix(Snapshot(np.zeros(2), (layer,), ()), np.ones(2), tmp_path / "flow_info.pkl")
    example(f"{tmp_path}/")
    shown = gl.viz.gradients(tmp_path).set_cell(0, 0, value=0.0)
    for name in ("x_flow_info.pkl", "x.gradients.npz"):
        with pytest.raises(ArgumentError, match="edited"):
            shown.export(tmp_path / name)
    assert shown.render().export(tmp_path / "x.gradients.npz").exists()


@given(hnp.arrays(NUMBERS, hnp.array_shapes(min_dims=0, max_side=4)), PLAIN)
def test_what_is_written_is_read_by_pickle_and_by_us(array: np.ndarray, plain: Any) -> None:
    import pickle

    value = {"a": array, ("b", "c"): [plain, None, (array,)]}
    for read in (pickle.loads, read_plain):
        made = read(pickled(value))
        assert made["b", "c"][0] == plain
        for one in (made["a"], made["b", "c"][2][0]):
            np.testing.assert_array_equal(one, array)
            assert one.dtype == array.dtype or one.dtype == array.dtype.newbyteorder("=")


def test_what_is_no_number_is_not_pickled() -> None:
    for value in (object(), np.array([None]), {"a": {1, 2}}, b"x", np.array(["x"])):
        with pytest.raises(NotSupported):
            pickled(value)


# ---- several files at once ----------------------------------------------------------------------


@pytest.mark.parametrize("last", ["no folder/x", "x" * 10_000, "folder", "a\0b", "\ud800"])
def test_all_files_are_written_or_none(tmp_path: Path, last: str) -> None:
    (tmp_path / "folder").mkdir()
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"before")
    if last == "\ud800" and sys.getfilesystemencodeerrors() == "surrogatepass":
        pytest.skip("such a name can be written here")
    with pytest.raises(FileUnwritable):
        replace_together({old: b"after", new: b"after", tmp_path / last: b"after"})
    assert old.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "old"]


def test_files_with_odd_names_are_written(tmp_path: Path) -> None:
    names = ["line\nend", "\N{SNOWMAN} \u202e", "-rf", " ", "y" * 200]
    replace_together({tmp_path / name: name.encode() for name in names})
    assert {path.name: path.read_bytes().decode() for path in tmp_path.iterdir()} == {
        name: name for name in names
    }
