"""The lines that a page shows."""

from pathlib import Path

from gradloom.viz.explorer.facts import Where
from gradloom.viz.explorer.sources import AROUND, shown_name, sources


def test_lines_around_those_that_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text("\n".join(f"line {n}" for n in range(1, 101)))
    places = [Where(str(file), 50, "f"), Where(str(file), 2, "f")]
    lines = sources(places)[str(file)].lines
    assert lines[50] == "line 50"
    assert set(lines) == {*range(1, 3 + AROUND), *range(50 - AROUND, 51 + AROUND)}
    assert sources(places, code=False)[str(file)].lines == {}


def test_a_file_that_is_not_at_hand_has_no_lines() -> None:
    assert sources([Where("/nowhere/gone.py", 3, "f")])["/nowhere/gone.py"].lines == {}


def test_names_do_not_tell_where_the_home_is(tmp_path: Path) -> None:
    assert shown_name(str(tmp_path / "mine" / "model.py")) == str(Path("mine", "model.py"))
    assert shown_name(str(Path.cwd() / "model.py")) == "model.py"
    assert shown_name("<string>") == "<string>"
