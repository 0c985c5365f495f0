import ast
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.frontend.notation.program import to_tree
from gradloom.frontend.notation.skeleton import Lines, Skeleton, skeleton
from gradloom.frontend.notation.tokens import closing, tokens
from tests.frontend.notation.cases import CASES
from tests.tree.files import name, tracked

PIECES = st.sampled_from(
    ["x", "é", " ", "\n", "  ", "$", "$y", "|>", "*|>", "(", ")", "[", "]", "{", "}", "'", '"', "#"]
    + ["f{", "map[", "??", "?.", ".?a", "1.5", ".", "=", ":", "with ", "params{", ";", "$$", "\\\n"]
)
TEXTS = st.lists(PIECES, max_size=25).map("".join)


@given(TEXTS)
def test_the_words_of_a_text_are_the_text(text: str) -> None:
    assert "".join(token.text for token in tokens(text)) == text


@given(TEXTS)
def test_any_text_is_read_or_refused_at_a_place_of_its_own(text: str) -> None:
    made = read(text)
    if isinstance(made, SyntaxError):
        assert 1 <= (made.lineno or 0) <= text.count("\n") + 1
        return
    assert made.text.count("\n") == text.count("\n")
    places = [made.origin(i) for i in range(len(made.text))]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)


def read(text: str) -> Skeleton | SyntaxError:
    try:
        return skeleton(text)
    except SyntaxError as error:
        return error


@given(TEXTS)
def test_no_text_breaks_the_rewriting(text: str) -> None:
    with suppress(SyntaxError):
        tree = to_tree(text, "<text>")
        compile(ast.parse(text) if tree is None else tree, "<text>", "exec")


@given(st.text(alphabet="aé√\n𝔸", max_size=20), st.integers(0, 20))
def test_places_are_offsets(text: str, offset: int) -> None:
    lines = Lines(text)
    offset = min(offset, len(text))
    line, column = lines.place(offset)
    assert lines.offset(line, column) == offset
    assert (
        text.encode().split(b"\n")[line - 1][:column].decode() == text[:offset].rpartition("\n")[2]
    )


@pytest.mark.parametrize("program", CASES)
def test_python_parses_a_skeleton_line_for_line(program: str) -> None:
    made = skeleton(program)
    ast.parse(made.text)
    assert made.text.count("\n") == program.count("\n")


@pytest.mark.parametrize("path", tracked("gradloom/frontend/notation/**.py"), ids=name)
def test_this_repository_s_files_are_plain_python(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert skeleton(text).text == text
    assert to_tree(text) is None


@pytest.mark.slow
@pytest.mark.parametrize("path", tracked("gradloom/**.py", "tests/**.py"), ids=name)
def test_all_of_this_repository_s_files_are_plain_python(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert to_tree(text) is None


def test_a_bracket_is_closed_where_it_is() -> None:
    assert closing("f(a, ')', [b])", 1) == 13
    assert closing("{ '}' # }\n}", 0) == 10
    assert closing("(", 0) == -1
