"""Functions with derivatives of the user's own, hooks of modules, and derivatives of functions."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

import gradloom.eager as gt
from gradloom.eager.home import here

pytestmark = pytest.mark.framework


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with gt.local():
        yield


def _both(f: Any) -> None:
    found = [f(m) for m in (gt, torch)]
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-6)


def _exp(m: Any) -> Any:
    class Exp(m.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any, scale: float) -> Any:
            y = (x * scale).exp()
            ctx.save_for_backward(y)
            ctx.scale = scale
            return y

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (y,) = ctx.saved_tensors
            return grad * y * ctx.scale, None

    return Exp


def test_a_function_has_the_derivative_that_its_user_writes() -> None:
    def program(m: Any) -> list[Any]:
        x = m.tensor([0.5, -1.0], requires_grad=True)
        y = _exp(m).apply(x * 2, 3.0)
        (g,) = m.autograd.grad(y.sum(), x, create_graph=True)
        g.pow(2).sum().backward()
        return [y.detach(), g.detach(), x.grad]

    _both(program)


def test_a_function_of_several_takes_and_gives_several() -> None:
    def program(m: Any) -> list[Any]:
        class Both(m.autograd.Function):  # type: ignore[misc, name-defined]
            @staticmethod
            def forward(x: Any, y: Any) -> Any:
                return x * y, (x > y).long(), x + y

            @staticmethod
            def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
                ctx.save_for_backward(*inputs)
                ctx.mark_non_differentiable(output[1])
                ctx.seen = ctx.needs_input_grad

            @staticmethod
            def backward(ctx: Any, product: Any, place: Any, total: Any) -> Any:
                _, y = ctx.saved_tensors
                assert ctx.seen == (True, False)
                return product * y + 5 * total, None

        x = m.tensor([1.0, 2.0], requires_grad=True)
        product, place, total = Both.apply(x, m.tensor([3.0, 1.0]))
        assert not place.requires_grad
        product.sum().backward()
        return [place, x.grad, total.detach()]

    _both(program)


def test_a_function_let_go_leaves_nothing_behind() -> None:
    x = gt.ones(3, requires_grad=True)
    for _ in range(3):
        y = _exp(gt).apply(x, 2.0)
        del y
    gc.collect()
    here().flush()
    assert not here().functions
    y = _exp(gt).apply(x, 2.0)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


def test_a_backward_that_does_not_fit_is_an_error() -> None:
    class Wrong(gt.autograd.Function):  # type: ignore[misc, name-defined]
        made: Any = None

        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return Wrong.made

    for made, error in (((gt.ones(3), gt.ones(3)), TypeError), (gt.ones(5), ValueError)):
        Wrong.made = made
        with pytest.raises(error, match="backward"):
            Wrong.apply(gt.ones(3, requires_grad=True)).sum().backward()


def test_hooks_of_modules_see_and_change_what_goes_through() -> None:
    def program(m: Any) -> list[Any]:
        layer = m.nn.Linear(2, 3)
        with m.no_grad():
            layer.weight.copy_(m.arange(6.0).reshape(3, 2))
            layer.bias.zero_()
        seen: list[Any] = []
        layer.register_forward_pre_hook(lambda mod, args: (args[0] * 2,))
        layer.register_forward_hook(lambda mod, args, out: out + 1)
        handle = layer.register_full_backward_hook(
            lambda mod, inside, outside: (seen.extend([inside[0], outside[0]]), (inside[0] * 10,))[
                1
            ]
        )
        x = m.ones(1, 2).requires_grad_()
        y = layer(x)
        (y * y).sum().backward()
        first, x.grad = x.grad, None
        handle.remove()
        layer(x).sum().backward()
        return [y.detach(), first, x.grad, *seen, layer.weight.grad]

    _both(program)


def test_derivatives_of_functions_are_torchs() -> None:
    def program(m: Any) -> list[Any]:
        x, y = m.tensor([1.0, 2.0]), m.tensor([3.0, 0.5])
        f = m.autograd.functional

        def two(a: Any, b: Any) -> Any:
            return a * b.sin(), (a**3).sum()

        (aa, ab), (ba, bb) = f.jacobian(two, (x, y))
        hess = f.hessian(lambda a: (a**3 * a.flip(0)).sum(), x)
        out, pulled = f.vjp(lambda a: a.exp(), x, y)
        _, pushed = f.jvp(lambda a: a.exp() * a.sum(), x, y)
        _, hv = f.hvp(lambda a: (a**4).sum(), x, y)
        return [aa, ab, ba, bb, hess, out, pulled, pushed, hv,
                m.func.grad(lambda a: (a**3).sum())(x),
                m.func.grad(lambda a: m.func.grad(lambda b: (b**3).sum())(a).sum())(x),
                m.func.jacrev(lambda a: a.sin())(x), m.func.hessian(lambda a: (a**3).sum())(x),
                m.vmap(lambda a, b: a * b.sum(), in_dims=(0, None))(x, y)]  # fmt: skip

    _both(program)


def test_modes_of_recording_are_torchs() -> None:
    x = gt.ones(2, requires_grad=True)
    with gt.inference_mode():
        assert not (x * 2).requires_grad
        with gt.enable_grad():
            assert (x * 2).requires_grad
    gt.set_grad_enabled(False)
    assert not gt.is_grad_enabled()
    gt.set_grad_enabled(True)
    a, b = (x * 2).sum(), (x * 3).sum()
    gt.autograd.backward([a, b])
    assert x.grad.tolist() == [5.0, 5.0]
