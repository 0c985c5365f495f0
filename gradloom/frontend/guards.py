"""Functions generated from an environment: one that checks every guard, one that reads hidden
inputs anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradloom.frontend.environment import Environment, scan
from gradloom.frontend.parts import Part
from gradloom.frontend.patches import original_of, replacement_of
from gradloom.frontend.state import Holder, Watch
from gradloom.frontend.trace import current_trace


def checker(env: Environment) -> Callable[[], bool]:
    """A function that says whether every guard still holds."""
    if not env.guards:
        return _always
    names = dict(env.roots)
    terms = []
    for i, (expression, _, how, value) in enumerate(env.guards):
        names[f"V{i}"] = value
        if how == "is" and replacement_of(value) is not value:  # another thread may be tracing
            names[f"W{i}"] = replacement_of(value)
            terms.append(f"({expression} is V{i} or {expression} is W{i})")
        elif how == "is":
            terms.append(f"{expression} is V{i}")
        else:
            names[f"T{i}"] = type(value)
            terms.append(
                f"({expression} is V{i} or (type({expression}) is T{i} and {expression} == V{i}))"
            )
    return _generated("\n        and ".join(terms), names)


def _always() -> bool:
    return True


def _generated(condition: str, names: dict[str, Any]) -> Callable[[], bool]:
    text = (
        f"def check():\n    try:\n        return bool({condition})\n"
        "    except Exception:\n        return False\n"
    )
    exec(compile(text, "<gradloom guards>", "exec"), names)
    made: Callable[[], bool] = names["check"]
    return made


def arrays_reader(env: Environment, identities: Sequence[int]) -> Callable[[], tuple[Any, ...]]:
    """A function that reads these arrays anew."""
    return _reads([env.arrays[i] for i in identities], dict(env.roots))


def reader(
    env: Environment, extras: Sequence[Any], parts: Sequence[Part | None]
) -> Callable[[], tuple[Any, ...]]:
    """A function that reads a program's hidden inputs anew: whole arrays, or parts of them."""
    names = dict(env.roots)
    expressions = []
    for i, (array, part) in enumerate(zip(extras, parts, strict=True)):
        if part is not None:
            names[f"P{i}"] = part.of
        expressions.append(
            env.arrays[id(array)] if part is None else f"P{i}({env.arrays[part.base]})"
        )
    return _reads(expressions, names)


def _reads(expressions: Sequence[str], names: dict[str, Any]) -> Callable[[], tuple[Any, ...]]:
    if not expressions:
        return tuple
    exec(
        compile(
            f"def read():\n    return ({', '.join(expressions)},)\n",
            "<gradloom hidden inputs>",
            "exec",
        ),
        names,
    )
    made: Callable[[], tuple[Any, ...]] = names["read"]
    return made


def holders(env: Environment) -> list[Holder]:
    """What the function may replace values in, found anew at every call."""
    found = []
    for held, expression, label, names in env.holders:
        text = compile(expression, "<gradloom holders>", "eval")
        found.append(Holder(held, label, _finder(text, env.roots), names))
    return found


def watch_of(f: Callable[..., Any]) -> Watch | None:
    """What keeps traced values out of the objects that a function reaches; None inside a trace."""
    return None if current_trace() is not None else Watch(holders(scan(f)))


def _finder(text: Any, roots: dict[str, Any]) -> Callable[[Any], Any]:
    return lambda call: eval(text, dict(roots))


def failed(env: Environment) -> str:
    """Which guard no longer holds, as the user would say it."""
    for expression, label, how, value in env.guards:
        try:
            now = original_of(eval(expression, dict(env.roots)))
        except Exception:
            return f"{label} is gone"
        if (how == "is" and now is not value) or (
            how == "==" and not (type(now) is type(value) and now == value) and now is not value
        ):
            return (
                f"{label} was {value!r} and is {now!r}"
                if how == "=="
                else f"{label} is another object"
            )
    return "nothing changed"
