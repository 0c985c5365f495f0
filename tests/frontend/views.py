"""Random programs of views and writes, as text: what numpy makes of them is the answer."""

from __future__ import annotations

import linecache
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from types import SimpleNamespace
from typing import Any, Final, final

import numpy as np
from hypothesis import strategies as st

Make = Callable[["Program"], str]


@dataclass
class Holder:
    """An array, and others in a list."""

    w: Any
    ws: list[Any]


NAMES: Final[dict[str, Any]] = {"np": np, "SimpleNamespace": SimpleNamespace, "Holder": Holder}
"""What programs use."""
_COUNT: Final = iter(range(10**9))


@final
class Program:
    """A function that is drawn line by line, each line tried with numpy before it is kept."""

    def __init__(self, data: Any, dtypes: str, masks: bool) -> None:
        """`masks`: elements may be taken by masks, so that sizes depend on values."""
        self._data = data
        self.masks = masks
        self.inputs: dict[str, np.ndarray] = {}
        self.lines: list[str] = []
        for i in range(self.number(1, 2)):
            self.inputs[f"v{i}"] = self._array(self.pick(dtypes))
        self.state = dict(NAMES)
        self.state |= {name: x.copy() for name, x in self.inputs.items()}
        self.names = list(self.inputs)

    # ---- drawing ---------------------------------------------------------------------------------

    def pick(self, options: Any) -> Any:
        """One of the options."""
        return self._data.draw(st.sampled_from(list(options)))

    def number(self, low: int, high: int) -> int:
        """A whole number between the bounds, both included."""
        return int(self._data.draw(st.integers(low, high)))

    def _array(self, dtype: str) -> np.ndarray:
        shape = self.pick([(4,), (2, 3), (3, 3), (2, 2, 2), (1, 3), (6,), (3, 1, 2), ()])
        count = int(np.prod(shape))
        seed = self.number(0, 99)
        made = np.random.default_rng(seed).permutation(count) - count // 3
        array = made.reshape(shape).astype(dtype)
        return array + 1j * array[..., ::-1] if dtype == "D" and array.ndim else array

    def any(self) -> str:
        """The name of a variable."""
        return str(self.pick(reversed(self.names)))

    def array(self) -> str:
        """The name of an array with an axis at least, where there is one."""
        found = [n for n in self.names if self.ndim(n)]
        return str(self.pick(reversed(found or self.names)))

    def value(self, name: str) -> Any:
        """What numpy has for a variable so far."""
        return self.state[name]

    def ndim(self, name: str) -> int:
        """The number of its axes."""
        return int(np.ndim(self.state[name]))

    def shape(self, name: str) -> tuple[int, ...]:
        """Its shape."""
        return tuple(np.shape(self.state[name]))

    def axis(self, name: str) -> int:
        """One of its axes; 0 where it has none."""
        return self.number(0, max(self.ndim(name) - 1, 0))

    # ---- growing ---------------------------------------------------------------------------------

    def step(self, make: Make, new: bool) -> bool:
        """Append the line that is made, where numpy runs it."""
        text = make(self)
        name = f"v{len(self.names)}"
        line = f"{name} = {text}" if new else text
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                exec(line, self.state)
            except (ValueError, TypeError, IndexError, AttributeError, np.exceptions.AxisError):
                return False
        if new:
            made = self.state[name]
            if not isinstance(made, np.ndarray | np.generic) or np.size(made) > 64:
                return False
            self.names.append(name)
        self.lines.append(line)
        return True

    @property
    def source(self) -> str:
        """The program's text; it returns every variable."""
        body = "".join(f"    {line}\n" for line in self.lines)
        names = ", ".join(self.names)
        return f"def program({', '.join(self.inputs)}):\n{body}    return ({names},)\n"

    def function(self) -> Callable[..., Any]:
        """The program."""
        file = f"{__file__}.{next(_COUNT)}.py"
        linecache.cache[file] = (len(self.source), None, self.source.splitlines(True), file)
        scope = {**NAMES, "__name__": "__main__"}
        exec(compile(self.source, file, "exec"), scope)
        found: Callable[..., Any] = scope["program"]
        return found

    def given(self) -> list[np.ndarray]:
        """Fresh copies of the arguments."""
        return [x.copy() for x in self.inputs.values()]


# ---- indices -------------------------------------------------------------------------------------


def _span(p: Program) -> str:
    step = p.pick(["", "", ":-1", ":2", ":-2"])
    ends = p.pick([":", "1:", ":-1", ":2", "-2:", "1:2"])
    return ends if step in ("", ":2") and p.number(0, 2) else f":{step}" if step else ends


def basic(p: Program, name: str) -> str:
    """A key of slices, whole numbers, new axes and dots."""
    parts = []
    for size in p.shape(name)[: p.number(1, 3)]:
        kind = p.pick("ssiisn")
        if kind == "n":
            parts.append("None")
        parts.append(str(p.number(-size, size - 1)) if kind == "i" and size else _span(p))
    if p.number(0, 5) == 0:
        parts.insert(p.number(0, len(parts)), "...")
    return ", ".join(parts) or "..."


def fancy(p: Program, name: str, masks: bool = True) -> str:
    """A key with a mask or with whole numbers in an array, among slices."""
    shape = p.shape(name)
    kind = p.pick(["mask", "list", "list", "mixed", "pair", "rowmask"][0 if masks else 1 :])
    if (kind == "mask" or not shape) and masks:
        return f"{name} {p.pick(['>', '<', '=='])} {p.number(-1, 2)}"
    if kind == "rowmask" or not shape:
        return f"np.array({[bool(p.number(0, 1)) for _ in range(shape[0] if shape else 0)]})"
    rows = [p.number(-shape[0], shape[0] - 1) for _ in range(p.number(1, 3))] if shape[0] else []
    listed = f"np.array({rows}, int)" if p.number(0, 1) else repr(rows)
    if kind == "list" or len(shape) < 2 or not shape[1]:
        return listed
    if kind == "pair":
        return f"{listed}, {[p.number(0, shape[1] - 1) for _ in rows]}"
    return str(p.pick([f"{_span(p)}, {[p.number(0, shape[1] - 1)] * 2}", f"{listed}, {_span(p)}"]))


def key(p: Program, name: str) -> str:
    """Any key."""
    return basic(p, name) if p.number(0, 2) else fancy(p, name)


# ---- values --------------------------------------------------------------------------------------


def scalar(p: Program) -> str:
    """A small number."""
    return str(p.pick([0, 1, 2, -1, 3.0, 0.5, -2]))


def value(p: Program, name: str, part: str) -> str:
    """Something to store in `name[part]`: a number, another array, or a part of the same one."""
    kind = p.number(0, 4)
    if kind == 0:
        return scalar(p)
    if kind == 1:
        return p.any()
    if kind == 2:
        return f"{name}[{part}]{p.pick(['[::-1]', ' * 2', '', ' + 1', '.T'])}"
    if kind == 3:
        return f"{name}[{basic(p, name)}]"
    other = p.array()
    return f"{other}[{basic(p, other)}]"


# ---- lines that make an array --------------------------------------------------------------------


def _reshape(p: Program) -> str:
    name = p.array()
    size = int(np.prod(p.shape(name)))
    shapes = [(size,), (-1,), (1, size), (size, 1), (-1, 2), (2, -1), (3, -1), (-1, 3), (2, 2, -1)]
    order = p.pick(["", "", "", ", order='F'"])
    shape = p.pick(shapes)
    return str(p.pick([f"{name}.reshape({shape}{order})", f"np.reshape({name}, {shape}{order})"]))


def _transposed(p: Program) -> str:
    name = p.array()
    perm = p.pick(list(permutations(range(p.ndim(name)))))
    i, j = p.axis(name), p.axis(name)
    return str(p.pick([
        f"{name}.T", f"{name}.transpose({perm})", f"np.transpose({name})",
        f"np.swapaxes({name}, {i}, {j})", f"np.moveaxis({name}, {i}, {j})", f"{name}.mT",
        f"np.rollaxis({name}, {i})",
    ]))  # fmt: skip


def _view(p: Program) -> str:
    name, other = p.array(), p.any()
    axis = p.axis(name)
    return str(p.pick([
        f"{name}.ravel()", f"np.ravel({name})", f"{name}.real", f"{other}.imag", f"{name}[:]",
        f"np.real({name})", f"{name}.view()", f"{name}.diagonal()", f"np.diagonal({name}, 1)",
        f"np.broadcast_to({other}, (2, *np.shape({other})))", f"np.expand_dims({other}, 0)",
        f"np.squeeze({name})", f"np.flip({name})", f"np.flip({name}, {axis})", f"np.rot90({name})",
        f"np.atleast_2d({other})", f"np.split({name}, 2, {axis})[1]", f"np.asarray({name})",
        f"np.array_split({name}, 2)[0]", f"{name}.squeeze()", f"[*{name}][-1]", f"{other}[...]",
        f"np.ascontiguousarray({name})", f"np.array({name}, copy=None)", f"np.atleast_1d({other})",
        f"{name}.astype({name}.dtype, copy=False)", f"np.hsplit({name}, [1])[0]",
        f"np.diag({name})",
        f"np.broadcast_arrays({name}, {name}[0])[0]", f"np.fliplr({name})", f"{name}.ravel('F')",
        f"np.unstack({name})[0]", f"{name}.flat[::2]", f"np.atleast_3d({other})", f"+{name}",
        f"np.require({name}, requirements='C')", f"np.asfortranarray({name})",
        f"np.lib.stride_tricks.sliding_window_view({name}, 2, {axis})", f"{name}.conj()",
        f"np.nan_to_num({name}, copy=False)", f"np.permute_dims({name})",
        f"np.vsplit({name}, 2)[0]",
    ]))  # fmt: skip


def _indexed(p: Program) -> str:
    name = p.array()
    return f"{name}[{basic(p, name)}]"


def _picked(p: Program) -> str:
    name = p.array()
    return f"{name}[{fancy(p, name, p.masks)}]"


def _new(p: Program) -> str:
    name, other, size = p.any(), p.any(), scalar(p)
    axis = p.axis(name)
    return str(p.pick([
        f"{name}.copy()", f"np.copy({name})", f"{name} + {other}", f"{name} * {size}", f"-{name}",
        f"np.zeros_like({name})", f"np.ones({p.pick([(2, 3), (4,), (3, 3)])})", f"{name}.flatten()",
        f"np.where({name} > 0, {name}, {other})", f"np.sort({name}, {axis})", f"np.array({name})",
        f"np.concatenate([{name}, {other}])", f"np.stack([{name}, {name}])", f"{name} - {other}",
        f"np.tile({name}, 2)", f"{name}.astype(float)", f"np.cumsum({name}, {axis})",
        f"np.maximum({name}, {other})", f"np.sum({name}, {axis})", f"np.full((2, 2), {size})",
        f"np.roll({name}, 1, {axis})", f"np.repeat({name}, 2, {axis})", f"{name}.max()",
        f"np.take({name}, [0, 0], {axis})", f"{name}.min()", f"np.clip({name}, 0, 2)",
        "np.array([[1.0, 2.0], [3.0, 4.0]])", f"np.copy({name}, 'C')", "np.arange(6.0)",
        f"np.outer({name}, {other})", "np.zeros((2, 3), order='F')", f"np.array([{name}, {name}])",
        f"{name}.max({axis})", f"np.tril({name})", f"np.dot({name}, {other})",
    ]))  # fmt: skip


# ---- lines that change one ----------------------------------------------------------------------

_OPERATORS: Final = ["+=", "-=", "*=", "//=", "/=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>="]


def _operator(p: Program) -> str:
    return str(p.pick([*_OPERATORS[:3] * 4, *_OPERATORS]))


def _assigned(p: Program) -> str:
    name = p.array()
    part = key(p, name)
    if not p.masks and any(sign in part for sign in "<>="):
        return f"{name}[{part}] = {scalar(p)}"
    return f"{name}[{part}] = {value(p, name, part)}"


def _augmented(p: Program) -> str:
    name, sign = p.any(), _operator(p)
    if p.number(0, 1):
        other = p.pick([scalar(p), p.any(), f"{name}[::-1]", f"{name}.T"])
        return f"{name} {sign} {other}"
    part = key(p, name) if p.masks else basic(p, name)
    return f"{name}[{part}] {sign} {value(p, name, part)}"


def _at(p: Program) -> str:
    name = p.array()
    ufunc = p.pick(["add", "add", "subtract", "multiply", "maximum", "minimum"])
    return (
        f"np.{ufunc}.at({name}, np.s_[{fancy(p, name, p.masks)}], {p.pick([scalar(p), p.any()])})"
    )


def _overlap(p: Program) -> str:
    name = p.array()
    return str(p.pick([
        f"{name}[1:] = {name}[:-1]", f"{name}[:-1] = {name}[1:]", f"{name}[...] = {name}[::-1]",
        f"{name}[1:] += {name}[:-1]", f"{name}[:-1] -= {name}[1:]", f"{name}[:] = {name}.T",
        f"np.add({name}[1:], {name}[:-1], out={name}[1:])", f"{name} += {name}.T",
        f"np.add({name}, {name}[::-1], out={name})", f"{name}[:, 1:] *= {name}[:, :-1]",
        f"{name}[0], {name}[1] = {name}[1], {name}[0]", f"{name}[[0, 1]] = {name}[[1, 0]]",
        f"{name}[:, 0], {name}[:, 1] = {name}[:, 1], {name}[:, 0]", f"{name}[[0, 0]] += 1",
        f"np.copyto({name}[1:], {name}[:-1])", f"{name} -= {name}[0]", f"{name}.flat = {name}.T",
        f"{name}[0] = {name}[:, 0]", f"{name}[:, -1] = {name}[0]", f"{name}.flat[1:] = {name}[0]",
        f"np.copyto({name}[:, 0], {name}[-1])", f"{name}.flat[::2] = {name}[::-1]",
        f"np.concatenate([{name}[1:], {name}[:1]], out={name})", f"{name}.T[1:] = {name}[:-1]",
        f"np.stack([*{name}[::-1]], out={name})", f"np.ptp({name}, 0, out={name}[0])",
        f"{name}.reshape(-1)[::2] = {name}.ravel()[: ({name}.size + 1) // 2]",
        f"np.add.at({name}, [0, 0], {name}[-1])", f"np.matmul({name}, {name}, out={name})",
        f"np.take({name}, [0] * len({name}), 0, out={name}[::-1])",
        f"np.putmask({name}, {name} > 0, {name}.T)", f"np.fill_diagonal({name}, {name}[:, 0])",
    ]))  # fmt: skip


def _called(p: Program) -> str:
    name, other, size = p.array(), p.any(), scalar(p)
    axis, count = p.axis(name), max(int(np.prod(p.shape(name))), 1)
    places = [p.number(0, count - 1) for _ in range(p.number(1, 3))]
    return str(p.pick([
        f"{name}.fill({size})", f"{name}.sort({axis})", f"np.copyto({name}[...], {name}[0])",
        f"np.copyto({name}, {size}, where={name} > 0)", f"np.put({name}, {places}, {other})",
        f"np.putmask({name}, {name} > 0, {other})", f"np.place({name}, {name} < 1, {other})",
        f"np.put({name}, {places}, {size})", f"{name}.put({places}, {size})",
        f"np.negative({name}, out={name})", f"np.add({name}, {other}, out={name})",
        f"np.multiply({other}, {size}, out={name})", f"np.cumsum({name}, {axis}, out={name})",
        f"np.maximum({name}, {size}, out={name}, where={name} < 2)",
        f"np.subtract({name}, 1, {name})", f"np.clip({name}, 0, 1, out={name})",
        f"np.fill_diagonal({name}, {size})", f"{name}.real = {size}", f"{name}.imag = {size}",
        f"{name}.flat = {size}", f"{name}.flat[{places[0]}] = {size}", f"{name}.T[0] = {size}",
        f"{name}.real[...] = {size}", f"{name}.imag += 1", f"{name}.ravel()[0] = {size}",
        f"{name}.reshape(-1)[::2] = {size}", f"np.ravel({name})[1:] += 1",
        f"np.put_along_axis({name}, np.argmax({name}, {axis}, keepdims=True), {size}, {axis})",
        f"np.copyto({name}[::-1], {other}, where={name} > {size})",
        f"np.square({name}, out={name}[::-1])", f"{name}.flat[{places}] = {size}",
        f"np.take({name}, [0] * {p.shape(name)[0] if p.ndim(name) else 1}, 0, out={name})",
        f"np.add.at({name}.T, 0, {size})", f"np.sum({name}, 0, out={name}[0])",
        f"np.add.accumulate({name}, {axis}, out={name})", f"{name}.clip(0, 2, {name})",
        f"{name}.diagonal()[0]", f"np.add.reduce({name}, {axis}, out={name}[0])",
        f"{name}.shape = ({count},)", f"np.nan_to_num({name}, copy=False)",
        f"{name}.T[...] += {size}",
        f"{name}[::-1].sort({axis})", f"{name}.real.sort()",
        f"{name}.flatten()[0] = {size}", f"{name}.flat[1:] = {other}", f"{name}.ravel('K')[0] = 2",
        f"{name}.resize(({p.number(1, 3)}, {p.number(1, 3)}), refcheck=False)",
        f"{name}.T.reshape(-1)[0] = {size}", f"np.negative.at({name}, [0, 0])",
        f"{name}.imag[...] = {name}.real",
    ]))  # fmt: skip


def _held(p: Program) -> str:
    name, other, size = p.any(), p.any(), scalar(p)
    return str(p.pick([
        f"{name}, {other} = {other}, {name}", f"{name} = {other}",
        f"xs = [{name}, {other}]; xs[0] += {size}; xs[1] = xs[0]",
        f"d = {{'a': {name}}}; d['a'] *= {size}", f"d = {{'a': {name}}}; d['a'][...] = {size}",
        f"s = SimpleNamespace(w={name}); s.w -= 1", f"s = SimpleNamespace(w={name}); s.w[...] = 2",
        f"for row in {name}: row += 1", f"for row in {name}: row[...] = row[::-1]",
        f"for i in range(len({name})): {name}[i] = {name}[i - 1]",
        f"for i, row in enumerate({name}): row *= i",
        f"for a, b in zip({name}, {other}): a += b", f"xs = [[{name}], [{other}]]; xs[0][0] += 1",
        f"t = ({name}, [{other}]); t[0][...] = {size}; t[1][0] *= 2",
        f"h = Holder({name}, [{other}]); h.w += 1; h.ws[0][...] = h.w",
        f"h = Holder({name}, []); h.ws.append(h.w[0]); h.ws[0][...] = {size}",
        f"for i in range(len({name}) - 1): {name}[i], {name}[i + 1] = {name}[i + 1], {name}[i]",
        f"[row.sort() for row in {name}]", f"a, *rest = {name}; a[...] = rest[0]",
    ]))  # fmt: skip


MAKERS: Final[list[tuple[Make, bool]]] = [
    (_reshape, True), (_transposed, True), (_view, True), (_view, True), (_indexed, True),
    (_indexed, True), (_picked, True), (_new, True), (_new, True), (_assigned, False),
    (_assigned, False), (_augmented, False), (_augmented, False), (_at, False), (_overlap, False),
    (_called, False), (_called, False), (_held, False),
]  # fmt: skip


def drawn(data: Any, most: int = 9, dtypes: str = "dddiDf?", masks: bool = False) -> Program:
    """A random program."""
    program = Program(data, dtypes, masks)
    for _ in range(program.number(2, most)):
        make, new = program.pick(MAKERS)
        program.step(make, new)
    return program
