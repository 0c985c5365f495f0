"""`gl.viz.gradients`: the debugger of files, or of a function."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gradloom.ir.errors import CallError
from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.files import Files
from gradloom.viz.gradients.recognised import adapter_of, framework_of
from gradloom.viz.gradients.state import TOP

if TYPE_CHECKING:
    from gradloom.viz.gradients.called import Asked
    from gradloom.viz.gradients.chosen import Choice


def gradients(
    program: Any, *inputs: Any, target: Any = None, loss: Callable[..., Any] | None = None,
    layers: Choice | Asked = "auto", backend: Any = None, argnum: int = 0,
    rule: str = "interpolated", top: int = TOP,
) -> Gradients:  # fmt: skip
    """The gradient debugger of a function, of files, or of an adapter.

    `program` is a numpy function, a module or a graph, a function of JAX, torch or TensorFlow, a
    torch module or a Keras model, which is computed live on `inputs`: number `argnum` can be
    edited. Its loss is the result where that is one number; with `target` half the sum of squared
    differences to it; `loss(result)` or `loss(result, target)`; else the result's sum. `layers` is
    "auto" (contractions, nonlinear functions, calls), "lines", "values", names, or a function that
    is asked of every node; for torch and Keras "auto" (modules that compute), names, or a function
    of name and module. `backend` is where a numpy function runs, numpy where it is not given.

    Or it is a prefix, a folder or a `.gradients.npz` that another program wrote, or a `Source`.
    `rule` makes up flows that the files leave out (`interpolated`, vnittest's, or `reached`, ours);
    of each flow the `top` strongest links are shown. `.serve()` opens it live, `.export(path)`
    writes a page.

    >>> import numpy as np
    >>> shown = gradients(lambda x: np.tanh(x * 2.0), np.zeros((1, 2)))
    >>> [(flow.source, flow.target, flow.values.tolist()) for flow in shown.flows]
    [('input', 'output', [2.0, 2.0]), ('output', 'loss', [1.0, 1.0])]
    >>> shown.set_cell(0, 1, value=np.inf).flows[0].values.tolist()  # a link without slope is gone
    [2.0]

    Files:

    >>> import tempfile
    >>> from pathlib import Path
    >>> from gradloom.viz.gradients.archive import write_archive
    >>> from gradloom.viz.gradients.layer import Layer
    >>> from gradloom.viz.gradients.source import Snapshot
    >>> path = Path(tempfile.mkdtemp()) / "run.gradients.npz"
    >>> layer = Layer("a", (2,), gradient=np.array([1.0, -2.0]))
    >>> write_archive(Snapshot(np.zeros(2), (layer,), ()), np.zeros(2), path)
    >>> gradients(path).set_cell(1, value=3.0).input
    array([0., 3.])
    """
    if isinstance(program, str | os.PathLike):
        _refuse_more(inputs, "files")
        return of_files(program, rule=rule, top=top)
    if callable(program):
        return of_function(
            program, *inputs, target=target, loss=loss, layers=layers, backend=backend,
            argnum=argnum, top=top,
        )  # fmt: skip
    _refuse_more(inputs, "an adapter")
    return of_source(program, top=top)


def _refuse_more(inputs: tuple[Any, ...], what: str) -> None:
    if inputs:
        raise CallError(
            f"gradients: {len(inputs)} inputs for {what}", hint="its input comes from there"
        )


def of_files(
    path: str | os.PathLike[str], *, rule: str = "interpolated", top: int = TOP
) -> Gradients:
    """The debugger of the files behind a prefix, in a folder, or of a `.gradients.npz`."""
    return Gradients(Files(path, rule), top=top)


def of_source(source: Any, *, top: int = TOP) -> Gradients:
    """The debugger of an adapter of one's own; see `Source`."""
    missing = [
        n
        for n in ("title", "is_live", "read", "compute", "save", "links")
        if not hasattr(source, n)
    ]
    if missing:
        raise CallError(f"{type(source).__name__} is no source: it has no {missing[0]}")
    return Gradients(source, top=top)


def of_function(
    f: Any, *args: Any, target: Any = None, top: int = TOP, backend: Any = None, **how: Any
) -> Gradients:
    """The debugger of a function or a framework's model; `how` are the options of `Live`.

    A framework's model runs in its framework, and so does a function of its tensors, unless a
    `backend` is named: that one runs numpy functions.
    """
    from gradloom.viz.gradients.live import Live

    if not callable(f):
        raise CallError(f"{type(f).__name__} is no function to differentiate")
    framework = framework_of(f, () if backend is not None else args)
    if framework is None:
        return Gradients(Live(f, args, target, backend=backend, **how), top=top)
    if backend is not None:
        raise CallError(
            f"backend={backend!r}, and {type(f).__name__} is of {framework}",
            hint="leave backend out: it runs in its own framework",
        )
    return Gradients(adapter_of(framework, f)(f, args, target, **how), top=top)
