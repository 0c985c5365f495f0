"""Files that other programs write: vnittest's three, and our own one."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import FileError, FileMissing
from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.entry import of_files

RNG = np.random.default_rng(0)


def write(prefix: str, gradients: Any, flows: Any, input: Any = None, target: Any = None) -> None:
    """The three files of an adapter."""
    info = {"activation_gradients": gradients, "gradient_flows": flows}
    Path(prefix + "flow_info.pkl").write_bytes(pickle.dumps(info))
    np.save(prefix + "input_representation.npy", np.zeros((4, 4)) if input is None else input)
    if target is not None:
        np.save(prefix + "target_representation.npy", target)


def example(prefix: str) -> None:
    """The example of the format: conv1 4x4, conv2 2x2, conv3 1x1, flows in numbers."""
    sizes = {"conv1": (4, 4), "conv2": (2, 2), "conv10": (1, 1)}
    gradients = {name: RNG.normal(size=shape) for name, shape in sizes.items()}
    flows = {
        ("conv1", "conv2"): RNG.normal(size=(16, 4)),
        ("conv2", "conv10"): RNG.normal(size=(4, 1)),
    }
    write(prefix, gradients, flows, np.ones((4, 4), np.float32), np.arange(16).reshape(4, 4))


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    example(str(tmp_path / "test_"))
    return str(tmp_path / "test_")


def test_a_prefix_is_read_and_layers_stand_in_the_order_of_the_flows(prefix: str) -> None:
    shown = of_files(prefix)
    assert [layer.name for layer in shown.layers] == ["conv1", "conv2", "conv10"]
    assert [flow.kind for flow in shown.flows] == ["given", "given"]
    assert shown.flows[0].matrix(16, 4).shape == (16, 4)
    assert shown.target is not None
    assert shown.target.dtype == np.int64
    json.dumps(shown.data(), allow_nan=False)


def test_a_folder_is_read_like_a_prefix_with_a_slash(tmp_path: Path) -> None:
    example(str(tmp_path) + "/")
    names = [[x.name for x in of_files(p).layers] for p in (tmp_path, f"{tmp_path}/")]
    assert names[0] == names[1]


def test_no_flow_is_made_up_by_vnittests_rule_and_marked_so(tmp_path: Path) -> None:
    s, t = RNG.normal(size=(2, 3)), np.array([[1.0, 0.0], [-2.0, 0.5]])
    s[0, 0] = 0
    write(f"{tmp_path}/", {"out": t, "in": s}, {("in", "out"): None})
    (flow,) = of_files(tmp_path).flows
    assert flow.kind == "interpolated"
    dense = flow.matrix(6, 4)
    for i, si in enumerate(s.ravel()):
        row = np.array([si / tj if tj else 0.0 for tj in t.ravel()])
        total = np.abs(row).sum()
        np.testing.assert_allclose(dense[i], row / total if total else row, rtol=1e-12)


def test_our_rule_keeps_the_gradient_and_leaps_nowhere(tmp_path: Path) -> None:
    s, t = RNG.normal(size=(8, 12)), RNG.normal(size=(8, 12))
    t[:4, :4] = 0
    write(f"{tmp_path}/", {"in": s, "out": t}, {("in", "out"): None})
    (flow,) = of_files(tmp_path, rule="reached").flows
    assert flow.kind == "reached"
    np.testing.assert_allclose(flow.matrix(96, 96).sum(axis=1), s.ravel(), rtol=1e-12)
    away = np.abs(flow.sources // 12 - flow.targets // 12)
    assert away.max() == 1
    assert np.abs(flow.sources % 12 - flow.targets % 12).max() == 1


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (([0, 1, 3], [1, 0, 3]), [1, 4, 15]),
        ((np.array([0, 1, 3]), np.array([1, 0, 3])), [1, 4, 15]),
        (np.array([1, 4, 15]), [1, 4, 15]),
        ([1, 4, 15], [1, 4, 15]),
        ([], []),
    ],
)
def test_index_pairs_are_links_of_one(tmp_path: Path, given: Any, wanted: list[int]) -> None:
    pairs = {"indices_in": given, "indices_out": list(range(len(wanted)))}
    layers = {"a": np.ones((4, 4)), "b": np.ones((2, 2))}
    write(f"{tmp_path}/", layers, {("a", "b"): pairs})
    shown = of_files(tmp_path)
    assert shown.flows[0].sources.tolist() == wanted
    assert shown.flows[0].values.tolist() == [1.0] * len(wanted)


def test_layers_of_flows_alone_get_the_sums_of_their_flows(tmp_path: Path) -> None:
    dense = RNG.normal(size=(3, 2))
    write(f"{tmp_path}/", {}, {("a", "b"): dense})
    a, b = of_files(tmp_path).layers
    assert a.gradient is not None
    assert b.gradient is not None
    np.testing.assert_allclose(a.gradient, dense.sum(axis=1))
    np.testing.assert_allclose(b.gradient, dense.sum(axis=0))


def test_an_edit_waits_for_save_recompute_and_render(prefix: str) -> None:
    shown = of_files(prefix).choose(z=0.5)
    shown.toggle(1, 2)
    assert shown.is_stale
    assert shown.edited == (6,)
    assert shown.input[1, 2] == 0
    shown.toggle(1, 2)
    assert shown.input[1, 2] == 0.5
    path, info = shown.save("mine")
    assert path.name == "test_mine.npy"
    assert info == Path(prefix + "flow_info.pkl")
    assert np.load(path)[1, 2] == 0.5
    write(prefix, {"new": np.full((2, 2), 7.0)}, {}, np.zeros((4, 4)))  # the other program ran
    shown.choose(layer="conv10")
    shown.render()
    assert [layer.name for layer in shown.layers] == ["new"]
    assert shown.flows == ()
    assert not shown.is_stale
    assert shown.edited == ()
    assert shown.input[1, 2] == 0.5, "the file that was saved is the one that is read"
    assert shown.state.layer == 0
    assert shown.data()["thresholds"]["low"] == -1


def test_a_render_that_fails_keeps_what_is_shown_and_tells(prefix: str) -> None:
    shown = of_files(prefix)
    Path(prefix + "flow_info.pkl").write_bytes(b"broken")
    with pytest.raises(FileError):
        shown.render()
    assert "no pickled data" in shown.data()["error"]
    assert len(shown.layers) == 3
    example(prefix)
    assert shown.render().data()["error"] == ""


def test_our_own_file_holds_all_of_it(prefix: str, tmp_path: Path) -> None:
    from gradloom.viz.gradients.archive import write_archive

    shown = of_files(prefix)
    path = tmp_path / "run.gradients.npz"
    write_archive(shown._snapshot, shown.input, path)
    again = of_files(path)
    assert shown.data() | {"title": ""} == again.data() | {"title": ""}
    assert isinstance(again.set_cell(0, 0, value=3.0), Gradients)
    again.save()
    assert of_files(path).input[0, 0] == 3.0
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FileError):
        of_files(path)


@pytest.mark.parametrize("name", ["../x", "/x", "..", "a/b", "flow_info.pkl", "a\0b"])
def test_a_name_that_leads_elsewhere_is_refused(prefix: str, name: str) -> None:
    before = Path(prefix + "flow_info.pkl").read_bytes()
    with pytest.raises(gl.ArgumentError):
        of_files(prefix).save(name)
    assert Path(prefix + "flow_info.pkl").read_bytes() == before


def test_an_unwritable_folder_is_told(tmp_path: Path) -> None:
    import shutil

    (tmp_path / "run").mkdir()
    example(f"{tmp_path}/run/")
    shown = of_files(tmp_path / "run")
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(gl.FileUnwritable):
        shown.save()
    assert "cannot be written" in shown.data()["error"]


NUMBERS = np.ones((2, 2))


@pytest.mark.parametrize(
    ("gradients", "flows", "told"),
    [
        ({}, {}, "no layer"),
        ([], {}, "no dicts"),
        ({"a": NUMBERS}, {("a", "b"): None}, "'b'"),
        ({"a": NUMBERS, "b": NUMBERS}, {("a", "b"): np.ones((4, 3))}, r"\(4, 4\)"),
        ({"a": NUMBERS, "b": NUMBERS}, {"ab": None}, "'ab'"),
        ({"a": NUMBERS, "b": NUMBERS}, {("a", "b"): {}}, "keys"),
        ({"a": [1.0]}, {}, "list"),
        ({"a": NUMBERS * 1j}, {}, "complex"),
        ({1: NUMBERS}, {}, "called 1"),
        (
            {"a": NUMBERS, "b": NUMBERS},
            {("a", "b"): {"indices_in": [4], "indices_out": [0]}},
            "element 4",
        ),
        (
            {"a": NUMBERS, "b": NUMBERS},
            {("a", "b"): {"indices_in": [1, 2], "indices_out": [0]}},
            "2 sources and 1",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_by_name(
    tmp_path: Path, gradients: Any, flows: Any, told: str
) -> None:
    write(f"{tmp_path}/", gradients, flows)
    with pytest.raises(FileError, match=told):
        of_files(tmp_path)


def test_missing_files_wrong_rules_and_objects_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="flow_info"):
        of_files(tmp_path / "nowhere_")
    with pytest.raises(gl.ArgumentError, match="rule"):
        of_files(tmp_path, rule="guessed")
    write(f"{tmp_path}/", {"a": NUMBERS}, {}, np.array([None], object))
    with pytest.raises(FileError, match="no array of numbers"):
        of_files(tmp_path)


def test_nine_channels_link_neighbours(tmp_path: Path) -> None:
    source = RNG.normal(size=(9, 3, 4)) * (RNG.random((9, 3, 4)) > 0.5)
    layers = {"a": source, "b": RNG.normal(size=(9, 3, 4)), "c": RNG.normal(size=(3, 4))}
    write(f"{tmp_path}/", layers, {("a", "b"): None, ("b", "c"): None}, np.zeros((9, 3, 4)))
    shown = of_files(tmp_path)
    wanted = {
        (np.ravel_multi_index((k, r, c), source.shape), plane * 12 + below * 4 + right)
        for k, r, c in zip(*np.nonzero(source), strict=True)
        for below, right in [(r + k // 3 - 1, c + k % 3 - 1)]
        if 0 <= below < 3 and 0 <= right < 4
        for plane in range(9)
    }
    flow = shown.flows[0]
    assert set(zip(flow.sources.tolist(), flow.targets.tolist(), strict=True)) == wanted
    assert (len(flow.values), set(flow.values), flow.kind) == (len(wanted), {1.0}, "pairs")
    assert shown.flows[1].targets.max() < 12


def test_explicit_mode_refuses_layers_of_another_kind(tmp_path: Path) -> None:
    for a, b in (((2, 2), (2, 2)), ((9, 2, 2), (9, 2, 3)), ((9, 2, 2), (2, 9, 2, 2))):
        write(f"{tmp_path}/", {"a": np.ones(a), "b": np.ones(b)}, {("a", "b"): None},
              np.zeros((9, 4, 4)))  # fmt: skip
        with pytest.raises(FileError, match="explicit mode"):
            of_files(tmp_path)
    given = {("a", "b"): np.ones((4, 4))}  # flows in numbers say more than the mode
    write(f"{tmp_path}/", {"a": NUMBERS, "b": NUMBERS}, given, np.zeros((9, 4, 4)))
    assert of_files(tmp_path).flows[0].kind == "given"


def test_hostile_names_and_numbers_that_are_none_are_carried(tmp_path: Path) -> None:
    name = "</script><b>\u202e\0"
    odd = np.array([[np.nan, np.inf], [-np.inf, 0.0]])
    write(f"{tmp_path}/", {name: odd, "b": NUMBERS}, {(name, "b"): np.diag(odd.ravel())})
    made = json.loads(json.dumps(of_files(tmp_path).data(), allow_nan=False))
    assert made["layers"][0]["name"] == name
    assert made["layers"][0]["gradient"] == ["NaN", "Infinity", "-Infinity", 0.0]
    assert made["flows"][0]["values"] == ["NaN", "Infinity", "-Infinity"]
