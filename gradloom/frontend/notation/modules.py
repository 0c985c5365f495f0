"""The notation in plain files: modules that ask for it, scripts, and files loaded by path."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import decode_source
from types import CodeType, ModuleType
from typing import Any, Final, final

from gradloom.frontend.notation.needed import require
from gradloom.frontend.notation.program import to_tree
from gradloom.frontend.source.files import keep
from gradloom.ir.errors import FileMissing

ASKING: Final = re.compile(rb"^(?:[^\n]*\n)?[ \t\f]*#[ \t]*gradloom:[ \t]*notation\b")
"""What a module asks with, on its first or second line: `# gradloom: notation`."""

Path = str | os.PathLike[str]


@final
class Loader(SourceFileLoader):
    """Loads a file in the notation. No bytecode is written: other loaders would take it."""

    def get_code(self, fullname: str) -> CodeType:
        """The module's code, whose places are those of the text as it was written."""
        path = self.get_filename(fullname)
        return _code(decode_source(self.get_data(path)), path)


def _code(text: str, path: str) -> CodeType:
    require()
    tree = to_tree(text, path)
    if tree is None:
        return compile(text, path, "exec", dont_inherit=True)
    keep(path, text, tree)
    return compile(tree, path, "exec", dont_inherit=True)


@final
class _Finder(MetaPathFinder):
    """Finds the modules whose files ask for the notation, and none else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader or spec.origin is None:
            return None
        if not _asks(spec.origin):
            return None
        spec.loader = Loader(fullname, spec.origin)
        spec.cached = None
        return spec


_FINDER: Final = _Finder()


def _asks(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return ASKING.match(file.readline() + file.readline()) is not None
    except OSError:
        return False


def install() -> None:
    """Let `import` read modules that ask for the notation: `# gradloom: notation` in line 1 or 2.

    All other modules are imported as ever. Raises BackendMissing where the notation's packages are
    not installed.

    >>> install()
    >>> uninstall()
    """
    require()
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)


def uninstall() -> None:
    """Let `import` be what it was; modules that were imported stay.

    >>> install()
    >>> uninstall()
    """
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)


def load(path: Path, name: str | None = None) -> ModuleType:
    """The module of a file in the notation, imported under a name (the file's, if none is given).

    Raises FileMissing, SyntaxError, and whatever the module raises.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "doubled.py")
    ...     with open(path, "w") as file:
    ...         _ = file.write("doubled = $ |> $ * 2")
    ...     load(path).doubled(21)
    42
    """
    file = os.path.abspath(path)
    if not os.path.isfile(file):
        raise FileMissing(f"{os.fspath(path)}: there is no such file")
    name = name or os.path.splitext(os.path.basename(file))[0]
    loader = Loader(name, file)
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    assert spec is not None  # a loader is given
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name)
        if before is not None:
            sys.modules[name] = before
        raise
    return module


def run(path: Path, arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Run a file in the notation as a program, `__name__` being "__main__"; gives its names.

    Modules that it imports may ask for the notation too.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "program.py")
    ...     with open(path, "w") as file:
    ...         _ = file.write("total = range(4) |> map[$ ** 2] |> sum")
    ...     run(path)["total"]
    14
    """
    install()
    file = os.path.abspath(path)
    if not os.path.isfile(file):
        raise FileMissing(f"{os.fspath(path)}: there is no such file")
    module = ModuleType("__main__")
    module.__file__ = file
    argv, folders = sys.argv, sys.path[:]
    main = sys.modules["__main__"]
    sys.argv, sys.modules["__main__"] = [os.fspath(path), *arguments], module
    sys.path.insert(0, os.path.dirname(file))
    try:
        with open(file, "rb") as opened:
            exec(_code(decode_source(opened.read()), file), vars(module))
    finally:
        sys.argv, sys.path[:], sys.modules["__main__"] = argv, folders, main
    return vars(module)
