"""docs/api.md and the package agree: what it lists is here, or says what is to come, and it lists
all.
"""

import inspect
import re
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

import gradloom as gl
from gradloom import viz
from gradloom.cli import app
from tests.tree.files import ROOT

ROW = re.compile(r"^\| `((?:gl\.|gradloom )[^`]+)` \|([^|]*)\|(.*)\|([^|]*)\|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the page: a name, its signature ("" if none), and whether it is here."""

    name: str
    signature: str
    state: str

    @property
    def here(self) -> bool:
        return self.state.startswith("here")


ROWS = [
    Row(m[1], m[2].strip().strip("`"), m[4].strip())
    for m in ROW.finditer((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))
]
NAMES = [row for row in ROWS if row.name.startswith("gl.")]
HERE = [row for row in NAMES if row.here]
TO_COME = [row for row in NAMES if not row.here]


def find(name: str) -> Any:
    """The object called `gl.a.b`."""
    value: Any = gl
    for part in name.split(".")[1:]:
        value = getattr(value, part)
    return value


def ids(rows: list[Row]) -> list[str]:
    return [row.name for row in rows]


@pytest.mark.parametrize("row", HERE, ids=ids(HERE))
def test_what_is_here_exists_with_the_signature_that_the_page_gives(row: Row) -> None:
    value = find(row.name)
    if not row.signature:
        return
    given = [part.strip() for part in row.signature.strip("()").split(",")]
    parameters = inspect.signature(value).parameters.values()
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    actual = [stars.get(p.kind, "") + p.name for p in parameters if p.name != "self"]
    assert [part for part in given if part not in ("", "*")] == actual


@pytest.mark.parametrize("row", TO_COME, ids=ids(TO_COME))
def test_what_is_to_come_says_so(row: Row) -> None:
    assert re.match(r"to come: \w", row.state), row
    with pytest.raises(gl.NotSupported, match="still to come") as raised:
        find(row.name)
    assert raised.value.hint
    *path, last = row.name.split(".")
    assert not hasattr(find(".".join(path)), last)


def test_every_name_of_the_tables_stands_on_the_page() -> None:
    tables = [*gl._NAMES, *gl._TO_COME, *(f"viz.{name}" for name in viz._TO_COME)]
    assert sorted({f"gl.{name}" for name in tables} - set(ids(NAMES))) == []


def test_no_name_stands_on_the_page_twice() -> None:
    assert len(set(ids(ROWS))) == len(ROWS)


def test_what_is_here_is_listed_by_dir_and_the_rest_is_not() -> None:
    listed = set(dir(gl))
    assert set(gl._NAMES) <= listed
    assert set(gl._TO_COME).isdisjoint(listed)


def test_a_name_that_never_was_is_an_attribute_error() -> None:
    for module in (gl, viz):
        with pytest.raises(AttributeError, match="no name 'gradient'"):
            module.gradient  # noqa: B018


def test_the_commands_of_the_page_are_those_of_the_program() -> None:
    page = [row.name.split()[1] for row in ROWS if row.name.startswith("gradloom ") and row.here]
    made = [command.callback.__name__ for command in app.registered_commands if command.callback]
    assert sorted(page) == sorted(made)


# What an example would need: a framework, or a backend of one's own.
WITHOUT_EXAMPLE = {
    "gl.to_tensorflow", "gl.register_backend", "gl.from_onnx", "gl.export.onnx",
    "gl.export.torchscript", "gl.export.torch_module", "gl.export.exported_program",
    "gl.export.saved_model", "gl.export.stablehlo", "gl.Graph.show",
}  # fmt: skip


def is_error(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Exception)


@pytest.mark.parametrize("row", HERE, ids=ids(HERE))
def test_what_is_here_has_a_docstring_and_functions_an_example(row: Row) -> None:
    value = find(row.name)
    if not callable(value) and not isinstance(value, ModuleType):
        return  # a field of Graph
    text = inspect.getdoc(value) or ""
    assert text
    if row.signature and not is_error(value) and row.name not in WITHOUT_EXAMPLE:
        assert ">>> " in text
