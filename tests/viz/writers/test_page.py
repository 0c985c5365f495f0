"""A page is one file that asks for nothing, and holds its data as they were."""

import json
import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from gradloom.viz.writers.page import embedded, page

DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


class Reader(HTMLParser):
    """The elements of a page, and the text of its data."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data = ""
        self.title = ""
        self._at = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.tags.append((tag, found))
        self._at = found.get("id") or tag

    def handle_endtag(self, tag: str) -> None:
        self._at = ""

    def handle_data(self, data: str) -> None:
        if self._at == "data":
            self.data += data
        if self._at == "title":
            self.title += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


@given(DATA)
def test_data_come_out_as_they_went_in(data: object) -> None:
    assert json.loads(embedded(data)) == data


@given(DATA)
def test_no_data_end_the_element_that_holds_them(data: object) -> None:
    assert not re.search(r"[<>&\u2028\u2029]", embedded(data))
    assert json.loads(read(page("t", "<main></main>", data)).data) == data


def test_numbers_without_a_word_in_json_are_texts() -> None:
    wild = {"a": [float("nan"), float("inf"), -float("inf")], "b": (1, 2)}
    assert json.loads(embedded(wild)) == {"a": ["NaN", "Infinity", "-Infinity"], "b": [1, 2]}


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1))
def test_any_title_is_text(title: str) -> None:
    assert (
        read(page(title, "", {})).title.strip()
        == re.sub(r"[\ufffe\uffff]", "\ufffd", title).strip()
    )


def test_it_asks_for_nothing_and_runs_its_own_scripts_alone() -> None:
    text = page("t", "<main></main>", {})
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|https?://(?!www\.w3\.org)", text)
    policies = [a["content"] for tag, a in read(text).tags if tag == "meta" and "http-equiv" in a]
    assert len(policies) == 1
    assert "default-src 'none'" in (policies[0] or "")
    assert "http" not in (policies[0] or "")


def test_it_says_its_language_and_theme_and_is_small() -> None:
    text = page("t", "<main></main>", {}, theme="dark")
    root = next(a for tag, a in read(text).tags if tag == "html")
    assert root == {"lang": "en", "data-theme": "dark"}
    assert "data-theme=" not in page("t", "", {}).split("<head>")[0]
    assert len(text) < 20_000
