"""What is sent: programs, once each, without what nobody needs; and mistakes before anything is."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradloom.eager as gt
from gradloom.eager import sessions
from gradloom.eager.home import here
from gradloom.ir.errors import RemoteError
from gradloom.runtime import current
from gradloom.runtime import messages as m
from gradloom.runtime.client import Client
from gradloom.runtime.local import LocalWire


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The messages of a local session, as they are sent."""
    told: list[Any] = []
    do = LocalWire._do

    def listen(wire: LocalWire, message: Any) -> None:
        told.append(message)
        do(wire, message)

    monkeypatch.setattr(LocalWire, "_do", listen)
    with gt.local():
        yield told


def _of(said: list[Any], kind: type) -> list[Any]:
    return [x for x in said if isinstance(x, kind)]


def test_nothing_is_sent_before_a_value_is_asked_for(said: list[Any]) -> None:
    x = gt.ones(3) * gt.arange(3)
    y = (x + 1).sum()
    assert y.shape == ()
    assert said == []
    assert y.item() == 6.0
    assert len(_of(said, m.Call)) == 1


def test_a_program_seen_before_is_not_sent_again(said: list[Any]) -> None:
    w = gt.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(5):
        loss = (w * w).sum()
        loss.backward()
        with gt.no_grad():
            w -= 0.1 * w.grad
        w.grad = None
        loss.item()
    assert len(_of(said, m.Call)) == 5
    assert len(_of(said, m.Define)) == 1


def test_numbers_that_change_do_not_make_new_programs(said: list[Any]) -> None:
    x = gt.tensor([[1.0, 2.0], [3.0, 4.0]])
    for i in range(6):
        rate, shift = 1.0 / (i + 1), 2.0 * i
        y = x.relu() * rate + shift
        z = (y - rate) / 2.0
        np.testing.assert_allclose(z.numpy(), (x.numpy() * rate + shift - rate) / 2.0, rtol=1e-6)
    assert len(_of(said, m.Define)) <= 3


def test_numbers_that_were_the_same_and_come_apart_are_told_apart(said: list[Any]) -> None:
    x = gt.tensor([1.0, 2.0])
    for a, b in [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 5.0), (5.0, 4.0), (-0.0, 0.0)]:
        assert ((x * a) * b).tolist() == [a * b, 2 * a * b]
        for _ in range(3):
            x.relu()
    sent = _of(said, m.Define)
    assert len(sent) <= 3


def test_what_a_number_decides_is_decided_anew(said: list[Any]) -> None:
    x = gt.tensor([1.0, 2.0, 3.0])
    for n in (1, 2, 3, 0.5, -1):
        np.testing.assert_allclose((x**n).numpy(), x.numpy() ** n, rtol=1e-6)
        np.testing.assert_allclose(x.clamp(min=n).numpy(), np.maximum(x.numpy(), n))


def test_only_what_is_still_referred_to_is_a_result(said: list[Any]) -> None:
    x = gt.tensor([1.0, 2.0])
    y = ((x + 1) * 2).exp()
    z = y.sum()
    del y
    z.item()
    (call,) = _of(said, m.Call)
    assert len(call.outputs) == 1


def test_what_nobody_refers_to_is_dropped(said: list[Any]) -> None:
    wire = here()._session()._wire
    assert isinstance(wire, LocalWire)
    for _ in range(20):
        x = gt.from_numpy(np.ones(4))
        x.requires_grad_()
        (x * x).sum().backward()
        x.grad.sum().item()
    del x
    gc.collect()
    gt.tensor(1.0).add(1).item()
    gt.tensor(1.0).add(1).item()
    assert len(wire._values) < 8


def test_a_long_program_goes_in_parts(said: list[Any]) -> None:
    x = gt.ones(2) * gt.arange(2)
    for _ in range(2000):
        x = x + 1
    assert 3 <= len(_of(said, m.Call)) <= 4
    assert x.tolist() == [2000.0, 2001.0]


def test_mistakes_name_the_users_line_and_send_nothing(said: list[Any]) -> None:
    a, b = gt.ones(2, 3), gt.ones(4, 5)
    for wrong in (
        lambda: a @ b,
        lambda: a + b,
        lambda: a.reshape(5),
        lambda: a.sum(dim=7),
        lambda: gt.cat([a, b]),
        lambda: a[2],
        lambda: gt.matmul(a, gt.ones(3, 2, dtype=gt.float64)),
    ):
        with pytest.raises((gt.errors.ShapeError, gt.errors.DtypeError)) as caught:
            wrong()
        assert caught.value.location is not None
        assert caught.value.location.file == __file__
    assert said == []


def test_tensors_of_two_sessions_do_not_meet() -> None:
    with gt.local():
        a = gt.ones(2)
        with gt.local():
            b = gt.ones(2)
            with pytest.raises(ValueError, match="two sessions"):
                a + b
        assert a.tolist() == [1.0, 1.0]


def test_what_fails_on_the_worker_is_told_where_it_is_asked_for() -> None:
    with gt.local():
        before = gt.ones(2) * gt.arange(2)
        gt.flush()
        root = gt.linalg.cholesky(-gt.eye(2))
        with pytest.raises(RemoteError) as caught:
            root.sum().item()
        assert "test_programs_sent.py" in str(caught.value)
        assert before.tolist() == [0.0, 1.0]
        assert (before + 1).tolist() == [1.0, 2.0]


def test_a_hook_may_ask_for_numbers() -> None:
    with gt.local():
        x = gt.tensor([1.0, 2.0], requires_grad=True)
        seen = []
        y = x * 3
        y.register_hook(lambda g: seen.append((g.sum().item(), y.sum().item())))
        z = y * y * x
        z.register_hook(lambda g: seen.append(g.tolist()))
        z.sum().backward()
        assert seen == [[1.0, 1.0], (30.0, 9.0)]
        assert x.grad.tolist() == [27.0, 108.0]


def test_seeds_decide_what_is_drawn() -> None:
    with gt.local():
        gt.manual_seed(3)
        first = gt.randn(4).tolist()
        gt.manual_seed(3)
        assert gt.randn(4).tolist() == first
        assert gt.rand(5).dtype == "float32"
        drawn = gt.randint(0, 7, (100,))
        assert drawn.dtype == gt.int64
        assert 0 <= drawn.min().item() <= drawn.max().item() < 7
        assert sorted(gt.randperm(5).tolist()) == [0, 1, 2, 3, 4]


def test_a_session_that_is_only_named_stays() -> None:
    x = gt.tensor(1.0)
    made = gt.local()
    session = current.inner()
    del made
    gc.collect()
    assert session is not None
    assert current.inner() is session
    assert gt.tensor(2.0)._home is not x._home
    sessions._kept[-1].close()
    assert current.inner() is not session


def test_a_local_session_is_a_client() -> None:
    with gt.local() as session:
        assert isinstance(session, Client)
        x = gt.arange(3) + 1
        gt.flush()
        assert x.tolist() == [1, 2, 3]
        assert np.asarray(x).tolist() == [1, 2, 3]
