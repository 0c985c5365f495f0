"""The command lists the examples, runs them, and says by its exit code whether a score was met."""

import math
import subprocess
import sys
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from gradloom.examples import command
from gradloom.examples.catalogue import EXAMPLES
from gradloom.examples.example import Example, Goal
from gradloom.examples.run import Run
from tests.tree.files import ROOT


def call(*arguments: str) -> int:
    """The exit code of a command line."""
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def performed(score: float, steps: int | None = None) -> tuple[bool, str]:
    """Whether a run with that score was good enough, and what it printed."""
    example = Example("toy", "a toy", Goal("share", 90, "%"), 1, lambda run: score)
    console = Console(file=StringIO(), width=100)
    met = command.perform(example, Run(console, steps=steps))
    return met, console.file.getvalue()  # type: ignore[attr-defined]


def test_no_name_lists_the_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert call() == 0
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith(EXAMPLES[0].name)]


def test_a_quick_run_does_not_judge_the_score(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("logistic_regression", "--quick") == 0
    assert "a short run, which is not judged" in capsys.readouterr().out


def test_a_score_is_shown_against_the_stated_one() -> None:
    met, text = performed(90.25)
    assert met
    assert "share 90.25 % in 0.0 s; stated >= 90 %: reached" in text


@pytest.mark.parametrize("score", [89.9, math.nan, math.inf])
def test_a_missed_score_is_said(score: float) -> None:
    met, text = performed(score)
    assert not met
    assert "missed" in text


def test_a_short_run_may_miss_its_score() -> None:
    assert performed(1.0, steps=3)[0]


def test_a_missed_score_is_an_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    too_high = replace(EXAMPLES[0], goal=Goal("test accuracy", 101, "%"))
    monkeypatch.setattr("gradloom.examples.catalogue.EXAMPLES", (too_high,))
    assert call("all") == 1


def test_an_error_is_told_in_a_line_or_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("no such") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("ArgumentError: there is no example 'no such'")


def test_steps_and_quick_are_not_taken_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("logistic_regression", "--quick", "--steps", "3") == 1
    assert "--steps 3 and --quick disagree" in capsys.readouterr().err


def test_a_seed_below_zero_is_a_wrong_command_line() -> None:
    assert call("logistic_regression", "--seed", "-1") == 2


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gradloom.examples"],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    assert EXAMPLES[0].name in done.stdout


def test_an_example_whose_packages_are_missing_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = replace(EXAMPLES[0], needs=("numpy", "no_such_module"), extra="pretrained")
    monkeypatch.setattr("gradloom.examples.catalogue.EXAMPLES", (bare,))
    assert call(bare.name) == 1
    told = capsys.readouterr().err
    assert "no_such_module not installed" in told
    assert "pip install 'gradloom[pretrained]'" in told
    assert call("all") == 0
    assert "left out, no_such_module not installed" in capsys.readouterr().out
