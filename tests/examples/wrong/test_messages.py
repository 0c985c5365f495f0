"""What each wrong program is told; `pytest --update-golden` writes messages.txt anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gradloom as gl
from tests.examples.wrong.programs import WRONG as TRACED
from tests.examples.wrong.staged import WRONG as STAGED

WRONG = TRACED | STAGED
FILE = Path(__file__).with_name("messages.txt")


def _said(name: str) -> str:
    """The error's type and text, without the places of files."""
    try:
        WRONG[name]()
    except Exception as error:
        text = re.sub(r"(?:/[^\s:/]+)+/|(?<!\w)(?:\w+/)+(?=\w+\.py)", "", str(error))
        text = text.replace(".<locals>.<listcomp>", "")  # a function of its own until Python 3.12
        text = re.sub(r" at 0x[0-9a-f]+", "", text)
        ours = "" if isinstance(error, gl.GradloomError) else " (not ours)"
        return f"{type(error).__name__}{ours}: {text}"
    return "no error"


def _written() -> str:
    return "\n\n".join(f"== {name}\n{_said(name)}" for name in WRONG) + "\n"


@pytest.mark.filterwarnings("ignore")
def test_every_wrong_program_is_told_what_is_written(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        FILE.write_text(_written())
    assert _written() == FILE.read_text()
    assert "\nno error" not in FILE.read_text()
