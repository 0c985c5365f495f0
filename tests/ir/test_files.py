"""Files: what was saved is loaded, whole or not at all."""

import contextlib
import os
import random

import ml_dtypes
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradloom.ir import build, files
from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.errors import FileError, GradloomError, NotSupported, ParseError
from gradloom.ir.files import constants_path, load, save
from gradloom.ir.graph import Graph
from gradloom.ir.location import Location
from gradloom.ir.types import parse_type
from tests.fuzz.graphs import graphs

SLOW = settings(max_examples=40, suppress_health_check=list(HealthCheck))
ARRAYS = [
    np.arange(20.0),
    np.arange(30, dtype="f4").reshape(5, 6),
    np.arange(20) * (1 - 2j),
    (np.arange(20) * 1j).astype("c8").reshape(2, 10),
    np.arange(20).astype(ml_dtypes.bfloat16),
    np.arange(20).astype(ml_dtypes.float8_e5m2),
    np.arange(20).astype(ml_dtypes.float8_e4m3fn).reshape(4, 5),
    np.arange(20, dtype="u8"),
    np.arange(20) % 3 == 0,
    np.full(20, -np.nan),
]


def with_constants(*arrays):
    def f(x):
        build.current().location = Location("/somewhere/model.py", 3, "f", "a note")
        return (o.tanh(x), *(o.constant(value=Constant(a)) for a in arrays))

    return build.graph_of(f, [parse_type("f64[3]")], ["x"], "f")


@SLOW
@given(graphs())
def test_any_graph_is_loaded_as_it_was_saved(tmp_path_factory, case):
    path = tmp_path_factory.mktemp("any") / "a.gir"
    save(case[0], path)
    assert load(path) == case[0]
    assert str(load(path)) == str(case[0])


def test_constants_of_every_kind_are_loaded_in_bits(tmp_path):
    graph = with_constants(*ARRAYS)
    save(graph, str(tmp_path / "a.gir"))
    assert sorted(os.listdir(tmp_path)) == ["a.gir", "a.gir.safetensors"]
    texts = str(graph)
    del graph
    read = load(tmp_path / "a.gir")
    assert str(read) == texts
    for node, array in zip(read.nodes[1:], ARRAYS, strict=True):
        found = node.attrs.value.array
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert found.tobytes() == array.tobytes()


def test_a_graph_of_small_constants_is_one_file(tmp_path):
    save(with_constants(np.arange(3.0)), tmp_path / "a.gir")
    assert os.listdir(tmp_path) == ["a.gir"]


def test_saving_again_leaves_nothing_of_the_old_graph(tmp_path):
    path = tmp_path / "a.gir"
    save(with_constants(ARRAYS[0]), path)
    save(with_constants(ARRAYS[1]), path)
    assert load(path) == with_constants(ARRAYS[1])
    save(with_constants(), path)
    assert os.listdir(tmp_path) == ["a.gir"]


def test_locations_are_kept_and_paths_beside_the_file_are_relative(tmp_path):
    graph = with_constants()
    inside = os.path.join(tmp_path, "sub", "model.py")
    places = [
        Location(inside, 19, "Net.forward", ""),
        Location("<stdin>", 1, "<module>", 'transpose of "tanh"\n'),
        Location("C:\\x y\\m.py", 7, "", "note"),
        Location("./odd.py", 999_999_999),
    ]
    for place in places[:3]:
        graph.nodes[0].location = place
        save(graph, tmp_path / "a.gir")
        found = load(tmp_path / "a.gir").nodes[0].location
        assert repr(found) == repr(place)
    graph.nodes[0].location = places[0]
    save(graph, tmp_path / "a.gir")
    assert '"./sub/model.py":19 "Net.forward"' in (tmp_path / "a.gir").read_text()
    (tmp_path / "moved").mkdir()
    os.rename(tmp_path / "a.gir", tmp_path / "moved" / "a.gir")
    moved = load(tmp_path / "moved" / "a.gir").nodes[0].location
    assert moved.file == os.path.join(tmp_path, "moved", "sub", "model.py")


def test_locations_inside_regions_are_kept(tmp_path):
    region = with_constants()
    call = build.graph_of(
        lambda x: build.emit(o.call, (x,), o.call.attrs("a"), (region,)), [parse_type("f64[3]")]
    )
    call.nodes[0].location = Location("/a.py", 5, "g")
    save(call, tmp_path / "a.gir")
    read = load(tmp_path / "a.gir").nodes[0]
    assert repr(read.location) == repr(call.nodes[0].location)
    assert repr(read.regions[0].nodes[0].location) == repr(region.nodes[0].location)


# ---- what is not a whole graph -----------------------------------------------------------------


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "a.gir"
    save(with_constants(ARRAYS[0], ARRAYS[2]), path)
    return path


def fails(path, says):
    with pytest.raises(FileError) as caught:
        load(path)
    assert says in str(caught.value)
    assert caught.value.hint
    return caught.value


def test_a_file_cut_anywhere_is_refused(saved):
    data = saved.read_bytes()
    for cut in {*range(80), *range(80, len(data), 17), len(data) - 1}:
        saved.write_bytes(data[:cut])
        with pytest.raises(FileError):
            load(saved)


def test_a_file_with_any_byte_changed_is_refused(saved):
    data, rng = saved.read_bytes(), random.Random(0)
    for at in {*range(90), *(rng.randrange(len(data)) for _ in range(60))}:
        changed = bytearray(data)
        changed[at] ^= 1 << rng.randrange(8)
        saved.write_bytes(changed)
        with pytest.raises(GradloomError):
            load(saved)


def test_line_ends_of_another_system_are_read(saved):
    graph = load(saved)
    saved.write_bytes(saved.read_bytes().replace(b"\n", b"\r\n"))
    assert load(saved) == graph


def test_a_text_edited_by_hand_is_read_without_its_digest(saved):
    lines = saved.read_text().splitlines(keepends=True)
    edited = [line.replace("tanh", "sinh") for line in lines]
    saved.write_text("".join(edited))
    assert "remove its second line" in str(fails(saved, "was changed"))
    saved.write_text("".join([lines[0], *edited[2:]]))
    assert load(saved).nodes[0].op is o.sinh
    saved.write_text("".join([lines[0], *edited[2:]]).replace("sinh", "sinhh"))
    with pytest.raises(ParseError, match="line 3, column") as caught:
        load(saved)
    assert str(saved) in "".join(caught.value.__notes__)


def test_a_foreign_file_is_refused(tmp_path):
    path = tmp_path / "a.gir"
    for data in (
        b"",
        b"\x89PNG\r\n",
        b"func @main() -> () {\n  return\n}\n",
        b"gradloom",
        b"\0" * 99,
    ):
        path.write_bytes(data)
        fails(path, "does not begin with 'gradloom-ir'")


def test_a_newer_version_is_refused(saved):
    saved.write_bytes(saved.read_bytes().replace(b"gradloom-ir 1", b"gradloom-ir 2"))
    fails(saved, "has format version 2")


def test_bytes_that_are_no_utf8_are_refused(tmp_path):
    path = tmp_path / "a.gir"
    path.write_bytes(b"gradloom-ir 1\nfunc @main\xff() -> () {\n  return\n}\n")
    fails(path, "not UTF-8")


def test_a_missing_file_is_refused_as_python_does(tmp_path):
    fails(tmp_path / "a.gir", "there is no file")
    fails(tmp_path, "there is no file")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "a.gir")


def test_missing_constants_are_named(saved):
    os.unlink(constants_path(saved))
    fails(saved, "a.gir.safetensors is not beside it")


def test_the_constants_of_another_graph_are_refused(saved, tmp_path):
    save(with_constants(ARRAYS[1]), tmp_path / "b.gir")
    os.replace(constants_path(tmp_path / "b.gir"), constants_path(saved))
    fails(saved, "does not hold the constant")


def test_changed_constants_are_refused(saved):
    beside = constants_path(saved)
    data = bytearray(beside.read_bytes())
    data[-3] ^= 1
    beside.write_bytes(data)
    fails(saved, "holds other content")


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_constants_are_refused(saved, data):
    beside = constants_path(saved)
    whole = beside.read_bytes()
    try:
        changed = bytearray(whole)
        for _ in range(data.draw(st.integers(1, 3))):
            changed[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
        beside.write_bytes(changed[: data.draw(st.integers(0, len(whole)))])
        with contextlib.suppress(FileError):
            load(saved)
    finally:
        beside.write_bytes(whole)


# ---- both or nothing ---------------------------------------------------------------------------


def contents(folder):
    return {name: (folder / name).read_bytes() for name in os.listdir(folder)}


@pytest.mark.parametrize("failing", [1, 2])
@pytest.mark.parametrize("new", [ARRAYS[1:3], []])
@pytest.mark.parametrize("existed", [True, False])
def test_a_save_that_fails_leaves_what_was_there(tmp_path, monkeypatch, failing, new, existed):
    path = tmp_path / "a.gir"
    if existed:
        save(with_constants(ARRAYS[0]), path)
    before, calls, replace = contents(tmp_path), [], os.replace

    def fail(source, target):
        calls.append(target)
        if len(calls) == failing:
            raise OSError("no space left on device")
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", fail)
    if failing == 2 and not new:
        save(with_constants(*new), path)  # a single file: there is no second replacement
        return
    with pytest.raises(OSError, match="no space left"):
        save(with_constants(*new), path)
    monkeypatch.undo()
    assert contents(tmp_path) == before


def test_a_graph_that_cannot_be_written_writes_nothing(tmp_path):
    graph = with_constants(ARRAYS[0])
    object.__setattr__(graph.nodes[1].attrs, "value", print)
    with pytest.raises(NotSupported):
        save(graph, tmp_path / "a.gir")
    with pytest.raises(OSError, match="No such file"):
        save(Graph((), (), ()), tmp_path / "missing" / "a.gir")
    assert os.listdir(tmp_path) == []


def test_a_file_of_someone_else_is_not_deleted(tmp_path):
    (tmp_path / "a.gir.safetensors").write_bytes(b"mine")
    save(Graph((), (), ()), tmp_path / "a.gir")
    assert (tmp_path / "a.gir.safetensors").read_bytes() == b"mine"


def test_whoever_may_read_the_text_may_read_the_constants(tmp_path):
    save(with_constants(ARRAYS[0]), tmp_path / "a.gir")
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1
    assert len(os.listdir(tmp_path)) == 2
