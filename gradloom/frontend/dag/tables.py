"""Tables of pandas and polars as bytes, in the libraries' own safe formats: Parquet, Arrow. A table
that would not come back exactly as it is, has no bytes. The libraries are used where they are.
"""

from __future__ import annotations

import importlib
import io
import sys
from typing import Any, Final

_KINDS: Final = ("pandas.DataFrame", "pandas.Series", "polars.DataFrame", "polars.Series")


class NoBytes(Exception):
    """A table that no safe format gives back as it is; the text says why."""


def kind_of(value: Any) -> str | None:
    """Which table it is: one of `pandas.DataFrame`, `pandas.Series` and the same of polars; None
    for all else.
    """
    kind = type(value)
    name = f"{(kind.__module__ or '').partition('.')[0]}.{kind.__qualname__}"
    library = sys.modules.get(name.partition(".")[0])
    found = name in _KINDS and getattr(library, kind.__qualname__, None) is kind
    return name if found else None


def to_bytes(value: Any) -> bytes:
    """The bytes of a table; raises `NoBytes`."""
    kind = kind_of(value)
    assert kind is not None
    try:
        if kind.startswith("pandas"):
            _require_no_objects(value)
        data = _written(value, kind)
        same = _same(from_bytes(kind, data), value, kind)
    except NoBytes:
        raise
    except Exception as error:  # whatever pandas, polars and Arrow raise for what they cannot write
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise NoBytes(f"a {kind} that cannot be written: {first}") from error
    if not same:
        raise NoBytes(f"a {kind} that does not come back as it is")
    return data


def from_bytes(kind: str, data: bytes) -> Any:
    """The table of these bytes."""
    if kind not in _KINDS:
        raise ValueError(f"there is no table {kind!r}")
    library: Any = importlib.import_module(kind.partition(".")[0])
    if kind.startswith("polars"):
        frame = library.read_ipc(io.BytesIO(data), use_pyarrow=False)
        return frame if kind.endswith("DataFrame") else frame.to_series(0)
    frame = library.read_parquet(io.BytesIO(data), engine="pyarrow")
    if kind.endswith("DataFrame"):
        return frame
    found = frame.iloc[:, 0]
    return found.rename(None) if frame.columns[0] == _UNNAMED else found


_UNNAMED: Final = "a series without a name"


def _written(value: Any, kind: str) -> bytes:
    data = io.BytesIO()
    if kind == "polars.Series":
        value = value.to_frame()
    elif kind == "pandas.Series":
        value = value.to_frame(_UNNAMED if value.name is None else value.name)
    if kind.startswith("polars"):
        value.write_ipc(data)
    else:
        value.to_parquet(data, engine="pyarrow")
    return data.getvalue()


def _require_no_objects(value: Any) -> None:
    """Raise `NoBytes` for columns and indices of any Python objects."""
    pandas: Any = sys.modules["pandas"]
    columns = [value] if value.ndim == 1 else [value.iloc[:, i] for i in range(value.shape[1])]
    levels = [
        index.get_level_values(i)
        for index in (value.index, *([value.columns] if value.ndim == 2 else []))
        for i in range(index.nlevels)
    ]
    for part in (*columns, *levels):
        categories = getattr(part.dtype, "categories", None)
        if part.dtype == object or (categories is not None and categories.dtype == object):
            if len(part) == 0 and isinstance(part, pandas.Index):
                continue
            raise NoBytes(f"a {type(value).__name__} of any objects ({part.name!r})")


def _same(found: Any, due: Any, kind: str) -> bool:
    if kind == "polars.DataFrame":
        return bool(found.schema == due.schema and found.equals(due))
    if kind == "polars.Series":
        alike = found.dtype == due.dtype and found.name == due.name
        return bool(alike and found.equals(due, check_dtypes=True))
    pandas: Any = sys.modules["pandas"]
    name = "assert_frame_equal" if kind.endswith("DataFrame") else "assert_series_equal"
    exact = {"check_exact": True, "check_index_type": "exact", "check_freq": True}
    exact |= {"check_column_type": "exact"} if kind.endswith("DataFrame") else {}
    try:
        getattr(pandas.testing, name)(found, due, **exact)
    except AssertionError:
        return False
    return bool(found.attrs == due.attrs)
