"""What `G.add` takes: by position and by name, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder


def _two(a: int, b: int) -> tuple[int, int]:
    return a, b


def test_options_stand_by_position_in_the_documented_order() -> None:
    G = GraphBuilder("g", True)
    a, b = G.add(_two, 2, True, "pair", 1, "gold", "ellipse", 14.0)(1, 2)
    (step,) = G.steps
    assert (step.name, a.persisted, b.persisted, len(step.outputs)) == ("pair", True, True, 2)
    look = step.look
    assert (look.rank, look.color, look.shape, look.fontsize) == (1, "gold", "ellipse", 14.0)


def test_the_names_of_pyflow_viz_are_taken() -> None:
    G = GraphBuilder(alias="g", persist=False, verbose=False, inside_pandasUDF=None)
    options: dict[str, Any] = {"method_alias": "m", "n_out": 2, "persist": False, "rank": 0}
    a, b = G.add(_two, output_alias=["x", None], color="red", **options)(b=2, a=1)
    assert [a.get_node_uid(), b.alias] == ["x_0", None]
    assert a.get(view=False, summary=True) == 1
    assert G.run(b, summary=False) == 2
    assert G.run_only("x", view_dependency=False, summary=True, verbose=True, gap=1.0) == 1


def test_a_call_that_computes_shows_no_picture_and_says_where_there_is_one() -> None:
    G = GraphBuilder()
    a = G.add(int)()
    with pytest.raises(gl.NotSupported, match=r"G\.view_dependency"):
        a.get(view=True)
    with pytest.raises(gl.NotSupported, match=r"G\.view_dependency"):
        G.run_only(a, view_dependency=True)
    with pytest.raises(gl.CallError, match="no argument 'colour'"):
        G.run_only(a, colour=1)
    assert not a.has_value()


def test_keyword_arguments_may_have_any_name() -> None:
    G = GraphBuilder()
    call = G.add(lambda self, func, args, graph: [self, func, args, graph])
    assert call(self=1, func=2, args=3, graph=4).get() == [1, 2, 3, 4]
    assert "to be called" in repr(call)


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "a name as n_out": ({"n_out": "load"}, gl.CallError, "alias='load'"),
    "n_out 0": ({"n_out": 0}, gl.ArgumentError, "n_out=0"),
    "n_out True": ({"n_out": True}, gl.CallError, "n_out is True"),
    "n_out 2.0": ({"n_out": 2.0}, gl.CallError, "n_out is 2.0"),
    "persist": ({"persist": "yes"}, gl.CallError, "persist is 'yes'"),
    "alias": ({"alias": 3}, gl.CallError, "alias is 3"),
    "half a character": ({"alias": "\ud800"}, gl.ArgumentError, "surrogate"),
    "output_alias": ({"output_alias": {"a"}}, gl.CallError, "output_alias is"),
    "output_alias of one": ({"output_alias": [3]}, gl.CallError, "output_alias is 3"),
    "rank": ({"rank": [1]}, gl.CallError, "rank is"),
    "color": ({"color": (1, 2, 3)}, gl.CallError, "color is"),
    "shape": ({"shape": 3}, gl.CallError, "shape is 3"),
    "fontsize": ({"fontsize": "big"}, gl.CallError, "fontsize is 'big'"),
    "fontsize nan": ({"fontsize": float("nan")}, gl.ArgumentError, "fontsize=nan"),
    "retry": ({"retry": "3"}, gl.CallError, "retry is '3'"),
    "retry_delay_s": ({"retry_delay_s": float("inf")}, gl.ArgumentError, "retry_delay_s=inf"),
    "cache": ({"cache": 3}, gl.CallError, "cache is 3"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_options_are_refused_by_name(name: str) -> None:
    options, error, text = WRONG[name]
    G = GraphBuilder()
    with pytest.raises(error, match=text):
        G.add(_two, **options)
    assert len(G) == 0


def test_a_count_may_be_numpys_integer() -> None:
    G = GraphBuilder()
    count: Any = np.int64(2)
    assert len(G.add(divmod, n_out=count)(7, 2)) == 2


def test_a_function_that_was_not_called_is_no_argument() -> None:
    G = GraphBuilder()
    with pytest.raises(gl.CallError, match=r"call it: G\.add\(f\)\(x\)"):
        G.add(int)(G.add(int))


def test_several_nodes_are_given_one_by_one() -> None:
    G = GraphBuilder()
    nodes: Any = [G.add(int)(), G.add(int)()]
    with pytest.raises(gl.CallError, match=r"G\.run\(\*nodes\)"):
        G.run(nodes)
