"""Signals: names in a program, and what a YAML file or Python says is to happen there.

    train:                  # the name of a signal
      shard:
        axis: 0             # cut values along this axis (0 where nothing is said)
        workers: [0, 1]     # over these workers, in the order in which they came; null: all of them
        replicated: false   # true: whole on each of them instead
      backward: update      # the signal that holds for the derivatives of what is made there
      compile: false        # true: run the scope as one compiled program

A program runs without any of it, and to the same numbers; so a name that nothing is said about
means nothing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, final

from gradloom.ir.errors import ArgumentError, FileError, FileMissing
from gradloom.ir.location import Location
from gradloom.runtime import settings

MOST_BYTES: Final = 1 << 20
"""Bytes of a file of signals."""
_MOST_WORKERS: Final = 4_096


@final
@dataclass(frozen=True, slots=True)
class ShardConfig:
    """Where values are: cut along `axis` over `workers` (None: all), or whole on each where
    `replicated`.

    Workers are numbered in the order in which they came, from 0 on. Raises ArgumentError for what
    are no workers.
    """

    axis: int = 0
    workers: tuple[int, ...] | None = None
    replicated: bool = False

    def __post_init__(self) -> None:
        if self.workers is not None:
            object.__setattr__(self, "workers", tuple(self.workers))
        wrong = _wrong_axis(self.axis) or _wrong_workers(self.workers)
        if wrong:
            raise ArgumentError(f"ShardConfig: {wrong}")


@final
@dataclass(frozen=True, slots=True)
class SignalConfig:
    """What a signal means: where values are, which signal the derivatives have, and whether the
    scope is one compiled program.
    """

    shard: ShardConfig | None = None
    backward_signal: str | None = None
    compile: bool = False


@final
class Config:
    """Signals by name."""

    def __init__(self, signals: Mapping[str, SignalConfig] | None = None) -> None:
        self.signals: dict[str, SignalConfig] = dict(signals or {})

    def __repr__(self) -> str:
        return f"Config({self.signals!r})"


_lock = threading.Lock()
_config: Final = Config()
_loaded: set[str] = set()


def load_config(path: str | os.PathLike[str]) -> Config:
    """Register the signals of a YAML file; all that are registered.

    Raises FileError with the line of what the file may not say, and then registers nothing.
    """
    found = read(path)
    with _lock:
        _config.signals.update(found)
    return _config


def register_config(name: str, config: SignalConfig) -> None:
    """Say what a signal means, in place of what was said."""
    wrong = _wrong_name(name)
    if wrong:
        raise ArgumentError(f"register_config: {wrong}")
    if not isinstance(config, SignalConfig):
        raise ArgumentError(
            f"register_config: {name!r} was given {type(config).__name__}, where a SignalConfig "
            "is due",
            hint="gt.SignalConfig(shard=gt.ShardConfig(axis=0, workers=[0, 1]))",
        )
    _load_setting()
    with _lock:
        _config.signals[name] = config


def get_config() -> Config:
    """All signals that are registered."""
    _load_setting()
    return _config


def get_signal_config(name: str) -> SignalConfig | None:
    """What a signal means; None where nothing was said."""
    _load_setting()
    return _config.signals.get(name)


def _load_setting() -> None:
    """Load what GRADLOOM_CONFIG names, once."""
    path = settings.CONFIG.get()
    if path and path not in _loaded:
        found = read(path)
        with _lock:
            _loaded.add(path)
            for name, config in found.items():
                _config.signals.setdefault(name, config)


# ---- reading a file ------------------------------------------------------------------------------


def read(path: str | os.PathLike[str]) -> dict[str, SignalConfig]:
    """The signals of a YAML file; FileError with the line that is wrong."""
    try:
        size = Path(path).stat().st_size
        text = Path(path).read_text(encoding="utf-8") if size <= MOST_BYTES else ""
    except FileNotFoundError:
        raise FileMissing(f"load_config: there is no file {os.fspath(path)}") from None
    except (OSError, UnicodeDecodeError) as e:
        raise FileError(f"load_config: {os.fspath(path)} cannot be read: {e}") from None
    if size > MOST_BYTES:
        raise FileError(f"load_config: {os.fspath(path)} has {size} bytes, more than {MOST_BYTES}")
    return _Reader(os.fspath(path)).read(text)


@final
class _Reader:
    """Checks YAML's nodes, which know their lines."""

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self, text: str) -> dict[str, SignalConfig]:
        """The signals of a text."""
        import yaml

        try:
            root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, RecursionError) as e:
            mark = getattr(e, "problem_mark", None)
            line = 0 if mark is None else mark.line
            told = getattr(e, "problem", None) or str(e).splitlines()[0]
            raise self._error(f"no YAML: {told}", line) from None
        if root is None:
            return {}
        return {name: self._signal(name, node) for name, node in self._fields(root, "the file")}

    def _signal(self, name: str, node: Any) -> SignalConfig:
        made: dict[str, Any] = {}
        for key, value in self._fields(node, name, ("shard", "backward", "compile")):
            where = f"{name}.{key}"
            if key == "shard":
                made["shard"] = self._shard(where, value)
            elif key == "backward":
                made["backward_signal"] = self._plain(value, where, _wrong_name)
            else:
                made["compile"] = self._plain(value, where, _wrong_flag) or False
        return SignalConfig(**made)

    def _shard(self, name: str, node: Any) -> ShardConfig | None:
        if _is_nothing(node):
            return None
        rules = {"axis": _wrong_axis, "workers": _wrong_workers, "replicated": _wrong_flag}
        made = {
            key: self._plain(value, f"{name}.{key}", rules[key])
            for key, value in self._fields(node, name, tuple(rules))
        }
        return ShardConfig(**{k: v for k, v in made.items() if v is not None})

    def _fields(self, node: Any, what: str, known: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
        """The entries of a mapping; each key once, and one of the known ones if there are any."""
        if _is_nothing(node):
            return []
        if node.id != "mapping":
            raise self._error(f"{what} is a mapping, not {_told(self._value(node))}", node)
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = self._value(key)
            if not isinstance(name, str):
                raise self._error(f"a name in {what} is a text, not {_told(name)}", key)
            if name in found:
                raise self._error(f"{what} names {name!r} twice", key)
            if known and name not in known:
                near = get_close_matches(name, known, 1) or known
                raise self._error(
                    f"{what} has no key {name!r}", key, f"did you mean {' or '.join(near)}?"
                )
            found[name] = value
        return list(found.items())

    def _plain(self, node: Any, what: str, wrong: Callable[[Any], str]) -> Any:
        value = self._value(node)
        told = wrong(value) if value is not None else ""
        if told:
            raise self._error(f"{what}: {told}", node)
        return value

    def _value(self, node: Any) -> Any:
        """The Python value of a node, of plain types."""
        import yaml

        maker = yaml.SafeLoader("")
        try:
            return maker.construct_document(node)
        except (yaml.YAMLError, ValueError, TypeError, RecursionError) as e:
            told = getattr(e, "problem", None) or str(e)
            raise self._error(f"a value that is not understood: {told}", node) from None
        finally:
            maker.dispose()

    def _error(self, message: str, node: Any, hint: str = "") -> FileError:
        line = node if isinstance(node, int) else node.start_mark.line
        return FileError(
            f"load_config: {message}", location=Location(self._path, line + 1),
            hint=hint or "docs/signals.md shows what a file of signals may say",
        )  # fmt: skip


def _is_nothing(node: Any) -> bool:
    return bool(node.id == "scalar" and node.tag == "tag:yaml.org,2002:null")


def _wrong_axis(value: object) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return "" if whole else f"an axis is a whole number, not {_told(value)}"


def _wrong_workers(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, list | tuple) or not value:
        return f"workers are a list of numbers, such as [0, 1], or null for all, not {_told(value)}"
    for w in value:
        if not isinstance(w, int) or isinstance(w, bool) or not 0 <= w < _MOST_WORKERS:
            return f"a worker is a number from 0 on, not {_told(w)}"
    twice = next((w for w in value if list(value).count(w) > 1), None)
    return "" if twice is None else f"worker {twice} is named twice"


def _wrong_flag(value: object) -> str:
    return "" if isinstance(value, bool) else f"true or false is due, not {_told(value)}"


def _wrong_name(value: object) -> str:
    return "" if isinstance(value, str) and value else f"a signal's name is due, not {_told(value)}"


def _told(value: object) -> str:
    return "a mapping" if isinstance(value, dict) else repr(value)
