"""Every row of the tables in docs/derivatives.md is what both modes give."""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.tree.files import ROOT

NAMES = {"np": np, "inf": np.inf, "nan": np.nan}
CELLS = re.compile(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \| `(.+?)` \| (?:`(.+?)` )?\|$")


@dataclass(frozen=True, slots=True)
class Row:
    """An expression in x, and the texts of the point and of what is expected there."""

    expression: str
    point: str
    value: str
    first: str
    second: str | None

    @property
    def f(self) -> Callable[[Any], Any]:
        """The expression as a function of x."""
        made: Callable[[Any], Any] = eval(f"lambda x: {self.expression}", NAMES)
        return made

    @property
    def x(self) -> np.ndarray:
        """The point, as floats or complex numbers."""
        point = np.asarray(eval(self.point, NAMES))
        return point if point.dtype.kind == "c" else point.astype(float)


def rows() -> list[Row]:
    text = (ROOT / "docs" / "derivatives.md").read_text(encoding="utf-8")
    found = [CELLS.match(line) for line in text.splitlines() if line.startswith("| `")]
    assert all(found), "a row of a table that is not read is not tested"
    return [Row(*match.groups()) for match in found if match is not None]


def _cases(chosen: list[Row]) -> list[Any]:
    return [pytest.param(row, id=f"{row.expression} at {row.point}") for row in chosen]


ROWS = _cases(rows())
CURVED = _cases([row for row in rows() if row.second is not None])


def _check(got: Any, text: str) -> None:
    expected = np.asarray(eval(text, NAMES))
    assert np.shape(got) == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("row", ROWS)
def test_the_value_is_numpys(row: Row) -> None:
    _check(row.f(row.x), row.value)


@pytest.mark.parametrize("row", ROWS)
def test_reverse_mode_gives_the_derivative(row: Row) -> None:
    _check(gl.grad(row.f)(row.x), row.first)


@pytest.mark.parametrize("row", ROWS)
def test_forward_mode_gives_the_derivative(row: Row) -> None:
    x = row.x
    found = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[place] = 1
        found[place] = gl.jvp(row.f, (x,), (unit,))[1]
        if x.dtype.kind == "c":
            found[place] -= 1j * gl.jvp(row.f, (x,), (1j * unit,))[1]
    _check(found, row.first)


@pytest.mark.parametrize("row", CURVED)
def test_second_derivatives_are_right_in_both_modes(row: Row) -> None:
    assert row.second is not None
    for outer in (gl.jacfwd, gl.jacrev):
        _check(outer(gl.grad(row.f))(row.x), row.second)


@pytest.mark.parametrize("row", ROWS)
def test_compiled_programs_give_the_derivative(row: Row) -> None:
    try:
        graph = gl.trace(row.f, row.x)
    except gl.GradloomError:
        pytest.skip("the program looks at values")
    _check(gl.compile(gl.grad(graph))(row.x), row.first)


def test_the_page_covers_every_family() -> None:
    assert len(rows()) > 120
