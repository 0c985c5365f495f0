"""The command that opens the gradient debugger."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from gradloom.cli.stopping import stopper
from gradloom.cli.target import array_in
from gradloom.ir.errors import RemoteError

_What = Annotated[
    str,
    typer.Argument(
        metavar="WHAT",
        help="FILE:FUNC, a function, model or adapter in a Python file; or a folder with "
        "flow_info.pkl and input_representation.npy, the prefix that such files' names begin "
        "with, or a .gradients.npz",
    ),
]
_Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input", "-i",
        help="an argument of FUNC, once per argument: a .npy file, or @NAME for an object in FILE "
        "(or what a function there gives)",
    ),
]  # fmt: skip
_Target = Annotated[
    str | None, typer.Option("--target", "-t", help="what FUNC should give: a .npy file, or @NAME")
]
_Loss = Annotated[
    str | None, typer.Option("--loss", help="@NAME: a function in FILE of result (and target)")
]
_Layers = Annotated[str, typer.Option("--layers", help="auto, lines, values, or names: a,b,c")]
_Recompute = Annotated[
    str | None,
    typer.Option(
        "--recompute",
        help="a command to run after Save; {prefix} and {input} in it stand for the files",
    ),
]
_Timeout = Annotated[
    float | None, typer.Option("--timeout", help="seconds that this command may take")
]
_Export = Annotated[
    Path | None,
    typer.Option(
        "--export",
        help="write a page that needs no server, and end; or numbers: a .gradients.npz, or a "
        "flow_info.pkl for vnittest's tools",
    ),
]


def gradients(
    what: _What, input: _Inputs = None, target: _Target = None, loss: _Loss = None,
    layers: _Layers = "auto",
    backend: Annotated[
        str | None, typer.Option("--backend", "-b", help="where a numpy FUNC runs: torch, jax, ...")
    ] = None,
    argnum: Annotated[int, typer.Option("--argnum", help="the argument to be edited")] = 0,
    rule: Annotated[
        str, typer.Option("--rule", help="makes up flows left out: interpolated, reached")
    ] = "interpolated",
    watch: Annotated[
        bool, typer.Option("--watch", help="show files anew as soon as others have written them")
    ] = False,
    recompute: _Recompute = None, timeout: _Timeout = None, export: _Export = None,
    port: Annotated[int, typer.Option("--port", help="of this computer; 0: any free one")] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="print the address and open nothing")
    ] = False,
    theme: Annotated[str, typer.Option("--theme", help="light, dark or auto")] = "auto",
) -> None:  # fmt: skip
    """Show gradients flow through the layers of a model, and edit its input.

    FUNC runs in a process of its own, which may hang, crash or be killed: the page stays. Of files,
    Save writes the edited input; another program recomputes them, and Render reads them anew. The
    page is served to this computer alone, until Ctrl-C.

    Examples:

        gradloom gradients model.py:loss --input x.npy --input @weights

        gradloom gradients model.py:predict -i x.npy --target y.npy --layers lines

        gradloom gradients runs/3_ --recompute "python my_adapter.py {prefix}"

        gradloom gradients runs/debug/ --watch --no-browser --port 8866

        gradloom gradients runs/debug/ --export page.html
    """
    from gradloom.viz import gradients as opened

    try:
        debugger = opened(
            what, *map(_given, input or ()), target=None if target is None else _given(target),
            loss=loss, layers=_chosen(layers), backend=backend, argnum=argnum, rule=rule,
            watch=watch, recompute=recompute, timeout_s=timeout,
        )  # fmt: skip
    except RemoteError as error:
        print(*getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)  # FUNC's traceback
        raise
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


def _given(text: str) -> Any:
    return text if text.startswith("@") else array_in(Path(text))


def _chosen(layers: str) -> Any:
    return layers if layers in ("auto", "lines", "values") else layers.split(",")
