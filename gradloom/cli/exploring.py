"""The command that writes a page in which a program can be explored."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gradloom.cli.target import Pipeline, Seed, Size, Specs, graph_of, inputs_for

_Explored = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="FILE:FUNC, a .gir file, or a folder of them (GRADLOOM_DUMP)"
    ),
]


def explore(
    target: _Explored,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="ARRAY.npy", help="inputs of what is measured; random if none"),
    ] = None,
    spec: Specs = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="the page")] = Path("explore.html"),
    pipeline: Pipeline = "",
    measure: Annotated[
        bool, typer.Option("--measure", "-m", help="run on numpy: times, values, NaNs")
    ] = False,
    backend: Annotated[
        list[str] | None, typer.Option("--backend", "-b", help="compare with numpy, op by op")
    ] = None,
    gradients: Annotated[
        bool, typer.Option("--gradients", "-g", help="gradient norms of the first result")
    ] = False,
    size: Size = 4,
    seed: Seed = 0,
    theme: Annotated[str, typer.Option(help="light, dark or auto: the reader's")] = "auto",
) -> None:
    """Write a page in which a program and its history can be explored; it needs no server.

    Example: `gradloom explore model.py:loss -s "f32[784, 10]" -s "f32[batch, 784]" -m -o loss.html`
    """
    from gradloom.frontend.program import optimize
    from gradloom.viz import explore as write
    from gradloom.viz.explorer.subject import subject

    program: Any
    if Path(target).is_dir():
        program = [(s.name, s.graph, s.seconds) for s in subject(target).steps]
        last = program[-1][1]
    else:
        graph = graph_of(target, spec)
        passes = pipeline or ("" if target.endswith(".gir") else "default")
        program = last = optimize(graph, passes) if passes else graph
    runs = measure or backend or gradients
    console = Console(stderr=True)
    with console.status(f"writing {output}") if console.is_terminal else nullcontext():
        write(
            program,
            output,
            inputs=inputs_for(last, files or [], size, seed) if runs else (),
            measure=measure,
            backends=backend or (),
            gradients=gradients,
            theme=theme,
        )
    print(f"{output}: {len(last.nodes)} nodes, {output.stat().st_size / 1000:.0f} kB")
