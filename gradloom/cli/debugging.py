"""The command that opens the gradient debugger."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from gradloom.cli.stopping import stopper


def gradients(
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="a folder with flow_info.pkl and input_representation.npy, the prefix that such "
            "files' names begin with, or a .gradients.npz",
        ),
    ],
    port: Annotated[int, typer.Option("--port", help="of this computer; 0: any free one")] = 0,
    export: Annotated[
        Path | None, typer.Option("--export", help="write a page that needs no server, and end")
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="print the address and open nothing")
    ] = False,
    theme: Annotated[str, typer.Option("--theme", help="light, dark or auto")] = "auto",
) -> None:
    """Show gradients flow through the layers of a model, and edit its input.

    The page is served to this computer alone, until Ctrl-C. Its Save writes the edited input; after
    another program has recomputed the files, its Render reads them anew.

    Examples:

        gradloom gradients runs/debug/

        gradloom gradients runs/test_ --no-browser --port 8866

        gradloom gradients runs/debug/ --export page.html
    """
    from gradloom.viz import gradients as opened

    debugger = opened(path)
    if export is not None:
        written = debugger.export(export, theme=theme)
        print(f"{written}: {len(debugger.layers)} layers, {written.stat().st_size / 1000:.0f} kB")
        return
    asked = stopper()
    with debugger.serve(port, theme=theme) as server:
        print(f"{server.url}\nCtrl-C ends it", flush=True)
        if not no_browser:
            webbrowser.open(server.url)
        server.wait(asked)
