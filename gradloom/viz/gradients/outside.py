"""What runs in a process of its own for `isolated`: a program in a file, or an adapter, asked by
messages.

    open      runs the file, and reads what is shown first; the title, whether it is live
    read, compute, save, links      what a source does

Messages come on stdin and go to what was stdout; what the program prints goes to stderr. The
process ends with the one that started it, whatever the program is doing.
"""

from __future__ import annotations

import faulthandler
import os
import queue
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from gradloom.frontend.named import member, module_of
from gradloom.ir.errors import ArgumentError, FileMissing, GradloomError
from gradloom.ir.files import constants_path, save
from gradloom.ir.graph import Graph
from gradloom.viz.gradients.archive import arrays_of, flow_arrays, flow_facts
from gradloom.viz.gradients.entry import gradients
from gradloom.viz.gradients.source import Snapshot, Source
from gradloom.viz.gradients.wire import Message, receive, send

TRACE: Final = 3000
"""Characters of a traceback that are told: its end."""
_FREE: Final = ("target", "loss")
"""Arguments of `gradients` that may be objects of the file, as the inputs may."""


class Session:
    """One program, opened by the first message."""

    def __init__(self) -> None:
        self._source: Source | None = None
        self._shown: Snapshot | None = None

    def answer(self, head: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Message:
        """What a message is answered; raises what the program raises."""
        if head["do"] == "open":
            return self._open(head, arrays)
        source = self._source
        assert source is not None
        match head["do"]:
            case "read":
                return self._told(source.read())
            case "compute":
                return self._told(source.compute(arrays["input"]))
            case "save":
                paths = source.save(self._at(arrays["shown"]), arrays["input"], head["name"])
                return {"paths": [os.fspath(path) for path in paths]}, {}
            case "links":
                shown = self._at(arrays["shown"])
                flows = source.links(shown, head["layer"], head["element"])
                return {"flows": flow_facts(flows)}, flow_arrays(flows)
        raise ArgumentError(f"{head['do']!r} is nothing that it does")

    def _open(self, head: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Message:
        path, _, name = str(head["program"]).rpartition(":")
        if not os.path.isfile(path):
            raise FileMissing(f"{path} is not there", hint="FILE:FUNC is a function in a file")
        module = module_of(Path(path))

        def given(what: Any) -> Any:
            if "array" in what:
                return arrays[what["array"]]
            value = member(module, what["name"], Path(path))
            return value() if what.get("call") and callable(value) else value

        options = {key: given(x) if key in _FREE else x for key, x in head["options"].items()}
        program = member(module, name, Path(path))
        debugger = gradients(program, *map(given, head["inputs"]), **options)
        self._source = debugger.source
        told, made = self._told(debugger.snapshot)
        return {**told, "title": debugger.title, "live": debugger.is_live}, made

    def _at(self, input: np.ndarray) -> Snapshot:
        """What is shown there: a process that was started anew has to compute it."""
        assert self._source is not None
        if self._shown is None or not np.array_equal(self._shown.input, input, equal_nan=True):
            self._shown = self._source.compute(input)
        return self._shown

    def _told(self, snapshot: Snapshot) -> Message:
        is_new = self._shown is None or snapshot.graph is not self._shown.graph
        self._shown = snapshot
        graph = _graph(snapshot.graph) if is_new and snapshot.graph is not None else {}
        return {"traced": is_new}, arrays_of(snapshot, snapshot.input) | graph


def _graph(graph: Graph) -> dict[str, np.ndarray]:
    """The program, as the two files that hold it; nothing where none can."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.gir"
        try:
            save(graph, path)
        except GradloomError:
            return {}
        files = {"graph": path, "constants": constants_path(path)}
        return {
            name: np.frombuffer(file.read_bytes(), np.uint8)
            for name, file in files.items()
            if file.exists()
        }


def main() -> None:
    """Answer until the other end is closed."""
    faulthandler.enable()
    pipes = _own_pipes()
    asked: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_hear, args=(pipes[0], asked), daemon=True).start()
    session = Session()
    while True:
        head, arrays = asked.get()
        told, made = _safely(lambda: session.answer(head, arrays))  # noqa: B023  # called at once
        send(pipes[1], told, made)


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Stdin and stdout for messages alone: the program reads nothing, and prints to stderr."""
    ear, mouth = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is a text file
    return ear, mouth


def _hear(pipe: BinaryIO, asked: queue.SimpleQueue[Message]) -> None:
    try:
        while True:
            asked.put(receive(pipe))
    finally:
        os._exit(0)  # nobody is there any more, and the program may never end by itself


def _safely(answer: Callable[[], Message]) -> Message:
    try:
        return answer()
    except (Exception, SystemExit) as error:
        lines = traceback.format_exception(error)
        told = {
            "kind": type(error).__name__, "ours": isinstance(error, GradloomError),
            "message": getattr(error, "message", str(error)), "hint": getattr(error, "hint", ""),
            "trace": "".join(lines)[-TRACE:],
        }  # fmt: skip
        return {"error": told}, {}
