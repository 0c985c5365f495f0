"""A run is as long as asked, tells its losses, and shows text as it is."""

from io import StringIO

from rich.console import Console

from gradloom.examples.run import Run


def printed(run: Run) -> str:
    file = run.console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


def test_a_limit_holds_only_where_it_is_less() -> None:
    assert [Run(steps=steps).limit(10) for steps in (None, 3, 10, 99)] == [10, 3, 10, 10]
    assert [Run(steps=steps).is_short for steps in (None, 3)] == [False, True]


def test_a_terminal_sees_a_bar_with_the_loss_and_a_file_sees_none() -> None:
    for is_terminal in (True, False):
        run = Run(Console(file=StringIO(), force_terminal=is_terminal, width=90))
        with run.training(2, "learning") as tell:
            tell(0.125)
            tell(0.0625)
        assert ("learning" in printed(run)) is is_terminal
        assert ("loss 0.0625" in printed(run)) is is_terminal
        assert run.losses == [0.125, 0.0625]


def test_text_is_shown_as_it_is_even_where_it_is_wide_or_looks_like_markup() -> None:
    run = Run(Console(file=StringIO(), width=20))
    run.show("[bold]" + "x" * 40, "second")
    assert printed(run) == "[bold]" + "x" * 40 + "\nsecond\n"
