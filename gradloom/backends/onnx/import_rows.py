"""ONNX ops as ops of a graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.backends.onnx.import_arrays import ARRAYS
from gradloom.backends.onnx.writer import numpy_dtype
from gradloom.ir import ops as o
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Operand, literal
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import Shape

if TYPE_CHECKING:
    from gradloom.backends.onnx.importer import ImportSite

X = Any
Row = Callable[[Any], Any]


def spanned(shapes: Sequence[Shape]) -> Shape:
    """The shape that these broadcast to."""
    rank = max(map(len, shapes))
    made: list[Any] = [1] * rank
    for shape in shapes:
        for axis, size in enumerate(shape, rank - len(shape)):
            if size != 1 and made[axis] not in (1, size):
                raise ShapeError(f"shapes {shapes} do not broadcast: sizes {made[axis]} and {size}")
            made[axis] = size if size != 1 else made[axis]
    return tuple(made)


def together(*xs: X) -> list[X]:
    """Operands broadcast to one shape."""
    shape = spanned([x.type.shape for x in xs])
    return [broadcast(x, shape) for x in xs]


def _unary(op: X) -> Row:
    return lambda site: op(site.value())


def _binary(op: X) -> Row:
    return lambda site: op(*together(site.x(0), site.x(1)))


def _fold(op: X) -> Row:
    """Any number of operands, two at a time."""

    def row(site: ImportSite) -> X:
        made, *rest = site.every()
        for x in rest:
            made = op(*together(made, x))
        return made

    return row


def _divide(site: ImportSite) -> X:
    """Integers are divided towards zero."""
    x, y = together(site.x(0), site.x(1))
    if x.type.inexact:
        return o.divide(x, y)
    quotient = o.floor_divide(x, y)
    if x.type.dtype.kind == "u":
        return quotient
    inexact = o.not_equal(quotient * y, x)
    below = o.less(quotient, literal(0, quotient.type))
    return o.where(o.logical_and(inexact, below), quotient + 1, quotient)


def _mod(site: ImportSite) -> X:
    return (o.fmod if site.attr("fmod", 0) else o.remainder)(*together(site.x(0), site.x(1)))


def _power(site: ImportSite) -> X:
    x, y = site.x(0), site.x(1)
    y = y if y.type.dtype == x.type.dtype else o.astype(y, dtype=x.type.dtype)
    return o.power(*together(x, y))


def _where(site: ImportSite) -> X:
    return o.where(*together(site.x(0), site.x(1), site.x(2)))


def _cast(site: ImportSite) -> X:
    to = numpy_dtype(_data_type(site.attr("to")))
    if to is None:
        raise site.refuse(f"to type {site.attr('to')}")
    return o.astype(site.x(), dtype=to)


def _data_type(code: int) -> X:
    import onnx_ir as ir

    return ir.DataType(code)


def _clip(site: ImportSite) -> X:
    x = site.x()
    if site.has(1):
        x = o.maximum(*together(x, site.x(1)))
    return o.minimum(*together(x, site.x(2))) if site.has(2) else x


def _relu(site: ImportSite) -> X:
    x = site.x()
    return o.maximum(x, literal(0, x.type))


def _sigmoid(site: ImportSite) -> X:
    """(1 + tanh(x/2)) / 2, which overflows nowhere."""
    x: X = site.x()
    return (o.tanh(x * 0.5) + 1) * 0.5


def _softplus(site: ImportSite) -> X:
    x: X = site.x()
    return o.logaddexp(x, literal(0, x.type))


def _gelu(x: X) -> X:
    return x * 0.5 * (o.erf(x * math.sqrt(0.5)) + 1)


def _over(reduce: Callable[..., X], x: X, axes: tuple[int, ...]) -> X:
    """What a reduction gives, spread over the axes again."""
    kept = tuple(1 if i in axes else d for i, d in enumerate(x.type.shape))
    return broadcast(o.reshape(reduce(x, axes=axes), shape=kept), x.type.shape)


def _softmax(site: ImportSite) -> X:
    x: X = site.x()
    axes = (site.attr("axis", -1) % x.type.ndim,)
    e = o.exp(x - _over(o.max, x, axes))
    return e / _over(o.sum, e, axes)


def _log_softmax(site: ImportSite) -> X:
    x: X = site.x()
    axes = (site.attr("axis", -1) % x.type.ndim,)
    shifted = x - _over(o.max, x, axes)
    return shifted - o.log(_over(o.sum, o.exp(shifted), axes))


def _layer_norm(site: ImportSite) -> X:
    x: X = site.x()
    axes = tuple(range(site.attr("axis", -1) % x.type.ndim, x.type.ndim))
    sizes = [n for i in axes if isinstance(n := x.type.shape[i], int)]
    if len(sizes) < len(axes):
        raise site.refuse("axes whose sizes have only names")
    count = math.prod(sizes)
    centred = x - _over(o.sum, x, axes) / count
    spread = _over(o.sum, centred * centred, axes) / count
    made = centred / o.sqrt(spread + site.attr("epsilon", 1e-5))
    made = made * broadcast(site.value(1), x.type.shape)
    return made + broadcast(site.value(2), x.type.shape) if site.has(2) else made


def _matmul(site: ImportSite) -> X:
    return product(site.value(0), site.value(1))


def product(x: X, y: X) -> X:
    """numpy's matmul: vectors and stacks too."""
    a = o.reshape(x, shape=(1, *x.type.shape)) if x.type.ndim == 1 else x
    b = o.reshape(y, shape=(*y.type.shape, 1)) if y.type.ndim == 1 else y
    lead = spanned([a.type.shape[:-2], b.type.shape[:-2]])
    made = o.matmul(
        broadcast(a, (*lead, *a.type.shape[-2:])), broadcast(b, (*lead, *b.type.shape[-2:]))
    )
    rows = made.type.shape[-2:-1] if x.type.ndim > 1 else ()
    columns = made.type.shape[-1:] if y.type.ndim > 1 else ()
    shape = (*lead, *rows, *columns)
    return made if shape == made.type.shape else o.reshape(made, shape=shape)


def _gemm(site: ImportSite) -> X:
    a, b = site.value(0), site.value(1)
    a = o.permute_dims(a, perm=(1, 0)) if site.attr("transA", 0) else a
    b = o.permute_dims(b, perm=(1, 0)) if site.attr("transB", 0) else b
    made: X = o.matmul(a, b)
    made = made if site.attr("alpha", 1.0) == 1.0 else made * site.attr("alpha")
    if not site.has(2):
        return made
    c: X = site.x(2)
    c = c if site.attr("beta", 1.0) == 1.0 else c * site.attr("beta")
    return made + broadcast(c, made.type.shape)


def _einsum(site: ImportSite) -> X:
    equation = site.attr("equation").replace(" ", "")
    terms, _, out = equation.partition("->")
    letters = terms.split(",")
    if len(letters) != 2 or "." in equation or "->" not in equation:
        raise site.refuse(f"of the form {equation!r}")
    return o.einsum(site.value(0), site.value(1), lhs=letters[0], rhs=letters[1], out=out)


def _conv(site: ImportSite) -> X:
    x, w = site.value(0), site.value(1)
    spatial = x.type.ndim - 2
    if site.attr("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise site.refuse(f"with auto_pad {site.attr('auto_pad')}")
    pads = site.attr("pads") or [0] * (2 * spatial)
    ones = (1,) * spatial
    conv: X = o.by_name("conv")
    made = conv(
        x, w, strides=tuple(site.attr("strides") or ones), padding=tuple(zip(pads[:spatial],
        pads[spatial:], strict=True)),
        dilation=tuple(site.attr("dilations") or ones), input_dilation=ones,
        groups=site.attr("group", 1),
    )  # fmt: skip
    if not site.has(2):
        return made
    bias = o.reshape(site.value(2), shape=(site.x(2).type.shape[0], *ones))
    return made + broadcast(bias, made.type.shape)


def _shift(site: ImportSite) -> X:
    op = o.left_shift if site.attr("direction") == "LEFT" else o.right_shift
    return op(*together(site.x(0), site.x(1)))


def constant_array(site: ImportSite) -> np.ndarray:
    """The value of a `Constant` node."""
    attributes = site.node.attributes
    if "value" in attributes:
        made: np.ndarray = attributes["value"].value.numpy()
        return made
    name, found = next(iter(attributes.items()))
    return np.asarray(found.value, np.int64 if "int" in name else np.float32)


def _is_inf(site: ImportSite) -> X:
    if not (site.attr("detect_negative", 1) and site.attr("detect_positive", 1)):
        raise site.refuse("of one sign")
    return o.isinf(site.value())


def _identity(site: ImportSite) -> Operand:
    return site.x()


_UNARY: Final = {
    "Neg": o.negative, "Abs": o.abs, "Sign": o.sign, "Sqrt": o.sqrt, "Exp": o.exp, "Log": o.log,
    "Sin": o.sin,
    "Cos": o.cos, "Tan": o.tan, "Asin": o.asin, "Acos": o.acos, "Atan": o.atan, "Sinh": o.sinh,
    "Cosh": o.cosh,
    "Tanh": o.tanh, "Asinh": o.asinh, "Acosh": o.acosh, "Atanh": o.atanh, "Erf": o.erf,
    "Floor": o.floor,
    "Ceil": o.ceil, "Round": o.round, "IsNaN": o.isnan, "Not": o.logical_not,
    "BitwiseNot": o.bitwise_invert,
    "Reciprocal": o.reciprocal, "Gelu": _gelu,
}  # fmt: skip
_BINARY: Final = {
    "Sub": o.subtract, "Equal": o.equal, "Less": o.less, "LessOrEqual": o.less_equal,
    "Greater": o.greater,
    "GreaterOrEqual": o.greater_equal, "And": o.logical_and, "Or": o.logical_or,
    "Xor": o.logical_xor,
    "BitwiseAnd": o.bitwise_and, "BitwiseOr": o.bitwise_or, "BitwiseXor": o.bitwise_xor,
    "Add": o.add, "Mul": o.multiply,
}  # fmt: skip

ROWS: Final[dict[str, Row]] = {
    **{name: _unary(op) for name, op in _UNARY.items()},
    **{name: _binary(op) for name, op in _BINARY.items()},
    **ARRAYS,
    "Max": _fold(o.maximum), "Min": _fold(o.minimum), "Sum": _fold(o.add), "Div": _divide,
    "Mod": _mod, "Pow": _power,
    "Where": _where, "Cast": _cast, "Clip": _clip, "Relu": _relu, "Sigmoid": _sigmoid,
    "Softplus": _softplus,
    "Softmax": _softmax, "LogSoftmax": _log_softmax, "LayerNormalization": _layer_norm,
    "MatMul": _matmul, "Gemm": _gemm, "Einsum": _einsum, "Conv": _conv,
    "BitShift": _shift,
    "IsInf": _is_inf, "Identity": _identity,
}  # fmt: skip
