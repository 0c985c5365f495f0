"""The book as JSON."""

import json

from gradloom.viz.explorer.book import book
from gradloom.viz.explorer.encoding import encoded
from gradloom.viz.explorer.sources import sources
from gradloom.viz.explorer.subject import subject
from tests.viz.explorer.explored import history


def test_columns_are_as_long_as_the_rows_and_texts_are_found_again() -> None:
    made = book("loss", subject(history()).steps)
    files = sources(row.facts.where for row in made.rows if row.facts.where is not None)
    data = json.loads(json.dumps(encoded(made, files)))
    assert {len(column) for column in data["rows"].values()} == {len(made.rows)}
    ops = [data["texts"][i] for i in data["rows"]["op"]]
    assert ops == [row.facts.op for row in made.rows]
    assert len(set(data["texts"])) == len(data["texts"])
    assert data["files"][0]["lines"]


def test_a_step_that_changed_nothing_refers_to_the_one_before() -> None:
    made = book("loss", subject(history()).steps)
    data = encoded(made, {})
    same = [chapter.get("same") for chapter in data["chapters"]]
    assert any(n is not None for n in same)
    for i, n in enumerate(same):
        assert n is None or (n < i and "tree" in data["chapters"][n])
