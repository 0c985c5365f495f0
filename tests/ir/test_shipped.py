"""Programs that travel with the package are a user's to the tracer, the rest of it is not."""

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.shipped import PACKAGE, is_ours, is_shipped

PROGRAM = "import numpy as np\ndef f(x):\n    return x + np.arange(x.shape[0])\n"


def function(module: str) -> Any:
    """The program's f, as if it stood in a module of this name."""
    file = PACKAGE + module.partition(".")[2].replace(".", "/") + ".py"
    namespace: dict[str, Any] = {"__name__": module}
    exec(compile(PROGRAM, file, "exec"), namespace)
    return namespace["f"]


@pytest.mark.parametrize("module", ["gradloom.examples.made_up", "gradloom.demo.made_up"])
def test_numpys_names_have_their_traced_forms_there(module: str) -> None:
    graph = gl.trace(function(module), gl.spec("f64[n]"))
    assert np.array_equal(graph(np.ones(3)), [1, 2, 3])
    assert all(n.location is not None and n.location.function == "f" for n in graph.nodes)


def test_the_tracers_own_calls_of_numpy_are_left_alone() -> None:
    with pytest.raises(gl.GradloomError):
        gl.trace(function("gradloom.frontend.made_up"), gl.spec("f64[n]"))


def test_a_folder_is_told_from_one_whose_name_begins_alike() -> None:
    assert is_shipped("gradloom.examples")
    assert not is_shipped("gradloom.examples_of_mine")
    assert [is_ours(m) for m in ("gradloom", "gradloom.demonstrated", "gradlooms")] == [
        True, True, False,
    ]  # fmt: skip
