import time

import pytest

from gradloom.ir import ops as o
from gradloom.ir.errors import PipelineError, VerifyError
from gradloom.ir.files import load
from gradloom.ir.graph import Graph
from gradloom.passes.pipeline import run
from gradloom.passes.steps import PASSES, PIPELINES, Step, parse_pipeline
from tests.passes.graphs import assert_same_meaning, graph, ops_of


def sample():
    return graph(
        lambda x, y: (o.sin(y), o.subtract(o.multiply(x, y), o.negative(o.multiply(y, x))))[1],
        "f64[3]",
        "f64[3]",
    )


def test_the_passes_run_in_order_and_the_history_holds_every_graph():
    g = sample()
    new, history = run(g, "simplify,cse,dce")
    assert ops_of(new) == ["multiply", "add"]
    assert [entry.name for entry in history] == ["trace", "simplify", "cse", "dce"]
    assert history[0].graph is g
    assert history[-1].graph is new
    assert all(entry.seconds >= 0 for entry in history)
    assert_same_meaning(g, new)


def test_options_are_typed_and_written_back_as_they_were():
    steps = parse_pipeline(" fold( max_elements = 64 ) , dce ")
    assert steps[0].options == (("max_elements", 64),)
    assert [str(s) for s in steps] == ["fold(max_elements=64)", "dce"]


def test_named_pipelines_stand_alone_or_among_passes():
    assert [s.name for s in parse_pipeline("default,dce")] == [
        *PIPELINES["default"].split(","),
        "dce",
    ]
    assert parse_pipeline("") == parse_pipeline("none") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("simplfy", r"no pass called 'simplfy'\n.*did you mean 'simplify'\?.*known: cse, dce"),
        ("fold(max=3)", r"no option 'max'\n.*max_elements"),
        ("fold(max_elements=many)", r"fold\(max_elements=...\) is due to be int, not 'many'"),
        ("fold(max_elements)", "'max_elements' of fold is no option"),
        ("fold(max_elements=1,max_elements=2)", "twice"),
        ("dce(x=1)", r"no option 'x'\n.*it takes none"),
        ("cse,,dce", "'' is no pass"),
        ("fold(", "brackets"),
        ("fold)", "brackets"),
        ("cse;dce", "'cse;dce' is no pass"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_is_known(text, message):
    with pytest.raises(PipelineError, match=message):
        parse_pipeline(text)


def test_every_graph_is_dumped_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADLOOM_DUMP", str(tmp_path / "dump"))
    g = sample()
    new, _ = run(g, "fold(max_elements=4),dce")
    folder = tmp_path / "dump"
    assert sorted(p.name for p in folder.iterdir()) == ["00_trace.gir", "01_fold.gir", "02_dce.gir"]
    assert load(folder / "00_trace.gir") == g
    assert load(folder / "02_dce.gir") == new


def test_a_pass_that_breaks_the_graph_is_named_with_the_command_that_repeats_it():
    def forget(graph):
        return Graph(graph.parameters, graph.nodes[1:], graph.results, graph.name)

    g = graph(lambda x: o.tanh(o.sin(x)), "f64[3]")
    with pytest.raises(VerifyError, match="after forget") as caught:
        run(g, [*parse_pipeline("cse"), Step("forget", forget)])
    last = str(caught.value).splitlines()[-1]
    path = last.split()[4]
    assert last.strip() == f'repeat with: gradloom opt {path} -p "forget"'
    assert load(path) == g


def test_every_pass_gives_back_a_graph_that_has_nothing_for_it():
    g = graph(lambda x: o.tanh(x), "f64[3]")
    for name, change in PASSES.items():
        if name != "remat":
            assert change(g) is g, name


def chain(length):
    def f(x):
        y = x
        for _ in range(length // 4):
            z = o.tanh(y)
            y = o.maximum(o.add(o.multiply(z, x), z), x)
        return y

    return graph(f, "f64[3]")


def test_a_default_pass_takes_microseconds_per_node():
    g = chain(10_000)
    seconds = {}
    for step in parse_pipeline("default"):
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            step(g)
            best = min(best, time.process_time() - start)
        seconds[step.name] = best
    assert all(s < 20e-6 * len(g.nodes) for s in seconds.values()), (
        seconds
    )  # 5 us when the machine is idle
