"""The examples state what they are, learn in a few steps, and reach their scores in a whole run."""

from pathlib import Path

import numpy as np
import pytest

from gradloom.examples import catalogue
from gradloom.examples.catalogue import EXAMPLES
from gradloom.examples.example import Example
from gradloom.examples.run import QUICK, Run
from gradloom.ir.errors import ArgumentError
from tests.tree.files import ROOT

MOST_S = 120
"""What issue 7 allows an example, on two cores."""


def skip_without(example: Example) -> None:
    if example.missing():
        pytest.skip(f"{' and '.join(example.missing())} not installed")


by_name = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


def test_every_file_with_an_example_is_listed_once() -> None:
    folder = ROOT / "gradloom" / "examples"
    files = {p.stem for p in folder.glob("*.py") if "EXAMPLE: Final = Example(" in p.read_text()}
    assert files == {example.name for example in EXAMPLES}
    assert len(files) == len(EXAMPLES)


def test_every_file_of_data_has_a_page_that_says_whence_it_comes() -> None:
    folder = ROOT / "gradloom" / "examples" / "data"
    data = [p for p in folder.iterdir() if p.is_file() and p.suffix not in {".py", ".md"}]
    pages = {p: Path(p.with_name(p.stem.upper() + ".md")) for p in data}
    assert [p.name for p, page in pages.items() if "icen" not in page.read_text()] == []


@by_name
def test_an_example_says_in_a_line_what_it_trains(example: Example) -> None:
    assert example.title.splitlines() == [example.title]
    assert len(example.title) <= 80
    assert 0 < example.seconds < MOST_S


@by_name
def test_an_example_learns_in_a_few_steps(example: Example) -> None:
    skip_without(example)
    run = Run(steps=QUICK)
    example.run(run)
    assert run.losses[-1] < run.losses[0]


@pytest.mark.slow
@by_name
def test_an_example_reaches_its_score(example: Example) -> None:
    skip_without(example)
    score = example.run(Run())
    assert example.goal.met(score), f"{score} for {example.goal}"


@pytest.mark.slow
@pytest.mark.framework
@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
@by_name
def test_an_example_trains_on_another_backend_as_on_numpy(example: Example, backend: str) -> None:
    pytest.importorskip(backend)
    runs = Run(steps=QUICK), Run(steps=QUICK, backend=backend)
    for run in runs:
        example.run(run)
    np.testing.assert_allclose(runs[1].losses, runs[0].losses, rtol=2e-3)


def test_an_example_is_found_by_its_name() -> None:
    for example in EXAMPLES:
        assert catalogue.find(example.name) is example
        assert catalogue.find(example.name.replace("_", "-")) is example


@pytest.mark.parametrize(
    ("name", "hint"),
    [("logistic_regresion", "did you mean logistic_regression"), ("?", "there are logis")],
)
def test_an_unknown_example_is_an_error_with_the_nearest_name(name: str, hint: str) -> None:
    with pytest.raises(ArgumentError, match=hint):
        catalogue.find(name)


def test_the_page_lists_every_example_with_its_stated_score() -> None:
    rows = [
        line for line in (ROOT / "docs" / "examples.md").read_text().splitlines()
        if line.startswith("| `")
    ]  # fmt: skip
    for example in EXAMPLES:
        (row,) = [row for row in rows if f"`{example.name}`" in row.split("|")[1]]
        assert example.goal.measure in row
        assert example.goal.bound.split()[1] in row
    assert sum(row.split("|")[1].count("`") // 2 for row in rows) == len(EXAMPLES)
