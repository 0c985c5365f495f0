"""Runs the gallery and writes docs/plain-numpy.md: `python -m tests.examples`."""

from __future__ import annotations

import argparse

from rich.console import Console

from tests.examples.columns import COLUMNS, ask
from tests.examples.gallery import EXAMPLES
from tests.examples.page import PAGE, write


def main() -> None:
    """Write the page, or show a few programs."""
    parser = argparse.ArgumentParser(prog="examples", description=__doc__)
    parser.add_argument("--only", metavar="NAME", nargs="+", help="show these, and write nothing")
    parser.add_argument("--column", choices=COLUMNS, nargs="+", help="with --only: these columns")
    arguments = parser.parse_args()
    columns = arguments.column or list(COLUMNS)
    chosen = [e for e in EXAMPLES if not arguments.only or e.name in arguments.only]
    table = {c: {e.name: ask(c, e) for e in chosen} for c in columns}
    if not arguments.only:
        PAGE.write_text(write(table))
        Console().print(f"wrote {PAGE}")
        return
    for column, answers in table.items():
        for name, answer in answers.items():
            Console().print(f"{column:14} {name}: {answer.word} {answer.why}", markup=False)


if __name__ == "__main__":
    main()
