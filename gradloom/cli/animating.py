"""Commands that draw: animate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradloom.ir.errors import ArgumentError

if TYPE_CHECKING:
    from gradloom.viz.animation.film import Film


def animate(
    what: Annotated[
        str | None,
        typer.Argument(
            help="ring, tree, hierarchical, gossip, parameter-server, a log of `gradloom record`, "
            "or a graph (.gir)"
        ),
    ] = None,
    output_dir: Annotated[
        Path, typer.Option("--output-dir", "--output", "-o", help="the folder for the files")
    ] = Path("output"),
    width: Annotated[int, typer.Option(help="pixels")] = 800,
    height: Annotated[int, typer.Option(help="pixels")] = 600,
    fps: Annotated[int, typer.Option(help="frames per second")] = 18,
    duration: Annotated[float, typer.Option(help="seconds")] = 6.0,
    workers: Annotated[int | None, typer.Option("--workers", "-n", help="at most 64")] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format", "-f", help="gif, webp, apng, mp4, webm, html; png, svg, pdf: a still"
        ),
    ] = "gif",
    theme: Annotated[str, typer.Option(help="dark or light")] = "dark",
    seed: Annotated[int | None, typer.Option(help="of what is drawn by chance")] = None,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", "-p", help="show these passes rewriting the graph")
    ] = None,
) -> None:
    """Write moving pictures of how workers share gradients: the three classic ones, or a schedule
    transfer by transfer, or what a cluster did. Of a graph: how it runs, or how passes rewrite it.

    Example: `gradloom animate`, `gradloom animate ring -n 8 -f html -o out`,
    `gradloom animate loss.gir -p default`
    """
    from gradloom.viz.animation.films import film_of
    from gradloom.viz.animation.progress import progress
    from gradloom.viz.animation.writing import kinds, write_film

    kind = format.lstrip(".").lower()
    if kind not in kinds():
        raise ArgumentError(f"there is no format {format!r}", hint=f"choose {', '.join(kinds())}")
    if what is not None and what.endswith(".gir"):
        path = output_dir / f"{Path(what).stem}.{kind}"
        print(_program(Path(what), path, pipeline, fps, theme))
        return
    options: dict[str, Any] = {
        "width": width, "height": height, "fps": fps, "duration": duration, "workers": workers,
        "theme": theme, "seed": seed,
    }  # fmt: skip
    films = _classics(options) if what is None else {Path(what).stem: film_of(what, **options)}
    for name, film in films.items():
        path = output_dir / f"{name}.{kind}"
        with progress(path.name, film.config.total_frames) as told:
            write_film(film, path, told)
        print(path)


def _classics(options: dict[str, Any]) -> dict[str, Film]:
    """The three classic films by the names of their files."""
    from gradloom.viz.animation.classic import SCENES
    from gradloom.viz.animation.films import classic_of

    return {f"{name}_gradient_flow": classic_of(name, **options) for name in SCENES}


def _program(source: Path, path: Path, pipeline: str | None, fps: int, theme: str) -> Path:
    """The graph of a file that runs, or, with a pipeline, that passes rewrite."""
    from gradloom.frontend.program import optimize
    from gradloom.ir.files import load
    from gradloom.viz.animation.progress import progress
    from gradloom.viz.motion.program import film_of, write_film

    graph = load(source)
    film = film_of(graph if pipeline is None else optimize(graph, pipeline).history)
    path.parent.mkdir(parents=True, exist_ok=True)
    with progress(path.name, round(film.seconds * fps)) as told:
        return write_film(film, path, theme, fps, told=told)
