"""Tables of pandas and polars are values as any other: kept, let go, told, and kept on disk."""

from __future__ import annotations

import datetime
import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.frontend.dag import GraphBuilder
from gradloom.frontend.dag.cache import read
from gradloom.frontend.dag.content import Untold, digest_of
from gradloom.frontend.dag.tables import NoBytes, from_bytes, kind_of, to_bytes

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pytest.importorskip("pyarrow")


def _sales(library: Any) -> Any:
    return library.DataFrame({"city": ["a", "b", "a"], "sold": [3, 5, 4]})


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_tables_are_kept_let_go_and_drawn_with_their_sizes(library: Any) -> None:
    G = GraphBuilder()
    table = G.add(_sales)(library)
    large = G.add(lambda t: t[["sold"]], persist=True)(table)
    total = G.add(lambda t: int(t["sold"].sum()))(large)
    seen = weakref.ref(large.get())
    assert total.get() == 12
    assert "(3, 1)" in str(G.view(summary=False))
    assert G.steps[1].nbytes is not None
    assert G.steps[1].nbytes >= 24
    large.persist(False)
    large.release()
    gc.collect()
    assert seen() is None
    assert not table.has_value()


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_tables_come_back_from_disk_as_they_were(library: Any, tmp_path: Path) -> None:
    said = []
    for _ in range(2):
        lines: list[str] = []
        G = GraphBuilder(verbose=lines.append)
        table = G.add(lambda t: {"table": t, "column": t["sold"]}, cache=tmp_path)(_sales(library))
        found = table.get()
        said.append([line for line in lines if line.startswith(("read", "not"))])
        assert found["table"].equals(_sales(library))
        assert found["column"].equals(_sales(library)["sold"])
        assert type(found["column"]) is library.Series
    assert said == [[], ["read lambda_0"]]


_COLUMNS = st.sampled_from([
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3).map(np.array),
    st.lists(st.floats(), min_size=3, max_size=3).map(lambda x: np.array(x, np.float64)),
    st.lists(st.integers(0, 255), min_size=3, max_size=3).map(lambda x: np.array(x, np.uint8)),
    st.lists(st.booleans(), min_size=3, max_size=3).map(np.array),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=5), min_size=3, max_size=3),
    st.lists(st.sampled_from("ab"), min_size=3, max_size=3).map(pd.Categorical),
    st.lists(st.none() | st.integers(0, 9), min_size=3, max_size=3).map(
        lambda x: pd.array(x, "Int64")
    ),
    st.lists(
        st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1)),
        min_size=3, max_size=3,
    ).map(pd.DatetimeIndex),
]).flatmap(lambda made: made)  # fmt: skip
_INDICES = st.sampled_from([
    None, pd.Index([3, 1, 2], name="n"), pd.Index(["x", "y", "z"]),
    pd.MultiIndex.from_tuples([(1, "a"), (1, "b"), (2, "a")], names=["k", None]),
    pd.to_datetime(["2020-01-01", "2021-06-01", "2020-02-02"]).tz_localize("UTC"),
])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text("abc ü", max_size=3), _COLUMNS, max_size=4), _INDICES)
def test_dtypes_indices_and_values_are_exact_or_the_table_is_refused(
    columns: dict[str, Any], index: Any
) -> None:
    frame = pd.DataFrame(columns, index=pd.RangeIndex(3) if index is None else index)
    try:
        found = from_bytes("pandas.DataFrame", to_bytes(frame))
    except NoBytes:
        assert not columns  # of no columns pandas forgets which class their index has
        return
    pd.testing.assert_frame_equal(found, frame, check_exact=True, check_index_type="exact")
    assert [x.tobytes() for x in _numbers(found)] == [x.tobytes() for x in _numbers(frame)]


def _numbers(frame: Any) -> list[np.ndarray]:
    found = [frame.iloc[:, i].to_numpy() for i in range(frame.shape[1])]
    return [x for x in found if x.dtype.kind in "iub"]


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"o": [object(), 1]}), pd.DataFrame({"o": [[1], [2]]}), pd.DataFrame({0: [1]}),
        pd.Series([1], index=pd.Index([object()])), pd.DataFrame({"c": [1j]}),
        pl.DataFrame({"o": pl.Series([object()], dtype=pl.Object)}),
    ],
)  # fmt: skip
def test_what_no_safe_format_holds_is_refused_by_name_or_comes_back(
    table: Any, tmp_path: Path
) -> None:
    lines: list[str] = []
    G = GraphBuilder(verbose=lines.append)
    found = G.add(lambda: table, cache=tmp_path)().get()
    assert found is table
    assert any(line.startswith("not cached lambda_0: it depends on") for line in lines) or (
        from_bytes(kind_of(table) or "", to_bytes(table)).equals(table)
    )
    assert not [path for path in tmp_path.iterdir() if b"pickle" in path.read_bytes()]


def test_tables_that_differ_have_other_digests() -> None:
    one = pd.DataFrame({"a": [1.0, 2.0]})
    others = [
        one.astype(np.float32), one.rename(columns={"a": "b"}), one.set_index(pd.Index([1, 2])),
        pd.DataFrame({"a": [1.0, -2.0]}), one["a"], pl.DataFrame({"a": [1.0, 2.0]}), one.to_numpy(),
        pd.DataFrame({"a": [0.0, 2.0]}), pd.DataFrame({"a": [-0.0, 2.0]}),
    ]  # fmt: skip
    digests = [digest_of(len, [x]) for x in (one, *others)]
    assert len(set(digests)) == len(digests)
    assert digest_of(len, [one.copy()]) == digests[0]
    with pytest.raises(Untold, match="of any objects"):
        digest_of(len, [pd.DataFrame({"o": [object()]})])


def test_a_damaged_table_counts_as_absent(tmp_path: Path) -> None:
    G = GraphBuilder()
    G.add(_sales, cache=tmp_path)(3)
    with pytest.raises(AttributeError):
        G.run()
    H = GraphBuilder()
    H.add(lambda t: t, cache=tmp_path)(_sales(pd)).get()
    (entry,) = tmp_path.iterdir()
    whole = entry.read_bytes()
    at = whole.index(b"PAR1") + 40
    entry.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
    assert read(entry, 1) is None


class Frame:
    """A table as Spark's: its rows are computed anew at each use, unless Spark keeps them."""

    rdd = property(lambda self: self)

    columns = ("a", "b")

    def __init__(self) -> None:
        self.is_cached = False
        self.counted = 0

    def persist(self) -> None:
        self.is_cached = True

    def unpersist(self) -> None:
        self.is_cached = False

    def count(self) -> int:
        self.counted += 1
        return 7


def test_tables_like_sparks_are_kept_by_spark_as_long_as_their_node_keeps_them() -> None:
    G = GraphBuilder()
    kept = G.add(Frame, persist=True)()
    frame = kept.get()
    assert frame.is_cached
    assert "(7, 2)" in str(G.view())
    kept.persist(False)
    kept.release()
    assert not frame.is_cached
    plain = G.add(Frame)()
    assert not plain.get().is_cached
    own = Frame()
    own.persist()
    mine = G.add(lambda: own, persist=True)()
    mine.get()
    G.remove()
    assert own.is_cached  # by its owner, before


def test_tables_go_through_threads() -> None:
    G = GraphBuilder()
    total = G.add(lambda t: float(t["sold"].sum()))(G.add(_sales)(pd))
    assert G.run(total, executor="threads") == 12.0
