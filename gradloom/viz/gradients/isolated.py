"""A program in a process of its own: one that hangs, exits or crashes takes nothing else with it.

`outside` is what runs there. What is lost with the process is begun anew by what is asked next.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, final

import numpy as np

import gradloom
from gradloom.ir import errors
from gradloom.ir.errors import (
    ArgumentError,
    CallError,
    Cancelled,
    GradloomError,
    RemoteError,
    WorkerLost,
)
from gradloom.ir.files import constants_path, load
from gradloom.ir.graph import Graph
from gradloom.viz.gradients.archive import flows_in, snapshot_in
from gradloom.viz.gradients.children import GRACE_S, Child, ending
from gradloom.viz.gradients.layer import Flow
from gradloom.viz.gradients.source import Snapshot
from gradloom.viz.gradients.wire import Garbled, Message, receive, send

_PROGRAM: Final = re.compile(r".+\.py:[^:/\\]+", re.DOTALL)
_RUN: Final = (
    "import sys; sys.path.append({!r}); from gradloom.viz.gradients.outside import main; main()"
)


def names_program(text: str) -> bool:
    """Whether this is `FILE:FUNC`, and not the prefix of files.

    >>> names_program("model.py:loss"), names_program("runs/3_")
    (True, False)
    """
    return _PROGRAM.fullmatch(text) is not None


@final
class Isolated:
    """`FILE:FUNC` as a source: a function, or an adapter of one's own.

    `inputs` are arrays, or texts `@NAME`: the object of that name in the file, or what a function
    without arguments gives; `target` is an array or such a text, `loss` the text `@NAME` of a
    function. Other options are those of `gradients`.
    """

    def __init__(self, program: str, inputs: Sequence[Any], options: Mapping[str, Any]) -> None:
        self._arrays: dict[str, np.ndarray] = {}
        given = [self._given(x, f"input {i}", True) for i, x in enumerate(inputs)]
        told = {key: _plain(key, x) for key, x in options.items() if key not in ("target", "loss")}
        if options.get("target") is not None:
            told["target"] = self._given(options["target"], "target", True)
        if options.get("loss") is not None:
            told["loss"] = self._given(options["loss"], "loss", False)
        self._opening = {"do": "open", "program": program, "inputs": given, "options": told}
        self._child: Child | None = None
        self._is_asked = self._is_ended = False
        self._lock = threading.Lock()  # of the three above
        self._graph: Graph | None = None
        self.title = program.rpartition(":")[2]
        head, arrays = self._ask(None, {})
        self.title, self.is_live = str(head["title"]), bool(head["live"])
        self._first: Snapshot | None = self._snapshot(head, arrays)

    def _given(self, x: Any, what: str, call: bool) -> dict[str, Any]:
        """An argument, as the other process gets it."""
        if isinstance(x, str):
            if not x.startswith("@"):
                raise ArgumentError(f"{what}: {x!r:.80}", hint="@NAME is an object in the file")
            return {"name": x[1:], "call": call}
        array = np.asarray(x)
        if array.dtype.kind not in "biufc":
            raise CallError(
                f"{what} is a {type(x).__name__}, and goes to another process: an array is due",
                hint='or "@NAME": an object in the file, or what a function there gives',
            )
        self._arrays[what] = array
        return {"array": what}

    # ---- what a source does ----------------------------------------------------------------------

    def read(self) -> Snapshot:
        """Everything anew; the file itself is run again where its process was lost."""
        if (first := self._first) is not None:
            self._first = None
            return first
        return self._snapshot(*self._ask({"do": "read"}, {}))

    def compute(self, input: np.ndarray) -> Snapshot:
        """What holds for this input."""
        return self._snapshot(*self._ask({"do": "compute"}, {"input": input}))

    def save(self, snapshot: Snapshot, input: np.ndarray, name: str) -> tuple[Path, ...]:
        """What the source there writes."""
        arrays = {"shown": snapshot.input, "input": input}
        return tuple(map(Path, self._ask({"do": "save", "name": name}, arrays)[0]["paths"]))

    def links(self, snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
        """The whole flows from one element, where the snapshot does not hold them."""
        head = {"do": "links", "layer": layer, "element": element}
        told, arrays = self._ask(head, {"shown": snapshot.input})
        return flows_in(told["flows"], arrays)

    def cancel(self) -> None:
        """End the process, if it is doing anything; asked from another thread."""
        with self._lock:
            child = self._child if self._is_asked else None
            self._is_ended = child is not None
        if child is not None:
            child.end(grace_s=0.0)

    # ---- the other process -----------------------------------------------------------------------

    def _ask(self, head: Mapping[str, Any] | None, arrays: Mapping[str, np.ndarray]) -> Message:
        """The answer to a message, None for the opening; the process is started where it is not
        there. Raises what the program raises, `WorkerLost` where it ends, `Cancelled`.
        """
        with self._lock:
            child = self._child
            is_new = child is None or child.process.poll() is not None
            if is_new:
                child = self._child = Child(_words(), talks=True)
            self._is_ended, self._is_asked = False, True
        assert child is not None
        try:
            answer = self._opened(child) if is_new else ({}, {})
            return answer if head is None else self._exchange(child, head, arrays)
        except Garbled as error:
            child.close()
            raise RemoteError(f"{self.title}: {error.message}", hint=child.tail) from error
        except GradloomError:
            raise
        except (EOFError, OSError) as error:
            raise self._lost(child) from error
        except BaseException:  # Ctrl-C: what comes now would be taken for the next answer
            child.close()
            raise
        finally:
            with self._lock:
                self._is_asked = False

    def _opened(self, child: Child) -> Message:
        try:
            answer = self._exchange(child, self._opening, self._arrays)
            self._snapshot(*answer)  # its graph: the file may be another by now
            return answer
        except GradloomError:
            child.close()
            raise

    def _exchange(
        self, child: Child, head: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> Message:
        process = child.process
        assert process.stdin is not None
        assert process.stdout is not None
        send(process.stdin, head, arrays)  # type: ignore[arg-type]  # IO[bytes] writes bytes
        answer = receive(process.stdout)  # type: ignore[arg-type]
        if "error" in answer[0]:
            raise _raised(answer[0]["error"], self.title)
        return answer

    def _lost(self, child: Child) -> GradloomError:
        with suppress(subprocess.TimeoutExpired):  # it may have closed the pipe, and live on
            child.wait(GRACE_S)
        child.close()
        code = child.wait()
        if self._is_ended:
            return Cancelled(f"{self.title} was ended")
        return WorkerLost(
            f"{self.title}'s process {ending(code)}; what is asked next starts it again",
            hint=child.tail,
        )

    def _snapshot(self, head: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> Snapshot:
        if head["traced"]:
            self._graph = _graph(arrays) if "graph" in arrays else None
        return replace(snapshot_in(arrays), graph=self._graph)


def _plain(key: str, x: Any) -> Any:
    """An option that JSON can hold."""
    if isinstance(x, tuple | list) and all(isinstance(one, str) for one in x):
        return list(x)
    if x is None or isinstance(x, str | int):
        return x
    raise CallError(
        f"{key} is a {type(x).__name__}, and goes to another process",
        hint="give names, or import the function here and give it itself",
    )


def _words() -> list[str]:
    """The other process's command line; `-P` keeps a json.py in this folder out of it."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(gradloom.__file__)))
    return [sys.executable, "-P", "-c", _RUN.format(root)]


def _raised(told: Mapping[str, Any], title: str) -> GradloomError:
    """The error that the program raised: ours by its own type, another by its name."""
    kind = getattr(errors, str(told["kind"]), None) if told["ours"] else None
    if isinstance(kind, type) and issubclass(kind, GradloomError):
        return kind(str(told["message"]), hint=str(told["hint"]))
    made = RemoteError(f"{told['kind']} in {title}: {told['message']}", hint=_place(told["trace"]))
    made.add_note(str(told["trace"]))
    return made


def _place(trace: str) -> str:
    """The last place of a traceback: the line that raised."""
    places = re.findall(r'^  File ".*", line \d+, in .*(?:\n    .*)?', trace, re.MULTILINE)
    return places[-1].strip() if places else ""


def _graph(arrays: Mapping[str, np.ndarray]) -> Graph:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.gir"
        path.write_bytes(arrays["graph"].tobytes())
        if "constants" in arrays:
            constants_path(path).write_bytes(arrays["constants"].tobytes())
        return load(path)
