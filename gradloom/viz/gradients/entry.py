"""`gl.viz.gradients`: the debugger of files, or of a function."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from gradloom.ir.errors import CallError
from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.files import Files
from gradloom.viz.gradients.isolated import Isolated, names_program
from gradloom.viz.gradients.recognised import adapter_of, framework_of
from gradloom.viz.gradients.recompute import Command, Recomputed, Words
from gradloom.viz.gradients.state import TOP

if TYPE_CHECKING:
    from gradloom.viz.gradients.called import Asked
    from gradloom.viz.gradients.chosen import Choice


def gradients(
    program: Any, *inputs: Any, target: Any = None, loss: Callable[..., Any] | str | None = None,
    layers: Choice | Asked = "auto", backend: Any = None, argnum: int = 0,
    rule: str = "interpolated", watch: bool = False, recompute: Words | None = None,
    timeout_s: float | None = None, top: int = TOP,
) -> Gradients:  # fmt: skip
    """The gradient debugger of a function, of files, or of an adapter.

    `program` is a numpy function, a module or a graph, a function of JAX, torch or TensorFlow, a
    torch module or a Keras model, which is computed live on `inputs`: number `argnum` can be
    edited. Its loss is the result where that is one number; with `target` half the sum of squared
    differences to it; `loss(result)` or `loss(result, target)`; else the result's sum. `layers` is
    "auto" (contractions, nonlinear functions, calls), "lines", "values", names, or a function that
    is asked of every node; for torch and Keras "auto" (modules that compute), names, or a function
    of name and module. `backend` is where a numpy function runs, numpy where it is not given.

    A text `FILE:FUNC` names a function, a model or an adapter in a Python file: it runs in a
    process of its own, and what it does there (an endless loop, a crash) harms nothing here. Its
    inputs are arrays, or `@NAME` for what stands in that file.

    Or it is a prefix, a folder or a `.gradients.npz` that another program wrote, or a `Source`.
    `rule` makes up flows that the files leave out (`interpolated`, vnittest's, or `reached`, ours).
    With `watch` a page shows what others write there as soon as they have. `recompute` is a command
    (a text, or its words; `{prefix}` and `{input}` stand for the files) that is run after a save,
    for `timeout_s` seconds at most.

    Of each flow the `top` strongest links are shown. `.serve()` opens it live, `.export(path)`
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
    computed = {"target": target, "loss": loss, "layers": layers, "backend": backend,
                "argnum": argnum}  # fmt: skip
    read = {"rule": rule, "watch": watch, "recompute": recompute, "timeout_s": timeout_s}
    if isinstance(program, str) and names_program(program):
        _refuse(read, "a function")
        return Gradients(Isolated(program, inputs, computed), top=top)
    if isinstance(program, str | os.PathLike):
        _refuse_more(inputs, "files")
        _refuse(computed, "files")
        return of_files(
            program, rule=rule, watch=watch, recompute=recompute, timeout_s=timeout_s, top=top
        )
    if callable(program):
        _refuse(read, "a function")
        return of_function(
            program, *inputs, target=target, loss=loss, layers=layers, backend=backend,
            argnum=argnum, top=top,
        )  # fmt: skip
    _refuse_more(inputs, "an adapter")
    _refuse({**computed, **read}, "an adapter")
    return of_source(program, top=top)


_USUAL: Final = {"layers": "auto", "argnum": 0, "rule": "interpolated", "watch": False}


def _refuse(given: Mapping[str, Any], what: str) -> None:
    """Refuse options that say nothing of such a program."""
    for name, value in given.items():
        # An array is compared with nothing: its answer would be one too.
        is_usual = isinstance(value, str | int) and value == _USUAL.get(name)
        if value is not None and not is_usual:
            raise CallError(f"gradients: {name}={value!r:.80} for {what}, which does not take it")


def _refuse_more(inputs: tuple[Any, ...], what: str) -> None:
    if inputs:
        raise CallError(
            f"gradients: {len(inputs)} inputs for {what}", hint="its input comes from there"
        )


def of_files(
    path: str | os.PathLike[str], *, rule: str = "interpolated", watch: bool = False,
    recompute: Words | None = None, timeout_s: float | None = None, top: int = TOP,
) -> Gradients:  # fmt: skip
    """The debugger of the files behind a prefix, in a folder, or of a `.gradients.npz`."""
    files = Files(path, rule, watch)
    if recompute is None:
        return Gradients(files, top=top)
    return Gradients(Recomputed(files, Command(recompute, timeout_s)), top=top)


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
