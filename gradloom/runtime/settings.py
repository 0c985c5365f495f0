"""The settings that the environment holds: one record each, read when it is needed and checked.

The table in docs/settings.md is this one. Nothing else in the runtime reads a `GRADLOOM_` variable.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar, final

from gradloom.ir.errors import ArgumentError

T = TypeVar("T")
Read = Callable[[str], "T | None"]
"""The value of a text, None where it is no value."""


@final
@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """A variable of the environment: `values` says what it may be, `argument` what does the same
    for one call or command, `gt` which variable of GT it stands for.
    """

    name: str
    values: str
    default: T
    meaning: str
    read: Read[T]
    argument: str = ""
    gt: str = ""

    def get(self, environment: Mapping[str, str] | None = None) -> T:
        """What is set, else the default; ArgumentError where the text is no value.

        >>> WORKERS.get({"GRADLOOM_WORKERS": "two"})
        Traceback (most recent call last):
        ...
        gradloom.ir.errors.ArgumentError: GRADLOOM_WORKERS is 'two', where a number from 1 on is due
          set it to a number from 1 on, or unset it; docs/settings.md lists all settings
        """
        text = (os.environ if environment is None else environment).get(self.name, "").strip()
        if not text:
            return self.default
        value = self.read(text)
        if value is None:
            raise ArgumentError(
                f"{self.name} is {text!r}, where {self.values} is due",
                hint=f"set it to {self.values}, or unset it; docs/settings.md lists all settings",
            )
        return value

    @property
    def row(self) -> str:
        """Its row in the table of docs/settings.md."""
        shown = {True: "1", False: "0", "": "-"}.get(self.default, str(self.default))
        cells = f"`{self.name}`", self.values, shown, self.meaning, self.argument, self.gt
        return f"| {' | '.join(cells)} |"


@final
@dataclass(frozen=True, slots=True)
class Unneeded:
    """A variable of GT that has no counterpart here, and why."""

    gt: str
    reason: str

    @property
    def row(self) -> str:
        """Its row in the table of docs/settings.md."""
        return f"| `{self.gt}` | {self.reason} |"


def _path(text: str) -> str | None:
    return os.path.expanduser(text)


def _flag(text: str) -> bool | None:
    return {"1": True, "0": False}.get(text)


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 4_096 else None


def _among(*names: str) -> Read[str]:
    return lambda text: text if text in names else None


def _flagged(name: str, meaning: str, gt: str = "", default: bool = False) -> Setting[bool]:
    return Setting(name, "0 or 1", default, meaning, _flag, gt=gt)


CONFIG: Final[Setting[str]] = Setting(
    "GRADLOOM_CONFIG", "a path of a YAML file", "", "signals that are registered at the start",
    _path, "`gt.load_config(path)`", "`GT_CONFIG`",
)  # fmt: skip
WORKERS: Final[Setting[int]] = Setting(
    "GRADLOOM_WORKERS", "a number from 1 on", 1, "workers of the cluster that starts by itself",
    _count, "`gt.gpu_workers(n)`, `gl.cluster(workers=n)`",
)  # fmt: skip
BACKEND: Final[Setting[str]] = Setting(
    "GRADLOOM_BACKEND", "torch, numpy or jax", "torch",
    "what the workers of the cluster that starts by itself compute with",
    _among("torch", "numpy", "jax"),
    "`gl.cluster(backend=...)`, `gradloom worker --backend`", "`GT_BACKEND`",
)  # fmt: skip
INSTRUCTION_LOG: Final[Setting[str]] = Setting(
    "GRADLOOM_INSTRUCTION_LOG", "a path",  "",
    "a file in which a dispatcher writes what happens: JSON lines if it ends in .jsonl, else text",
    _path, "`gradloom serve --log`, `gl.cluster(log=...)`", "`GT_INSTRUCTION_LOG`",
)  # fmt: skip
SAVE_PROGRAMS: Final[Setting[str]] = Setting(
    "GRADLOOM_SAVE_PROGRAMS", "a path of a folder", "",
    "where workers write the source of each program that they build, named by its digest",
    _path, gt="`GT_SAVE_COMPILED_CODE`",
)  # fmt: skip
SHARED_MEMORY: Final[Setting[bool]] = _flagged(
    "GRADLOOM_SHARED_MEMORY", "whether large values go through shared memory on one host",
    default=True,
)  # fmt: skip
VERBOSE: Final[Setting[bool]] = _flagged(
    "GRADLOOM_VERBOSE", "say on stderr when a cluster starts by itself, and who comes and goes",
    "`GT_VERBOSE`",
)  # fmt: skip
DEBUG_CLIENT: Final[Setting[bool]] = _flagged(
    "GRADLOOM_DEBUG_CLIENT", "every event of this client on stderr", "`GT_DEBUG_CLIENT`"
)
DEBUG_DISPATCHER: Final[Setting[bool]] = _flagged(
    "GRADLOOM_DEBUG_DISPATCHER", "every event of the dispatcher on its stderr",
    "`GT_DEBUG_DISPATCHER`",
)  # fmt: skip
DEBUG_WORKER: Final[Setting[bool]] = _flagged(
    "GRADLOOM_DEBUG_WORKER", "every event of a worker on its stderr", "`GT_DEBUG_WORKER`"
)
DEBUG_COMPILE: Final[Setting[bool]] = _flagged(
    "GRADLOOM_DEBUG_COMPILE", "every program that a worker builds on its stderr",
    "`GT_DEBUG_COMPILE`",
)  # fmt: skip
DUMP: Final[Setting[str]] = Setting(
    "GRADLOOM_DUMP", "a path of a folder", "",
    "where every pipeline writes its graphs: `00_trace.gir`, ...", _path,
)  # fmt: skip
"""Read where pipelines are, below the runtime."""

SETTINGS: Final[tuple[Setting[str] | Setting[bool] | Setting[int], ...]] = (
    CONFIG, WORKERS, BACKEND, INSTRUCTION_LOG, SAVE_PROGRAMS, SHARED_MEMORY, VERBOSE, DEBUG_CLIENT,
    DEBUG_DISPATCHER, DEBUG_WORKER, DEBUG_COMPILE, DUMP,
)  # fmt: skip
"""All of them."""

_EXACT: Final = (
    "a fragment is known again by its whole graph, and its worker optimizes it once it is called "
    "often: there is nothing to detect or tune"
)
UNNEEDED: Final = (
    Unneeded("GT_AUTO_SHARD", "a tensor is split where a signal says so, never by itself"),
    Unneeded("GT_AUTO_COMPILE", "workers always run whole programs, never single operations"),
    Unneeded("GT_HOTPATH_WINDOW", _EXACT),
    Unneeded("GT_HOTPATH_THRESHOLD", _EXACT),
    Unneeded("GT_HOTPATH_MIN_SEQ", _EXACT),
    Unneeded("GT_HOTPATH_MAX_EXPAND", _EXACT),
    Unneeded("GT_COMPILE", "GT itself no longer reads it"),
    Unneeded("GT_WORKER_BATCH_SIZE", "GT itself no longer reads it; messages that follow closely "
             "on one another always go in one packet"),
)  # fmt: skip
"""GT's variables that have no counterpart."""
