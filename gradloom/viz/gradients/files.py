"""Files of gradients as a source: vnittest's three, or our one.

    PREFIXflow_info.pkl               layers and flows (`flow_info`)
    PREFIXinput_representation.npy    the input; edits are saved here
    PREFIXtarget_representation.npy   what the output is wanted to be; it need not be there

    NAME.gradients.npz                all of it, in arrays and one JSON text (`archive`)

Another program writes them, and computes them anew when an edited input was saved: `read` reads
every file again. What stands on the disk is told apart by size, time and inode.
"""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final, final

import numpy as np

from gradloom.ir.errors import ArgumentError, FileError, FileMissing, NotSupported
from gradloom.ir.tensors import replace_file
from gradloom.viz.gradients.archive import read_archive, write_archive
from gradloom.viz.gradients.flow_info import RULES, layers_and_flows
from gradloom.viz.gradients.layer import Flow
from gradloom.viz.gradients.plain_pickle import read_plain
from gradloom.viz.gradients.prefix import INFO, INPUT, TARGET, npy
from gradloom.viz.gradients.source import Snapshot
from gradloom.viz.gradients.together import replace_together

ARCHIVE: Final = ".gradients.npz"
MOST_BYTES: Final = 1 << 30
"""The largest file that is read: a gibibyte, far above what a page can show."""
QUIET_S: Final = 0.3
"""A file that did not change for so long is taken as whole: most programs write in one go."""
Stamp = tuple[int, int, int] | None
"""Size, time in nanoseconds and inode of a file; None where there is none."""


@final
class Files:
    """A source that reads a prefix (`runs/3_`), a folder, or a `.gradients.npz`.

    `rule` makes up the flows that a file leaves out: "interpolated" (vnittest's) or "reached". With
    `watch` a page shows what others write as soon as they have; else it tells that it is there.
    """

    is_live = False

    def __init__(
        self, path: str | os.PathLike[str], rule: str = "interpolated", watch: bool = False
    ) -> None:
        if rule not in RULES:
            raise ArgumentError(f"rule={rule!r}", hint=f"there are {', '.join(RULES)}")
        text = os.fspath(path)
        self._rule = rule
        self.renders = watch
        self._input = INPUT
        self._info = b""  # the flow file, as it was read
        self._read: dict[Path, Stamp] = {}
        self._seen: tuple[dict[Path, Stamp], float] = ({}, 0.0)  # by `has_news`, and since when
        self._prefix = os.path.join(text, "") if os.path.isdir(text) else text
        self._is_archive = text.endswith(ARCHIVE)
        self.title = os.path.basename(os.path.normpath(text)) or text

    def _path(self, name: str) -> Path:
        return Path(self._prefix + name)

    @property
    def prefix(self) -> str:
        """What the files' names begin with; the path of a `.gradients.npz`."""
        return self._prefix

    @property
    def input_path(self) -> Path:
        """The file of the input, as it was saved last."""
        return Path(self._prefix) if self._is_archive else self._path(self._input)

    @property
    def written(self) -> Path:
        """The file that another program computes."""
        return Path(self._prefix) if self._is_archive else self._path(INFO)

    def _paths(self) -> tuple[Path, ...]:
        if self._is_archive:
            return (Path(self._prefix),)
        return self._path(INFO), self._path(self._input), self._path(TARGET)

    def has_news(self) -> bool:
        """Whether a file is another than was read, and has come to rest."""
        now, at = {path: stamp(path) for path in self._paths()}, time.monotonic()
        if now != self._seen[0]:
            self._seen = (now, at)
        return now != self._read and at - self._seen[1] >= QUIET_S

    def read(self) -> Snapshot:
        """Everything anew from the files; raises `FileMissing` or `FileError`."""
        # Before the files are opened: what is written while they are read is news.
        self._read = {path: stamp(path) for path in self._paths()}
        if self._is_archive:
            return read_archive(Path(self._prefix))
        path = self._path(INFO)
        data, input = bytes_of(path), read_array(self._path(self._input))
        is_explicit = input.ndim == 3 and input.shape[0] == 9
        try:
            layers, flows = layers_and_flows(read_plain(data), self._rule, is_explicit)
        except FileError as error:
            raise FileError(f"{path}: {error.message}", hint=error.hint) from error
        if not layers:
            raise FileError(f"{path} holds no layer")
        target = self._path(TARGET)
        made = Snapshot(input, layers, flows, read_array(target) if stamp(target) else None)
        self._info = data
        return made

    def compute(self, input: np.ndarray) -> Snapshot:
        """Refused: files know no program."""
        raise NotSupported(
            f"{self.title}: these are files, and the program that writes them is not known",
            hint="save the input, run that program, then render",
        )

    def save(self, snapshot: Snapshot, input: np.ndarray, name: str) -> tuple[Path, ...]:
        """Write the input to `PREFIXname`, which `read` then reads, and the flow file as it was
        read, unless another program has written it since; both, or neither where this raises. An
        archive is written with the input changed.
        """
        if self._is_archive:
            path = Path(self._prefix)
            if name:
                path = path.with_name(_plain_name(name).removesuffix(".npy"))
            write_archive(snapshot, input, path)
            self._prefix = str(path)
            self._read = {path: stamp(path)}
            return (path,)
        name, info = _plain_name(name) or self._input, self._path(INFO)
        files = {self._path(name): npy(input)}
        if self._info and stamp(info) in (None, self._read.get(info)):
            files[info] = self._info
        replace_together(files)
        self._input = name
        self._read = {
            path: stamp(path) if path in files else self._read.get(path) for path in self._paths()
        }
        return tuple(files)

    def links(self, snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
        """None: a file's flows are held whole."""
        return ()


def stamp(path: Path) -> Stamp:
    """What tells one state of a file from another."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


def bytes_of(path: Path) -> bytes:
    """The file's bytes; raises `FileMissing`, or `FileError` for one that is too large."""
    try:
        found = path.stat()
        if not S_ISREG(found.st_mode):  # a pipe may never end, or never begin
            raise FileError(f"{path} is no plain file")
        if found.st_size > MOST_BYTES:
            raise FileError(f"{path} has {found.st_size:,} bytes; {MOST_BYTES:,} are the most")
        with open(path, "rb") as file:
            data = file.read(found.st_size + 1)
        if len(data) != found.st_size:
            raise FileError(f"{path} is being written", hint="render when it is whole")
        return data
    except FileError:
        raise
    except FileNotFoundError as error:
        raise FileMissing(
            f"{path} is not there",
            hint=f"give a folder or a prefix: {INFO} and {INPUT} are looked for behind it",
        ) from error
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise FileError(f"{str(path)!r:.300} is no name of a file") from error


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
        raise ArgumentError(
            f"{name!r:.100}: the input is written as .npy, not over a flow file",
            hint="export(path) writes flow files",
        )
    return name if not name or name.endswith(".npy") else name + ".npy"


def write_input(path: Path, array: np.ndarray) -> Path:
    """Write an array as `.npy`; gives the path."""
    path = path if path.suffix == ".npy" else path.with_name(path.name + ".npy")
    replace_file(path, npy(array))
    return path
