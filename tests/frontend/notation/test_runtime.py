import io

import pytest

from gradloom.frontend.notation import runtime
from tests.frontend.notation.test_program import value


def test_once_is_evaluated_the_first_time_only() -> None:
    program = "made = []\ndef one():\n    made.append(1)\n    return len(made)\n"
    assert value(program + "[once[one()] + (0 |> $) for _ in range(3)]") == [1, 1, 1]


def test_ntimes_ends_the_pipeline_after_so_many_values() -> None:
    program = "def g(x):\n    return x |> ntimes[2] |> $ * 10\n[g(x) for x in range(4)]"
    assert value(program) == [0, 10, None, None]


def test_what_was_written_is_read_further_on() -> None:
    assert value("3 |> write[a] |> $ + 1 |> read[a]") == (4, 3)
    assert value("key = 'b'\n5 |> write['b'] |> read['b']") == (5, 5)


def test_context_enters_and_leaves() -> None:
    names = "import io\nfile = io.StringIO('text')"
    assert value("file |> context[$.read()]", names) == "text"
    bound = io.StringIO("text")
    assert runtime.context(lambda f: f.read(), bound) == "text"
    assert bound.closed


def test_expectations_that_do_not_hold_are_told() -> None:
    with pytest.raises(AssertionError, match="the condition does not hold of 3"):
        value("3 |> expect[$ > 5]")


def test_parallel_branches_may_have_a_rest() -> None:
    program = "[x |> (parallel[when[$ > 5], otherwise[-$]] .> collapse) for x in (9, 2)]"
    assert value(program) == [9, -2]


def test_repeat_takes_several_values() -> None:
    def step(a: int, b: int) -> object:
        return (a + 1, b) if a < b else runtime.when(bool, 0)

    assert runtime.repeat(step, 1, 5) == (5, 5)


def test_powers_of_functions_of_several_values_hand_them_on() -> None:
    assert value("f[($ + 1, $ * 2)] .** 3", "")(1, 1) == (4, 8)
    assert value("f[$ + 1] .** 0")(7) == 7
    assert value("3 .** 2 |> $ + 0") == 9


def test_an_operator_without_functions_is_the_operator() -> None:
    assert value("{'k': abs} |> $['k'] |> $(-3)") == 3
    assert value("step = 1\n[f[$ + 1], 2] |> len") == 2
    assert runtime.point("add", 1, 2) == 3
    assert runtime.point("mul", abs, 2)(-4) == 8


def test_a_pipeline_that_has_ended_stays_so_in_every_operator() -> None:
    ended = "3 |> when[$ > 5]"
    for op in ("|>", "*|>", "**|>", "?>", "*?>", "**?>"):
        assert value(f"{ended} {op} print") is None, op
    for op in (".>", "*.>", "**.>"):
        assert value(f"3 |> (when[$ > 5] {op} print)") is None, op
    assert value(f"[{ended} |>> kept |> str, kept]") == [None, None]


def test_gradloom_s_words_are_the_runtime_s() -> None:
    import gradloom as gl

    assert runtime.frozen is gl.frozen
    with pytest.raises(AttributeError, match="no 'nothing'"):
        runtime.nothing  # noqa: B018
