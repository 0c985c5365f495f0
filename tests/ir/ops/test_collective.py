from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, NotDifferentiable, NotSupported, ShapeError
from gradloom.ir.interpret import interpret
from gradloom.ir.parse import parse
from gradloom.ir.types import parse_type
from gradloom.passes import linearize

ALL: dict[str, dict[str, Any]] = {
    "all_reduce": {"reduce": "max"},
    "all_gather": {"dim": 1},
    "reduce_scatter": {"dim": 0},
    "all_to_all": {"split": 0, "concat": 1},
    "permute": {"perm": ((0, 1), (1, 0))},
}


def graph(name: str, spec: str, **attrs: Any) -> Any:
    return build.graph_of(
        lambda x: o.by_name(name)(x, axis="data", size=2, **attrs), [parse_type(spec)]
    )


@pytest.mark.parametrize(
    ("name", "due"),
    [
        ("all_reduce", "f64[4,3]"),
        ("all_gather", "f64[4,6]"),
        ("reduce_scatter", "f64[2,3]"),
        ("all_to_all", "f64[2,6]"),
        ("permute", "f64[4,3]"),
    ],
)
def test_types_are_those_of_one_workers_part(name: str, due: str) -> None:
    made = graph(name, "f64[4,3]", **ALL[name])
    assert str(made.results[0].type) == due
    assert parse(str(made)) == made


@pytest.mark.parametrize("name", ALL)
def test_the_batch_rule_counts_axes_behind_the_new_one(name: str) -> None:
    plain = graph(name, "f64[4,3]", **ALL[name])
    (node,) = plain.nodes

    def mapped(x: Any) -> Any:
        return node.op.batch(node.attrs, [x], [True], 7)

    batched = build.graph_of(mapped, [parse_type("f64[7,4,3]")])
    assert batched.results[0].type.shape == (7, *plain.results[0].type.shape)


def test_a_worker_knows_its_place() -> None:
    made = build.graph_of(lambda: o.axis_index(axis="data", size=4), [])
    assert str(made.results[0].type) == "i64[]"


@pytest.mark.parametrize("name", ALL)
def test_one_process_refuses_them_and_so_does_a_derivative(name: str) -> None:
    made = graph(name, "f64[4,3]", **ALL[name])
    with pytest.raises(NotSupported, match=f"{name}: one process has no peers .*'data'"):
        interpret(made, [np.ones((4, 3))])
    with pytest.raises(NotDifferentiable, match="differentiate, then partition"):
        linearize.jvp(made, [True])


def test_mistakes_are_named() -> None:
    with pytest.raises(
        ShapeError, match=r"reduce_scatter: cannot cut 3 \(axis 0 of f64\[3\]\) in 2"
    ):
        graph("reduce_scatter", "f64[3]", dim=0)
    with pytest.raises(ShapeError, match=r"all_gather: f64\[3\] has no axis 1"):
        graph("all_gather", "f64[3]", dim=1)
    with pytest.raises(ShapeError, match="is no permutation of 2 workers"):
        graph("permute", "f64[3]", perm=((0, 1), (1, 1)))
    with pytest.raises(ShapeError, match="is not sum, max or min"):
        graph("all_reduce", "f64[3]", reduce="mean")
    with pytest.raises(DtypeError, match="all_reduce is not defined for bool"):
        graph("all_reduce", "bool[3]", reduce="sum")
