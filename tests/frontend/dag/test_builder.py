"""The lazy DAG computes what is asked for, keeps what is wanted, and lets the rest go."""

from __future__ import annotations

import asyncio
import functools
import gc
import operator
import weakref
from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder


def test_nothing_runs_before_a_value_is_asked_for() -> None:
    ran: list[int] = []
    G = GraphBuilder()
    node = G.add(ran.append)(1)
    assert (ran, node.has_value()) == ([], False)
    assert node.get() is None
    assert (ran, node.has_value()) == ([1], True)
    assert node.get() is None
    assert ran == [1]


def test_get_runs_only_what_it_depends_on() -> None:
    ran: list[str] = []
    G = GraphBuilder()
    a = G.add(lambda: ran.append("a") or 1)()
    G.add(lambda x: ran.append("b") or x)(a)
    c = G.add(lambda x: ran.append("c") or x + 1)(a)
    assert c.get() == 2
    assert ran == ["a", "c"]


def test_run_runs_everything_once_and_keeps_sinks_and_what_was_asked_for() -> None:
    G = GraphBuilder()
    a = G.add(lambda: 1, alias="one")()
    b = G.add(operator.add)(a, 1)
    c = G.add(operator.mul)(b, 10)
    d = G.add(operator.neg)(a)
    assert G.run(b) == 2
    assert [n.has_value() for n in (a, b, c, d)] == [False, True, True, True]
    assert G.run(c, d) == [20, -1]
    assert G.run() is None


def test_run_only_leaves_the_other_branches_alone() -> None:
    G = GraphBuilder()
    a = G.add(lambda: 1)()
    b = G.add(operator.neg, alias="minus")(a)
    other = G.add(operator.neg)(a)
    assert G.run_only("minus") == -1
    assert (b.has_value(), other.has_value()) == (True, False)
    with pytest.raises(gl.GradloomError, match="run_only wants a node"):
        G.run_only()


def test_a_value_is_gone_as_soon_as_its_last_user_has_run() -> None:
    G = GraphBuilder()
    refs: list[weakref.ref[Any]] = []

    def made() -> np.ndarray:
        array = np.ones(3)
        refs.append(weakref.ref(array))
        return array

    a = G.add(made)()
    b = G.add(lambda x: x.sum())(a)
    c = G.add(lambda x: refs[0]() is None)(b)
    assert c.get()
    assert not a.has_value()


def test_persisted_values_stay_until_they_are_let_go_by_name() -> None:
    G = GraphBuilder()
    a = G.add(lambda: [1], persist=True)()
    b = G.add(len)(a)
    assert (b.get(), a.has_value()) == (1, True)
    G.release()
    assert a.has_value()
    with pytest.warns(RuntimeWarning, match="is persisted"):
        a.release()
    assert not a.has_value()
    assert a.get() == [1]
    a.persist(False)
    a.release_memory()
    assert not a.has_value()
    with pytest.warns(RuntimeWarning, match="was given"):
        G.add(len)([1, 2]).step.inputs[0].release()


def test_a_whole_graph_persists() -> None:
    G = GraphBuilder(persist=True)
    a = G.add(lambda: 1)()
    b = G.add(operator.neg)(a)
    G.run()
    assert a.has_value()
    assert b.has_value()


def test_release_without_names_lets_all_go_and_what_was_given_stays() -> None:
    G = GraphBuilder()
    b = G.add(operator.neg)(3)
    G.run()
    G.release()
    assert not b.has_value()
    assert b.get() == -3


def test_several_results_are_several_nodes() -> None:
    G = GraphBuilder()
    q, r = G.add(divmod, n_out=2, output_alias=["quotient", "rest"])(17, 5)
    assert (q.get(), r.has_value(), r.get()) == (3, False, 2)
    assert G.run("quotient", "rest") == [3, 2]


@pytest.mark.parametrize("result", [(1, 2, 3), 7, "ab", {1: 2, 3: 4}])
def test_another_number_of_results_is_refused(result: object) -> None:
    G = GraphBuilder()
    a, _ = G.add(lambda: result, n_out=2)()
    with pytest.raises(gl.ArgumentError, match="2"):
        a.get()


def test_nodes_inside_containers_are_replaced_by_their_values() -> None:
    Pair = namedtuple("Pair", "left right")
    G = GraphBuilder()
    one, two = G.add(int)(1), G.add(int)(2)
    given = [one, (two, {"k": one, "rest": [Pair(one, 5)]}), {two}, OrderedDict(z=one, a=two)]
    got = G.add(lambda *x, **k: (x, k))(given, key=[two]).get()
    want = [1, (2, {"k": 1, "rest": [Pair(1, 5)]}), {2}, OrderedDict(z=1, a=2)]
    assert got == ((want,), {"key": [2]})
    assert list(got[0][0][3]) == ["z", "a"]
    assert given[0] is one


def test_what_holds_no_node_is_passed_as_it_is() -> None:
    G = GraphBuilder()
    loop: list[Any] = []
    loop.append(loop)
    array = np.arange(3)
    assert G.add(lambda x, y: (x is loop, y is array))(loop, y=array).get() == (True, True)


def test_a_node_where_no_value_can_be_put_is_refused() -> None:
    class Own(list[Any]):
        pass

    G = GraphBuilder()
    node = G.add(int)(1)
    with pytest.raises(gl.ArgumentError, match="inside a Own"):
        G.add(len)(Own([node]))
    with pytest.raises(gl.ArgumentError, match="key of a dict"):
        G.add(len)({node: 1})


class Doubler:
    def __call__(self, x: float) -> float:
        return 2 * x

    def halved(self, x: float) -> float:
        return x / 2

    @classmethod
    def named(cls, x: float) -> str:
        return f"{cls.__name__} {x}"


@pytest.mark.parametrize(
    ("function", "want", "name"),
    [
        (lambda x: x + 1, 5.0, "lambda_0"),
        (abs, 4.0, "abs_0"),
        (np.sqrt, 2.0, "sqrt_0"),
        (Doubler(), 8.0, "Doubler_0"),
        (Doubler().halved, 2.0, "halved_0"),
        (Doubler.named, "Doubler 4.0", "named_0"),
        (functools.partial(pow, 2), 16.0, "pow_0"),
        (str, "4.0", "str_0"),
        (operator.methodcaller("is_integer"), True, "methodcaller_0"),
        ((4.0).__add__, 8.0, "__add___0"),
        (np.vectorize(lambda x: -x), -4.0, "lambda_0"),
    ],
)
def test_anything_that_can_be_called_is_a_step(function: Any, want: object, name: str) -> None:
    G = GraphBuilder()
    assert G.add(function)(4.0).get() == want
    assert G.steps[0].uid == name


def test_what_cannot_be_called_is_refused() -> None:
    with pytest.raises(gl.CallError, match="int cannot be called"):
        GraphBuilder().add(3)  # type: ignore[arg-type]


def test_values_that_can_be_read_once_only_are_refused() -> None:
    G = GraphBuilder()
    for function in (
        lambda: (i for i in [1]),
        lambda: map(abs, [1]),
        lambda: zip([1], [2], strict=False),
    ):
        with pytest.raises(gl.ArgumentError, match="once only"):
            G.add(function)().get()


async def _later(x: int) -> int:
    await asyncio.sleep(0)
    return x + 1


@pytest.mark.parametrize("executor", [None, "threads"])
def test_a_coroutine_function_gives_what_it_comes_to(executor: str | None) -> None:
    G = GraphBuilder()
    node = G.add(_later)(G.add(lambda: _later(1))())
    assert G.run(node, executor=executor) == 3


def test_values_are_awaited_beside_other_coroutines_and_where_a_loop_runs_already() -> None:
    async def main() -> list[int]:
        G = GraphBuilder()
        node = G.add(_later)(1)
        first = await asyncio.gather(node.aget(), asyncio.sleep(0, 7))
        return [*first, G.add(_later)(node).get()]

    assert asyncio.run(main()) == [2, 7, 3]


def test_a_node_of_another_graph_is_computed_where_it_is_needed() -> None:
    first, second = GraphBuilder(alias="first"), GraphBuilder(alias="second")
    a = first.add(lambda: 20)()
    b = first.add(operator.add)(a, 1)
    c = second.add(operator.mul)(b, 2)
    back = first.add(operator.add)(c, a)
    assert back.get() == 62
    with pytest.raises(gl.ArgumentError, match="mul_0 of second"):
        first.remove(2)
    first.remove()
    second.remove()
    with pytest.raises(gl.ArgumentError, match="removed"):
        c.get()


def test_remove_takes_the_last_calls_and_what_only_they_used() -> None:
    G = GraphBuilder()
    a = G.add(operator.neg, alias="first")(1)
    G.add(operator.add)(a, 2)
    b = G.add(operator.add)(a, 3)
    G.remove(2)
    assert len(G) == 1
    assert G.sinks == [a]
    with pytest.raises(gl.ArgumentError, match="was removed"):
        G.run(b)
    with pytest.raises(KeyError, match="add"):
        G.node("add")
    with pytest.raises(gl.ArgumentError, match="5 calls"):
        G.remove(5)
    assert G.run("first") == -1


def test_names_that_mean_several_nodes_list_them() -> None:
    G = GraphBuilder()
    for i in range(3):
        G.add(operator.neg)(i)
    with pytest.raises(gl.ArgumentError, match="3 nodes: data_1, data_3, data_5"):
        G.run("neg")
    assert G.run("neg_1") == -1
    assert G.run("data_5") == -2
    with pytest.raises(KeyError, match="nope"):
        G.run("nope")
    assert G.aliases == {"neg": ("neg_0", "neg_1", "neg_2")}


def test_a_chain_of_a_hundred_thousand_calls_runs() -> None:
    G = GraphBuilder()
    node = G.add(int)()
    for _ in range(100_000):
        node = G.add(operator.add)(node, 1)
    assert G.plan(node).peak == 2
    assert node.get() == 100_000


def test_the_graph_prints_parses_runs_and_is_not_saved(tmp_path: Any) -> None:
    G = GraphBuilder(alias="g")
    q, r = G.add(divmod, n_out=2)(17, 5)
    G.add(operator.sub, alias='odd "name"\n')(q, r)
    graph = G.graph
    assert gl.parse(str(graph), callables=G.callables) == graph
    assert graph(23, 5) == 1
    with pytest.raises(gl.ParseError, match="divmod_0' is not at hand"):
        gl.parse(str(graph))
    with pytest.raises(gl.NotSupported, match="which no file holds"):
        gl.save(graph, tmp_path / "g.gir")
    assert not list(tmp_path.iterdir())


def test_an_error_names_the_node_the_function_and_its_inputs_and_keeps_what_is_done() -> None:
    G = GraphBuilder(alias="g")
    a = G.add(lambda: np.ones((3, 4)))()
    b = G.add(lambda x, y: x @ y)(a, np.ones(3))
    with pytest.raises(ValueError, match="matmul") as caught:
        b.get()
    (note,) = caught.value.__notes__
    assert "lambda_1 of g_" in note
    assert "test_builder.py" in note
    assert "data_0: ndarray (3, 4) float64" in note
    assert "ndarray (3, ) float64" in note
    assert a.has_value()


def test_a_call_is_tried_again_as_often_as_it_says() -> None:
    G = GraphBuilder()
    left = [3]

    def flaky() -> int:
        left[0] -= 1
        if left[0]:
            raise OSError("not yet")
        return 1

    assert G.add(flaky, retry=2)().get() == 1
    left[0] = 3
    with pytest.raises(OSError, match="not yet") as caught:
        G.add(flaky, retry=1)().get()
    assert "tried 2 times" in caught.value.__notes__[0]


def test_verbose_tells_what_happens() -> None:
    lines: list[str] = []
    G = GraphBuilder(verbose=lines.append)
    a = G.add(int, alias="a", output_alias="x")(1)
    G.add(operator.neg, alias="b")(a).get()
    assert lines == ["activated a_0", "activated b_0", "running a_0", "running b_0", "released x_0"]


def test_verbose_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    GraphBuilder(verbose=True).add(int)().get()
    assert capsys.readouterr().out == "activated int_0\nrunning int_0\n"


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(gl.CallError, match="alias"):
        GraphBuilder(alias=3)  # type: ignore[arg-type]
    with pytest.raises(gl.CallError, match="persist"):
        GraphBuilder(persist=1)  # type: ignore[arg-type]
    G = GraphBuilder()
    with pytest.raises(gl.ArgumentError, match="n_out=0"):
        G.add(abs, n_out=0)
    with pytest.raises(gl.ArgumentError, match="output_alias has 1 names"):
        G.add(divmod, n_out=2, output_alias=["q"])
    with pytest.raises(gl.ArgumentError, match="one name"):
        G.add(abs, alias="a", method_alias="b")
    with pytest.raises(gl.CallError, match="is no node"):
        G.run(3)  # type: ignore[arg-type]


def test_an_interrupted_run_goes_on_from_where_it_was() -> None:
    ran: list[str] = []
    G = GraphBuilder()
    a = G.add(lambda: ran.append("a") or 1)()

    def interrupted(x: int) -> int:
        ran.append("b")
        if ran.count("b") == 1:
            raise KeyboardInterrupt
        return x + 1

    b = G.add(interrupted)(a)
    with pytest.raises(KeyboardInterrupt):
        b.get()
    assert b.get() == 2
    assert ran == ["a", "b", "b"]


def test_cancel_ends_the_run_between_calls_and_the_next_goes_on() -> None:
    G = GraphBuilder()
    a = G.add(lambda: (G.cancel(), 1)[1])()
    b = G.add(operator.add)(a, 1)
    with pytest.raises(gl.Cancelled, match="cancelled"):
        b.get()
    assert a.has_value()
    assert b.get() == 2


def test_a_graph_that_nobody_holds_is_collected() -> None:
    G = GraphBuilder()
    G.add(operator.neg)(G.add(int)(1)).get()
    gone = weakref.ref(G)
    del G
    gc.collect()
    assert gone() is None
