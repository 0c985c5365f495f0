"""The rarer functions and methods give what torch's give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

import gradloom.eager as gt
from tests.eager.test_functional import KINKED, SMOOTH
from tests.eager.test_functional import _program as smooth_program
from tests.eager.twins import as_torch, flat, run_both

pytestmark = [pytest.mark.framework, pytest.mark.filterwarnings("ignore::UserWarning")]
RNG = np.random.default_rng(2)
X = RNG.uniform(0.1, 0.9, (3, 4))
Y = RNG.normal(size=(4, 4))
ROWS = RNG.uniform(0.1, 0.9, (4, 6))

FLOATS = (
    # statistics
    "x.median()", "x.median(1)", "x.median(dim=0, keepdim=True)", "m.median(x[0])",
    "m.nanmedian(m.where(x > 0.6, float('nan'), x), 1)", "x.nanmedian()",
    "m.where(x > 0.6, float('nan'), x).median(0).values", "x.kthvalue(2)", "x.kthvalue(3, 0, True)",
    "x.round(decimals=1).mode(1).values", "x.quantile(0.3)", "x.quantile(0.4, 1, keepdim=True)",
    "m.quantile(x, m.tensor([0.1, 0.6], dtype=x.dtype), dim=0)",
    "x.quantile(0.4, 0, interpolation='nearest')", "m.nanquantile(x, 0.5)", "x.cummax(1)",
    "x.cummin(0)", "m.cummax(x.round(decimals=1), 1)", "x.logcumsumexp(1)", "m.std_mean(x)",
    "m.var_mean(x, 1)", "m.var_mean(x, dim=0, correction=0, keepdim=True)", "x.aminmax()",
    "x.aminmax(dim=1)", "x.nanmean()", "m.nanmean(x, 1)", "x.cov()", "m.cov(x, correction=0)",
    "x.corrcoef()", "x.diff()", "x.diff(dim=0)", "m.diff(x, 2, prepend=x[:, :1])",
    "m.histc(x, 5, 0, 1)", "x.histc(4)", "m.trapezoid(x)", "m.trapz(x, dx=0.5, dim=0)",
    "m.trapezoid(x, x.cumsum(1))", "m.dist(x, x * 2)", "x.dist(x * 2, 1)", "x.renorm(2, 0, 0.9)",
    # places
    "x.index_add(0, m.tensor([0, 2, 0]), x, alpha=2)",
    "x.index_copy(1, m.tensor([3, 0]), x[:, :2])",
    "x.index_fill(1, m.tensor([3, 0]), 5.0)",
    "x.index_put((m.tensor([0, 2]), m.tensor([1, 1])), x[0, :2])",
    "x.index_put((m.tensor([0, 0]), m.tensor([1, 1])), x[0, :2], accumulate=True)",
    "x.put(m.tensor([0, 7]), x[1, :2])", "x.masked_scatter(x > 0.5, x.flip(0))",
    *[f"x.scatter_reduce(0, m.tensor([[0, 0, 1, 2], [0, 1, 1, 0]]), x[:2] * 2, '{r}')"
      for r in ("sum", "mean", "amax", "amin", "prod")],
    "x.scatter_reduce(1, m.tensor([[0, 0]]), x[:1, :2] * 2, 'mean', include_self=False)",
    "x.scatter_reduce(1, m.tensor([[0, 0]]), x[:1, :2] * 2, 'amax', include_self=False)",
    "m.take_along_dim(x, m.tensor([[1], [0], [3]]), 1)", "x.take_along_dim(m.tensor([1, 5]))",
    "x.diag_embed()", "m.diag_embed(x, 1)", "x.diag_embed(-1, 0, 2)", "m.argwhere(x > 0.5)",
    "m.select_scatter(x, x[0, :3], 1, 2)", "m.slice_scatter(x, x[:1] * 2, 0, 1, 2)",
    "m.searchsorted(x[0].sort().values, x)", "m.searchsorted(x.sort(1).values, x, right=True)",
    "m.bucketize(x, m.tensor([0.3, 0.6], dtype=x.dtype))", "m.isin(x, x[0])",
    "m.unique(x.detach().round(decimals=1), return_inverse=True, return_counts=True)",
    "x.detach().round(decimals=1).unique()", "m.unique(m.cat([x, x]).detach(), dim=0)",
    "m.unique_consecutive(x.detach().round().flatten(), return_counts=True)",
    # arrangements
    "m.tensor_split(x, 3, 1)", "x.tensor_split((1, 3), 1)", "x.hsplit(2)", "x.vsplit([1])",
    "m.atleast_2d(x[0])", "m.atleast_3d(x[0])", "m.atleast_1d(x[0, 0])", "m.rot90(x)",
    "x.rot90(-1)", "x.fliplr()", "x.flipud()", "m.column_stack([x[:, 0], x])",
    "m.block_diag(x[:2, :2], x[0], x)", "m.cartesian_prod(x[0], x[1, :2])",
    "m.combinations(x[0], 2)", "m.combinations(x[0, :3], 2, True)", "m.vander(x[0].detach())",
    "m.vander(x[0].detach(), 3, True)", "m.tril_indices(3, 4, -1)", "m.triu_indices(3, 4)",
    "x.unfold(1, 2, 1)", "x.unfold(0, 2, 1).sum()", "x.sum_to_size(1, 4)", "x.stride()",
    "x.T.stride()", "x.diagflat()", "x.adjoint()", "x.mH", "x.msort()", "x.tile((2, 1))",
    "m.row_stack([x, x])", "x.broadcast_to((2, 3, 4))", "x.split_with_sizes([1, 2])",
    "m.cdist(x, x[:2] + 1)", "m.broadcast_shapes((3, 1), (4,))", "m.numel(x)", "x.nbytes",
    "x.clone().fill_diagonal_(7.0)", "x.ndimension()",
    # elementwise
    "m.heaviside(x - 0.5, x)", "m.ldexp(x, m.tensor(2))", "m.float_power(x, 2)", "x.frexp()[0]",
    "m.polygamma(1, x)", "m.mvlgamma(x + 2, 2)", "x.i0()", "m.igamma(x.detach(), x)",
    "m.igammac(x.detach(), x)", "x.clamp_min(0.4)", "x.clamp_max(0.4)", "m.angle(x - 0.5)",
    "x.real", "m.rsub(x, 2, alpha=3)", "x.isreal()", "m.complex(x, x).abs()",
    "m.view_as_real(m.polar(x, x))", "m.complex(x, x).imag", "m.complex(x, x).angle()",
    *[f"m.special.{n}(x)" for n in ("i0e", "i1", "i1e", "entr", "erfcx", "ndtr", "ndtri", "expit",
                                    "gammaln", "psi", "log_ndtr", "sinc", "exp2", "logit")],
    "m.special.xlog1py(x, x)", "m.special.zeta(x + 2, x.detach() + 1).detach()",
    "m.special.gammainc(x.detach(), x)", "m.special.logsumexp(x, 0)",
    "m.special.multigammaln(x + 3, 2)", "m.special.bessel_j0(x.detach())",
    # products
    "m.baddbmm(x[None, :, :3], x[None], x.T[None], beta=2)", "m.addmv(x[:, 0], x, x[0])",
    "m.addr(x[:3, :3], x[0, :3], x[1, :3], alpha=2)", "m.inner(x, x)", "m.vdot(x[0], x[1])",
    "m.cross(x[:, 0], x[:, 1], dim=0)", "m.linalg.cross(x[:, :3], x[:, 1:])",
    "m.addbmm(x[:, :3], x[None], x.T[None])", "m.chain_matmul(x, x.T, x)",
    # in place
    "x.clone().index_add_(0, m.tensor([0, 1]), x[:2])", "x.clone().atan2_(x)",
    "x.clone().scatter_reduce_(0, m.tensor([[0, 0, 1, 2]]), x[:1], 'sum')",
    "x.clone().masked_scatter_(x > 0.5, x * 3)", "x.clone().cumprod_(0)", "x.clone().clamp_min_(1)",
    "x.clone().multiply_(2)", "x.clone().index_fill_(0, m.tensor([1]), 0.0)",
    "x.clone().less_(0.5)", "m.as_tensor(x) is x",
    # transforms
    "m.fft.fft(x).abs()", "m.fft.rfft(x).imag", "m.fft.irfft(m.fft.rfft(x))",
    "m.fft.ifft(x, dim=0).real",
    "m.fft.fft2(x).real", "m.fft.rfftn(x, norm='ortho').imag", "m.fft.ifftn(x).abs()",
    "m.fft.fftshift(x)", "m.fft.ifftshift(x, 1)", "m.fft.fftfreq(5)", "m.fft.rfftfreq(6, 0.5)",
    "m.fft.fft(x, n=6, norm='ortho').real", "m.fft.hfft(x)", "m.fft.ihfft(x).real",
)  # fmt: skip
MATRICES = (
    "m.linalg.norm(x)", "m.linalg.norm(x, 2)", "m.linalg.norm(x, 'nuc')", "m.linalg.norm(x, 1)",
    "m.linalg.norm(x, dim=1)", "m.linalg.norm(x[0], 3)", "m.linalg.vector_norm(x, 1, (0, 1))",
    "m.linalg.matrix_norm(x)", "m.linalg.matrix_norm(x, float('inf'))", "m.linalg.svdvals(x)",
    "m.linalg.matrix_rank(x)", "m.linalg.multi_dot([x, x, x])", "m.linalg.vecdot(x, x)",
    "m.linalg.solve(x, x[0])", "m.linalg.solve(x, x @ x)", "m.linalg.solve(x, x.T, left=False)",
    "m.linalg.solve_triangular(x, x, upper=True)", "m.linalg.lstsq(x, x[:, :2]).solution",
    "m.linalg.solve_triangular(x, x, upper=False, unitriangular=True)", "m.linalg.slogdet(x)",
    "m.slogdet(x)[1]", "m.logdet(x @ x.T)", "m.linalg.cond(x)", "m.linalg.cond(x.detach(), 1)",
    "m.linalg.eigh(x + x.T).eigenvalues", "m.linalg.eigvalsh(x + x.T)", "x.qr().R.abs()",
    "m.linalg.qr(x)[0] @ m.linalg.qr(x)[1]", "m.linalg.svd(x).S", "m.svd(x).S", "m.linalg.pinv(x)",
    "m.linalg.cholesky(x @ x.T, upper=True)", "m.cholesky(x @ x.T)", "x.pinverse()",
    "m.cholesky_solve(x[:, :1], m.linalg.cholesky(x @ x.T))", "m.linalg.diagonal(x)",
    "m.linalg.tensorsolve(x.reshape(2, 2, 4), x[:2, :2])", "m.linalg.matrix_power(x, 3)",
    "m.linalg.tensorinv(x.reshape(2, 2, 4))", "m.linalg.vander(x[0])", "m.linalg.inv(x)",
    "(x[None] @ x[None]).det()",
)  # fmt: skip
INTEGERS = (
    "x.gcd(x + 6)", "m.lcm(x, x + 1)", "x.flatten().bincount(minlength=20)", "x.median()",
    "m.bincount(x.flatten(), weights=(x * 0.5).flatten())", "x.unique(return_counts=True)",
    "x.cummax(1)", "x.diff()", "x.mode(0).values", "x.scatter_reduce(0, x[:1] % 3, x[1:2], 'amax')",
    "x.scatter_reduce(0, x[:1] % 3, x[1:2], 'mean')", "m.isin(x, x[0])",
    "x.index_add(0, m.tensor([0, 0]), x[:2])", "x.kthvalue(1)", "m.combinations(x[0])",
    "x.byte()", "x.float_power(2)", "m.fft.fft(x).real", "x.nan_to_num()", "x.aminmax()",
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _here() -> Iterator[None]:
    with gt.local():
        yield


def _program(text: str) -> Any:
    return eval(f"lambda m, x: {text}")


@pytest.mark.parametrize("text", FLOATS)
def test_a_function_is_torchs(text: str) -> None:
    run_both(_program(text), [X], grad=True)


@pytest.mark.parametrize("text", MATRICES)
def test_a_function_of_matrices_is_torchs(text: str) -> None:
    run_both(_program(text), [Y], grad=True)


@pytest.mark.parametrize("text", INTEGERS)
def test_a_function_of_integers_is_torchs(text: str) -> None:
    run_both(_program(text), [np.arange(12).reshape(3, 4) * 7 % 5 + np.arange(4)], grad=False)


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_a_dtype_is_kept_as_torch_keeps_it(kind: str) -> None:
    texts = [*SMOOTH, *KINKED, *(FLOATS if kind == "float32" else FLOATS[::3])]
    for text in texts:
        found = []
        for m, make in ((torch, as_torch), (gt, gt.from_numpy)):
            xs = [make(a).to(getattr(m, kind)) for a in (ROWS, ROWS[::-1].copy())]
            try:
                made = flat(smooth_program(text)(m, *xs))
            except (RuntimeError, NotImplementedError):
                assert m is torch, text  # it does not have this one in bfloat16
                break
            tensors = (gt.Tensor, torch.Tensor)
            found.append([str(t.dtype).split(".")[-1] for t in made if isinstance(t, tensors)])
        assert len(found) < 2 or found[0] == found[1], text


def test_random_numbers_are_those_of_their_seed() -> None:
    def drawn(g: Any) -> list[Any]:
        x = gt.empty(4)
        made = [
            gt.rand(3, generator=g), gt.randint(0, 9, (4,), generator=g),
            gt.randperm(5, generator=g), gt.normal(gt.zeros(3), 2.0, generator=g),
            gt.bernoulli(gt.full((4,), 0.5), generator=g), x.exponential_(2.0, generator=g).clone(),
            gt.multinomial(gt.ones(6), 3, generator=g), x.random_(0, 9, generator=g).clone(),
            x.geometric_(0.3, generator=g).clone(), gt.poisson(gt.ones(3), g),
        ]  # fmt: skip
        return [t.tolist() for t in made]

    first = drawn(gt.Generator().manual_seed(3))
    assert drawn(gt.Generator().manual_seed(3)) == first
    gt.manual_seed(3)
    assert drawn(None) == first
    assert drawn(None) != first
    assert len(set(first[6])) == 3
    with pytest.raises(ValueError, match="without replacement"):
        gt.multinomial(gt.ones(3), 4)
    with pytest.raises(ValueError, match="from 0 to 1"):
        gt.bernoulli(gt.ones(3) * 2)
    x = gt.zeros(20_000)
    assert float(x.exponential_(0.5).mean()) == pytest.approx(2.0, rel=0.05)
    assert float(x.log_normal_(0.0, 0.5).log().std()) == pytest.approx(0.5, rel=0.05)
    assert float(x.bernoulli_(0.3).mean()) == pytest.approx(0.3, rel=0.05)
