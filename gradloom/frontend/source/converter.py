"""What a call calls in a trace: the converted counterpart of every callable of the user's.

What no call names is not reached: properties, `__getattr__`, operators and the other methods that
Python calls by itself, the `__init__` that a dataclass generates, and what it calls. They run as
they are written. The functions that a library was given run as they are too, unless it is a
wrapper of the function's own (see `wrappers.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Final, final

from gradloom.frontend.source.converted import Rewriter, convertible
from gradloom.frontend.source.owners import owner
from gradloom.frontend.source.wrappers import constructor, opened, remembering
from gradloom.ir.location import user_frame

_MANY: Final = 20_000
"""Functions remembered at most: a loop may make a closure per turn."""
_Cached: Final = type(functools.lru_cache(lambda: None))


@final
class Converter:
    """The converted counterparts of callables, for one trace.

    `c(f)` is what rewritten code calls in the place of `f`. `given` are the values of the
    rewriter's names. `known` tells what is called in the place of some functions, builtins and
    classes (`max`, say). `region` tells the part of the graph that is being recorded: results that
    an `lru_cache` keeps are not carried from one into another. `meet` is told of the functions,
    classes and objects that are called.
    """

    __slots__ = (
        "__weakref__",
        "_given",
        "_kinds",
        "_known",
        "_left",
        "_meet",
        "_region",
        "_rewriter",
        "_seen",
        "c",
        "functions",
        "open",
        "runtime",
    )

    def __init__(
        self,
        rewriter: Rewriter,
        given: Mapping[str, object],
        known: Mapping[Any, Any] | None = None,
        region: Callable[[], Hashable] = lambda: None,
        meet: Callable[..., None] = lambda *values: None,
    ) -> None:
        self._rewriter = rewriter
        self._given = given
        self._region = region
        self._meet = meet
        self._known = known or {}
        self._seen: dict[Any, Any] = dict(self._known)  # strongly, so that identities stay
        self._kinds: dict[type, Callable[[Any], Any]] = {
            MethodType: self._method,
            functools.partial: self._partial,
            FunctionType: self._kept(self._function),
            type: self._kept(self._class),
            _Cached: self._kept(self._cached),
        }
        # What rewritten code calls in place of functions, filled by the runtime during the trace.
        self.functions: dict[Any, Any] = {}
        # What rewritten code reaches its runtime by; `calm` while nothing has been staged.
        self.runtime: Any = None
        self.open = True
        self._left: set[type] = set()
        self.c = _looking_up(self._seen, self._left, self.convert)

    def close(self) -> None:
        """Convert nothing any more: functions that outlive their trace call what is written."""
        self.open = False
        self._seen.clear()
        self.forget()

    def forget(self) -> None:
        """Let rewritten code ask anew: its trace has ended."""
        self.functions.clear()
        self.stir()

    def stir(self) -> None:
        """Let rewritten code ask in full from now on: part of the program is staged."""
        if self.runtime is not None:
            self.runtime.calm = False

    def convert(self, f: Any) -> Any:
        """What to call in the place of `f`; `f` itself where it is left as it is."""
        if not self.open:
            return f
        kind = type(f)
        convert = self._kinds.get(kind)
        if convert is None:
            convert = self._kinds[kind] = self._of_kind(kind)
            if convert is _itself:
                self._left.add(kind)
        return convert(f)

    def advice(self) -> str:
        """What to do where the branches of the function that runs now are left to Python; ""
        where they are not.
        """
        frame = user_frame()
        reason = self._rewriter.why_not(frame.f_code) if frame is not None else ""
        if frame is None or not reason:
            return ""
        name = frame.f_code.co_name
        return f"the branches of {name} are left to Python ({reason}): np.where or gl.cond choose"

    def _kept(self, convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def look_up(f: Any) -> Any:
            found = self._seen.get(f)
            if found is None:
                if len(self._seen) > _MANY + len(self._known):
                    self._seen.clear()
                    self._seen.update(self._known)
                found = self._seen[f] = convert(f)
            return found

        return look_up

    def _of_kind(self, kind: type) -> Callable[[Any], Any]:
        """How callables of a type are converted."""
        if issubclass(kind, type) and kind.__call__ is type.__call__:
            by_identity = kind.__hash__ is type.__hash__ and kind.__eq__ is type.__eq__
            return self._kept(self._class) if by_identity else self._class
        call = next((vars(k)["__call__"] for k in kind.__mro__ if "__call__" in vars(k)), None)
        return self._callable if type(call) is FunctionType and not convertible(call) else _itself

    def _function(self, f: FunctionType) -> Any:
        self._meet(f)
        made = self._rewriter.convert(f, self._given)
        return opened(f, self.c) if made is f and f.__closure__ and _is_wrapper(f) else made

    def _method(self, f: MethodType) -> Any:
        self._meet(f.__self__)
        function = f.__func__
        made = self.c(function)
        return f if made is function else MethodType(made, f.__self__)

    def _callable(self, f: Any) -> Any:
        self._meet(f)
        call = type(f).__call__
        made = self.c(call)
        return f if made is call else MethodType(made, f)

    def _partial(self, f: functools.partial[Any]) -> Any:
        made = self.c(f.func)
        return f if made is f.func else functools.partial(made, *f.args, **f.keywords)

    def _class(self, f: Any) -> Any:
        self._meet(f)
        return constructor(f, self.c)

    def _cached(self, f: Any) -> Any:
        inner = f.__wrapped__
        return f if convertible(inner) else remembering(f, self.c, self._region)


def _looking_up(
    seen: dict[Any, Any], left: set[type], convert: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    """The way in: what has been converted before takes one look into a table."""
    get = seen.get

    def c(f: Any) -> Any:
        kind = type(f)
        if kind is FunctionType or kind is type:
            made = get(f)
            return convert(f) if made is None else made
        if kind is BuiltinFunctionType:
            return get(f, f)
        if kind in left:  # ufuncs, say
            return f
        if kind is MethodType and type(f.__func__) is FunctionType:
            function = f.__func__
            made = get(function)
            if made is not None:
                return f if made is function else MethodType(made, f.__self__)
        return convert(f)

    return c


def _is_wrapper(f: FunctionType) -> bool:
    """Whether a library's function is one that it has put around another."""
    return hasattr(f, "__wrapped__") and owner(f.__code__.co_filename) not in ("", "gradloom")


def _itself(f: Any) -> Any:
    return f
