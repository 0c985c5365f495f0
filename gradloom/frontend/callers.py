"""Who calls a replaced numpy name: the user's own code, or a library on its behalf.

Compiled libraries (numpy's own generators, Cython code everywhere) look up `np.empty` as Python
does, have no frame, and take what they get for an ndarray without a look. So the frame is not
enough: the call that it is at must name the function. The bytecode tells, and the answer is kept
per place.
"""

from __future__ import annotations

import dis
import functools
import sys
import sysconfig
from collections.abc import Sequence
from types import CodeType, FrameType
from typing import Any, Final

from gradloom.frontend.tracer import any_tracer
from gradloom.ir.shipped import is_ours, is_shipped

LIBRARIES: Final = frozenset(
    {
        "numpy",
        "scipy",
        "pandas",
        "sklearn",
        "matplotlib",
        "torch",
        "jax",
        "jaxlib",
        "tensorflow",
        "keras",
        "onnx",
        "onnxruntime",
        "onnxscript",
        "onnx_ir",
        "einops",
        "optree",
        "hypothesis",
        "pytest",
        "_pytest",
        "sympy",
        "networkx",
        "PIL",
    }
)
_STDLIB: Final = sysconfig.get_paths()["stdlib"]
_ATTRIBUTE: Final = frozenset({"LOAD_METHOD", "LOAD_ATTR"})
_BY_VALUE: Final = frozenset(
    {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF"}
)
_callees: dict[tuple[CodeType, int], tuple[str, str]] = {}
_modules: list[Any] = []
_tables: list[dict[str, Any]] = []
"""The tables that the modules imported last time gave: going through thousands of modules for
every trace would take longer than most traces.
"""


def is_users(frame: FrameType) -> bool:
    """Whether a frame runs code that is no library's.

    numpy's polynomials are plain Python over arrays: with a traced value in hand they count too.
    """
    name = frame.f_globals.get("__name__", "")
    root = name.partition(".")[0]
    if root == "numpy" and name.startswith("numpy.polynomial"):
        return _holds_tracer(frame)
    return root not in LIBRARIES and not is_ours(name)


def user_tables() -> list[dict[str, Any]]:
    """The names of every imported module that is no library's."""
    global _modules, _tables
    modules = [*sys.modules.values()]
    if modules != _modules:  # by identity first, so that nothing is called where all are the same
        _modules, _tables = modules, _scan()
    return _tables


def _scan() -> list[dict[str, Any]]:
    tables = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        library = not file or file.startswith(_STDLIB) or "site-packages" in file
        if name == "__main__" or is_shipped(name) or not (is_ours(name) or library):
            tables.append(vars(module))
    return tables


def _holds_tracer(frame: FrameType) -> bool:
    """Whether a traced value is among the local names, for a comprehension also around it."""
    around = frame.f_back if frame.f_code.co_name == "<listcomp>" else None
    return any_tracer([*frame.f_locals.values()]) or (
        around is not None and any_tracer([*around.f_locals.values()])
    )


def calls(frame: FrameType, names: frozenset[str], functions: Sequence[Any]) -> bool:
    """Whether the call that a frame is at names one of these functions, by attribute or by
    value.
    """
    place = (frame.f_code, frame.f_lasti)
    found = _callees.get(place)
    if found is None:
        found = _callees[place] = _callee(*place)
    kind, name = found
    if kind in _ATTRIBUTE:
        return name in names
    if kind not in _BY_VALUE:
        return False
    value = frame.f_globals.get(name) if kind == "LOAD_GLOBAL" else frame.f_locals.get(name)
    if value is None:
        value = frame.f_globals.get(name)
    while isinstance(value, functools.partial):
        value = value.func
    return any(value is f for f in functions)


def _callee(code: CodeType, place: int) -> tuple[str, str]:
    """How the function of the call at this place was loaded: opcode and name; ("", "") where it
    is not known.
    """
    instructions = [
        i for i in dis.get_instructions(code) if i.opname not in ("CACHE", "EXTENDED_ARG")
    ]
    at = (
        sum(i.offset <= place for i in instructions) - 1
    )  # the place may be in the call's inline cache
    if at < 0 or not instructions[at].opname.startswith(("CALL", "PRECALL")):
        return "", ""
    call = instructions[at]
    if at and instructions[at - 1].opname == "PRECALL":
        at -= 1
    height = _height(call)
    if height is None:
        return "", ""
    start, reached = at, 0
    while start > 0 and reached < height:
        start -= 1
        reached += _effect(instructions[start])
    return _last_loaded(instructions[start:at])


def _height(call: dis.Instruction) -> int | None:
    """How many values a call takes from the stack, the function among them."""
    if call.opname in ("CALL", "PRECALL"):
        return int(call.arg or 0) + 2
    if call.opname == "CALL_KW":
        return int(call.arg or 0) + 3
    if call.opname == "CALL_FUNCTION_EX":
        return 3 + (int(call.arg or 0) & 1)
    return None


def _effect(instruction: dis.Instruction) -> int:
    return dis.stack_effect(instruction.opcode, instruction.arg, jump=False)


def _last_loaded(instructions: Sequence[dis.Instruction]) -> tuple[str, str]:
    """The last load that completes the function's two places on the stack, before the arguments'
    loads.
    """
    found, height = ("", ""), 0
    for instruction in instructions:
        height += _effect(instruction)
        if height > 2:
            break
        if instruction.opname not in ("PUSH_NULL", "KW_NAMES", "PRECALL"):
            name = instruction.argval
            name = (
                name[-1] if isinstance(name, tuple) and name else name
            )  # two in one, since Python 3.13
            kind = "LOAD_FAST" if "LOAD_FAST" in instruction.opname else instruction.opname
            found = (kind, name if isinstance(name, str) else "")
    return found
