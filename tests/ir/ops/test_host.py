from __future__ import annotations

import numpy as np
import pytest

from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, NotSupported, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.interpret import interpret
from gradloom.ir.parse import parse
from gradloom.passes import batch, linearize, transpose
from gradloom.passes.dce import dce
from tests.ir.ops.checks import graph_on

claim = o.by_name("assert")


def talkative(x: Operand, y: Operand) -> Operand:
    claim(o.greater(x, y), message="x must be larger")
    o.print(x, y, format="{1:.1f} < {0}")
    return x * y


def test_print_writes_its_operands_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    graph = graph_on(talkative, [np.float64(3), np.float64(2)])
    assert [len(node.results) for node in graph] == [1, 0, 0, 1]
    (product,) = interpret(graph, [np.float64(3), np.float64(2)])
    assert capsys.readouterr().out == "2.0 < 3.0\n"
    assert product == 6


def test_assert_raises_with_its_message() -> None:
    graph = graph_on(talkative, [np.float64(1), np.float64(2)])
    with pytest.raises(AssertionError, match="x must be larger"):
        interpret(graph, [np.float64(1), np.float64(2)])


def test_assert_takes_every_element() -> None:
    mask = np.array([True, False])
    graph = graph_on(lambda m: [claim(m, message="not all"), m][1], [mask])
    with pytest.raises(AssertionError, match="not all"):
        interpret(graph, [mask])
    interpret(graph, [~mask | True])


def test_they_survive_text_and_dead_code_elimination() -> None:
    graph = graph_on(talkative, [np.float64(3), np.float64(2)])
    assert parse(str(graph)) == graph
    assert [node.op.name for node in dce(graph)] == ["greater", "assert", "print", "multiply"]


def test_derivatives_keep_them_and_vmap_refuses_prints(capsys: pytest.CaptureFixture[str]) -> None:
    graph = graph_on(talkative, [np.float64(3), np.float64(2)])
    three, two, one = np.float64(3), np.float64(2), np.float64(1)
    forward = interpret(linearize.jvp(graph, [True, True]), [three, two, one, one])
    backward = interpret(transpose.vjp(graph, [True, True]), [three, two, one])
    assert forward == (6, 5)
    assert backward == (6, 2, 3)
    assert capsys.readouterr().out == 2 * "2.0 < 3.0\n"
    with pytest.raises(NotSupported, match="print cannot be mapped by vmap"):
        batch.vmap(graph, [True, False], 3)


@pytest.mark.parametrize(
    "text",
    ["{0.__class__}", "{0[0]}", "{name}", "{} {1}", "{2}", "{:9999999}", "{:{}}", "{", "{0!x}"],
)
def test_a_format_names_operands_and_nothing_else(text: str) -> None:
    with pytest.raises(ShapeError, match=r"print: "):
        graph_on(lambda x, y: [o.print(x, y, format=text), x][1], [np.ones(2), np.ones(2)])


def test_assert_takes_bools_only() -> None:
    with pytest.raises(DtypeError, match="assert is not defined for f64"):
        graph_on(lambda x: [claim(x, message=""), x][1], [np.ones(2)])
