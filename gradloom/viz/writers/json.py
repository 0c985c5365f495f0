"""A scene as JSON, and back.

    {"format": "gradloom-scene", "version": 1, "title": "loss",
     "boxes": [{"id": "p0", "title": "w", "lines": ["f32[3,2]"], "kind": "input"}, ...],
     "edges": [{"source": "p0", "target": "n0"}, ...],
     "frames": [{"id": "g1", "title": "layer", "kind": "function"}, ...]}

The fields are those of `Box`, `Edge` and `Frame`; one that has its default value is left out. A
reader takes files of its own version and of earlier ones.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, Final, TypeVar

from gradloom.ir.errors import FileError
from gradloom.viz.boxes import Box, Edge, Frame, Scene

FORMAT: Final = "gradloom-scene"
VERSION: Final = 1
_HINT: Final = "write it again with gl.viz.graph(g, 'scene.json')"

_Part = TypeVar("_Part", Box, Edge, Frame)


def scene_json(scene: Scene) -> str:
    """The scene as JSON text, one box, edge or frame a line.

    >>> from gradloom.viz.boxes import Box, Scene
    >>> read_scene(scene_json(Scene("s", (Box("a", "sin", (), "op"),), ()))).boxes[0].title
    'sin'
    """
    head = {"format": FORMAT, "version": VERSION, "title": scene.title}
    parts: list[tuple[str, Sequence[Box | Edge | Frame]]]
    parts = [("boxes", scene.boxes), ("edges", scene.edges), ("frames", scene.frames)]
    lines = [json.dumps(head)[1:-1]]
    for name, several in parts:
        rows = ",\n  ".join(json.dumps(_as_dict(part)) for part in several)
        lines.append(f'"{name}": [\n  {rows}\n]' if rows else f'"{name}": []')
    return "{" + ",\n".join(lines) + "}\n"


def read_scene(text: str) -> Scene:
    """The scene that `scene_json` wrote; raises `FileError` for any other text."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileError(f"this is no JSON: {error}", hint=_HINT) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise FileError(f"this JSON is no scene: it has no format {FORMAT!r}", hint=_HINT)
    version = data.get("version")
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        raise FileError(f"a scene of version {version!r}, and {VERSION} is known", hint=_HINT)
    title = _checked(data.get("title"), str, "title")
    return Scene(
        title,
        _parts(data, "boxes", Box),
        _parts(data, "edges", Edge),
        _parts(data, "frames", Frame),
    )


def _as_dict(part: Box | Edge | Frame) -> dict[str, Any]:
    found = {field.name: getattr(part, field.name) for field in fields(part)}
    defaults = {field.name: field.default for field in fields(part)}
    return {name: value for name, value in found.items() if value != defaults[name]}


def _parts(data: Mapping[str, Any], name: str, kind: type[_Part]) -> tuple[_Part, ...]:
    return tuple(
        _part(row, kind, f"{name}[{i}]")
        for i, row in enumerate(_checked(data.get(name, []), list, name))
    )


def _part(row: Any, kind: type[_Part], where: str) -> _Part:
    row = _checked(row, dict, where)
    known = {field.name: field for field in fields(kind)}
    unknown = sorted(set(row) - set(known))
    missing = [n for n, field in known.items() if n not in row and field.default is MISSING]
    if unknown or missing:
        wrong = f"has a field {unknown[0]!r}" if unknown else f"lacks its field {missing[0]!r}"
        raise FileError(f"{where} {wrong}", hint=_HINT)
    hints = _HINTS[kind]
    return kind(**{name: _value(row[name], hints[name], f"{where}.{name}") for name in row})


_HINTS: Final = {kind: typing.get_type_hints(kind) for kind in (Box, Edge, Frame)}


def _value(value: Any, hint: Any, where: str) -> Any:
    if typing.get_origin(hint) is tuple:
        return tuple(_checked(x, str, where) for x in _checked(value, list, where))
    if typing.get_origin(hint) is typing.Literal:
        if value not in typing.get_args(hint):
            raise FileError(f"{where} is {value!r}", hint=f"one of {typing.get_args(hint)}")
        return value
    return _checked(value, hint, where)


def _checked(value: Any, kind: type[Any], where: str) -> Any:
    if type(value) is not kind:
        raise FileError(f"{where} is {value!r}, and not of type {kind.__name__}", hint=_HINT)
    return value
