"""Graphs in files: `NAME.gir`, a text with its format version and digest, and
`NAME.gir.safetensors` beside it when the graph has large constants.

    gradloom-ir 1
    sha256 5f1c...                the digest of all that follows
    func @loss(%x: f64[3]) -> (f64[3]) {
      %0: f64[3] = tanh(%x)       # @ "./model.py":19 "loss"

Paths inside the file's own folder are kept relative to it. A text that was edited by hand is read
after its second line is removed. What safetensors cannot hold (complex numbers, low precision)
stands there as bytes, its type in the metadata.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from gradloom.ir.constants import Constant
from gradloom.ir.errors import FileError, FileMissing, NotSupported, ParseError
from gradloom.ir.graph import Graph, walk
from gradloom.ir.location import Location
from gradloom.ir.ops.called import python_call
from gradloom.ir.parse import parse_lines
from gradloom.ir.paths import PathLike, path_of
from gradloom.ir.tensors import NATIVE, as_bytes, safetensors_here, typed
from gradloom.ir.text import INLINE_ELEMENTS, graph_text, string_text

FORMAT: Final = 1
"""Raised when an older gradloom could not read what a newer one writes."""
_HEADER: Final = re.compile(rb"gradloom-ir ([0-9]{1,9})\r?\n(?:sha256 ([0-9a-f]{64})\r?\n)?")
_MAGIC: Final = b"gradloom-ir "


# ---- saving ------------------------------------------------------------------------------------


def save(graph: Graph, path: PathLike) -> None:
    """Write `graph` to `path`, and its large constants beside it: both, or neither where this
    raises.

    >>> import tempfile, gradloom as gl
    >>> graph = gl.parse("func @f(%x: f64[3]) -> (f64[3]) { return %x }")
    >>> save(graph, f"{tempfile.mkdtemp()}/f.gir")
    """
    _refuse_callees(graph)
    target = path_of(path)
    folder = os.path.dirname(os.path.abspath(target)) + os.sep
    body = graph_text(graph, lambda location: _location_text(location, folder)).encode()
    head = f"gradloom-ir {FORMAT}\nsha256 {_digest(body)}\n".encode()
    constants = {c.digest: c for c in large_constants(graph)}
    beside = constants_path(target)
    with contextlib.ExitStack() as stack:
        text_file = stack.enter_context(_temporary(target))
        text_file.write_bytes(head + body)
        if constants:
            tensors = stack.enter_context(_temporary(beside))
            _write_constants(tensors, constants)
            shutil.copymode(text_file, tensors)  # safetensors lets nobody but the owner read
            # The text names its constants by hash: an old text beside new constants would find none
            # of its own.
            with _undone_on_error(beside):
                os.replace(tensors, beside)
                os.replace(text_file, target)
        else:
            stale = _is_graph(target)
            os.replace(text_file, target)
            if stale:
                beside.unlink(missing_ok=True)


def _refuse_callees(graph: Graph) -> None:
    for node in walk(graph):
        if node.op is python_call:
            raise NotSupported(
                f"{graph.name} calls the Python function "
                f"{node.attrs.function.symbol!r}, which no file holds",  # type: ignore[union-attr]
                hint="keep its text: gl.parse(str(graph), callables={symbol: function})",
                location=node.location,
            )


def constants_path(path: PathLike) -> Path:
    """Where the large constants of the graph at `path` stand."""
    target = path_of(path)
    return target.with_name(f"{target.name}.safetensors")


def _is_graph(path: Path) -> bool:
    if not path.is_file():
        return False
    with open(path, "rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _digest(body: bytes) -> str:
    """SHA-256 of the text, the same whichever line ends a version control system wrote."""
    return hashlib.sha256(body.replace(b"\r\n", b"\n")).hexdigest()


def _location_text(location: Location, folder: str) -> str:
    file = location.file
    if file.startswith(folder):
        file = "./" + file[len(folder) :].replace(os.sep, "/")
    parts = [f"@ {string_text(file)}:{location.line}"]
    if location.function or location.note:
        parts.append(string_text(location.function))
    if location.note:
        parts.append(string_text(location.note))
    return " ".join(parts)


def large_constants(graph: Graph) -> Iterator[Constant]:
    """The constants that a text of the graph names by their hash alone."""
    for node in walk(graph):
        if node.attrs is not None:
            for field in fields(node.attrs):
                yield from _constants_in(getattr(node.attrs, field.name))


def _constants_in(value: Any) -> Iterator[Constant]:
    if isinstance(value, Constant):
        if value.array.size > INLINE_ELEMENTS:
            yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _constants_in(item)


def _write_constants(path: Path, constants: Mapping[str, Constant]) -> None:
    arrays, metadata = {}, {"format": f"gradloom-ir {FORMAT}"}
    for digest, constant in constants.items():
        metadata[digest] = str(constant.type)
        native = str(constant.type).split("[")[0] in NATIVE
        arrays[digest] = constant.array if native else as_bytes(constant.array)
    safetensors_here().numpy.save_file(arrays, path, metadata)


@contextlib.contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """A new path in the folder of `target`; nothing is left there afterwards."""
    path = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}.tmp")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _undone_on_error(path: Path) -> Iterator[None]:
    """Put back what stood at `path` (or its absence) when the block fails."""
    with _temporary(path) as kept:
        existed = path.exists()
        if existed:
            _second_name(path, kept)
        try:
            yield
        except BaseException:
            if existed:
                os.replace(kept, path)
            else:
                path.unlink(missing_ok=True)
            raise


def _second_name(path: Path, other: Path) -> None:
    try:
        os.link(path, other)
    except OSError:  # a file system without hard links
        shutil.copyfile(path, other)


# ---- loading -----------------------------------------------------------------------------------


def load(path: PathLike) -> Graph:
    """The graph that `save` wrote to `path`; raises `FileError` for a truncated, foreign or too new
    file.

    >>> import tempfile, gradloom as gl
    >>> graph = gl.parse("func @f(%x: f64[3]) -> (f64[3]) { return %x }")
    >>> path = f"{tempfile.mkdtemp()}/f.gir"
    >>> save(graph, path)
    >>> load(path) == graph
    True
    """
    target = path_of(path)
    text, first_line = _read_text(target)
    beside = constants_path(target)
    try:
        graph = parse_lines(text, first_line, lambda digest: _stored(digest, beside, target))
    except ParseError as error:
        error.add_note(f"in {target}")
        raise
    _absolute_locations(graph, os.path.dirname(os.path.abspath(target)))
    return graph


def _read_text(path: Path) -> tuple[str, int]:
    """The text after the header, and the number of its first line."""
    if not path.is_file():
        raise FileMissing(f"there is no file {path}", hint="is the path right?")
    if not _is_graph(path):
        message = f"{path} is no graph of gradloom: it does not begin with 'gradloom-ir'"
        raise FileError(message, hint="graphs are written by gradloom.save")
    data = path.read_bytes()
    match = _HEADER.match(data)
    if match is None:
        raise _truncated(path)
    if int(match[1]) != FORMAT:
        message = (
            f"{path} has format version {int(match[1])}, and this gradloom reads version {FORMAT}"
        )
        raise FileError(message, hint="install a newer gradloom")
    body = data[match.end() :]
    if match[2] is not None and _digest(body) != match[2].decode():
        raise FileError(
            f"{path} is truncated or was changed: its text has not the digest of its second line",
            hint="save or copy it anew; if you edited it by hand, remove its second line",
        )
    if not body.lstrip().startswith((b"func", b"#")):
        raise _truncated(path)
    try:
        return body.decode(), 2 + (match[2] is not None)
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8 text: {error.reason} at byte {match.end() + error.start}"
        raise FileError(message, hint="save it anew") from error


def _truncated(path: Path) -> FileError:
    message = f"{path} is truncated or damaged: no graph follows its first lines"
    return FileError(message, hint="save or copy it anew")


def _absolute_locations(graph: Graph, folder: str) -> None:
    """Make `./model.py` the path that it was; nodes share their locations."""
    done: set[int] = set()
    for node in walk(graph):
        location = node.location
        if location is not None and id(location) not in done:
            done.add(id(location))
            if location.file.startswith("./"):
                location.file = os.path.join(folder, *location.file[2:].split("/"))


def _stored(digest: str, path: Path, text: Path) -> Constant:
    """The constant of this hash out of a safetensors file."""
    if not path.is_file():
        message = f"{text} has large constants, and {path.name} is not beside it"
        raise FileMissing(message, hint="copy both files together")
    constant = Constant(_read(digest, path, text))
    if constant.digest != digest:
        message = f"{path} holds other content for #{digest[:12]}... than {text} names"
        raise FileError(message, hint="save or copy both files anew")
    return constant


def _read(digest: str, path: Path, text: Path) -> np.ndarray:
    safetensors = safetensors_here()
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            return typed(file.get_tensor(digest), (file.metadata() or {}).get(digest, ""))
    except Exception as error:  # whatever a damaged file makes safetensors raise
        message = f"{path} does not hold the constant #{digest[:12]}... of {text}: {error}"
        raise FileError(message, hint="save or copy both files anew") from error
