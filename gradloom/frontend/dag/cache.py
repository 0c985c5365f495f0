"""Results of calls on disk: an .npz file for each, of arrays, tables in their libraries' formats,
and JSON that says how they are put together. Nothing in a file is executed; one that is damaged
counts as absent.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from gradloom.frontend.dag.content import Untold, digest_of
from gradloom.frontend.dag.step import Step
from gradloom.frontend.dag.tables import NoBytes, from_bytes, kind_of, to_bytes
from gradloom.ir.errors import FileUnwritable
from gradloom.ir.whole_file import write_whole

_SHAPE: Final = "shape"
"""The entry of a file that holds the JSON; arrays are called a0, a1, ..."""


def cached(step: Step, tell: Callable[[str], object]) -> tuple[Any, ...]:
    """The results of a step: read from its folder, else computed and written there.

    What cannot be cached is computed, and `tell` hears the reason: a function or an argument whose
    content cannot be told, a result that no safe format holds.
    """
    path = entry_of(step, tell)
    found = None if path is None else read(path, len(step.outputs))
    if found is not None:
        tell(f"read {step.uid}")
        return found
    results = step.computed()
    if path is not None:
        write(path, results, step, tell)
    return results


def entry_of(step: Step, tell: Callable[[str], object]) -> Path | None:
    """The file for the results of a step on its arguments; None, and `tell` hears the reason, where
    what it depends on cannot be told.
    """
    assert step.cache is not None
    try:
        digest = digest_of(step.call.function, [_content(step), len(step.outputs)])
    except Untold as untold:
        tell(f"not cached {step.uid}: it depends on {untold}")
        return None
    return Path(step.cache) / f"{digest}.npz"


def _content(step: Step) -> list[Any]:
    args, kwargs = step.call.arguments.filled([node.content for node in step.inputs])
    return [args, kwargs]


def write(path: Path, results: tuple[Any, ...], step: Step, tell: Callable[[str], object]) -> None:
    """Write results to a file, if a safe format holds them; raises `FileUnwritable`."""
    arrays: dict[str, np.ndarray] = {}
    try:
        shape = json.dumps(_taken_apart(results, arrays))
    except Untold as untold:
        tell(f"not cached {step.uid}: its result is {untold}")
        return
    data = io.BytesIO()
    arrays[_SHAPE] = np.frombuffer(shape.encode(), np.uint8)
    np.savez(data, **arrays)  # type: ignore[arg-type]  # numpy types the flag beside them
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data.getvalue())
    except OSError as error:
        raise FileUnwritable(
            f"the cache {path.parent} cannot be written: {error.strerror or error}",
            hint="choose a folder that may be written to",
        ) from error


def _taken_apart(value: Any, arrays: dict[str, np.ndarray]) -> list[Any]:
    """A value as JSON of [class, content]; its arrays are put beside."""
    kind = type(value)
    if value is None or kind in (bool, str):
        return ["plain", value]
    if kind in (int, float, complex):
        return [kind.__name__, repr(value)]
    if kind is np.ndarray or isinstance(value, np.generic):
        array = np.asarray(value)
        if array.dtype.hasobject or array.dtype.kind == "V":
            raise Untold(f"an array of {array.dtype}")
        name = f"a{len(arrays)}"
        arrays[name] = array
        return ["array" if kind is np.ndarray else "number", name]
    table = kind_of(value)
    if table is not None:
        try:
            arrays[f"a{len(arrays)}"] = np.frombuffer(to_bytes(value), np.uint8)
        except NoBytes as error:
            raise Untold(str(error)) from error
        return [table, f"a{len(arrays) - 1}"]
    if kind in (list, tuple):
        return [kind.__name__, [_taken_apart(item, arrays) for item in value]]
    if kind is dict:
        pairs = value.items()
        return ["dict", [[_taken_apart(x, arrays) for x in pair] for pair in pairs]]
    raise Untold(f"a {kind.__name__}")


def read(path: Path, count: int) -> tuple[Any, ...] | None:
    """So many results in a file; None where there are none, or none that can be read."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        found = _put_together(json.loads(arrays[_SHAPE].tobytes()), arrays)
    except Exception:  # whatever a damaged file makes zip, numpy and JSON raise
        return None
    return found if isinstance(found, tuple) and len(found) == count else None


def _put_together(part: Any, arrays: dict[str, np.ndarray]) -> Any:
    kind, content = part
    match kind:
        case "plain":
            return content
        case "int" | "float" | "complex":
            return {"int": int, "float": float, "complex": complex}[kind](content)
        case "array":
            return arrays[content]
        case "number":
            return arrays[content][()]
        case "list" | "tuple":
            items = [_put_together(item, arrays) for item in content]
            return items if kind == "list" else tuple(items)
        case "dict":
            return {_put_together(k, arrays): _put_together(v, arrays) for k, v in content}
        case str():
            return from_bytes(kind, arrays[content].tobytes())
    raise ValueError(f"there is no {kind}")
