"""numpy's functions that have no traced form, each with the reason that its user reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.told import public_name
from gradloom.frontend.tracer import refuse

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

_FILES: Final = (np.save, np.savez, np.savez_compressed, np.savetxt)
_DATES: Final = (np.busday_count, np.busday_offset, np.is_busday, np.datetime_as_string)
_BYTES: Final = (np.frombuffer, np.fromstring)
_TEXT: Final = tuple(
    value
    for name, value in vars(np.strings).items()
    if name in np.strings.__all__ and not isinstance(value, np.ufunc)
)


def _refusal(function: Callable[..., Any], why: str, hint: str) -> Callable[..., Any]:
    def handler(*args: Any, **kwargs: Any) -> Any:
        raise refuse(public_name(function), why, hint)

    return handler


def _all(functions: tuple[Callable[..., Any], ...], why: str, hint: str) -> Table:
    return {f: _refusal(f, why, hint) for f in functions}


TABLE: Final[Table] = {
    **_all(_FILES, "a traced value has no numbers yet", "save what the function returns"),
    **_all(_DATES, "graphs hold no dates", "compute them outside, and pass numbers in"),
    **_all(_TEXT, "graphs hold no text", "work on text outside the traced function"),
    **_all(_BYTES, "a traced value has no bytes", "use reshape and astype"),
}
