"""Expressions of `m` (torch, or ours), to be run with both."""

from __future__ import annotations

UNARY = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "sin", "cos", "tan",
    "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "atanh", "reciprocal", "sigmoid",
    "erf", "erfc", "erfinv", "lgamma", "digamma", "sinc", "deg2rad", "rad2deg", "logit", "neg",
    "abs", "sign", "floor", "ceil", "trunc", "square", "positive", "relu", "frac", "isnan", "isinf",
    "isfinite", "logical_not", "signbit", "isposinf", "isneginf", "round", "negative", "absolute",
    "arcsin", "arccos", "arctan", "nan_to_num", "fix", "sgn",
)  # fmt: skip
FLOATS = (
    *[f"m.{name}(x)" for name in UNARY],
    *[f"x.{name}()" for name in UNARY[:20]],
    *[f"m.nn.functional.{name}(x)" for name in ()],
    # arithmetic with numbers
    "x + 1", "1 + x", "x - 2", "2 - x", "x * 3", "3 * x", "x / 2", "2 / x", "x // 0.3", "x % 0.3",
    "1 // x", "1 % x", "x ** 2", "x ** 3", "x.abs() ** 0.5", "2 ** x", "-x", "+x", "abs(x)",
    "x > 0.3", "x >= 0.3",
    "x < 0.3", "x <= 0.3", "x == 0.3", "x != 0.3", "0.3 < x", "x + True", "x * 1.5 + 2",
    "m.add(x, x, alpha=2)", "m.sub(x, 1, alpha=3)", "m.clamp(x, 0.2, 0.5)", "x.clamp(min=0.3)",
    "x.clamp(max=0.3)", "x.clip(0.2, 0.3)", "m.div(x, 0.3, rounding_mode='floor')",
    "m.div(x, 0.3, rounding_mode='trunc')", "x.pow(2)", "m.pow(2.0, x)", "m.lerp(x, x * 2, 0.3)",
    "m.addcmul(x, x, x, value=2)", "m.addcdiv(x, x, x + 3, value=2)", "m.where(x > 0.3, x, 0.0)",
    "m.where(x > 0.3, x * 2, x)", "x.round(decimals=1)", "m.atan2(x, 0.5 + x)", "m.hypot(x, x)",
    "m.logaddexp(x, 2 * x)", "m.xlogy(x, x * x)", "m.fmod(x, 0.3)", "m.remainder(x, -0.3)",
    # reductions
    *[f"x.{name}({args})" for name in ("sum", "mean", "amax", "amin")
      for args in ("", "0", "dim=1", "dim=(0, 1)", "dim=-1, keepdim=True")],
    "x.prod()", "x.prod(0)", "x.prod(dim=1, keepdim=True)", "x.max()", "x.min()", "x.max(0)",
    "x.min(dim=1)", "x.max(dim=1, keepdim=True)", "x.max(0).values", "x.max(dim=-1)[1]",
    "x.argmax()", "x.argmin(dim=0)", "x.argmax(1, keepdim=True)", "x.std()", "x.std(0)", "x.var(1)",
    "x.var(dim=(0, 1), unbiased=False)", "x.var(dim=0, correction=0, keepdim=True)", "m.std(x, 1)",
    "x.logsumexp(0)", "m.logsumexp(x, dim=(0, 1))", "x.norm()", "x.norm(p=1)", "x.norm(3, 0)",
    "x.norm(dim=1, keepdim=True)", "x.norm(float('inf'))", "x.cumsum(0)", "x.cumsum(dim=1)",
    "x.cumprod(1)", "x.softmax(0)", "m.softmax(x, dim=-1)", "m.log_softmax(x, dim=1)",
    "(x > 0.3).all()", "(x > 0.3).any(dim=0)", "(x > 0.3).sum()", "(x > 0.3).sum(dim=1)",
    "x.sum(dtype=m.float64)", "m.count_nonzero(x > 0.3)", "x.nansum()",
    # shapes
    "x.reshape(4, 3)", "x.reshape(-1)", "x.view(2, -1)", "x.view(2, 6)", "x.T", "x.t()", "x.mT",
    "x.transpose(0, 1)", "x.permute(1, 0)", "x.permute((1, 0))", "x.flatten()", "x.ravel()",
    "x.unsqueeze(0)", "x.unsqueeze(-1)", "x.unsqueeze(1).squeeze()", "x.unsqueeze(1).squeeze(1)",
    "x.squeeze(0)", "x[None].expand(2, 3, 4)", "x[None].expand(5, -1, -1)", "x.repeat(2, 1)",
    "x.repeat(2, 2, 1)", "x.repeat_interleave(2, dim=1)", "x.flip(0)", "m.flip(x, [0, 1])",
    "m.roll(x, 1, 0)", "x.roll((1, 2), (0, 1))", "x.unflatten(1, (2, 2))", "x.movedim(0, 1)",
    "m.moveaxis(x[None], 0, 2)", "x.swapaxes(0, 1)", "x.contiguous()", "x.clone()", "x.T.clone()",
    "m.cat([x, x * 2])", "m.cat((x, x), dim=1)", "m.stack([x, x])", "m.stack([x, x * 2], dim=-1)",
    "m.hstack([x, x])", "m.vstack([x, x])", "m.dstack([x, x])", "x.split(2)", "x.split([1, 3], dim=1)",
    "m.split(x, 3, dim=1)", "x.chunk(2)", "m.chunk(x, 3, dim=1)", "x.unbind(0)", "m.unbind(x, 1)",
    "x.tril()", "m.triu(x, 1)", "m.diag(x[0])", "x.diag()", "x.diagonal()", "x.sort(dim=1)",
    "x.sort(0, descending=True)", "x.argsort(1)", "x.topk(2)", "x.topk(2, dim=0, largest=False)",
    "m.broadcast_to(x[0], (5, 4))", "m.tile(x, (2, 1))", "x.numel()", "x.dim()", "x.ndim", "len(x)",
    "x.size(0)", "tuple(x.size())", "x.is_floating_point()", "x.T.reshape(-1)",
    # indexing
    "x[0]", "x[-1]", "x[1, 2]", "x[1:]", "x[:, 1]", "x[:, 1:3]", "x[::2, ::3]", "x[..., 0]",
    "x[None]", "x[:, None, 1:]", "x[[0, 2]]", "x[[0, 2], [1, 3]]", "x[:, [3, 0]]",
    "x[m.tensor([0, 0, 1])]", "x[x > 0.3]", "x[m.tensor([True, False, True])]",
    "x[m.tensor([[0, 1], [2, 0]])]", "x[1:, m.tensor([0, 3])]", "x[m.tensor(1)]",
    "x.select(1, 2)", "x.narrow(1, 1, 2)", "x.index_select(1, m.tensor([0, 2]))",
    "x.gather(1, m.tensor([[0, 1], [2, 2], [3, 0]]))", "m.gather(x, 0, m.tensor([[0, 2, 1, 1]]))",
    "x.scatter_add(0, m.tensor([[0, 0, 1, 2]]), x * 2)",
    "x.scatter(1, m.tensor([[0], [1], [2]]), 5.0)", "x.masked_fill(x > 0.3, -1.0)",
    "x.masked_select(x > 0.3)", "x.take(m.tensor([0, 5, 7]))", "(x > 0.3).nonzero()",
    "list(x)[1]", "[row.sum() for row in x]", "x[0][1]", "x[1:][0, 1:]",
    # products
    "x @ x.T", "x.matmul(x[0])", "x[0] @ x[1]", "m.mm(x, x.T)", "x.mv(x[0])", "m.dot(x[0], x[1])",
    "m.outer(x[0], x[1])", "m.bmm(x[None], x.T[None])", "m.einsum('ij,kj->ik', x, x)",
    "m.einsum('ij->j', x)", "m.einsum('ij,ij', x, x)", "m.tensordot(x, x.T, 1)",
    "m.addmm(x[:, :3], x, x.T, beta=2, alpha=3)", "m.trace(x[:, :3])", "m.cdist(x, x[:2] + 1)",
    "m.linalg.inv(x[:, :3] + 3 * m.eye(3, dtype=x.dtype))",
    "m.linalg.solve(x[:, :3] + 3 * m.eye(3, dtype=x.dtype), x)",
    "m.det(x[:, :3] + m.eye(3, dtype=x.dtype))", "m.kron(x[:1], x)",
    "m.linalg.cholesky(x @ x.T + m.eye(3, dtype=x.dtype))", "m.matrix_power(x @ x.T, 2)",
    # dtypes
    "x.double()", "x.to(m.float64) * 2", "x.float()", "(x * 10).int()", "(x * 10).long()",
    "x.bool()", "x.to('cpu')", "x.type_as(x.double())", "x.half().float()", "x.bfloat16().float()",
    # creation
    "m.zeros(2, 3)", "m.ones((2, 3))", "m.full((2,), 7)", "m.full((2,), 7.5)", "m.arange(5)",
    "m.arange(1, 2, 0.25)", "m.linspace(0, 1, 5)", "m.eye(3)", "m.zeros_like(x)", "m.ones_like(x)",
    "m.full_like(x, 3)", "m.tensor([1, 2])", "m.tensor([[1.5, 2], [3, 4]])", "m.tensor(True)",
    "m.tensor(3.5)", "m.tensor([1, 2], dtype=m.float32)", "x.new_zeros(2, 2)", "m.zeros(())",
    # in place
    "x.clone().add_(1)", "x.clone().mul_(x)", "x.clone().sub_(2).div_(3)", "x.clone().zero_()",
    "x.clone().clamp_(0.2, 0.4)", "x.clone().fill_(2)", "x.clone().exp_()", "x.clone().relu_()",
    "x.clone().copy_(x[0])", "x.clone().masked_fill_(x > 0.3, 0)", "x.clone().pow_(2)",
    "x.detach() * 2", "x.data + 1", "x * x.detach()",
)  # fmt: skip
INTEGERS = (
    *[f"m.{name}(x)" for name in ("exp", "sin", "sigmoid", "neg", "abs", "sign", "floor", "square",
                                  "erf", "isnan", "logical_not", "bitwise_not", "relu")],
    "x + 1", "x + 1.5", "x * True", "x / 2", "x // 2", "x % 3", "x // -2", "x % -3", "7 // (x * x + 1)",
    "x ** 2", "x * 2.5", "2 / (x * x + 1)", "x > 0", "x & 6", "x | 1", "x ^ 3", "~x", "x << 1",
    "x >> 1", "x.sum()", "x.sum(dim=0)", "x.prod()", "x.max()", "x.min(dim=1)", "x.argmax()",
    "x.cumsum(0)", "x.any()", "x.all(dim=1)", "x.float().mean()", "x.double()", "x.bool().sum()",
    "x[x > 0]", "x.clamp(0, 3)", "m.where(x > 0, x, 0)", "m.where(x > 0, x, 0.5)", "x == 2",
    "x.to(m.uint8)", "x.sort(descending=True)", "m.cat([x, x.float()])", "m.stack([x, x])",
    "m.div(x, 3, rounding_mode='trunc')", "m.div(x, 3, rounding_mode='floor')", "x.tolist()",
    "x[0, 0].item()", "int(x[0, 1])", "float(x[0, 1])", "bool(x[0, 0])", "m.fmod(x, 3)",
    "m.remainder(x, -3)", "m.maximum(x, -x)", "x.T @ x", "m.arange(3) * 1.0", "x.sum(dtype=m.int32)",
    "m.logsumexp(x, 0)", "x.clone().add_(2)", "x.clone().bitwise_and_(3)",
)  # fmt: skip
PAIRS = (
    "x + y.T", "x - y[0, 0]", "x * y.T", "x / y.T", "x @ y", "m.maximum(x, y.T)",
    "m.minimum(x, y.T)", "m.atan2(x, y.T)", "m.where(y.T > 0, x, y.T)", "x[0] + y[:, :1]",
    "m.einsum('ij,jk->ik', x, y)", "m.einsum('ij,jk->', x, y)", "m.cat([x, y.T])",
    "m.stack([x, y.T])", "x * y.T + y.T.sum(0, keepdim=True)", "(x @ y).relu()",
    "m.softmax(x @ y, dim=-1)", "(x @ y).sigmoid().log().mean()", "x.masked_fill(y.T > 0, 0.0)",
    "x.clamp(min=y.T)", "m.fmod(x, y.T)", "m.remainder(x, y.T)", "x // y.T", "x ** y.T",
    "x > y.T", "m.lerp(x, y.T, x)", "m.hypot(x, y.T)", "m.copysign(x, y.T)", "x.max(y.T)",
    "m.logaddexp(x, y.T)", "m.tensordot(x, y, dims=([1], [0]))", "m.cdist(x, y.T)",
    "x.norm(dim=0) * y.norm(dim=1)", "(x - x.mean(0)) / (x.var(0) + 1e-3).sqrt() * y[0, 0]",
)  # fmt: skip
MIXED = (
    "x + y", "x * y", "x / (y + 1)", "x > y", "x == y", "x + y[0]", "x[0] + y", "x[0] + y[0]",
    "x * 2", "x * 2.5", "x * y + 1.5", "m.maximum(x, y)", "m.where(x > 0, x, y)", "m.cat([x, y])",
    "m.stack([x, y])", "(x + y).sum()",
)  # fmt: skip
