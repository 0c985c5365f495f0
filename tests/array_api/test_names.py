"""Names, signatures and answers about dtypes are those of array_api_strict."""

import inspect
from typing import Any

import pytest

import gradloom as gl
from tests.array_api.oracle import function, strict, theirs

xp = gl.array_api

AREAS = [("", strict), ("linalg", strict.linalg), ("fft", strict.fft)]
THEIRS_ALONE = {
    "ArrayAPIStrictFlags",
    "Device",
    "__version__",
    "get_array_api_strict_flags",
    "reset_array_api_strict_flags",
    "set_array_api_strict_flags",
    "broadcast_shapes",
    "isin",  # of a later version
}
NAMES = [
    f"{area}.{n}".strip(".")
    for area, module in AREAS
    for n in module.__all__
    if n not in THEIRS_ALONE
]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_standard_is_there_with_its_signature(name: str) -> None:
    wanted, given_ = function(name)(strict), function(name)(xp)
    if not callable(wanted) or inspect.isclass(wanted) or name.startswith("__"):
        return

    def rows(f: Any) -> list[Any]:
        plain = (None, True, False, -1, 0, 1, 2, "fro", "xy", "left", "reduced", "backward")
        empty = inspect.Parameter.empty
        found = inspect.signature(f).parameters.values()
        return [
            (p.name, p.kind, p.default if p.default in (*plain, empty) else None) for p in found
        ]

    assert rows(given_) == rows(wanted)
    assert inspect.getdoc(given_)


def test_every_attribute_of_the_array_object_is_there() -> None:
    of_numpy = {"__buffer__"}  # Python 3.12's protocol, which memory alone could answer
    wanted = {n for n in dir(strict.zeros((1, 1))) if n.startswith("__") or not n.startswith("_")}
    assert wanted - of_numpy <= set(dir(xp.zeros((1, 1))))


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_limits_of_floats(dtype: str) -> None:
    given_, wanted = xp.finfo(getattr(xp, dtype)), strict.finfo(getattr(strict, dtype))
    for name in ("bits", "eps", "max", "min", "smallest_normal"):
        assert getattr(given_, name) == getattr(wanted, name)
        assert type(getattr(given_, name)) is type(getattr(wanted, name))
    assert theirs(given_.dtype) == wanted.dtype
    assert xp.finfo(xp.zeros(1, dtype=getattr(xp, dtype))) == given_


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64"])
def test_limits_of_integers(dtype: str) -> None:
    given_, wanted = xp.iinfo(getattr(xp, dtype)), strict.iinfo(getattr(strict, dtype))
    for name in ("bits", "max", "min"):
        assert getattr(given_, name) == getattr(wanted, name)
        assert type(getattr(given_, name)) is int
    with pytest.raises(TypeError):
        xp.iinfo(xp.float32)


def test_kinds_of_dtypes() -> None:
    for kind in (
        "bool",
        "signed integer",
        "unsigned integer",
        "integral",
        "real floating",
        "complex floating",
        "numeric",
    ):
        for name in strict.__array_namespace_info__().dtypes():
            wanted = strict.isdtype(getattr(strict, name), kind)
            assert xp.isdtype(getattr(xp, name), kind) is wanted
            assert xp.isdtype(getattr(xp, name), (kind, "bool")) is (wanted or name == "bool")
        info = xp.__array_namespace_info__().dtypes(kind=kind)
        assert set(info) == set(strict.__array_namespace_info__().dtypes(kind=kind))
    with pytest.raises(ValueError, match="no kind"):
        xp.isdtype(xp.int8, "whole")
