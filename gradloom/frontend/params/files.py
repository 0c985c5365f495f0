"""Trees of arrays in files: `gl.save_params`, `gl.load_params`.

A file is safetensors; each array has its path as its name (`blocks.0.w`), so that other programs
read it too. Its notes tell the structure: dicts, lists, tuples, and roles of parameters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import optree

from gradloom.frontend.growing import NAMESPACE
from gradloom.frontend.params.layout import Branch, Dotted, Slot, inside, joined
from gradloom.frontend.params.tree import ParamDict, form_of, tree_of
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.still import Still
from gradloom.ir.errors import ArgumentError, DtypeError, FileError, StateMismatch
from gradloom.ir.paths import PathLike, path_of
from gradloom.ir.tensors import read_tensors, write_tensors
from gradloom.ir.types import dtype_name

FORMAT: Final = "gradloom-params 1"
"""Raised when an older gradloom could not read what a newer one writes."""
_KINDS: Final[dict[str, type]] = {"dict": dict, "list": list, "tuple": tuple}
_NUMBERS: Final = (bool, int, float, complex)
_SHOWN: Final = 8
"""Differences that an error lists; then it counts the rest."""


def save_params(tree: Any, path: PathLike) -> None:
    """Write a pytree of arrays (a `ParamDict`, a module, a dict, an optimizer's state) to a file.

    The file is written whole or not at all. Raises `FileUnwritable`, or `DtypeError` for a leaf
    that is no array.

    >>> import tempfile, numpy as np, gradloom as gl
    >>> path = f"{tempfile.mkdtemp()}/w.safetensors"
    >>> save_params(gl.params(w=np.ones(2), b=gl.frozen(0.5)), path)
    >>> load_params(path).b
    array(0.5)
    """
    leaves = named_leaves(tree)
    arrays = {name: _array(name, x) for name, x in leaves.items()}
    # No array's name begins with a dot.
    notes = {".format": FORMAT, ".structure": json.dumps(_described(tree, ""))}
    write_tensors(path_of(path), arrays, notes)


def load_params(path: PathLike, like: Any = None) -> Any:
    """The tree of a file: as it was saved, or in the structure of `like`.

    Without `like`, a `ParamDict` comes back as one, with its roles; a file of another program gives
    a dict of arrays by name. With `like`, every name, shape and dtype has to be that of `like`:
    raises `StateMismatch`, which lists all that differ. Raises `FileMissing`, or `FileError` for a
    file that is truncated or damaged.

    >>> import tempfile, numpy as np
    >>> path = f"{tempfile.mkdtemp()}/w.safetensors"
    >>> save_params({"w": np.ones(2), "blocks": [np.zeros(1)]}, path)
    >>> load_params(path)
    {'w': array([1., 1.]), 'blocks': [array([0.])]}
    """
    place = path_of(path)
    arrays, notes = read_tensors(place)
    if like is not None:
        return _fitted(arrays, like, place)
    if ".structure" not in notes:
        return arrays
    if notes.get(".format") != FORMAT:
        raise FileError(
            f"{place} has the format {notes.get('.format')!r}, and this gradloom reads {FORMAT!r}",
            hint="install a newer gradloom, or read it with like=",
        )
    try:
        return _made(json.loads(notes[".structure"]), arrays)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileError(
            f"{place} is damaged: its structure does not fit its arrays ({error})",
            hint="save or copy it anew, or read it with like=",
        ) from error


def named_leaves(tree: Any) -> dict[str, Any]:
    """The leaves of a pytree by their paths as text; tied parameters once. Raises `ArgumentError`
    where two have one path.
    """
    flatten(tree)  # which tells of a tree that holds itself
    paths, leaves, _ = optree.tree_flatten_with_path(tree, namespace=NAMESPACE)
    found: dict[str, Any] = {}
    for path, leaf in zip(paths, leaves, strict=True):
        name = path_text(path)
        if name == "__metadata__":
            raise ArgumentError(
                "a leaf has the path '__metadata__', which safetensors keeps for itself",
                hint="give it another key",
            )
        if name in found:
            raise ArgumentError(
                f"two leaves have the path {name!r}", hint="give them keys that differ as text"
            )
        found[name] = leaf
    return found


def path_text(path: tuple[Any, ...]) -> str:
    """A path as text: `blocks.0.w`; that of a whole tree that is one array is "value"."""
    text = ""
    for part in path:
        whole = type(part) in (Dotted, Still)  # the paths inside a ParamDict are texts already
        text = inside(text, part) if whole else joined(text, part)
    return text or "value"


def _array(name: str, x: Any) -> np.ndarray:
    if isinstance(x, (np.ndarray, np.generic, *_NUMBERS)):
        array = np.asarray(x)
        try:
            dtype_name(array.dtype)
        except DtypeError as error:
            raise DtypeError(f"save_params: {name!r} is of {array.dtype}: {error}") from error
        return array
    raise DtypeError(
        f"save_params: {name!r} is a {type(x).__name__}, not an array",
        hint="save trees of arrays and numbers",
    )


# ---- the structure as plain values ---------------------------------------------------------------


def _described(tree: Any, path: str) -> Any:
    if type(tree) is ParamDict:
        return {"params": _of_form(form_of(tree).alone), "at": path}
    name = next((name for name, kind in _KINDS.items() if type(tree) is kind), "")
    if name:
        items = tree.items() if name == "dict" else enumerate(tree)
        return {name: [[_key(k), _described(v, joined(path, k))] for k, v in items]}
    if tree is None or not isinstance(tree, (np.ndarray, np.generic, *_NUMBERS)):
        children = _children(tree)
        if children is None:
            return None
        return {"dict": [[k, _described(v, joined(path, k))] for k, v in children]}
    return path or "value"


def _key(key: Any) -> Any:
    return key if isinstance(key, str | int) else str(key)


def _children(tree: Any) -> list[tuple[Any, Any]] | None:
    if tree is None:
        return None
    flat = optree.tree_flatten_one_level(tree, namespace=NAMESPACE)
    return list(zip(map(str, flat.entries), flat.children, strict=True))


def _of_form(node: Branch | Slot) -> Any:
    if isinstance(node, Slot):
        return [node.index, node.path, node.trainable, node.mutable, node.device]
    kind = next((name for name, kind in _KINDS.items() if node.kind is kind), "dict")
    keys = node.keys if node.kind in _KINDS.values() else [str(k) for k in node.keys]
    return {kind: [[k, _of_form(c)] for k, c in zip(keys, node.children, strict=True)]}


def _made(told: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if told is None:
        return None
    if isinstance(told, str):
        return arrays[told]
    if "params" in told:
        form = _form(told["params"], "")
        assert isinstance(form, Branch)
        names = [inside(told["at"], slot.path) for slot in form.owners]
        return tree_of(form, [arrays[name] for name in names])
    ((name, items),) = told.items()
    children = [(k, _made(v, arrays)) for k, v in items]
    return dict(children) if name == "dict" else _KINDS[name](v for _, v in children)


def _form(told: Any, path: str) -> Branch | Slot:
    if isinstance(told, list):
        index, own, trainable, mutable, device = told
        return Slot(int(index), str(own), bool(trainable), bool(mutable), device)
    ((name, items),) = told.items()
    children = tuple([_form(v, joined(path, k)) for k, v in items])
    return Branch(_KINDS[name], tuple([k for k, _ in items]), children, None, path)


# ---- into the structure of another tree ----------------------------------------------------------


def _fitted(arrays: Mapping[str, np.ndarray], like: Any, path: Path) -> Any:
    due = named_leaves(like)
    wrong = [f"missing: {name}" for name in due if name not in arrays]
    wrong += [f"extra: {name}" for name in arrays if name not in due]
    for name, x in due.items():
        if name in arrays and (told := _difference(arrays[name], x)):
            wrong.append(f"{name}: {told}")
    if wrong:
        more = [f"... and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
        listed = "\n  ".join([*wrong[:_SHOWN], *more])
        raise StateMismatch(
            f"{path} does not fit: {len(wrong)} differences from like=\n  {listed}",
            hint="load it without like= to see what it holds",
        )
    _, spec = flatten(like)
    return unflatten(spec, [_as(arrays[name], x) for name, x in due.items()])


def _difference(found: np.ndarray, like: Any) -> str:
    """What sets an array of a file apart from what is due in its place."""
    shape, dtype = np.shape(like), np.asarray(like).dtype if _is_number(like) else like.dtype
    if tuple(found.shape) != tuple(shape):
        return f"shape {tuple(found.shape)} in the file, {tuple(shape)} in like="
    if found.dtype != dtype:
        return f"{dtype_name(found.dtype)} in the file, {dtype_name(dtype)} in like="
    return ""


def _is_number(x: Any) -> bool:
    return isinstance(x, _NUMBERS) and not isinstance(x, np.generic)


def _as(found: np.ndarray, like: Any) -> Any:
    return found.item() if _is_number(like) else found
