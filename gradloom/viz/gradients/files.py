"""Files of gradients as a source: vnittest's three, or our one.

    PREFIXflow_info.pkl               layers and flows (`flow_info`)
    PREFIXinput_representation.npy    the input; edits are saved here
    PREFIXtarget_representation.npy   what the output is wanted to be; it need not be there

    NAME.gradients.npz                all of it, in arrays and one JSON text (`archive`)

Another program writes them, and computes them anew when an edited input was saved: `read` reads
every file again, and nothing is remembered between.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from gradloom.ir.errors import ArgumentError, FileError, FileMissing, NotSupported
from gradloom.ir.tensors import replace_file
from gradloom.viz.gradients.archive import read_archive, write_archive
from gradloom.viz.gradients.flow_info import RULES, layers_and_flows
from gradloom.viz.gradients.layer import Flow
from gradloom.viz.gradients.plain_pickle import read_plain
from gradloom.viz.gradients.source import Snapshot

INFO: Final = "flow_info.pkl"
INPUT: Final = "input_representation.npy"
TARGET: Final = "target_representation.npy"
ARCHIVE: Final = ".gradients.npz"
MOST_BYTES: Final = 1 << 30
"""The largest file that is read: a gibibyte, far above what a page can show."""


@final
class Files:
    """A source that reads a prefix (`runs/3_`), a folder, or a `.gradients.npz`.

    `rule` makes up the flows that a file leaves out: "interpolated" (vnittest's) or "reached".
    """

    is_live = False

    def __init__(self, path: str | os.PathLike[str], rule: str = "interpolated") -> None:
        if rule not in RULES:
            raise ArgumentError(f"rule={rule!r}", hint=f"there are {', '.join(RULES)}")
        text = os.fspath(path)
        self._rule = rule
        self._input = INPUT
        self._prefix = os.path.join(text, "") if os.path.isdir(text) else text
        self._is_archive = text.endswith(ARCHIVE)
        self.title = os.path.basename(os.path.normpath(text)) or text

    def _path(self, name: str) -> Path:
        return Path(self._prefix + name)

    def read(self) -> Snapshot:
        """Everything anew from the files; raises `FileMissing` or `FileError`."""
        if self._is_archive:
            return read_archive(Path(self._prefix))
        path = self._path(INFO)
        data = bytes_of(path)
        try:
            layers, flows = layers_and_flows(read_plain(data), self._rule)
        except FileError as error:
            raise FileError(f"{path}: {error.message}", hint=error.hint) from error
        if not layers:
            raise FileError(f"{path} holds no layer")
        input = read_array(self._path(self._input))
        if input.ndim == 3 and input.shape[0] == 9:
            raise NotSupported(
                f"{self._path(self._input)} has 9 channels: vnittest's explicit mode, in which "
                "channel k holds the neighbour at offset (k // 3 - 1, k % 3 - 1), is not read",
                hint="store flows as index pairs: they say the same of any neighbourhood",
            )
        target = self._path(TARGET)
        return Snapshot(input, layers, flows, read_array(target) if target.exists() else None)

    def compute(self, input: np.ndarray) -> Snapshot:
        """Refused: files know no program."""
        raise NotSupported(
            f"{self.title}: these are files, and the program that writes them is not known",
            hint="save the input, run that program, then render",
        )

    def save(self, snapshot: Snapshot, input: np.ndarray, name: str) -> tuple[Path, ...]:
        """Write the input to `PREFIXname`, which `read` then reads; the flow file, which another
        program writes, stays as it is. An archive is written with the input changed.
        """
        if self._is_archive:
            path = Path(self._prefix)
            if name:
                path = path.with_name(_plain_name(name).removesuffix(".npy"))
            write_archive(snapshot, input, path)
            self._prefix = str(path)
            return (path,)
        name = _plain_name(name) or self._input
        replace_file(self._path(name), _npy(input))
        self._input = name
        return (self._path(name),)

    def links(self, snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
        """None: a file's flows are held whole."""
        return ()


def bytes_of(path: Path) -> bytes:
    """The file's bytes; raises `FileMissing`, or `FileError` for one that is too large."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FileError(
                f"{path} has {path.stat().st_size:,} bytes; {MOST_BYTES:,} are the most"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise FileMissing(
            f"{path} is not there",
            hint=f"give a folder or a prefix: {INFO} and {INPUT} are looked for behind it",
        ) from error
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}") from error


def read_array(path: Path) -> np.ndarray:
    """The array of a `.npy` file of numbers."""
    data = bytes_of(path)
    try:
        made: Any = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError, MemoryError) as error:
        raise FileError(f"{path} holds no array of numbers: {error}") from error
    if not isinstance(made, np.ndarray) or made.dtype.kind not in "biuf":
        raise FileError(f"{path} holds no array of real numbers")
    return made


def _plain_name(name: str) -> str:
    """A name to save to, which must not lead out of the folder."""
    if name and (name != os.path.basename(name) or name in (".", "..") or "\0" in name):
        raise ArgumentError(
            f"{name!r:.100} is no name of a file", hint="the file stands beside the others"
        )
    if name.lower().endswith(".pkl"):
        raise ArgumentError(f"{name!r:.100}: the input is written as .npy, not over a flow file")
    return name if not name or name.endswith(".npy") else name + ".npy"


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
