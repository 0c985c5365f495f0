"""Each `<pass>/<case>.gir` here holds a pipeline, a graph, and what the pipeline makes of it.

`pytest tests/golden --update-golden` writes the last part anew; the change is reviewed as a diff.
"""

from pathlib import Path

import pytest

from gradloom.ir.parse import parse
from gradloom.passes.pipeline import run
from tests.passes.graphs import arrays_for, assert_same_meaning

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("*/*.gir"))
BECOMES = "\n---- becomes ----\n\n"


@pytest.mark.parametrize("path", CASES, ids=lambda p: str(p.relative_to(FOLDER).with_suffix("")))
def test_the_pipeline_makes_of_the_graph_what_the_file_says(path, request):
    given, _, expected = path.read_text().partition(BECOMES)
    title, _, text = given.partition("\n")
    before = parse(text)
    after, _ = run(before, title.removeprefix("pipeline: "))
    if request.config.getoption("--update-golden"):
        path.write_text(given.rstrip("\n") + "\n" + BECOMES + after.text())
        return
    assert after.text() == expected
    assert parse(expected) == after
    assert_same_meaning(before, after, arrays_for(before))


def test_every_pass_of_one_graph_has_a_golden_case():
    from gradloom.passes.steps import PASSES

    assert set(PASSES) <= {path.parent.name for path in CASES}
