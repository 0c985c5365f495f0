"""Runs the sample programs and writes docs/numpy-coverage.md: `python -m tests.coverage`."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.coverage.cells import cells_of
from tests.coverage.columns import COLUMNS, Answers, in_portions
from tests.coverage.page import PAGE, Table, write
from tests.coverage.programs import SECTIONS

EXAMPLE = "example: python -m tests.coverage --only np.linalg.svd --column grad"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="coverage", description=__doc__, epilog=EXAMPLE)
    parser.add_argument(
        "--only", metavar="NAME", nargs="+", help="show these names, and write nothing"
    )
    parser.add_argument(
        "--column", choices=COLUMNS, nargs="+", help="with --only: these columns (default: all)"
    )
    return parser.parse_args()


def _ask(columns: list[str], only: list[str] | None) -> Table:
    programs = [p for s in SECTIONS for p in s.programs() if not only or p.name in only]
    bar = (
        TextColumn("{task.description:10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    table = {}
    with Progress(*bar) as progress:
        for column in columns:
            task = progress.add_task(column, total=len(programs))
            answers: Answers = {}
            for portion in in_portions(programs):
                answers |= COLUMNS[column](portion)
                progress.advance(task, len(portion))
            table[column] = cells_of(answers)
    return table


def main() -> None:
    """Write the page, or show a few names."""
    arguments = _arguments()
    table = _ask(arguments.column or list(COLUMNS), arguments.only)
    if not arguments.only:
        PAGE.write_text(write(table))
        Console().print(f"wrote {PAGE}")
        return
    for column, cells in table.items():
        for name, cell in cells.items():
            Console().print(f"{column:10} {name}: {cell.word}", style="bold", highlight=False)
            for reason, texts in cell.why:
                Console().print(f"    {reason}", markup=False, highlight=False)
                for text in texts:
                    Console().print(f"        {text}", markup=False, highlight=False)


if __name__ == "__main__":
    main()
