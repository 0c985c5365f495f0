"""Pickled numbers are read, and nothing that a file names is ever run."""

import collections
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gradloom.ir.errors import FileError
from gradloom.viz.gradients.plain_pickle import read_plain

NUMBERS = st.sampled_from([*"?bhiqBHIQefdFD", ">f4", ">i4", "<f8"]).map(np.dtype)


class Attack:
    """What pickle would call on loading."""

    def __init__(self, *reduced: Any) -> None:
        self.reduced = reduced

    def __reduce__(self) -> Any:
        return self.reduced


@given(hnp.arrays(NUMBERS, hnp.array_shapes(min_dims=0, max_side=4)), st.integers(0, 5))
def test_arrays_of_every_number_and_protocol_come_back(array: np.ndarray, protocol: int) -> None:
    for one in (array, array.T, array.reshape(-1)[:1]):
        read = read_plain(pickle.dumps({"a": one, "t": (one, 1)}, protocol))
        for got in (read["a"], read["t"][0]):
            assert got.shape == one.shape
            np.testing.assert_array_equal(got, one)
            assert got.dtype == one.dtype.newbyteorder("=")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda x: st.lists(x) | st.dictionaries(st.text() | st.tuples(st.text(), st.text()), x),
    max_leaves=12,
)


@given(PLAIN, st.integers(0, 5))
def test_plain_containers_come_back_as_pickle_reads_them(value: Any, protocol: int) -> None:
    assert read_plain(pickle.dumps(value, protocol)) == value


def test_ordered_dicts_and_scalars_are_read() -> None:
    made = collections.OrderedDict(a=np.float32(2.5), b=np.int64(-3))
    assert read_plain(pickle.dumps(made)) == {"a": 2.5, "b": -3}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "payload",
    [
        Attack(os.system, ("touch {marker}",)),
        Attack(eval, ("open('{marker}', 'w')",)),
        Attack(exec, ("open('{marker}', 'w')",)),
        Attack(print, ("x",)),
        Attack(np.load, ("{marker}",)),
        Attack(np.fromfile, ("/etc/passwd",)),
        Attack(np.ndarray, ((10**12,),)),
        Attack(np.zeros, (10**12,)),
        Attack(bytearray, (10**12,)),
        Attack(__import__, ("os",)),
        np.array([Attack(os.system, ("touch {marker}",))], object),
        np.array([None, {}], object),
        np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
        np.array(["text"]),
        np.array(["2020-01-01"], "M8[D]"),
        {1, 2},
        slice(1, 2),
    ],
    ids=[
        "system", "eval", "exec", "print", "load", "fromfile", "ndarray", "zeros", "bytearray",
        "import", "array of calls", "array of objects", "records", "texts", "dates", "set", "slice",
    ],
)  # fmt: skip
def test_everything_else_is_refused_and_nothing_runs(
    payload: Any, protocol: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = pickle.dumps({"activation_gradients": payload}, protocol)
    with pytest.raises(FileError):
        read_plain(data)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "data",
    [
        b"", b".", b"\x80", b"\x80\x04N", b"N0.",
        b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b".",
        b"\x80\x04\x8b" + struct.pack("<i", 2**31 - 1) + b"\x01.", b"(.",
        b"t.", b"e.", b"u.", b"R.",
        b"b.", b"}NNs", b"\x80\x04r\xff\xff\xff\xff.", b"j\xff\xff\xff\xff.",
        b"cos\nsystem\n(S'x'\ntR.",
        b"(S'x'\nios\nsystem\n.", b"\x82\x01.", b"Pfile\n.",
        b"I" + b"9" * 10_000 + b"\n.", b"not a pickle at all", bytes(range(256)),
    ],
)  # fmt: skip
def test_broken_and_boastful_files_are_refused(data: bytes) -> None:
    with pytest.raises(FileError):
        read_plain(data)


def test_a_key_as_deep_as_the_file_is_refused_without_hashing_it() -> None:
    data = b"}" + b")" + b"\x85" * 1_000_000 + b"Ns."
    with pytest.raises(FileError, match="key"):
        read_plain(data)


def test_doubled_containers_cost_what_the_file_is_long() -> None:
    laughs: Any = []
    for _ in range(200):
        laughs = [laughs, laughs]
    made = read_plain(pickle.dumps(laughs))
    assert made[0] is made[1]


def test_deep_lists_are_read_without_recursion() -> None:
    made = read_plain(b"]" * 50_001 + b"a" * 50_000 + b".")
    assert len(made) == 1


@given(st.binary(max_size=200))
def test_any_bytes_give_plain_data_or_a_file_error(data: bytes) -> None:
    try:
        read_plain(data)
    except FileError:
        return


def test_a_byte_changed_anywhere_gives_plain_data_or_a_file_error() -> None:
    good = pickle.dumps({"a": np.arange(4.0), ("a", "b"): None})
    for at in range(len(good)):
        for value in (0, 0x28, 0x52, 0x62, 0x81, 0xFF):
            try:
                read_plain(good[:at] + bytes([value]) + good[at + 1 :])
            except FileError:
                continue
